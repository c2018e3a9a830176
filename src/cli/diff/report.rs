//! The report: sections of lines and one table each, the same for every way to print it.

use std::collections::BTreeSet;

use super::measures;
use super::words::{NO_PROOF, number, numbers, pick, presence, signed, totals, verdict, what};
use crate::cli::labels::Labels;
use crate::model::Lang;
use crate::pipeline::diff::{
    Cell, Difference, FolderChange, IndicatorChange, LayerChange, Presence, Reading, ValueChange,
};

/// The columns that the section on indicators tells of.
const FIGURES: [&str; 5] = ["value", "lower", "upper", "obs_status", "coverage"];

/// Names in one line.
const IN_A_LINE: usize = 10;

/// A title, what stands under it, and a table with at most so many rows.
#[derive(Default)]
pub struct Section {
    pub title: String,
    pub lines: Vec<String>,
    pub header: Vec<&'static str>,
    /// The columns of numbers.
    pub right: Vec<usize>,
    pub rows: Vec<Vec<String>>,
    /// Said below the table where rows were left out.
    pub more: Option<String>,
}

struct Writer<'a> {
    labels: &'a Labels<'a>,
    lang: Lang,
    limit: usize,
}

/// Everything that differs, in sections.
pub fn report(found: &Difference, labels: &Labels<'_>, lang: Lang, limit: usize) -> Vec<Section> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    let writer = Writer { labels, lang, limit };
    let mut sections = vec![writer.summary(found)];
    if !found.indicators.is_empty() {
        sections.push(writer.indicators(found));
    }
    if !found.measures.is_empty() {
        sections.push(measures::section(found, labels, lang));
    }
    for folder in &found.folders {
        sections.extend(writer.folder(folder));
    }
    sections
}

impl Writer<'_> {
    fn pick(&self, en: &'static str, sv: &'static str) -> &'static str {
        pick(self.lang, en, sv)
    }

    fn summary(&self, found: &Difference) -> Section {
        let title = format!("{} → {}", found.old, found.new);
        let mut lines = totals(&found.totals, self.lang);
        if found.is_none() {
            lines.insert(0, self.pick("Nothing differs.", "Inget skiljer sig.").to_owned());
        } else if found.is_bytes_only() {
            let text = self.pick(
                "The content is the same; only bytes differ.",
                "Innehållet är detsamma; bara byte skiljer sig.",
            );
            lines.insert(0, text.to_owned());
        }
        lines.extend(
            found
                .warnings
                .iter()
                .map(|warning| format!("{}: {warning}", self.pick("warning", "varning"))),
        );
        Section { title, lines, ..Section::default() }
    }

    /// At most so many rows, and what is said of the others.
    fn capped(&self, mut section: Section, rows: Vec<Vec<String>>) -> Section {
        let more = rows.len().saturating_sub(self.limit);
        if more > 0 {
            section.more = Some(match self.lang {
                Lang::En => format!("and {more} more (--limit 0 shows all)"),
                Lang::Sv => format!("och {more} till (--limit 0 visar alla)"),
            });
        }
        section.rows = rows;
        section.rows.truncate(self.limit);
        section
    }

    fn names(&self, title: &str, names: &[String]) -> Option<String> {
        if names.is_empty() {
            return None;
        }
        let shown: Vec<&str> =
            names.iter().take(self.limit.min(IN_A_LINE)).map(String::as_str).collect();
        let more = names.len() - shown.len();
        let rest = match (more, self.lang) {
            (0, _) => String::new(),
            (more, Lang::En) => format!(" and {more} more"),
            (more, Lang::Sv) => format!(" och {more} till"),
        };
        Some(format!("{title}: {}{rest}", shown.join("; ")))
    }

    fn indicators(&self, found: &Difference) -> Section {
        let percent = number(found.level * 100.0);
        let comparisons = found.totals.comparisons;
        let held = match self.lang {
            Lang::En => format!(
                "Verdicts at {percent} %, corrected for {comparisons} comparisons with intervals (Holm 1979); intervals of changes by MOVER (Zou & Donner 2008)."
            ),
            Lang::Sv => format!(
                "Omdömen på nivån {percent} %, korrigerade för {comparisons} jämförelser med intervall (Holm 1979); förändringarnas intervall med MOVER (Zou & Donner 2008)."
            ),
        };
        let section = Section {
            title: self.pick("What the changes mean", "Vad förändringarna betyder").to_owned(),
            lines: vec![NO_PROOF.get(self.lang).to_owned(), held],
            header: match self.lang {
                Lang::En => {
                    vec!["verdict", "describes", "indicator", "old", "new", "change", "because"]
                }
                Lang::Sv => {
                    vec![
                        "omdöme",
                        "beskriver",
                        "indikator",
                        "före",
                        "efter",
                        "ändring",
                        "därför att",
                    ]
                }
            },
            right: vec![3, 4, 5],
            ..Section::default()
        };
        let rows = found.indicators.iter().map(|change| self.indicator(change)).collect();
        self.capped(section, rows)
    }

    fn indicator(&self, change: &IndicatorChange) -> Vec<String> {
        let (old, new) = match (change.old.value, change.new.value) {
            (Some(old), Some(new)) if old.to_bits() != new.to_bits() => numbers(old, new),
            (old, new) => (self.value(old), self.value(new)),
        };
        let compared = &change.compared;
        let interval = compared
            .interval
            .map(|interval| format!(" ({} – {})", signed(interval.lower), signed(interval.upper)));
        let moved =
            compared.change.map_or_else(String::new, signed) + &interval.unwrap_or_default();
        let mut because = compared.reason.text(self.lang).to_owned();
        if compared.revised {
            because += self.pick("; the same year, revised", "; samma år, reviderat");
        }
        let labels = self.labels;
        let unit = change.unit_id.as_deref();
        vec![
            verdict(compared.verdict, self.lang).to_owned(),
            labels.place(unit, &change.geography_level, &change.geography_id),
            labels.indicator_of(&change.indicator, &change.sex, &change.age),
            with_year(old, &change.old),
            with_year(new, &change.new),
            moved,
            because,
        ]
    }

    fn value(&self, value: Option<f64>) -> String {
        value.map_or_else(|| self.pick("none", "inget").to_owned(), number)
    }

    fn folder(&self, folder: &FolderChange) -> Vec<Section> {
        let mut sections = vec![self.files(folder)];
        if !folder.manifest.is_empty() {
            sections.push(self.manifest(folder));
        }
        for (files, layer) in folder.layers() {
            sections.push(self.layer(&files, layer));
        }
        sections
    }

    fn files(&self, folder: &FolderChange) -> Section {
        let name = if folder.folder.is_empty() { self.pick("File", "Fil") } else { &folder.folder };
        let mut section = Section {
            title: match folder.presence {
                Presence::Both => name.to_owned(),
                other => format!("{name}: {}", presence(other, self.lang)),
            },
            header: match self.lang {
                Lang::En => vec!["file", "what", "bytes before", "bytes now"],
                Lang::Sv => vec!["fil", "vad", "byte före", "byte nu"],
            },
            right: vec![2, 3],
            ..Section::default()
        };
        if folder.files.is_empty() {
            section.lines.push(self.pick("No file differs.", "Ingen fil skiljer sig.").to_owned());
        }
        #[allow(clippy::cast_precision_loss)] // sizes of files
        let size = |bytes: Option<usize>| {
            bytes.map_or_else(String::new, |bytes| crate::cli::output::number(bytes as f64, 0))
        };
        let rows = folder.files.iter().map(|file| {
            let what = if file.is_bytes_only() {
                self.pick("same content, other bytes", "samma innehåll, andra byte")
            } else {
                presence(file.presence, self.lang)
            };
            vec![file.file.clone(), what.to_owned(), size(file.old_bytes), size(file.new_bytes)]
        });
        self.capped(section, rows.collect())
    }

    fn manifest(&self, folder: &FolderChange) -> Section {
        let section = Section {
            title: join(&folder.folder, self.pick("manifest", "manifest")),
            header: match self.lang {
                Lang::En => vec!["what", "of", "before", "now"],
                Lang::Sv => vec!["vad", "av", "före", "nu"],
            },
            ..Section::default()
        };
        let side = |text: &Option<String>| text.as_deref().map_or_else(String::new, short);
        let rows = folder.manifest.iter().map(|change| {
            let what = what(change.what, self.lang).to_owned();
            vec![what, change.name.clone(), side(&change.old), side(&change.new)]
        });
        self.capped(section, rows.collect())
    }

    fn layer(&self, files: &[&str], layer: &LayerChange) -> Section {
        let mut section = Section {
            title: format!("{} ({})", layer.layer, files.join(", ")),
            lines: self.layer_lines(layer),
            header: match self.lang {
                Lang::En => vec!["row", "column", "before", "now"],
                Lang::Sv => vec!["rad", "kolumn", "före", "nu"],
            },
            right: vec![2, 3],
            ..Section::default()
        };
        let is_indicators = layer.key.len() > 1;
        let told = |value: &&ValueChange| is_indicators && FIGURES.contains(&value.column.as_str());
        let above = layer.values.iter().filter(told).count();
        if above > 0 {
            section.lines.push(match self.lang {
                Lang::En => format!("figures changed: {above} cells; see what they mean, above"),
                Lang::Sv => format!("ändrade värden: {above} celler; se ovan vad de betyder"),
            });
        }
        let mut values: Vec<&ValueChange> =
            layer.values.iter().filter(|value| !told(value)).collect();
        values.sort_by(|a, b| b.relative().total_cmp(&a.relative()));
        let rows = values.into_iter().map(|value| {
            let (old, new) = self.cells(&value.old, &value.new);
            vec![row_name(&value.row), value.column.clone(), old, new]
        });
        self.capped(section, rows.collect())
    }

    fn layer_lines(&self, layer: &LayerChange) -> Vec<String> {
        let mut lines = Vec::new();
        if layer.presence != Presence::Both {
            lines.push(presence(layer.presence, self.lang).to_owned());
            return lines;
        }
        let (old, new) = (layer.old_rows, layer.new_rows);
        let key = if layer.key.is_empty() {
            self.pick("their whole content", "hela sitt innehåll").to_owned()
        } else {
            layer.key.join(", ")
        };
        lines.push(match self.lang {
            Lang::En => format!("{old} → {new} rows, told apart by {key}"),
            Lang::Sv => format!("{old} → {new} rader, skilda åt av {key}"),
        });
        if let Some((old, new)) = &layer.crs {
            let words = self.pick("system of coordinates", "koordinatsystem");
            lines.push(format!("{words}: {old} → {new}"));
        }
        for retyped in &layer.columns_retyped {
            lines.push(format!("{}: {} → {}", retyped.column, retyped.old, retyped.new));
        }
        let rows = |keys: &[Vec<String>]| keys.iter().map(|key| row_name(key)).collect::<Vec<_>>();
        let shapes: Vec<String> = layer.shapes.iter().map(|shape| self.shape(shape)).collect();
        lines.extend(
            [
                self.names(self.pick("columns appeared", "nya kolumner"), &layer.columns_appeared),
                self.names(
                    self.pick("columns vanished", "kolumner borta"),
                    &layer.columns_vanished,
                ),
                self.names(self.pick("rows appeared", "nya rader"), &rows(&layer.rows_appeared)),
                self.names(self.pick("rows vanished", "rader borta"), &rows(&layer.rows_vanished)),
                self.names(self.pick("shapes redrawn", "omritade former"), &shapes),
            ]
            .into_iter()
            .flatten(),
        );
        lines
    }

    fn shape(&self, shape: &crate::pipeline::diff::ShapeChange) -> String {
        let moved = shape
            .moved_m
            .map(|metres| format!("{} {} m", self.pick("moved", "flyttad"), number(metres)));
        let surface = shape.differs_m2.map(|surface| format!("{} m²", number(surface)));
        let percent = shape.differs_share.map(|part| format!("({} %)", number(part * 100.0)));
        let parts = [Some(row_name(&shape.row)), moved, surface, percent];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn cells(&self, old: &Cell, new: &Cell) -> (String, String) {
        let show = |cell: &Cell| match cell {
            Cell::Number(value) => number(*value),
            Cell::Null => self.pick("none", "inget").to_owned(),
            other => short(&other.text()),
        };
        match (old, new) {
            (Cell::Number(old), Cell::Number(new)) => numbers(*old, *new),
            _ => (show(old), show(new)),
        }
    }
}

fn with_year(value: String, reading: &Reading) -> String {
    match reading.year {
        Some(year) => format!("{value} ({year})"),
        None => value,
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}: {name}") }
}

/// What names a row to a reader: its key without what says "all".
fn row_name(key: &[String]) -> String {
    // The source at the end of a key of the table of indicators is longer than all the rest.
    let shown = if key.len() >= 10 { &key[1..9] } else { key };
    let parts: Vec<&str> =
        shown.iter().map(String::as_str).filter(|part| !part.is_empty() && *part != "_T").collect();
    let mut seen = BTreeSet::new();
    let first: Vec<&str> = parts.into_iter().filter(|part| seen.insert(*part)).collect();
    short(&first.join(" "))
}

/// A text that fits into a cell; hashes and long sentences are cut.
fn short(text: &str) -> String {
    const WIDTH: usize = 70;
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let width = if is_hash { 12 } else { WIDTH };
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width).chain(['…']).collect()
}
