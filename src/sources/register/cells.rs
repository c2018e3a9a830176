//! The cells of a register by the names of its columns, checked for what does not belong into any of them.

use std::collections::BTreeSet;

use super::columns::{self, RegisterColumn};
use super::faults::RegisterFaults;
use crate::formats::{RawColumn, RawTable};
use crate::model::Day;
use crate::model::personal::{
    Personal, found_in, has_identity_number, has_shape_of_identity_number, holds_name,
    looks_like_name,
};

/// Longest text of a cell, in characters.
pub(super) const LONGEST: usize = 2_000;

/// Words less alike than this are not suggested for each other.
const LIKE: f64 = 0.8;

/// A register as its file holds it.
pub(super) struct Cells<'a> {
    raw: &'a RawTable,
    /// The column of the file for each known one.
    at: Vec<Option<&'a RawColumn>>,
    known: &'static [RegisterColumn],
    pub faults: RegisterFaults,
    pub warnings: Vec<String>,
    /// Cells that hold what may not be repeated.
    refused: BTreeSet<(usize, usize)>,
}

impl<'a> Cells<'a> {
    /// Finds the columns and looks through every cell.
    pub fn new(raw: &'a RawTable, known: &'static [RegisterColumn]) -> Self {
        let mut cells = Self {
            raw,
            at: vec![None; known.len()],
            known,
            faults: RegisterFaults::default(),
            warnings: Vec::new(),
            refused: BTreeSet::new(),
        };
        for column in &raw.columns {
            match columns::find(known, &column.name) {
                None => cells.faults.add_header(
                    &column.name,
                    format!(
                        "is no column of the register; did you mean \"{}\"?",
                        columns::nearest(known, &column.name)
                    ),
                ),
                Some(at) if cells.at[at].is_some() => cells
                    .faults
                    .add_header(&column.name, format!("is {} a second time", known[at].id)),
                Some(at) => cells.at[at] = Some(column),
            }
        }
        cells.look();
        cells
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.raw.rows.len()
    }

    /// Where a row stands in the file.
    pub fn row(&self, row: usize) -> usize {
        self.raw.rows.get(row).copied().unwrap_or(row + 1)
    }

    /// The rows of the file.
    pub fn rows(&self) -> Vec<usize> {
        self.raw.rows.clone()
    }

    /// Refuses identity numbers, warns of what else may tell of a person.
    fn look(&mut self) {
        for (at, column) in self.at.iter().enumerate() {
            let Some(column) = column else { continue };
            let id = self.known[at].id;
            for (row, cell) in column.cells.iter().enumerate() {
                let Some(cell) = cell else { continue };
                // Positions are long numbers by nature.
                let numeric =
                    matches!(id, "lon" | "lat" | "x" | "y" | "uncertainty_m") && cell.contains('.');
                if numeric {
                    continue;
                }
                let cell = &without_osm_ids(cell);
                let line = self.raw.rows.get(row).copied().unwrap_or(row + 1);
                if has_identity_number(cell) {
                    self.refused.insert((at, row));
                    self.faults.add(
                        line,
                        &column.name,
                        "holds what reads as a personal identity number; registers hold no private persons: remove it",
                    );
                    continue;
                }
                let mut found = found_in(cell);
                let named = match id {
                    "contact_role" => looks_like_name(cell),
                    "name" | "activity" | "address" => holds_name(cell),
                    _ => false,
                };
                if named {
                    found.push(Personal::Name);
                }
                // Addresses of the web hold long numbers, and a phone number is told as one.
                let may_be_one = id != "link" && !found.contains(&Personal::Phone);
                if may_be_one && has_shape_of_identity_number(cell) {
                    found.push(Personal::IdentityNumber);
                }
                let warn = |what: &Personal| {
                    let what = match what {
                        Personal::Phone => "a phone number",
                        Personal::Email => "the e-mail address of a person",
                        Personal::Name if id == "contact_role" => {
                            "the name of a person where a role belongs"
                        }
                        Personal::Name => "the name of a private person",
                        Personal::IdentityNumber => {
                            "a personal identity number with another check digit"
                        }
                    };
                    let name = &column.name;
                    format!(
                        "row {line}, column \"{name}\": looks like {what}; registers hold no private persons"
                    )
                };
                self.warnings.extend(found.iter().map(warn));
            }
        }
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.known.iter().position(|column| column.id == id)
    }

    /// The name of a column as the file writes it.
    pub fn header(&self, id: &str) -> &str {
        let column = self.place(id).and_then(|at| self.at[at]);
        column.map_or(self.known[self.place(id).unwrap_or(0)].id, |column| column.name.as_str())
    }

    /// Whether the file has the column.
    pub fn has(&self, id: &str) -> bool {
        self.place(id).is_some_and(|at| self.at[at].is_some())
    }

    /// A cell; none where it is empty or refused.
    pub fn text(&self, id: &str, row: usize) -> Option<&'a str> {
        let at = self.place(id)?;
        let cell = self.at[at]?.cells.get(row)?.as_deref()?;
        if cell.chars().count() > LONGEST {
            self.fault(id, row, format!("is longer than {LONGEST} characters"));
            return None;
        }
        (!self.refused.contains(&(at, row))).then_some(cell)
    }

    /// The same as a text of its own.
    pub fn owned(&self, id: &str, row: usize) -> Option<String> {
        self.text(id, row).map(str::to_owned)
    }

    /// A cell that has to be there.
    pub fn required(&self, id: &str, row: usize) -> Option<&'a str> {
        let refused = self.place(id).is_some_and(|at| self.refused.contains(&(at, row)));
        let text = self.text(id, row);
        if text.is_none() && !refused && self.has(id) {
            self.fault(id, row, "is missing");
        }
        text
    }

    /// Told once for the file where the column itself is missing.
    pub fn require_columns(&self, ids: &[&str]) {
        for id in ids.iter().filter(|id| !self.has(id)) {
            self.faults.add_header(id, "is missing in the file");
        }
    }

    /// A number; a fault where it is none.
    pub fn number(&self, id: &str, row: usize) -> Option<f64> {
        let text = self.text(id, row)?;
        let number = crate::formats::csv::parse_number(text, text.contains(','));
        if number.is_none() {
            self.fault(id, row, format!("\"{text}\" is not a number"));
        }
        number
    }

    /// A day; a fault where it is none.
    pub fn day(&self, id: &str, row: usize) -> Option<Day> {
        let text = self.text(id, row)?;
        let day = Day::parse(text);
        if day.is_none() {
            self.fault(
                id,
                row,
                format!("\"{text}\" is no date; write 2026, 2026-05 or 2026-05-14"),
            );
        }
        day
    }

    /// A word of a list; a fault that names the list where it is none.
    pub fn word<T: Copy>(
        &self,
        id: &str,
        row: usize,
        word: &str,
        find: fn(&str) -> Option<T>,
        all: &[&str],
    ) -> Option<T> {
        let found = find(word);
        if found.is_none() {
            let likeness = |known: &&str| strsim::jaro_winkler(known, &word.to_lowercase());
            let near = all.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let near = near.filter(|near| likeness(near) >= LIKE);
            let near = near.map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
            let all = all.join(", ");
            self.fault(id, row, format!("\"{word}\" is not known; {near}known are {all}"));
        }
        found
    }

    /// A fault of that cell.
    pub fn fault(&self, id: &str, row: usize, what: impl Into<String>) {
        self.faults.add(self.row(row), self.header(id), what);
    }
}

/// Ids of OpenStreetMap are long numbers that mean nobody.
fn without_osm_ids(cell: &str) -> String {
    let is_id = |word: &&str| {
        let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ';' | '.'));
        let word = word.strip_prefix("https://www.openstreetmap.org/").unwrap_or(word);
        let kinds = ["node/", "way/", "relation/", "osm-node-", "osm-way-", "osm-relation-"];
        let id = kinds.iter().find_map(|kind| word.strip_prefix(kind));
        id.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
    };
    cell.split_whitespace().filter(|word| !is_id(word)).collect::<Vec<_>>().join(" ")
}
