//! A pipeline to start from: for a municipality of Sweden, or for polygons anywhere.

use std::path::{Path, PathBuf};

use geo::{BoundingRect, Rect};

use super::PipelineError;
use super::ground::own_crs;
use crate::areas::{AreaDefinition, AreasFile, read_polygons};
use crate::formats::OpenOptions;
use crate::model::{Crs, Label, Reprojection};
use crate::publish::replace_file;
use crate::sources::{Data, Snapshot};

/// For whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum City {
    /// A code of four digits, as Statistics Sweden gives them.
    Municipality(String),
    /// A file of polygons with a column `id`.
    Polygons(PathBuf),
}

/// Writes the pipeline, and for a municipality the file of its areas beside it; gives back the files.
///
/// # Errors
/// [`PipelineError::Request`] where a file is there already or the code is none; those of reading the polygons.
pub fn init(city: &City, out: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let (text, areas) = match city {
        City::Municipality(code) => municipality(code, out)?,
        City::Polygons(file) => (polygons(file, out)?, None),
    };
    let mut files = vec![(out.to_owned(), text)];
    files.extend(areas);
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(PipelineError::Request {
            what: format!("{}: is there already", there.display()),
            help: "name another file with --out, or remove it".to_owned(),
        });
    }
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    for (path, text) in &files {
        let write =
            |new: &Path| std::fs::write(new, text).map_err(|error| failed(new.to_owned(), error));
        replace_file(path, write, failed)?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

type Written = (String, Option<(PathBuf, String)>);

fn municipality(code: &str, out: &Path) -> Result<Written, PipelineError> {
    if code.len() != 4 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(PipelineError::Request {
            what: format!("\"{code}\" is no code of a municipality"),
            help: "codes have four digits, such as 0180 for Stockholm".to_owned(),
        });
    }
    let data = Data::load(&Snapshot::embedded()?)?;
    let known = data.units_of("regso-2025");
    let units: Vec<String> = known
        .into_iter()
        .flat_map(|units| units.areas.keys())
        .filter(|key| key.starts_with(code))
        .cloned()
        .collect();
    let name = format!("municipality-{code}");
    let areas = out.with_file_name(format!("{name}-areas.toml"));
    let areas_name = areas.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if units.is_empty() {
        return Ok((elsewhere_in_sweden(code), None));
    }
    let whole = AreaDefinition {
        id: name.clone(),
        name: Label { sv: format!("Kommun {code}"), en: format!("Municipality {code}") },
        units,
        join: Vec::new(),
        intersect: Vec::new(),
        cut: Vec::new(),
        drawn: None,
        uncertain: None,
        figures: Vec::new(),
    };
    let file = AreasFile {
        geography: "regso-2025".to_owned(),
        areas: vec![whole],
        folder: PathBuf::new(),
    };
    let text = toml::to_string(&file).map_err(|error| PipelineError::Request {
        what: format!("the areas cannot be written: {error}"),
        help: "this is a fault of the program; please report it".to_owned(),
    })?;
    let head = "# The whole municipality as one area. Copy the table and keep some of the units for a part of it.\n\n";
    Ok((known_municipality(code, &areas_name), Some((areas, format!("{head}{text}")))))
}

const FORM: &str = "scale = 1   # the form of this file";
const PARAMETERS: &str = "[parameters]\n# Each stands for {name} below, and is changed for one run with --set name=value.";

fn known_municipality(code: &str, areas: &str) -> String {
    format!(
        r#"# Baselines for municipality {code}. `scale plan` says what would be made, `scale run` makes it.

{FORM}
title = "Municipality {code}"

{PARAMETERS}
crs = "EPSG:3006"

[areas]
# Which units make up which area stands in this file; `scale areas export` shows a larger one.
from = "{areas}"

[data]
from = "built-in"      # or a data folder, or "nothing"
# Data sets of your own lie over the built-in ones:
# steps = ["cars"]

{INGEST}
{STEPS}"#
    )
}

fn elsewhere_in_sweden(code: &str) -> String {
    format!(
        r#"# Baselines for municipality {code}. `scale plan` says what would be made, `scale run` makes it.
#
# The figures inside the program are those of Stockholm and Nacka. This pipeline needs three files beside it:
#   areas.gpkg            the areas as polygons with a column id; RegSO of the municipality will do
#   regso_2025.gpkg       RegSO 2025 of the municipality, from the geodata of Statistics Sweden (SCB, CC0),
#                         layer stat:RegSO_2025 at https://geodata.scb.se/geoserver/stat/wfs
#   population_regso.json the table FolkmDesoAldKon (TAB6574) for its RegSO, ages and sexes, as JSON-stat 2

{FORM}
title = "Municipality {code}"

{PARAMETERS}
crs = "EPSG:3006"

[areas]
# Or a file as `scale areas export` writes it, which joins units to areas.
from = "areas.gpkg"

[data]
from = "nothing"
steps = ["regso", "population"]

[steps.regso]
kind = "ingest"
file = "regso_2025.gpkg"
drop = ["*"]           # columns that the schema does not name
schema = {{ theme = "geography", geography = "regso-2025", key = "regsokod", name = "regsonamn", publisher = "Statistics Sweden (SCB)", licence = "CC0-1.0", layout = "areas", years = [2025] }}

[steps.population]
kind = "ingest"
file = "population_regso.json"
rename = {{ "Folkmängden per region" = "residents" }}
schema = {{ theme = "population", geography = "regso-2025", key = "Region", publisher = "Statistics Sweden (SCB)", licence = "CC0-1.0", derive = "demography", dimensions = {{ sex = "Kon", age = "Alder" }}, fields = {{ residents = {{ kind = "extensive", unit = "persons", label = {{ sv = "Invånare", en = "Residents" }} }} }} }}

{INGEST}
{STEPS}"#
    )
}

const INGEST: &str = r#"# [steps.cars]
# kind = "ingest"
# file = "cars.csv"
# year = "2024"
# [steps.cars.schema]
# theme = "travel"
# geography = "regso-2025"
# key = "code"
# publisher = "..."
# licence = "..."
# [steps.cars.schema.fields]
# cars = { kind = "extensive", unit = "cars", label = { sv = "Bilar", en = "Cars" } }
"#;

/// What every pipeline ends with.
const STEPS: &str = r#"[steps.baseline]
kind = "map"
crs = "{crs}"

# What can be reached on foot, from every cell of a grid:
# [steps.walks]
# kind = "access"
# streets = "streets.osm.pbf"        # an extract of OpenStreetMap
# from = "grid:100"
# to = "services:pharmacy,groceries,school"
# measure = ["nearest", "cumulative:15"]
# limit = "30 min"
# out = "walks.gpkg"

[steps.publish]
kind = "publish"
from = ["baseline"]    # add "walks" to publish it, too
folder = "out"
"#;

fn polygons(file: &Path, out: &Path) -> Result<String, PipelineError> {
    let crs = own_crs(file)?;
    let (areas, shapes) = read_polygons(file, &OpenOptions::default(), &crs)?;
    let metric = metric_crs(shapes_bounds(&shapes), &crs)?;
    let folder = out.parent().unwrap_or(Path::new(""));
    let from = file.strip_prefix(folder).unwrap_or(file).display();
    let ids: Vec<&str> = areas.iter().map(|area| area.id.as_str()).collect();
    Ok(format!(
        r#"# Baselines for {count} areas drawn as polygons. `scale plan` says what would be made, `scale run` makes it.

{FORM}
title = "Areas of {from}"

{PARAMETERS}
crs = "{metric}"

[areas]
from = "{from}"
crs = "{{crs}}"        # surfaces and distances are measured in it
# ids = {ids:?}

[data]
from = "nothing"       # the figures inside the program are of Stockholm
# steps = ["population"]

# Residents as points, counted in each area:
# [steps.population]
# kind = "ingest"
# file = "population.csv"              # columns lon and lat, or x and y with input_crs
# year = "2020"
# [steps.population.schema]
# theme = "population"
# geography = "point"
# key = "id"
# publisher = "..."
# licence = "..."
# [steps.population.schema.fields]
# residents = {{ kind = "extensive", unit = "persons", label = {{ sv = "Invånare", en = "Residents" }} }}

{STEPS}"#,
        count = areas.len(),
    ))
}

fn shapes_bounds(shapes: &crate::model::Areas) -> Option<Rect<f64>> {
    let rects = shapes.shapes().iter().filter_map(BoundingRect::bounding_rect);
    rects.reduce(|a, b| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    })
}

/// The polygons' own system where it is metric, else the zone of UTM (WGS 84) that their middle lies in.
fn metric_crs(bounds: Option<Rect<f64>>, crs: &Crs) -> Result<String, PipelineError> {
    if crs.require_metric().is_ok() {
        return Ok(crs.id().to_owned());
    }
    let middle = bounds.map_or((0.0, 0.0), |rect| rect.center().x_y());
    let (lon, lat) =
        Reprojection::new(crs, &Crs::parse("EPSG:4326")?)?.point(middle.0, middle.1)?;
    let zone = (((lon + 180.0) / 6.0).floor() + 1.0).clamp(1.0, 60.0);
    let base = if lat < 0.0 { 32_700.0 } else { 32_600.0 };
    Ok(format!("EPSG:{:.0}", base + zone))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_utm_is_that_of_the_middle() {
        let degrees = Crs::parse("EPSG:4326").unwrap();
        let at =
            |lon: f64, lat: f64| Some(Rect::new((lon - 0.1, lat - 0.1), (lon + 0.1, lat + 0.1)));
        assert_eq!(metric_crs(at(18.07, 59.33), &degrees).unwrap(), "EPSG:32634");
        assert_eq!(metric_crs(at(-51.2, -30.0), &degrees).unwrap(), "EPSG:32722");
        let sweref = Crs::parse("EPSG:3006").unwrap();
        assert_eq!(metric_crs(at(600_000.0, 6_600_000.0), &sweref).unwrap(), "EPSG:3006");
    }
}
