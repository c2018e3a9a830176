//! Entries of registers that may be one and the same: proposed with a reason, never joined here.
//!
//! # What it does
//! Names are compared without case, marks, accents over letters other than å, ä and ö, and words that only say what an
//! organisation is (AB, förening, …), by the Jaro-Winkler similarity (Winkler 1990), 0 to 1. Distance lessens it: at 2 km
//! or more by half. Where a place is not known, by a tenth. Two different areas make no pair.
//!
//! # Assumes
//! Entries of one region; names written out, not initials.
//!
//! # Units
//! Scores from 0 to 1; distances in metres on a plane.
//!
//! # When it misleads
//! Branches of one organisation look alike; a new name for the same is not found.
//!
//! # Example
//! "Cykelköket AB" and "Cykelköket", both without a place: the names are alike in full, 1.0, and score 0.9.
//!
//! # References
//! Winkler WE (1990) String comparator metrics and enhanced decision rules in the Fellegi-Sunter model of record linkage.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Distance, Euclidean, Point};
use serde::Serialize;

/// What is compared of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    pub name: &'a str,
    /// On a plane in metres, where the place is known.
    pub at: Option<Point<f64>>,
    pub area: Option<&'a str>,
}

/// Two entries that may be one, by their places in the list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Alike {
    pub first: usize,
    pub second: usize,
    /// Similarity of the names, lessened by distance; 0 to 1.
    pub score: f64,
    /// Similarity of the names alone.
    pub names: f64,
    /// Metres between the two, where both are known.
    pub distance_m: Option<f64>,
}

/// Less than this is proposed to nobody.
const LEAST: f64 = 0.8;
/// Names less alike than this are different, however near.
const LEAST_NAMES: f64 = 0.88;
/// From this distance on a score is halved.
const FAR_M: f64 = 2_000.0;

/// Words that say what an organisation is, and not which.
const FORMS: [&str; 12] = [
    "ab",
    "aktiebolag",
    "ek",
    "för",
    "ekonomisk",
    "ideell",
    "förening",
    "föreningen",
    "hb",
    "kb",
    "stiftelsen",
    "the",
];

/// The pairs that look alike, the surest first; of equal ones the first in the list.
#[must_use]
pub fn duplicates(entries: &[Candidate<'_>]) -> Vec<Alike> {
    let names: Vec<String> = entries.iter().map(|entry| normal(entry.name)).collect();
    let mut by_beginning: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, name) in names.iter().enumerate() {
        let beginnings: BTreeSet<String> =
            name.split(' ').map(|word| word.chars().take(3).collect()).collect();
        for beginning in beginnings {
            by_beginning.entry(beginning).or_default().push(row);
        }
    }
    // Only names that share the beginning of a word are compared.
    let pairs: BTreeSet<(usize, usize)> = by_beginning
        .values()
        .flat_map(|rows| {
            rows.iter().enumerate().flat_map(|(place, &first)| {
                rows[place + 1..].iter().map(move |&second| (first, second))
            })
        })
        .collect();
    let mut alike: Vec<Alike> =
        pairs.into_iter().filter_map(|pair| compare(entries, &names, pair)).collect();
    alike.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then((a.first, a.second).cmp(&(b.first, b.second)))
    });
    alike
}

fn compare(
    entries: &[Candidate<'_>],
    normal: &[String],
    (first, second): (usize, usize),
) -> Option<Alike> {
    let (a, b) = (&entries[first], &entries[second]);
    if a.area.zip(b.area).is_some_and(|(a, b)| a != b) {
        return None;
    }
    let names = strsim::jaro_winkler(&normal[first], &normal[second]);
    let distance_m = a.at.zip(b.at).map(|(a, b)| Euclidean.distance(a, b));
    let nearness = distance_m.map_or(0.9, |metres| 1.0 - 0.5 * (metres / FAR_M).min(1.0));
    let score = names * nearness;
    (names >= LEAST_NAMES && score >= LEAST).then_some(Alike {
        first,
        second,
        score,
        names,
        distance_m,
    })
}

/// A name for comparison: its words in order, without what tells nothing. All of them where nothing would be left.
fn normal(name: &str) -> String {
    let lower = name.to_lowercase();
    let plain: String = lower.chars().map(unaccented).collect();
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| !FORMS.contains(word)).collect();
    if telling.is_empty() { words.join(" ") } else { telling.join(" ") }
}

fn unaccented(letter: char) -> char {
    match letter {
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'á' | 'à' | 'â' => 'a',
        'ü' | 'ú' | 'ù' => 'u',
        'ó' | 'ò' | 'ô' => 'o',
        'í' | 'ì' | 'ï' => 'i',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // the numbers are exact by construction
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(name: &str, x: f64) -> Candidate<'_> {
        Candidate { name, at: Some(Point::new(x, 0.0)), area: None }
    }

    #[test]
    fn the_same_name_in_another_dress_is_proposed_with_distance_and_score() {
        let found = duplicates(&[at("Cykelköket ideell förening", 0.0), at("CYKELKÖKET!", 400.0)]);
        // 400 of 2,000 m take a tenth: 1 − 0.5 · 0.2.
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].names, found[0].distance_m), (1.0, Some(400.0)));
        assert!((found[0].score - 0.9).abs() < 1e-12);
    }

    #[test]
    fn far_apart_other_areas_and_other_names_are_no_pair() {
        assert!(duplicates(&[at("Cykelköket", 0.0), at("Cykelköket", 1_000.0)]).is_empty());
        let of = |area| Candidate { name: "Cykelköket", at: None, area: Some(area) };
        assert!(duplicates(&[of("jarva"), of("sgid")]).is_empty());
        assert_eq!(duplicates(&[of("jarva"), of("jarva")])[0].score, 0.9);
        assert!(duplicates(&[at("Kista bibliotek", 0.0), at("Kista odlare", 0.0)]).is_empty());
    }

    #[test]
    fn a_name_of_forms_alone_is_kept_whole() {
        assert_eq!(normal("Förening ek. för."), "förening ek för");
        assert_eq!(normal("Kafé Ek AB"), "kafe");
    }

    proptest! {
        #[test]
        fn the_order_of_entries_changes_no_pair(
            names in proptest::collection::vec("(cykel|odling|kista) ?(kök|lott)?", 2..8),
        ) {
            let pairs = |names: &[String]| {
                let entries: Vec<Candidate<'_>> = names.iter().map(|name| at(name, 0.0)).collect();
                let mut pairs: Vec<(String, String)> = duplicates(&entries)
                    .iter()
                    .map(|alike| {
                        let (a, b) = (names[alike.first].clone(), names[alike.second].clone());
                        if a <= b { (a, b) } else { (b, a) }
                    })
                    .collect();
                pairs.sort();
                pairs
            };
            let backward: Vec<String> = names.iter().rev().cloned().collect();
            prop_assert_eq!(pairs(&names), pairs(&backward));
        }
    }
}
