//! A table: typed columns, a key, and a meaning for every column.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType, Float64Chunked, StringChunked};

use super::{Dataset, Dimensions, Field, Kind, MissingColumn, ModelError, ObsStatus};

/// A polars frame whose keys are unique and whose every column is accounted for.
///
/// The key is unique together with the dimensions (year, sex, age). Codes are text, for leading zeros
/// matter. A column is the key, the name, a dimension, a coordinate or has a [`Field`].
#[derive(Debug, Clone)]
pub struct Table {
    id: String,
    frame: DataFrame,
    key: String,
    name: Option<String>,
    dimensions: Dimensions,
    fields: BTreeMap<String, Field>,
}

/// One value of a table with what tells it from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell<'a> {
    pub key: &'a str,
    pub year: Option<i32>,
    pub sex: Option<&'a str>,
    pub age: Option<&'a str>,
    pub value: Option<f64>,
    /// Where a column of statuses stands beside the field.
    pub status: Option<ObsStatus>,
    /// Between what it lies, where columns of bounds stand beside the field.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

impl Table {
    /// Checks the frame against its catalogue entry.
    ///
    /// # Errors
    /// [`ModelError`] for a missing, undeclared or wrongly typed column and for a null or repeated key.
    pub fn new(dataset: &Dataset, frame: DataFrame) -> Result<Self, ModelError> {
        let table = Self {
            id: dataset.id.clone(),
            frame,
            key: dataset.key.clone(),
            name: dataset.name.clone(),
            dimensions: dataset.dimensions.clone(),
            fields: dataset.fields.clone(),
        };
        table.check_columns(dataset)?;
        table.check_keys()?;
        Ok(table)
    }

    fn check_columns(&self, dataset: &Dataset) -> Result<(), ModelError> {
        self.texts(&self.key)?;
        for (name, field) in &self.fields {
            match field.kind {
                Kind::Ratio { .. } => {}
                Kind::Categorical { .. } => {
                    self.texts(name)?;
                }
                Kind::Extensive | Kind::Intensive => {
                    self.numbers(name)?;
                }
            }
        }
        let point = dataset.point.iter().flat_map(|point| [&point.x, &point.y]);
        let structural: Vec<&str> = std::iter::once(self.key.as_str())
            .chain(self.name.as_deref())
            .chain(self.dimensions.columns())
            .chain(point.map(String::as_str))
            .collect();
        for name in self.frame.get_column_names() {
            let name = name.as_str();
            let known = structural.contains(&name) || self.fields.contains_key(name);
            if !known && !stands_beside(name, &self.fields) {
                return Err(ModelError::Undeclared {
                    table: self.id.clone(),
                    column: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), ModelError> {
        let mut parts = vec![self.texts(&self.key)?];
        let years = self.year_texts()?;
        parts.extend(years.as_ref());
        for column in [&self.dimensions.sex, &self.dimensions.age].into_iter().flatten() {
            parts.push(self.texts(column)?);
        }
        let mut seen: BTreeMap<Vec<Option<&str>>, usize> = BTreeMap::new();
        for row in 0..self.frame.height() {
            let key: Vec<Option<&str>> = parts.iter().map(|part| part.get(row)).collect();
            if key.first().is_none_or(Option::is_none) {
                return Err(ModelError::NullKey {
                    table: self.id.clone(),
                    column: self.key.clone(),
                    row: row + 1,
                });
            }
            let words: Vec<&str> = key.iter().copied().flatten().collect();
            let text = words.join(", ");
            if let Some(first) = seen.insert(key, row) {
                return Err(ModelError::DuplicateKey {
                    table: self.id.clone(),
                    key: text,
                    first: first + 1,
                    row: row + 1,
                });
            }
        }
        Ok(())
    }

    fn year_texts(&self) -> Result<Option<StringChunked>, ModelError> {
        let Some(year) = &self.dimensions.year else { return Ok(None) };
        let numbers = self.numbers(year)?;
        Ok(Some(numbers.iter().map(|year| year.map(|year| format!("{year}"))).collect()))
    }

    /// The frame itself.
    #[must_use]
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// The value columns and what they mean.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, Field> {
        &self.fields
    }

    /// The keys, row by row.
    ///
    /// # Errors
    /// Never for a table made by [`Table::new`].
    pub fn keys(&self) -> Result<&StringChunked, ModelError> {
        self.texts(&self.key)
    }

    /// A column of text.
    ///
    /// # Errors
    /// [`ModelError::MissingColumn`], [`ModelError::WrongType`].
    pub fn texts(&self, name: &str) -> Result<&StringChunked, ModelError> {
        texts(&self.id, &self.frame, name)
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// [`ModelError::MissingColumn`], [`ModelError::WrongType`].
    pub fn numbers(&self, name: &str) -> Result<&Float64Chunked, ModelError> {
        let column = column(&self.id, &self.frame, name)?;
        column.f64().map_err(|_| wrong_type(&self.id, column, "numbers"))
    }

    /// Every value of a field with its key and dimensions, in row order.
    ///
    /// # Errors
    /// [`ModelError::MissingColumn`], [`ModelError::WrongType`].
    pub fn cells(&self, field: &str) -> Result<Vec<Cell<'_>>, ModelError> {
        let (keys, values) = (self.keys()?, self.numbers(field)?);
        let years = self.dimensions.year.as_deref().map(|year| self.numbers(year)).transpose()?;
        let sexes = self.dimensions.sex.as_deref().map(|sex| self.texts(sex)).transpose()?;
        let ages = self.dimensions.age.as_deref().map(|age| self.texts(age)).transpose()?;
        let beside = status_column(field);
        let beside = self.frame.column(&beside).is_ok().then(|| self.texts(&beside)).transpose()?;
        let status = |row: usize| beside?.get(row).and_then(ObsStatus::from_code);
        let [lower, upper] = bound_columns(field).map(|name| {
            let there = !self.fields.contains_key(&name) && self.frame.column(&name).is_ok();
            there.then(|| self.numbers(&name)).transpose()
        });
        let (lower, upper) = (lower?, upper?);
        let cell = |row: usize| {
            Some(Cell {
                key: keys.get(row)?,
                year: years.and_then(|years| years.get(row)).map(as_year),
                sex: sexes.and_then(|sexes| sexes.get(row)),
                age: ages.and_then(|ages| ages.get(row)),
                value: values.get(row),
                status: status(row),
                lower: lower.and_then(|ends| ends.get(row)),
                upper: upper.and_then(|ends| ends.get(row)),
            })
        };
        Ok((0..self.frame.height()).filter_map(cell).collect())
    }
}

/// The column that says why a value is missing, or how it came about: an SDMX code a row.
#[must_use]
pub fn status_column(field: &str) -> String {
    format!("{field}_status")
}

/// The columns that say between what a value lies.
#[must_use]
pub fn bound_columns(field: &str) -> [String; 2] {
    ["lower", "upper"].map(|end| format!("{field}_{end}"))
}

/// Whether a column holds the statuses or the bounds of a count or a rate, and so needs no entry of its own.
#[must_use]
pub fn stands_beside(name: &str, fields: &BTreeMap<String, Field>) -> bool {
    let of = |end: &str| name.strip_suffix(end).and_then(|field| fields.get(field));
    let fields = ["_status", "_lower", "_upper"].into_iter().filter_map(of);
    let mut kinds = fields.map(|field| &field.kind);
    kinds.any(|kind| matches!(kind, Kind::Extensive | Kind::Intensive))
}

#[allow(clippy::cast_possible_truncation)] // a year is far inside the range
fn as_year(year: f64) -> i32 {
    year as i32
}

/// A text column of any frame, with an error that names what was found instead.
///
/// # Errors
/// [`ModelError::MissingColumn`], [`ModelError::WrongType`].
pub(crate) fn texts<'a>(
    table: &str,
    frame: &'a DataFrame,
    name: &str,
) -> Result<&'a StringChunked, ModelError> {
    let column = column(table, frame, name)?;
    column.str().map_err(|_| wrong_type(table, column, "text"))
}

fn column<'a>(table: &str, frame: &'a DataFrame, name: &str) -> Result<&'a Column, ModelError> {
    frame.column(name).map_err(|_| MissingColumn::in_frame(table, name, frame).into())
}

fn wrong_type(table: &str, column: &Column, expected: &'static str) -> ModelError {
    let found = match column.dtype() {
        DataType::String => "text".to_owned(),
        DataType::Float64 => "numbers".to_owned(),
        other => other.to_string(),
    };
    ModelError::WrongType {
        table: table.to_owned(),
        column: column.name().to_string(),
        expected,
        found,
    }
}
