//! What QGIS shows of a `GeoPackage`: styles of each layer, a project with printed maps, and metadata.
//!
//! Everything is text made from the templates beside this file; what comes from data is escaped on the way in. A style
//! shows one column by the classes of [`super::classes`]. What is missing or withheld is hatched and what is estimated
//! or uncertain is dotted, by rules of their own, so that the legend says so.

mod facts;
mod legend;
mod metadata;
mod page;
mod project;
mod style;
mod symbol;
mod template;
mod tip;
mod words;

use crate::formats::geopackage::{Beside, Style};
use crate::model::{Crs, Lang, Layer, ObsStatus, Theme};

/// Why there is nothing for QGIS.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum QgisError {
    #[error("a style, project or metadata for QGIS cannot be made")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Template(#[from] minijinja::Error),

    #[error("a project for QGIS cannot be packed")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Archive(#[from] zip::result::ZipError),
}

/// The layers of one file as they are shown, and the project they make up.
pub struct Atlas<'a> {
    /// The name of the project in lists, and the stem of the file.
    pub id: &'a str,
    pub title: &'a str,
    pub lang: Lang,
    pub crs: &'a Crs,
    /// The lowest layer last.
    pub sheets: Vec<Sheet<'a>>,
}

/// A layer as it is shown.
pub struct Sheet<'a> {
    pub layer: &'a Layer,
    pub title: String,
    /// The group it stands in; above all groups without one.
    pub theme: Option<Theme>,
    pub columns: Vec<Shown>,
    pub look: Look<'a>,
    pub about: About<'a>,
}

/// A column as readers see it.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    pub name: String,
    pub label: String,
    pub unit: String,
    /// Digits after the decimal mark; none for what is no number.
    pub decimals: Option<usize>,
    /// Whether the unit bears no decimals, however near to each other two values are.
    pub whole: bool,
    /// What codes stand for.
    pub codes: Vec<(String, String)>,
    /// What codes stand for where a cell may hold several.
    pub listed: Vec<(String, String)>,
    /// Whether readers of a map tip are spared it.
    pub hidden: bool,
}

/// How a layer is drawn.
pub enum Look<'a> {
    /// Borders only.
    Outline,
    /// A column at a time, by classes; the first is what one sees on opening.
    Maps(Vec<Map<'a>>),
    /// Features by the words in a column; over them a mark on those of which another column holds a word. Where only
    /// some of the features belong beside a map, the shares say which.
    Kinds {
        column: String,
        kinds: Vec<(String, String)>,
        doubtful: Option<Doubtful>,
        shares: Vec<Share>,
    },
    /// Polygons that lie on each other by the numbers in a column, the largest lowest: number and name.
    Bands { column: String, bands: Vec<(f64, String)> },
    /// One symbol.
    Plain,
    /// A table, seen one theme at a time: the column of themes, and those that occur.
    Table { column: String, themes: Vec<Theme> },
}

/// A map of one column.
pub struct Map<'a> {
    pub column: String,
    pub title: String,
    pub theme: Theme,
    /// What is measured, in a sentence.
    pub definition: String,
    /// The column with the name of a feature, where there is one.
    pub name: Option<String>,
    pub told: Told<'a>,
}

/// Features to look at twice: the column, the word in it, and what the legend says of them.
pub struct Doubtful {
    pub column: String,
    pub word: String,
    pub label: String,
}

/// The features of a layer that belong beside the maps of some columns.
pub struct Share {
    pub title: String,
    /// Picks them, in SQL; none where there are none of them.
    pub subset: Option<String>,
    pub columns: Vec<String>,
}

/// Where it stands what is known of values: status, bounds, year and source.
pub enum Told<'a> {
    /// Cell by cell, and the column with the key of a feature, where there is one.
    Cells { key: Option<String>, cells: Vec<Cell<'a>> },
    /// In columns beside the values, and alike for all of them.
    Columns {
        telling: Telling,
        lower: Option<String>,
        upper: Option<String>,
        year: Option<i32>,
        source: String,
    },
}

/// What tells the status of values that stand in a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Telling {
    #[default]
    Nothing,
    /// A column of statuses.
    Status(String),
    /// A column with the share that is left of a feature: less than the whole makes its count an estimate.
    Share(String),
}

/// What stands behind a cell of a column.
#[derive(Debug, Clone, Default)]
pub struct Cell<'a> {
    pub key: &'a str,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub status: ObsStatus,
    pub year: Option<i32>,
    pub source: &'a str,
}

/// What metadata say of a layer.
#[derive(Debug, Clone, Default)]
pub struct About<'a> {
    pub summary: String,
    /// How it was made.
    pub lineage: String,
    pub sources: Vec<Source<'a>>,
}

/// A data set behind a layer.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    pub title: &'a str,
    pub publisher: &'a str,
    /// Publisher and table in one line, as they stand beside a value.
    pub name: String,
    pub address: Option<&'a str>,
    pub licence: &'a str,
    pub years: &'a [i32],
}

impl Sheet<'_> {
    fn column(&self, name: &str) -> Option<&Shown> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Styles, project and metadata for a file with those layers.
///
/// # Errors
/// [`QgisError`], never for a build whose tests pass.
pub fn beside(atlas: &Atlas<'_>) -> Result<Beside, QgisError> {
    let templates = template::Templates::new()?;
    let (mut out, drawn) = dressed(&templates, atlas)?;
    out.projects.push(project::project(&templates, atlas, &drawn)?);
    Ok(out)
}

/// The same without a project: a project names its file, and this may take another name.
///
/// # Errors
/// [`QgisError`], never for a build whose tests pass.
pub fn without_project(atlas: &Atlas<'_>) -> Result<Beside, QgisError> {
    let (out, _) = dressed(&template::Templates::new()?, atlas)?;
    Ok(out)
}

fn dressed(
    templates: &template::Templates,
    atlas: &Atlas<'_>,
) -> Result<(Beside, Vec<Vec<style::Drawn>>), QgisError> {
    let mut out = Beside::default();
    let mut drawn = Vec::new();
    for sheet in &atlas.sheets {
        let styles = style::styles(templates, sheet, atlas.lang)?;
        out.metadata.push(metadata::metadata(templates, sheet, atlas)?);
        out.styles.extend(styles.iter().enumerate().map(|(row, style)| Style {
            layer: sheet.layer.name().to_owned(),
            name: style.title.clone(),
            description: style.definition.clone(),
            qml: style.qml.clone(),
            is_default: row == 0,
        }));
        drawn.push(styles);
    }
    Ok((out, drawn))
}

#[cfg(test)]
mod tests;
