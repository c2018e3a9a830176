//! Layers that `clip`, `carry`, `expose` and `access` make: written in any format, and as a `GeoPackage` with what QGIS shows
//! of them. [`write`] is the one way there.

mod words;

pub(super) use words::travel;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, DataType};

use super::PipelineError;
use super::map::dress::columns::{is_number, status_codes};
use crate::formats::{self, geopackage};
use crate::model::{Crs, Lang, Layer, Theme};
use crate::publish::qgis::{
    About, Atlas, Look, Map, Sheet, Shown, Source, Telling, Told, without_project,
};
use crate::publish::replace_file;

/// How a layer is shown, and what is said of it.
pub struct Dress {
    pub lang: Lang,
    pub title: String,
    /// How it was made, in sentences.
    pub lineage: String,
    pub behind: Vec<Behind>,
    pub seen: Seen,
}

/// A file or a provider that values come from.
pub struct Behind {
    pub name: String,
    /// None where it is not known.
    pub licence: Option<&'static str>,
}

/// What one sees of a layer.
pub enum Seen {
    /// A column at a time, the first on opening; one symbol where there are none.
    Columns(Vec<Column>),
    /// Polygons on each other by minutes.
    Minutes(&'static str),
    /// Features by the words in a column, each with its name.
    Words { column: &'static str, words: Vec<(String, String)> },
}

/// A column that is a map, and those beside it that tell more of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub telling: Telling,
    pub lower: Option<String>,
    pub upper: Option<String>,
}

impl Behind {
    /// A file of the user's, of whose licence nothing is known.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, licence: None }
    }
}

/// Ends of the names of columns with bounds, the widest first.
const BOUNDS: [[&str; 2]; 3] = [
    ["_combined_lower", "_combined_upper"],
    ["_alloc_lower", "_alloc_upper"],
    ["_lower", "_upper"],
];

impl Column {
    /// A column with what stands beside it under its name: `…_status`, `…_lower` and `…_upper`.
    #[must_use]
    pub fn of(frame: &DataFrame, name: &str) -> Self {
        let beside = |end: &str, kind: &DataType| {
            let name = format!("{name}{end}");
            let is_one = frame.column(&name).is_ok_and(|column| column.dtype() == kind);
            is_one.then_some(name)
        };
        let bounds = BOUNDS.map(|ends| ends.map(|end| beside(end, &DataType::Float64)));
        let bounds = bounds.into_iter().find(|ends| ends.iter().any(Option::is_some));
        let [lower, upper] = bounds.unwrap_or_default();
        let telling =
            beside("_status", &DataType::String).map_or(Telling::Nothing, Telling::Status);
        Self { name: name.to_owned(), telling, lower, upper }
    }
}

/// Writes the layer, in another system if one is given; the old file stays until the new one is complete.
///
/// # Errors
/// [`PipelineError`]; the old output is then untouched.
pub fn write(
    out: &Path,
    layer: &Layer,
    crs: Option<&Crs>,
    dress: &Dress,
) -> Result<(), PipelineError> {
    formats::check_output(out)?;
    let turned = match (crs, layer.areas()) {
        (Some(crs), Some(areas)) if crs != areas.crs() => {
            let areas = Arc::new(areas.reprojected(crs)?);
            Some(Layer::spatial(layer.name(), layer.title(), areas, layer.frame().clone())?)
        }
        _ => None,
    };
    let layer = turned.as_ref().unwrap_or(layer);
    let is_geopackage = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gpkg"));
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let put = |file: &Path| -> Result<(), PipelineError> {
        let Some(areas) = layer.areas().filter(|_| is_geopackage) else {
            return Ok(formats::write(file, layer)?);
        };
        let beside = without_project(&Atlas {
            // The same layer has the same bytes whatever its file is called.
            id: "scale",
            title: &dress.title,
            lang: dress.lang,
            crs: areas.crs(),
            sheets: vec![dress.sheet(layer)],
        })?;
        Ok(geopackage::write_with(file, &[layer], &beside)?)
    };
    replace_file(out, put, failed)
}

impl Dress {
    fn sheet<'a>(&'a self, layer: &'a Layer) -> Sheet<'a> {
        let source = |behind: &'a Behind| Source {
            title: &behind.name,
            publisher: "",
            name: behind.name.clone(),
            address: None,
            licence: behind.licence.unwrap_or_else(|| words::not_stated(self.lang)),
            years: &[],
        };
        let names = layer.frame().get_column_names();
        Sheet {
            layer,
            title: self.title.clone(),
            theme: None,
            columns: names.iter().map(|name| self.shown(layer, name.as_str())).collect(),
            look: self.look(layer),
            about: About {
                summary: self.title.clone(),
                lineage: self.lineage.clone(),
                sources: self.behind.iter().map(source).collect(),
            },
        }
    }

    fn look<'a>(&'a self, layer: &'a Layer) -> Look<'a> {
        match &self.seen {
            Seen::Columns(columns) => {
                let there = columns.iter().filter(|column| is_number(layer, &column.name));
                let maps: Vec<Map<'a>> = there.map(|column| self.map(layer, column)).collect();
                if maps.is_empty() { Look::Plain } else { Look::Maps(maps) }
            }
            Seen::Minutes(column) => {
                let mut minutes = numbers(layer, column);
                minutes.sort_by(f64::total_cmp);
                minutes.dedup();
                let named = |minutes: f64| (minutes, words::within(minutes, self.lang));
                let bands = minutes.into_iter().map(named).collect();
                Look::Bands { column: (*column).to_owned(), bands }
            }
            Seen::Words { column, words } => Look::Kinds {
                column: (*column).to_owned(),
                kinds: words.clone(),
                doubtful: None,
                shares: Vec::new(),
            },
        }
    }

    fn map<'a>(&'a self, layer: &'a Layer, column: &Column) -> Map<'a> {
        let sources: Vec<&str> = self.behind.iter().map(|behind| behind.name.as_str()).collect();
        Map {
            column: column.name.clone(),
            title: words::label(&column.name, self.lang),
            theme: Theme::Geography,
            definition: String::new(),
            name: layer.frame().column("name").is_ok().then(|| "name".to_owned()),
            told: Told::Columns {
                telling: column.telling.clone(),
                lower: column.lower.clone(),
                upper: column.upper.clone(),
                year: None,
                source: sources.join("; "),
            },
        }
    }

    fn shown(&self, layer: &Layer, name: &str) -> Shown {
        Shown {
            name: name.to_owned(),
            label: words::label(name, self.lang),
            unit: words::unit(name).to_owned(),
            decimals: is_number(layer, name).then(|| decimals(&numbers(layer, name))),
            codes: if name.ends_with("_status") { status_codes(self.lang) } else { Vec::new() },
            ..Shown::default()
        }
    }
}

fn numbers(layer: &Layer, name: &str) -> Vec<f64> {
    let column = layer.frame().column(name).ok().and_then(|column| column.f64().ok());
    column.map(|values| values.iter().flatten().collect()).unwrap_or_default()
}

/// As many digits after the decimal mark as leave about three that say something of the largest value.
fn decimals(values: &[f64]) -> usize {
    let largest = values.iter().map(|value| value.abs()).filter(|value| value.is_finite());
    match largest.fold(0.0, f64::max) {
        whole if whole >= 1000.0 || values.iter().all(|value| value.fract() == 0.0) => 0,
        tens if tens >= 10.0 => 1,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column as Cells, NamedFrom, Series};

    #[test]
    fn what_stands_beside_a_column_is_found_by_its_name() {
        let number = |name: &str| Cells::from(Series::new(name.into(), [1.0]));
        let text = Cells::from(Series::new("pop_status".into(), ["A"]));
        let names = ["pop", "pop_lower", "pop_upper", "pop_alloc_lower", "pop_alloc_upper", "age"];
        let columns = names.map(number).into_iter().chain([text]).collect();
        let frame = DataFrame::new(1, columns).unwrap();
        let found = Column::of(&frame, "pop");
        assert_eq!(found.telling, Telling::Status("pop_status".to_owned()));
        assert_eq!(found.lower.as_deref(), Some("pop_alloc_lower"), "the widest bounds");
        let bare = Column::of(&frame, "age");
        assert_eq!((bare.telling, bare.lower, bare.upper), (Telling::Nothing, None, None));
    }

    #[test]
    fn large_values_and_whole_ones_have_no_decimals() {
        assert_eq!(decimals(&[1.0, 2.0]), 0);
        assert_eq!(decimals(&[0.25, 1234.5]), 0);
        assert_eq!(decimals(&[12.5, 0.25]), 1);
        assert_eq!(decimals(&[0.25]), 3);
    }
}
