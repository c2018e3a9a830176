//! A gazetteer: official names of streets and places with positions, made from data at hand, asked without a network.
//!
//! # What it does
//! Names are matched whole, in lower case and with usual short forms written out; nothing is guessed. An address is looked
//! up as it is, then as its street, then as the place after the comma. What follows a postcode is a postal town, which
//! reaches far beyond the place of that name, and is not looked up.
//!
//! # Units
//! Positions are on one plane in metres, uncertainties in metres.

use std::collections::BTreeMap;

use geo::{Distance, Euclidean, Point};

use crate::model::PlacedBy;

/// A name with a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// As it is written.
    pub name: String,
    pub at: Point<f64>,
    pub by: PlacedBy,
    /// How far what has the name may lie from the position.
    pub uncertainty_m: f64,
}

/// Names with positions.
#[derive(Debug, Default)]
pub struct Gazetteer {
    names: BTreeMap<String, Vec<Named>>,
}

/// What a name led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// One place.
    One(Named),
    /// Several of that name; so many.
    Many(String, usize),
    /// None; the nearest name that there is.
    None { near: Option<String> },
}

/// Below this likeness a suggestion would only confuse.
const LIKE: f64 = 0.88;

impl Gazetteer {
    /// Adds a name.
    pub fn add(&mut self, named: Named) {
        self.names.entry(key(&named.name)).or_default().push(named);
    }

    /// Adds what has many points, such as a street: in its middle, as uncertain as it is long and `extra_m` more. Pieces
    /// further apart than `gap_m` are places of their own.
    pub fn add_pieces(
        &mut self,
        (name, by): (&str, PlacedBy),
        points: &[Point<f64>],
        (gap_m, extra_m): (f64, f64),
    ) {
        for piece in pieces(points, gap_m) {
            let Some((at, spread)) = middle(&piece) else { continue };
            let uncertainty_m = spread + extra_m;
            self.add(Named { name: name.to_owned(), at, by, uncertainty_m });
        }
    }

    /// Number of different names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Where an address or place is; of several of one name, the only one that `fits`.
    #[must_use]
    pub fn find(&self, address: &str, fits: &dyn Fn(Point<f64>) -> bool) -> Found {
        let mut first = None;
        for text in readings(address) {
            match self.named(&text, fits) {
                Found::None { .. } => {}
                found @ Found::One(_) => return found,
                many => first = first.or(Some(many)),
            }
        }
        first.unwrap_or_else(|| Found::None { near: self.near(address) })
    }

    fn named(&self, text: &str, fits: &dyn Fn(Point<f64>) -> bool) -> Found {
        let all = self.names.get(&key(text)).map(Vec::as_slice).unwrap_or_default();
        // An address before a street. A name of a unit and of a station in it rather says the unit.
        let best = all.iter().map(|named| named.by).min();
        let best: Vec<&Named> = all.iter().filter(|named| Some(named.by) == best).collect();
        let fitting: Vec<&Named> = best.iter().copied().filter(|named| fits(named.at)).collect();
        match (best.as_slice(), fitting.as_slice()) {
            ([], _) => Found::None { near: None },
            ([one], _) | (_, [one]) => Found::One((*one).clone()),
            ([one, ..], _) => Found::Many(one.name.clone(), best.len()),
        }
    }

    fn near(&self, address: &str) -> Option<String> {
        let asked: Vec<String> = readings(address).iter().map(|text| key(text)).collect();
        let likeness = |name: &str| {
            asked.iter().map(|asked| strsim::jaro_winkler(asked, name)).fold(0.0, f64::max)
        };
        let scored = self.names.iter().map(|(key, named)| (likeness(key), named));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score >= LIKE);
        best.and_then(|(_, named)| named.first()).map(|named| named.name.clone())
    }
}

/// What an address may be looked up as, the most exact first.
fn readings(address: &str) -> Vec<String> {
    let mut parts = address.split(',').map(str::trim).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else { return Vec::new() };
    let mut readings = vec![first.to_owned()];
    let street = without_number(first);
    if street != first {
        readings.push(street);
    }
    readings.extend(parts.filter(|part| !has_postcode(part)).map(str::to_owned));
    readings
}

/// `Storgatan 12 A` without the number: what stands before the first word that begins with a digit, and the word is not the
/// first.
fn without_number(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    match words.iter().skip(1).position(number) {
        Some(place) => words[..=place].join(" "),
        None => words.join(" "),
    }
}

/// Five digits, with a blank after the third or without: `163 72 Spånga`.
fn has_postcode(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).take(5).collect();
    digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower case, single blanks, short forms written out.
fn key(name: &str) -> String {
    let words = name.split_whitespace().map(|word| {
        let word = word.to_lowercase();
        let whole = |short: &str, long: &str| {
            word.strip_suffix(short)
                .filter(|stem| !stem.is_empty())
                .map(|stem| format!("{stem}{long}"))
        };
        whole("g.", "gatan").or_else(|| whole("v.", "vägen")).unwrap_or(match word.as_str() {
            "s:t" | "st" => "sankt".to_owned(),
            "s:ta" => "sankta".to_owned(),
            _ => word.trim_end_matches('.').to_owned(),
        })
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Points that are joined by steps of at most `gap_m`, group by group in the order of their first points.
fn pieces(points: &[Point<f64>], gap_m: f64) -> Vec<Vec<Point<f64>>> {
    let mut left: Vec<Point<f64>> = points.to_vec();
    let mut pieces = Vec::new();
    while !left.is_empty() {
        let mut piece = vec![left.remove(0)];
        let mut at = 0;
        while at < piece.len() {
            let near = |point: &Point<f64>| Euclidean.distance(*point, piece[at]) <= gap_m;
            let (joined, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(near);
            left = rest;
            piece.extend(joined);
            at += 1;
        }
        pieces.push(piece);
    }
    pieces
}

/// The point of a street nearest to its middle, and the distance from there to its farthest point.
fn middle(points: &[Point<f64>]) -> Option<(Point<f64>, f64)> {
    #[allow(clippy::cast_precision_loss)] // points of a street
    let count = points.len() as f64;
    let sum = points.iter().fold(Point::new(0.0, 0.0), |sum, point| sum + *point);
    let mean = Point::new(sum.x() / count, sum.y() / count);
    let to_mean = |point: &Point<f64>| Euclidean.distance(*point, mean);
    let at = *points.iter().min_by(|a, b| to_mean(a).total_cmp(&to_mean(b)))?;
    let farthest = points.iter().map(|point| Euclidean.distance(*point, at)).fold(0.0, f64::max);
    Some((at, farthest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anywhere(_: Point<f64>) -> bool {
        true
    }

    fn nowhere(_: Point<f64>) -> bool {
        false
    }

    fn place(name: &str, x: f64, by: PlacedBy) -> Named {
        Named { name: name.to_owned(), at: Point::new(x, 0.0), by, uncertainty_m: 10.0 }
    }

    /// A street from 0 to 400 m with a bend, one of the same name 5 km away, an address on it, a station and a unit.
    fn gazetteer() -> Gazetteer {
        let mut names = Gazetteer::default();
        let along = |from: f64| [0.0, 100.0, 200.0, 400.0].map(|x| Point::new(from + x, 0.0));
        names.add_pieces(("Kistagången", PlacedBy::Street), &along(0.0), (250.0, 0.0));
        let both = [along(0.0), along(5_000.0)].concat();
        names.add_pieces(("Storgatan", PlacedBy::Street), &both, (250.0, 0.0));
        names.add(place("Kistagången 16", 120.0, PlacedBy::Address));
        names.add(place("Spånga", 900.0, PlacedBy::PlaceName));
        names.add(place("Rinkeby", 50.0, PlacedBy::PlaceName));
        names.add(place("Rinkeby", 70.0, PlacedBy::UnitName));
        names
    }

    fn one(address: &str) -> (String, PlacedBy, f64, f64) {
        match gazetteer().find(address, &anywhere) {
            Found::One(named) => (named.name, named.by, named.at.x(), named.uncertainty_m),
            other => (format!("{other:?}"), PlacedBy::Coordinate, 0.0, 0.0),
        }
    }

    #[test]
    fn an_address_comes_before_its_street_and_a_street_is_as_uncertain_as_it_is_long() {
        assert_eq!(
            one("kistagången 16"),
            ("Kistagången 16".to_owned(), PlacedBy::Address, 120.0, 10.0)
        );
        // The mean of 0, 100, 200 and 400 is 175; the nearest point is 200, from where 0 lies 200 m away.
        assert_eq!(
            one("Kistagången 99 B"),
            ("Kistagången".to_owned(), PlacedBy::Street, 200.0, 200.0)
        );
    }

    #[test]
    fn a_place_name_stands_in_where_the_street_is_unknown_but_a_postal_town_does_not() {
        assert_eq!(one("Okända gränd 3, Rinkeby").1, PlacedBy::UnitName, "the less exact of two");
        let found = gazetteer().find("Okända gränd 3, 163 72 Spånga", &anywhere);
        assert!(matches!(found, Found::None { .. }), "{found:?}");
    }

    #[test]
    fn two_streets_of_one_name_are_told_apart_by_the_area_or_not_at_all() {
        let names = gazetteer();
        assert_eq!(names.find("Storgatan 1", &anywhere), Found::Many("Storgatan".to_owned(), 2));
        let found = names.find("Storgatan 1", &|point| point.x() > 4_000.0);
        assert!(matches!(found, Found::One(street) if street.at.x() > 4_000.0));
        assert_eq!(names.find("Storgatan 1", &nowhere), Found::Many("Storgatan".to_owned(), 2));
    }

    #[test]
    fn a_misspelt_street_is_not_taken_for_another_but_suggested() {
        let near = Some("Kistagången".to_owned());
        assert_eq!(gazetteer().find("Kistagnågen 3", &anywhere), Found::None { near });
        assert_eq!(gazetteer().find("Drottninggatan 3", &anywhere), Found::None { near: None });
        assert_eq!(gazetteer().find("", &anywhere), Found::None { near: None });
    }

    #[test]
    fn short_forms_are_written_out() {
        assert_eq!(key("Stor g."), "stor g", "a short form is part of a word");
        assert_eq!(key("Storg.  12"), "storgatan 12");
        assert_eq!(key("Åkerv."), "åkervägen");
        assert_eq!(key("S:t Eriksplan"), "sankt eriksplan");
    }
}
