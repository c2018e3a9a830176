//! Reading tables by their keys.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::{Faults, suggestion};
use super::keys::{Key, Shape};
use super::quantity::Unit;
use super::values::{FileRef, Value, Values};
use crate::sources::objects::from_folder;

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
                let made = ["units", "areas", "buildings", "populated", "services"]
                    .contains(&text.as_str())
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
            Shape::TableOrFile => match item.get_ref() {
                DeValue::Table(_) => self.value(whose, item, Shape::Table)?,
                _ => self.value(whose, item, Shape::File)?,
            },
            Shape::Entries(keys) => Value::Entries(self.entries(whose, item, keys)?),
        })
    }

    fn entries(
        &self,
        whose: &str,
        item: &Item<'_>,
        keys: &[Key],
    ) -> Option<BTreeMap<String, Values>> {
        let DeValue::Table(table) = item.get_ref() else {
            return self.wrong(item, format!("{whose} holds tables, as in [{whose}.NAME]"));
        };
        let each = |(name, item): (&Spanned<_>, &Item<'_>)| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            let whose = format!("{whose}.{name}");
            match item.get_ref() {
                DeValue::Table(table) => {
                    let (values, _) = self.values(&whose, table, &item.span(), &[keys]);
                    Some((name.to_string(), values))
                }
                _ => self.wrong(item, format!("{whose} is a table, as in [{whose}]")),
            }
        };
        table.iter().map(each).collect()
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
            None => FileRef::Path(from_folder(self.folder, text)),
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
