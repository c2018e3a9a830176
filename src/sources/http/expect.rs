//! What an answer should be: a page of HTML with status 200 is no data.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::HttpError;

/// The form of an answer, as far as its first and last bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Json,
    Xml,
    Zip,
    /// An extract of OpenStreetMap in PBF.
    Pbf,
    /// Text of any kind but HTML.
    Text,
}

const HEAD: usize = 2048;
/// A zip file ends in a record of 22 bytes and a comment of at most 65,535.
const TAIL: u64 = 22 + 65_535;

/// Holds the file against what it should be.
pub(super) fn check(expect: Expect, address: &str, file: &Path) -> Result<(), HttpError> {
    let (head, tail) =
        ends(file).map_err(|source| HttpError::Write { file: file.to_owned(), source })?;
    let not = |reason: String| HttpError::NotData {
        address: address.to_owned(),
        reason,
        help: "look at the address in a browser: the provider may be down, or the address may have moved",
    };
    let text = String::from_utf8_lossy(&head);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() && !matches!(expect, Expect::Pbf) {
        return Err(not("empty".to_owned()));
    }
    if is_html(start) {
        return Err(not(format!("a page of HTML in the place of data: {}", words(start))));
    }
    if start.starts_with('<') && expect != Expect::Xml && expect != Expect::Text {
        return Err(not(format!("XML in the place of data: {}", words(start))));
    }
    let last = tail.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied();
    let fits = match expect {
        Expect::Json => start.starts_with(['{', '[']) && matches!(last, Some(b'}' | b']')),
        Expect::Xml => start.starts_with('<') && last == Some(b'>'),
        Expect::Zip => head.starts_with(b"PK") && tail.windows(4).any(|four| four == b"PK\x05\x06"),
        Expect::Pbf => head.windows(9).take(32).any(|nine| nine == b"OSMHeader"),
        Expect::Text => true,
    };
    if fits {
        return Ok(());
    }
    let wanted = match expect {
        Expect::Json => "JSON",
        Expect::Xml => "XML",
        Expect::Zip => "a zip file",
        Expect::Pbf => "an extract of OpenStreetMap",
        Expect::Text => "text",
    };
    Err(not(format!("not {wanted}, or is cut off: it begins \"{}\"", words(start))))
}

/// Whether a text is a page, also behind a declaration of XML or a comment.
fn is_html(start: &str) -> bool {
    let lower = start.to_lowercase();
    start.starts_with('<') && ["<!doctype html", "<html"].iter().any(|tag| lower.contains(tag))
}

fn ends(file: &Path) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    file.read_to_end(&mut tail)?;
    Ok((head, tail))
}

/// The first words that a reader sees, without tags and control characters.
pub(super) fn words(text: &str) -> String {
    let mut inside = false;
    let plain: String = text
        .chars()
        .map(|letter| {
            let hidden = inside || letter == '<' || letter.is_control();
            inside = (inside || letter == '<') && letter != '>';
            if hidden { ' ' } else { letter }
        })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = plain.chars().take(160).collect();
    if short.len() < plain.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(expect: Expect, bytes: &[u8]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        std::fs::write(&file, bytes).unwrap();
        check(expect, "a", &file).err().map(|error| error.to_string())
    }

    #[test]
    fn an_answer_of_the_expected_form_passes() {
        assert_eq!(said(Expect::Json, b"\xef\xbb\xbf {\"a\":1} \n"), None);
        assert_eq!(said(Expect::Text, b"a;b\n1;2\n"), None);
        assert_eq!(said(Expect::Xml, b"<?xml version='1.0'?><a/>"), None);
        assert_eq!(said(Expect::Zip, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), None);
        assert_eq!(said(Expect::Pbf, b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c"), None);
    }

    #[test]
    fn html_xml_and_what_is_cut_off_do_not() {
        let html = said(Expect::Text, b" <!DOCTYPE html><html><h1>Service <b>unavailable").unwrap();
        assert!(
            html.contains("a page of HTML in the place of data: Service unavailable"),
            "{html}"
        );
        for page in [
            "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"><html><p>Closed</p></html>",
            "<!-- served by node 3 --><HTML><p>Closed</p></HTML>",
        ] {
            for expect in [Expect::Text, Expect::Xml, Expect::Json, Expect::Zip] {
                let told = said(expect, page.as_bytes()).unwrap();
                assert!(told.contains("a page of HTML in the place of data"), "{told}");
                assert!(told.contains("Closed"), "{told}");
            }
        }
        assert!(said(Expect::Json, b"<ows:ExceptionReport>no layer").unwrap().contains("no layer"));
        for (expect, bytes) in [
            (Expect::Json, &b"{\"a\":[1,2"[..]),
            (Expect::Zip, b"PK\x03\x04rest"),
            (Expect::Pbf, b"not at all"),
            (Expect::Json, b""),
            (Expect::Text, b"  \n"),
        ] {
            assert!(said(expect, bytes).is_some(), "{bytes:?}");
        }
    }
}
