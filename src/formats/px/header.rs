//! What the keywords say of the cube: its variables in the order of the cells, and their categories.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::FormatError;
use super::super::cube::{Axis, Category, Dimension};
use super::scan::Keyword;
use super::{fault, row_fault};

pub(super) struct Header {
    keywords: Vec<Keyword>,
}

impl Header {
    pub(super) fn of_main_language(mut keywords: Vec<Keyword>) -> Self {
        let main = keywords.iter().find(|keyword| keyword.name == "LANGUAGE");
        let main = main.and_then(|keyword| keyword.texts.first().cloned());
        keywords.retain(|keyword| keyword.language.is_none() || keyword.language == main);
        Self { keywords }
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.keywords.iter().filter(move |keyword| keyword.name == name);
        named
            .filter(|keyword| keyword.subkeys.is_empty())
            .flat_map(|keyword| &keyword.texts)
            .map(String::as_str)
    }

    fn of(&self, name: &str, variable: &str) -> Option<&Keyword> {
        self.keywords.iter().find(|keyword| {
            keyword.name == name && keyword.subkeys.first().is_some_and(|subkey| subkey == variable)
        })
    }

    /// A text in one line; PX writes `#` for a line break.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.all(name).next()?.replace('#', " ");
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Variables in the order of the cells: the stub, then the heading, which runs fastest.
    pub(super) fn dimensions(&self, file: &Path) -> Result<Vec<Dimension>, FormatError> {
        let variables: Vec<&str> = self.all("STUB").chain(self.all("HEADING")).collect();
        if variables.is_empty() {
            return Err(fault(file, "it names no variables in STUB or HEADING"));
        }
        let mut contents_seen = false;
        let mut dimensions = Vec::new();
        for variable in variables {
            let mut axis = self.axis(variable);
            // Only one variable can become columns.
            if axis == Axis::Metric && std::mem::replace(&mut contents_seen, true) {
                axis = Axis::Other;
            }
            let code = self.of("VARIABLECODE", variable).and_then(|keyword| keyword.texts.first());
            let categories = self.categories(file, variable)?;
            dimensions.push(Dimension {
                code: code.map_or(variable, String::as_str).to_owned(),
                label: Some(variable.to_owned()),
                axis,
                total: self.total(variable, &categories),
                categories,
            });
        }
        Ok(dimensions)
    }

    /// The value that stands for all where the variable is left out; `ELIMINATION=YES` names none.
    fn total(&self, variable: &str, categories: &[Category]) -> Option<String> {
        let named = self.of("ELIMINATION", variable)?.texts.first()?;
        let is_named = |one: &&Category| one.code == *named || one.label.as_ref() == Some(named);
        categories.iter().find(is_named).map(|one| one.code.clone())
    }

    fn axis(&self, variable: &str) -> Axis {
        let contents = self.all("CONTVARIABLE").next();
        let kind = self.of("VARIABLE-TYPE", variable).and_then(|keyword| keyword.texts.first());
        if contents == Some(variable) {
            Axis::Metric
        } else if self.of("TIMEVAL", variable).is_some() || kind.is_some_and(|kind| kind == "T") {
            Axis::Time
        } else if self.of("MAP", variable).is_some() || kind.is_some_and(|kind| kind == "G") {
            Axis::Geography
        } else {
            let code = self.of("VARIABLECODE", variable).and_then(|keyword| keyword.texts.first());
            let known = Axis::of_known_code(code.map_or(variable, String::as_str));
            // Contents are what CONTVARIABLE says, where the file says it.
            if known == Axis::Metric && contents.is_some() { Axis::Other } else { known }
        }
    }

    fn categories(&self, file: &Path, variable: &str) -> Result<Vec<Category>, FormatError> {
        // Periods may be written in TIMEVAL alone.
        let values = self.of("VALUES", variable).or_else(|| self.of("TIMEVAL", variable));
        let values = values
            .filter(|values| {
                !values.texts.is_empty() && !values.words.iter().any(|word| word == "-")
            })
            .ok_or_else(|| fault(file, format!("variable \"{variable}\" has no VALUES")))?;
        let codes = self.of("CODES", variable).unwrap_or(values);
        let (wanted, found) = (values.texts.len(), codes.texts.len());
        if wanted != found {
            let reason = format!("variable \"{variable}\" has {found} CODES for {wanted} VALUES");
            return Err(row_fault(
                file,
                codes.line,
                reason,
                "each value needs one code, in the same order",
            ));
        }
        let pairs = codes.texts.iter().zip(&values.texts);
        Ok(pairs
            .map(|(code, label)| Category { code: code.clone(), label: Some(label.clone()) })
            .collect())
    }

    /// For a file with `KEYS`, the place of each written key along each stub variable.
    pub(super) fn sparse_keys(
        &self,
        file: &Path,
        dimensions: &[Dimension],
    ) -> Result<Option<Keys>, FormatError> {
        let stub: Vec<&str> = self.all("STUB").collect();
        if !stub.iter().any(|variable| self.of("KEYS", variable).is_some()) {
            return Ok(None);
        }
        let mut places = Vec::new();
        for (variable, dimension) in stub.iter().zip(dimensions) {
            let keyword = self.of("KEYS", variable).ok_or_else(|| {
                fault(
                    file,
                    format!("variable \"{variable}\" of the stub has no KEYS while another has"),
                )
            })?;
            let by_code = keyword.words.iter().chain(&keyword.texts).any(|word| word == "CODES");
            let key = |category: &Category| match &category.label {
                Some(label) if !by_code => label.clone(),
                _ => category.code.clone(),
            };
            places.push(dimension.categories.iter().map(key).zip(0..).collect());
        }
        let sizes = dimensions.iter().skip(stub.len()).map(|heading| heading.categories.len());
        Ok(Some(Keys { places, width: sizes.product() }))
    }
}

/// Where the written keys stand along the stub, and how many cells follow them.
pub(super) struct Keys {
    pub(super) places: Vec<BTreeMap<String, usize>>,
    pub(super) width: usize,
}
