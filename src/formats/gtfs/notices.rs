//! Counting what is wrong with rows.

use crate::model::Notice;

/// Characters of a bad value that are shown.
const SHOWN: usize = 40;

/// What was found in one feed so far.
pub(super) struct Notices {
    feed: String,
    found: Vec<Found>,
}

struct Found {
    member: &'static str,
    what: &'static str,
    line: u64,
    example: String,
    count: u64,
}

impl Notices {
    pub(super) fn new(feed: &str) -> Self {
        Self { feed: feed.to_owned(), found: Vec::new() }
    }

    /// Counts a case; the first keeps its line and the value that is wrong.
    pub(super) fn add(
        &mut self,
        member: &'static str,
        line: u64,
        what: &'static str,
        value: &[u8],
    ) {
        let known = |found: &&mut Found| found.what == what && found.member == member;
        if let Some(found) = self.found.iter_mut().find(known) {
            found.count += 1;
            // The lines of a sorted table are not seen in their order.
            if line >= found.line {
                return;
            }
            (found.line, found.example) = (line, shorten(value));
        } else {
            self.found.push(Found { member, what, line, example: shorten(value), count: 1 });
        }
    }

    /// In the order in which the kinds were met.
    pub(super) fn finish(self) -> Vec<Notice> {
        let feed = self.feed;
        let notice = |found: Found| Notice {
            file: format!("{feed}: {}", found.member),
            line: Some(found.line),
            what: if found.example.is_empty() {
                found.what.to_owned()
            } else {
                format!("{}: {:?}", found.what, found.example)
            },
            count: found.count,
        };
        self.found.into_iter().map(notice).collect()
    }
}

fn shorten(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut short: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}
