//! The values of a table, each of its shape.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

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
    Entries(BTreeMap<String, Values>),
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

    /// Tables by name, in the order of their names.
    pub fn entries(&self, key: &str) -> impl Iterator<Item = (&str, &Values)> {
        let entries = match self.0.get(key) {
            Some(Value::Entries(entries)) => Some(entries),
            _ => None,
        };
        entries.into_iter().flatten().map(|(name, values)| (name.as_str(), values))
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
    #[must_use]
    pub fn all_files(&self) -> Vec<(&str, &FileRef)> {
        let mut found = Vec::new();
        for (key, value) in &self.0 {
            match value {
                Value::File(file) => found.push((key.as_str(), file)),
                Value::Files(files) => found.extend(files.iter().map(|file| (key.as_str(), file))),
                Value::Entries(entries) => {
                    found.extend(entries.values().flat_map(Self::all_files));
                }
                _ => {}
            }
        }
        found
    }

    /// Puts other paths in the place of those of files that are read from outside.
    ///
    /// # Errors
    /// The first of `local`.
    pub fn replace_paths<E>(
        &mut self,
        local: &dyn Fn(&Path) -> Result<PathBuf, E>,
    ) -> Result<(), E> {
        let replace = |file: &mut FileRef| {
            if let FileRef::Path(path) = file {
                *path = local(path)?;
            }
            Ok(())
        };
        for value in self.0.values_mut() {
            match value {
                Value::File(file) => replace(file)?,
                Value::Files(files) => files.iter_mut().try_for_each(replace)?,
                Value::Entries(entries) => {
                    entries.values_mut().try_for_each(|values| values.replace_paths(local))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Ids of the steps that these values rest on.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let files = self.all_files().into_iter().filter_map(|(_, file)| match file {
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
