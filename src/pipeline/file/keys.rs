//! What may stand in a table of a pipeline file, and reading it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::{Faults, suggestion};
use super::quantity::Unit;

/// One key of a table.
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// What it says, for the schema that editors show.
    pub doc: &'static str,
}

impl Key {
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: false, doc }
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub enum Shape {
    Text,
    /// One text or a list of them.
    Texts,
    Flag,
    /// A number with bounds.
    Number(f64, f64),
    /// A number with a unit, such as "15 min"; bounds are in the unit's base. A bare number is in that base.
    Quantity(Unit, f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A path, relative to the pipeline file, or what a step made: `step:ID` or `step:ID/NAME`.
    File,
    Files,
    /// `units`, `grid:100`, `h3:9`, `services:…` or a file.
    Places,
    /// The name of a file to write into the folder of results: no folder in it.
    Name,
    /// Ids of steps.
    Steps,
    /// Texts by name, such as new names of columns.
    Pairs,
    /// A table that the step reads by itself.
    Table,
}

/// A file that a step reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileRef {
    Path(PathBuf),
    /// What a step made: its only file, or the one of that name.
    Step {
        step: String,
        name: Option<String>,
    },
}

/// A value that fits its shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    Texts(Vec<String>),
    Flag(bool),
    Number(f64),
    File(FileRef),
    Files(Vec<FileRef>),
    Steps(Vec<String>),
    Pairs(BTreeMap<String, String>),
    Table(toml::Table),
}

/// The values of one table, each checked against its shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Values(pub BTreeMap<String, Value>);

impl Values {
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn texts(&self, key: &str) -> &[String] {
        match self.0.get(key) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.0.get(key), Some(Value::Flag(true)))
    }

    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.0.get(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    #[must_use]
    pub fn file(&self, key: &str) -> Option<&FileRef> {
        match self.0.get(key) {
            Some(Value::File(file)) => Some(file),
            _ => None,
        }
    }

    #[must_use]
    pub fn files(&self, key: &str) -> &[FileRef] {
        match self.0.get(key) {
            Some(Value::Files(files)) => files,
            _ => &[],
        }
    }

    #[must_use]
    pub fn steps(&self, key: &str) -> &[String] {
        match self.0.get(key) {
            Some(Value::Steps(steps)) => steps,
            _ => &[],
        }
    }

    /// Pairs in the order of their names.
    #[must_use]
    pub fn pairs(&self, key: &str) -> Vec<(String, String)> {
        match self.0.get(key) {
            Some(Value::Pairs(pairs)) => pairs.clone().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    #[must_use]
    pub fn table(&self, key: &str) -> Option<&toml::Table> {
        match self.0.get(key) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Takes a text from elsewhere than a file.
    pub fn put_text(&mut self, key: &str, text: Option<&str>) {
        let value = text.map(|text| (key.to_owned(), Value::Text(text.to_owned())));
        self.0.extend(value);
    }

    /// The same for a list of texts; an empty one says nothing.
    pub fn put_texts(&mut self, key: &str, texts: &[String]) {
        let value = (!texts.is_empty()).then(|| (key.to_owned(), Value::Texts(texts.to_vec())));
        self.0.extend(value);
    }

    /// The same for what is or is not so.
    pub fn put_flag(&mut self, key: &str, flag: bool) {
        self.0.insert(key.to_owned(), Value::Flag(flag));
    }

    /// The same for a number, in the base of its unit.
    pub fn put_number(&mut self, key: &str, number: Option<f64>) {
        self.0.extend(number.map(|number| (key.to_owned(), Value::Number(number))));
    }

    /// The same for a file.
    pub fn put_file(&mut self, key: &str, file: Option<&Path>) {
        let value = file.map(|file| (key.to_owned(), Value::File(FileRef::Path(file.to_owned()))));
        self.0.extend(value);
    }

    /// The same for several files; none says nothing.
    pub fn put_files(&mut self, key: &str, files: &[PathBuf]) {
        let each = || files.iter().cloned().map(FileRef::Path).collect();
        self.0.extend((!files.is_empty()).then(|| (key.to_owned(), Value::Files(each()))));
    }

    /// The same for a file to write, wherever the user wants it.
    pub fn put_name(&mut self, key: &str, file: Option<&Path>) {
        self.put_text(key, file.map(Path::to_string_lossy).as_deref());
    }

    /// Every file that is read, under the key that names it.
    pub fn all_files(&self) -> impl Iterator<Item = (&str, &FileRef)> {
        self.0.iter().flat_map(|(key, value)| {
            let files: &[FileRef] = match value {
                Value::File(file) => std::slice::from_ref(file),
                Value::Files(files) => files,
                _ => &[],
            };
            files.iter().map(move |file| (key.as_str(), file))
        })
    }

    /// Ids of the steps that these values rest on.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let files = self.all_files().filter_map(|(_, file)| match file {
            FileRef::Step { step, .. } => Some(step.as_str()),
            FileRef::Path(_) => None,
        });
        let steps = self.0.values().flat_map(|value| match value {
            Value::Steps(steps) => steps.as_slice(),
            _ => &[],
        });
        files.chain(steps.map(String::as_str))
    }
}

/// Where each value of a table stands in the text.
pub(super) type Spans = BTreeMap<String, Range<usize>>;

/// Reads tables of one file.
pub(super) struct Reader<'f, 't> {
    pub faults: &'f Faults<'t>,
    /// What `{name}` in a text stands for.
    pub parameters: &'f BTreeMap<String, String>,
    /// The folder that relative paths start from.
    pub folder: &'f Path,
}

type Item<'i> = Spanned<DeValue<'i>>;

impl Reader<'_, '_> {
    /// Reads a table by its keys; what does not fit is a fault, and the rest is read all the same.
    pub fn values(
        &self,
        whose: &str,
        table: &DeTable<'_>,
        span: &Range<usize>,
        keys: &[&[Key]],
    ) -> (Values, Spans) {
        let keys: Vec<&Key> = keys.iter().copied().flatten().collect();
        let (mut values, mut spans) = (Values::default(), Spans::new());
        for (name, item) in table {
            let known = keys.iter().find(|key| key.name == name.get_ref().as_ref());
            let Some(key) = known else {
                let near = suggestion(name.get_ref(), keys.iter().map(|key| key.name));
                self.faults
                    .add(&name.span(), format!("{whose} has no key \"{}\"{near}", name.get_ref()));
                continue;
            };
            if let Some(value) = self.value(&format!("{whose}.{}", key.name), item, key.shape) {
                values.0.insert(key.name.to_owned(), value);
                spans.insert(key.name.to_owned(), item.span());
            }
        }
        for key in keys.iter().filter(|key| key.required) {
            if !table.iter().any(|(name, _)| name.get_ref().as_ref() == key.name) {
                self.faults
                    .add(span, format!("{whose} needs the key \"{}\": {}", key.name, key.doc));
            }
        }
        (values, spans)
    }

    fn value(&self, whose: &str, item: &Item<'_>, shape: Shape) -> Option<Value> {
        Some(match shape {
            Shape::Text => Value::Text(self.text(whose, item)?),
            Shape::Texts => Value::Texts(self.list(whose, item, |text, _| Some(text))?),
            Shape::Steps => Value::Steps(self.list(whose, item, |text, _| {
                Some(text.strip_prefix("step:").map_or(text.clone(), str::to_owned))
            })?),
            Shape::Flag => Value::Flag(self.flag(whose, item)?),
            Shape::Number(low, high) => {
                Value::Number(self.number(whose, item, None, (low, high))?)
            }
            Shape::Quantity(unit, low, high) => {
                Value::Number(self.number(whose, item, Some(unit), (low, high))?)
            }
            Shape::Choice(words) => {
                let text = self.text(whose, item)?;
                if !words.contains(&text.as_str()) {
                    let near = suggestion(&text, words.iter().copied());
                    let known = words.join(", ");
                    return self
                        .wrong(item, format!("{whose} is \"{text}\"; it is one of {known}{near}"));
                }
                Value::Text(text)
            }
            Shape::File => Value::File(self.file(&self.text(whose, item)?)),
            Shape::Files => Value::Files(self.list(whose, item, |text, _| Some(self.file(&text)))?),
            Shape::Places => {
                let text = self.text(whose, item)?;
                let made = ["units", "services"].contains(&text.as_str())
                    || ["grid:", "h3:", "services:"].iter().any(|prefix| text.starts_with(prefix));
                if made { Value::Text(text) } else { Value::File(self.file(&text)) }
            }
            Shape::Name => {
                let text = self.text(whose, item)?;
                if !is_plain_name(&text) {
                    let what =
                        format!("{whose} is \"{text}\"; it is the name of a file, without folders");
                    return self.wrong(item, what);
                }
                Value::Text(text)
            }
            Shape::Pairs => Value::Pairs(self.pairs(whose, item)?),
            Shape::Table => match plain(item) {
                toml::Value::Table(table) => Value::Table(table),
                _ => return self.wrong(item, format!("{whose} is a table")),
            },
        })
    }

    fn wrong<T>(&self, item: &Item<'_>, what: String) -> Option<T> {
        self.faults.add(&item.span(), what);
        None
    }

    /// A text with its parameters put in.
    pub fn text(&self, whose: &str, item: &Item<'_>) -> Option<String> {
        match item.get_ref() {
            DeValue::String(text) => self.filled(text, &item.span()),
            other => {
                self.wrong(item, format!("{whose} is a text in quotes, not {}", other.type_str()))
            }
        }
    }

    fn flag(&self, whose: &str, item: &Item<'_>) -> Option<bool> {
        let word = match item.get_ref() {
            DeValue::Boolean(flag) => return Some(*flag),
            DeValue::String(text) => self.filled(text, &item.span())?,
            _ => String::new(),
        };
        match word.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => self.wrong(item, format!("{whose} is true or false")),
        }
    }

    fn number(
        &self,
        whose: &str,
        item: &Item<'_>,
        unit: Option<Unit>,
        (low, high): (f64, f64),
    ) -> Option<f64> {
        let text = match item.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::String(text) => self.filled(text, &item.span())?,
            other => {
                return self.wrong(item, format!("{whose} is a number, not {}", other.type_str()));
            }
        };
        let read = match unit {
            Some(unit) => unit.read(&text),
            None => text.replace('_', "").parse().map_err(|_| format!("\"{text}\" is no number")),
        };
        match read {
            Ok(number) if (low..=high).contains(&number) => Some(number),
            Ok(number) => {
                let unit = unit.map_or(String::new(), |unit| format!(" {}", unit.base()));
                self.wrong(
                    item,
                    format!("{whose} is {number}{unit}; it lies from {low} to {high}{unit}"),
                )
            }
            Err(reason) => self.wrong(item, format!("{whose}: {reason}")),
        }
    }

    fn list<T>(
        &self,
        whose: &str,
        item: &Item<'_>,
        read: impl Fn(String, &Item<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match item.get_ref() {
            DeValue::Array(items) => {
                let each = |item| self.text(whose, item).and_then(|text| read(text, item));
                items.iter().map(each).collect()
            }
            DeValue::String(_) => Some(vec![read(self.text(whose, item)?, item)?]),
            _ => self.wrong(item, format!("{whose} is a text or a list of texts")),
        }
    }

    fn pairs(&self, whose: &str, item: &Item<'_>) -> Option<BTreeMap<String, String>> {
        let DeValue::Table(table) = item.get_ref() else {
            return self.wrong(item, format!("{whose} is a table of texts"));
        };
        let each = |(name, item): (&Spanned<_>, _)| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            Some((name.to_string(), self.text(whose, item)?))
        };
        table.iter().map(each).collect()
    }

    /// A path, or what a step made.
    pub fn file(&self, text: &str) -> FileRef {
        match text.strip_prefix("step:") {
            Some(rest) => {
                let (step, name) = match rest.split_once('/') {
                    Some((step, name)) => (step, Some(name.to_owned())),
                    None => (rest, None),
                };
                FileRef::Step { step: step.to_owned(), name }
            }
            None => FileRef::Path(self.folder.join(text)),
        }
    }

    /// `{name}` replaced by the parameter of that name. `{area}` is left: it is known later.
    fn filled(&self, text: &str, span: &Range<usize>) -> Option<String> {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                self.faults.add(span, format!("\"{text}\" has a {{ without a }}"));
                return None;
            };
            out.push_str(before);
            match self.parameters.get(name) {
                _ if name == "area" => out.push_str("{area}"),
                Some(value) => out.push_str(value),
                None => {
                    let near = suggestion(name, self.parameters.keys().map(String::as_str));
                    self.faults.add(span, format!("there is no parameter \"{name}\"{near}"));
                    return None;
                }
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// A name that stays in its folder.
fn is_plain_name(text: &str) -> bool {
    let path = Path::new(text);
    !text.contains(['/', '\\', '\0'])
        && path.file_name().is_some_and(|name| name == text)
        && !text.starts_with('.')
}

/// A value without its places in the text.
fn plain(item: &Item<'_>) -> toml::Value {
    use serde::Deserialize as _;
    toml::Value::deserialize(toml::de::ValueDeserializer::from(item.clone()))
        .unwrap_or(toml::Value::Boolean(false))
}
