//! A pipeline file as written: read strictly, every fault told at once with its line, column and a suggestion.

mod faults;
mod keys;
mod quantity;
mod reader;
pub mod schema;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use faults::PipelineFileError;
pub use keys::{Key, Shape};
pub use quantity::Unit;
pub use values::{FileRef, Value, Values};

use faults::{Faults, suggestion};
use reader::{Reader, Spans};

/// The version of the form in which pipelines are written.
pub const VERSION: i64 = 1;

/// Where the data come from.
pub const DATA_KEYS: &[Key] = &[
    Key::new(
        "from",
        Shape::Text,
        "\"built-in\" (the default), \"nothing\", or a data folder that lies over the built-in snapshot",
    ),
    Key::new("steps", Shape::Steps, "ingest steps whose data sets lie over those"),
];

/// Which areas a pipeline is about.
pub const AREAS_KEYS: &[Key] = &[
    Key::new(
        "from",
        Shape::Text,
        "\"built-in\" (the default), a TOML file of areas, or a file of polygons with a column id",
    ),
    Key::new("ids", Shape::Texts, "the areas to work on; all of them without it"),
    Key::new(
        "crs",
        Shape::Text,
        "the metric system to work in, where areas are polygons and the data hold no units",
    ),
];

/// A kind of step, as far as a file speaks of it.
pub struct Kind {
    pub name: &'static str,
    pub doc: &'static str,
    /// In groups, of which some are shared by kinds.
    pub keys: &'static [&'static [Key]],
    /// Whether the result follows from the data and areas of the pipeline.
    pub uses_data: bool,
    /// What is wrong with values that fit their shapes: the key, and the fault in words.
    pub check: fn(&Values) -> Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A step as it is declared.
#[derive(Debug)]
pub struct Declared {
    pub id: String,
    pub kind: &'static Kind,
    pub values: Values,
    /// Ids of the steps that it rests on, each once, in order.
    pub needs: Vec<String>,
}

/// A pipeline file without faults.
#[derive(Debug)]
pub struct PipelineFile {
    pub path: PathBuf,
    pub title: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub data: Values,
    pub areas: Values,
    /// Each step after those that it needs; otherwise in the order of the file.
    pub steps: Vec<Declared>,
}

impl PipelineFile {
    /// Reads the text of a pipeline made of steps of those kinds; `set` overrides its parameters.
    ///
    /// # Errors
    /// [`PipelineFileError`] with everything that is wrong.
    pub fn parse(
        path: &Path,
        text: &str,
        set: &[(String, String)],
        kinds: &[&'static Kind],
    ) -> Result<Self, PipelineFileError> {
        let faults = Faults::new(text);
        let (table, malformed) = DeTable::parse_recoverable(text);
        for error in malformed {
            faults.add(&error.span().unwrap_or(0..0), error.message().to_owned());
        }
        // What a text that is no TOML seems to lack is perhaps only not understood.
        let understood = faults.is_empty();
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let parameters = parameters(&table, set, &faults);
        let reader = Reader { faults: &faults, parameters: &parameters, folder: &folder };
        let outline = understood.then(|| Outline::read(&table, &reader, kinds)).flatten();
        let file = outline.map(|outline| Self {
            path: path.to_owned(),
            title: outline.title,
            parameters: parameters.clone(),
            data: outline.data,
            areas: outline.areas,
            steps: outline.steps,
        });
        faults.finish(path)?;
        // Without a fault there is a file.
        Ok(file.unwrap_or_else(|| Self {
            path: path.to_owned(),
            title: None,
            parameters,
            data: Values::default(),
            areas: Values::default(),
            steps: Vec::new(),
        }))
    }
}

/// The tables of a file.
struct Outline {
    title: Option<String>,
    data: Values,
    areas: Values,
    steps: Vec<Declared>,
}

const TABLES: [&str; 6] = ["scale", "title", "parameters", "data", "areas", "steps"];

impl Outline {
    fn read(
        table: &Spanned<DeTable<'_>>,
        reader: &Reader<'_, '_>,
        kinds: &[&'static Kind],
    ) -> Option<Self> {
        let faults = reader.faults;
        for (name, _) in table.get_ref() {
            let word = name.get_ref().as_ref();
            if !TABLES.contains(&word) {
                let near = suggestion(word, TABLES);
                faults.add(&name.span(), format!("a pipeline has no \"{word}\"{near}"));
            }
        }
        check_version(table, faults);
        let item = |name: &str| table.get_ref().get(name);
        let spans_of =
            |name: &str, keys: &[Key]| match item(name).map(|item| (item.get_ref(), item.span())) {
                None => (Values::default(), Spans::new()),
                Some((DeValue::Table(table), span)) => reader.values(name, table, &span, &[keys]),
                Some((_, span)) => {
                    faults.add(&span, format!("{name} is a table, as in [{name}]"));
                    (Values::default(), Spans::new())
                }
            };
        let (data, data_spans) = spans_of("data", DATA_KEYS);
        let (areas, _) = spans_of("areas", AREAS_KEYS);
        let title = item("title").and_then(|item| reader.text("title", item));
        let Some(steps) = item("steps") else {
            faults.add(&(0..0), "a pipeline needs steps, as in [steps.baseline]".to_owned());
            return None;
        };
        let DeValue::Table(table) = steps.get_ref() else {
            faults.add(&steps.span(), "steps are tables, as in [steps.baseline]".to_owned());
            return None;
        };
        let mut read: Vec<Read> =
            table.iter().filter_map(|(id, item)| step(id, item, reader, kinds)).collect();
        check_references(&read, table, faults);
        check_data_steps(&data, &data_spans, &read, faults);
        for read in &mut read {
            read.declared.rest_on(data.steps("steps"));
        }
        let steps = if faults.is_empty() { in_order(read, faults) } else { Vec::new() };
        Some(Self { title, data, areas, steps })
    }
}

fn check_version(table: &Spanned<DeTable<'_>>, faults: &Faults<'_>) {
    let Some(version) = table.get_ref().get("scale") else {
        let what = format!("the file does not say scale = {VERSION}, the form it is written in");
        return faults.add(&(0..0), what);
    };
    let said =
        version.get_ref().as_integer().and_then(|number| number.as_str().parse::<i64>().ok());
    if said != Some(VERSION) {
        faults.add(&version.span(), format!("this program reads scale = {VERSION}"));
    }
}

/// The parameters of the file, overridden by what was set.
fn parameters(
    table: &Spanned<DeTable<'_>>,
    set: &[(String, String)],
    faults: &Faults<'_>,
) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    match table.get_ref().get("parameters").map(|item| (item.get_ref(), item.span())) {
        None => {}
        Some((DeValue::Table(table), _)) => {
            for (name, item) in table {
                let text = match item.get_ref() {
                    DeValue::String(text) => text.to_string(),
                    DeValue::Integer(number) => number.to_string(),
                    DeValue::Float(number) => number.as_str().to_owned(),
                    DeValue::Boolean(flag) => flag.to_string(),
                    _ => {
                        let what = format!(
                            "parameters.{} is a text, a number, true or false",
                            name.get_ref()
                        );
                        faults.add(&item.span(), what);
                        continue;
                    }
                };
                parameters.insert(name.get_ref().to_string(), text);
            }
        }
        Some((_, span)) => {
            faults.add(&span, "parameters is a table, as in [parameters]".to_owned());
        }
    }
    for (name, value) in set {
        if parameters.contains_key(name) {
            parameters.insert(name.clone(), value.clone());
        } else {
            let near = suggestion(name, parameters.keys().map(String::as_str));
            faults.add(
                &(0..0),
                format!("--set {name}: the pipeline has no parameter \"{name}\"{near}"),
            );
        }
    }
    parameters
}

/// A step with the places of its values.
struct Read {
    declared: Declared,
    span: Range<usize>,
    spans: Spans,
}

fn step(
    id: &Spanned<std::borrow::Cow<'_, str>>,
    item: &Spanned<DeValue<'_>>,
    reader: &Reader<'_, '_>,
    kinds: &[&'static Kind],
) -> Option<Read> {
    let (name, faults) = (id.get_ref().as_ref(), reader.faults);
    let whose = format!("steps.{name}");
    if !is_safe(name) {
        faults.add(
            &id.span(),
            format!("\"{name}\" is no id: use a to z, 0 to 9, - and _, at most 60"),
        );
    }
    let DeValue::Table(table) = item.get_ref() else {
        faults.add(&item.span(), format!("{whose} is a table, as in [{whose}]"));
        return None;
    };
    let known = || kinds.iter().map(|kind| kind.name);
    let Some(kind) = table.get("kind") else {
        let kinds = known().collect::<Vec<_>>().join(", ");
        faults.add(&id.span(), format!("{whose} needs a kind: one of {kinds}"));
        return None;
    };
    let word = reader.text(&format!("{whose}.kind"), kind)?;
    let Some(found) = kinds.iter().copied().find(|kind| kind.name == word) else {
        let near = suggestion(&word, known());
        let kinds = known().collect::<Vec<_>>().join(", ");
        faults.add(&kind.span(), format!("{whose}.kind is \"{word}\"; it is one of {kinds}{near}"));
        return None;
    };
    let mut rest = table.clone();
    rest.remove("kind");
    let (values, spans) = reader.values(&whose, &rest, &id.span(), found.keys);
    for (key, what) in (found.check)(&values) {
        let span = spans.get(key).cloned().unwrap_or_else(|| id.span());
        faults.add(&span, format!("{whose}: {what}"));
    }
    let declared = Declared { id: name.to_owned(), kind: found, values, needs: Vec::new() };
    Some(Read { declared, span: id.span(), spans })
}

impl Declared {
    /// Adds up what the step rests on: what its values name and, where it uses data, the steps that make them.
    fn rest_on(&mut self, data: &[String]) {
        let data = data.iter().filter(|_| self.kind.uses_data).map(String::as_str);
        let needs: BTreeSet<&str> = self.values.needs().chain(data).collect();
        self.needs = needs.into_iter().map(str::to_owned).collect();
    }
}

/// An id becomes part of file names.
fn is_safe(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !id.is_empty()
        && id.len() <= 60
        && id.chars().all(plain)
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn check_references(read: &[Read], table: &DeTable<'_>, faults: &Faults<'_>) {
    let ids: BTreeSet<&str> = table.iter().map(|(id, _)| id.get_ref().as_ref()).collect();
    for Read { declared, span, spans } in read {
        for (key, value) in &declared.values.0 {
            let alone = Values(BTreeMap::from([(key.clone(), value.clone())]));
            for need in alone.needs().filter(|need| !ids.contains(need)) {
                let near = suggestion(need, ids.iter().copied());
                let what = format!(
                    "steps.{}.{key} names the step \"{need}\", which is not there{near}",
                    declared.id
                );
                faults.add(spans.get(key).unwrap_or(span), what);
            }
        }
    }
}

/// Data sets come from ingest steps.
fn check_data_steps(data: &Values, spans: &Spans, read: &[Read], faults: &Faults<'_>) {
    let span = spans.get("steps").cloned().unwrap_or(0..0);
    for id in data.steps("steps") {
        let found = read.iter().find(|read| read.declared.id == *id);
        let near = || suggestion(id, read.iter().map(|read| read.declared.id.as_str()));
        match found.map(|read| read.declared.kind.name) {
            Some("ingest") => {}
            Some(kind) => faults.add(
                &span,
                format!("data.steps names \"{id}\", which is a step of kind {kind}, not ingest"),
            ),
            None => faults.add(
                &span,
                format!("data.steps names the step \"{id}\", which is not there{}", near()),
            ),
        }
    }
}

/// Steps after what they need; those that wait for each other are a fault.
fn in_order(read: Vec<Read>, faults: &Faults<'_>) -> Vec<Declared> {
    let mut waiting = read;
    // The table is sorted by name; the order of the file is what its writer meant.
    waiting.sort_by_key(|read| read.span.start);
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = |read: &Read| read.declared.needs.iter().all(|need| done.contains(need));
        let Some(next) = waiting.iter().position(ready) else {
            let ids: Vec<&str> = waiting.iter().map(|read| read.declared.id.as_str()).collect();
            let what = format!("these steps wait for each other: {}", ids.join(", "));
            faults.add(&waiting[0].span, what);
            return Vec::new();
        };
        let read = waiting.remove(next);
        done.insert(read.declared.id.clone());
        ordered.push(read.declared);
    }
    ordered
}

#[cfg(test)]
mod tests;
