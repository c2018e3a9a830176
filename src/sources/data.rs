//! Every data set of a snapshot, decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use geo::Geometry;
use polars::prelude::DataFrame;

use super::figures::{Figure, Participation, Rows, read_figures, read_participation};
use super::{Snapshot, SourceError, read_actors, read_measures, type_frame, type_raw};
use crate::formats::csv::{CsvOptions, read_csv};
use crate::formats::{self, FormatError, OpenOptions, Place, RawTable, geoparquet};
use crate::model::{Actor, Areas, Crs, Dataset, Kind, Label, Layer, Layout, Measure, Table, Theme};

/// A division of the land into units with codes.
pub struct UnitGeography {
    pub dataset: Dataset,
    pub areas: Arc<Areas>,
    /// Name of each unit, row by row; the code where it has none.
    pub names: Vec<String>,
}

/// A table keyed by the codes of a geography.
pub struct UnitTable {
    pub dataset: Dataset,
    pub table: Table,
}

/// Points or polygons with attributes, keyed.
pub struct SpatialLayer {
    pub dataset: Dataset,
    /// One shape a row of the table.
    pub areas: Arc<Areas>,
    pub table: Table,
}

impl SpatialLayer {
    /// The column of the residents of populated points.
    pub const RESIDENTS: &str = "residents";

    /// Whether these are points that say how many people live at each.
    #[must_use]
    pub fn is_populated(&self) -> bool {
        let residents = self.dataset.fields.get(Self::RESIDENTS);
        let counted = residents.is_some_and(|field| field.kind == Kind::Extensive);
        self.dataset.theme == Theme::Population && self.dataset.layout == Layout::Points && counted
    }
}

/// A register of actors.
pub struct Register {
    pub dataset: Dataset,
    pub actors: Vec<Actor>,
}

/// Everything a baseline is made from.
pub struct Data {
    pub units: Vec<UnitGeography>,
    pub tables: Vec<UnitTable>,
    pub points: Vec<SpatialLayer>,
    pub polygons: Vec<SpatialLayer>,
    pub figures: Vec<(Dataset, Vec<Figure>)>,
    pub participation: Vec<(Dataset, Vec<Participation>)>,
    /// Streets, not read: what walks on them opens them with [`Snapshot::file`].
    pub streets: Vec<Dataset>,
    /// Timetables, not read either.
    pub timetables: Vec<Dataset>,
    pub registers: Vec<Register>,
    /// What arenas proposed or tested.
    pub measures: Vec<(Dataset, Vec<Measure>)>,
    geographies: BTreeMap<(String, String), Label>,
}

impl Data {
    /// Decodes every file of the snapshot except streets and timetables.
    ///
    /// # Errors
    /// [`SourceError`], for the first file at fault.
    pub fn load(snapshot: &Snapshot) -> Result<Self, SourceError> {
        let mut data = Self {
            units: Vec::new(),
            tables: Vec::new(),
            points: Vec::new(),
            polygons: Vec::new(),
            figures: Vec::new(),
            participation: Vec::new(),
            streets: Vec::new(),
            timetables: Vec::new(),
            registers: Vec::new(),
            measures: Vec::new(),
            geographies: BTreeMap::new(),
        };
        for dataset in snapshot.datasets() {
            match dataset.layout {
                Layout::Streets => data.streets.push(dataset.clone()),
                Layout::Timetable => data.timetables.push(dataset.clone()),
                _ => data.add(snapshot, dataset)?,
            }
        }
        data.check_joins()?;
        Ok(data)
    }

    fn add(&mut self, snapshot: &Snapshot, dataset: &Dataset) -> Result<(), SourceError> {
        let (path, bytes) = snapshot.bytes(dataset)?;
        let place = Place::file(&path);
        match dataset.layout {
            Layout::Areas => self.units.push(unit_geography(dataset, &path, &bytes)?),
            Layout::Units => {
                let frame = typed(dataset, &path, &bytes)?;
                let table = Table::new(dataset, frame)?;
                self.tables.push(UnitTable { dataset: dataset.clone(), table });
            }
            Layout::Points => self.points.push(point_layer(dataset, &path, &bytes)?),
            Layout::Polygons => self.polygons.push(spatial_layer(dataset, &path, &bytes)?),
            Layout::Figures => {
                let figures = read_figures(&place, dataset, &raw(&path, &bytes)?)?;
                self.figures.push((dataset.clone(), figures));
            }
            Layout::Participation => {
                let rows = read_participation(&place, &raw(&path, &bytes)?)?;
                self.participation.push((dataset.clone(), rows));
            }
            Layout::Actors => {
                let actors = read_actors(&path, &raw(&path, &bytes)?, None, None)?.entries;
                self.registers.push(Register { dataset: dataset.clone(), actors });
            }
            Layout::Measures => {
                let measures = read_measures(&path, &raw(&path, &bytes)?, None)?.entries;
                self.measures.push((dataset.clone(), measures));
            }
            // Kept unread by `load`.
            Layout::Streets | Layout::Timetable => {}
            Layout::Geographies => self.add_geographies(&place, &raw(&path, &bytes)?)?,
        }
        Ok(())
    }

    fn add_geographies(&mut self, place: &Place, raw: &RawTable) -> Result<(), FormatError> {
        let rows = Rows { place, raw };
        for row in 0..raw.rows.len() {
            let key = (rows.text("geography_level", row)?, rows.text("geography_id", row)?);
            let name = Label { sv: rows.text("name_sv", row)?, en: rows.text("name_en", row)? };
            self.geographies.insert(key, name);
        }
        Ok(())
    }

    /// The units of a geography, if the data hold its polygons.
    #[must_use]
    pub fn units_of(&self, geography: &str) -> Option<&UnitGeography> {
        self.units.iter().find(|units| units.dataset.geography == geography)
    }

    /// The name of a geography that figures speak of.
    #[must_use]
    pub fn geography_name(&self, level: &str, id: &str) -> Option<&Label> {
        self.geographies.get(&(level.to_owned(), id.to_owned()))
    }

    /// A code that joins no unit would be lost without a word.
    fn check_joins(&self) -> Result<(), SourceError> {
        for UnitTable { dataset, table } in &self.tables {
            let Some(units) = self.units_of(dataset.joins()) else { continue };
            let known = units.areas.keys();
            let mut strangers: Vec<&str> = table
                .keys()?
                .iter()
                .flatten()
                .filter(|key| !known.iter().any(|code| code == key))
                .collect();
            strangers.dedup();
            // A table may cover more of the country than the polygons at hand; none in common is a fault.
            if strangers.len() == table.keys()?.len() {
                return Err(keys_do_not_join(dataset, dataset.joins(), &strangers));
            }
        }
        Ok(())
    }
}

/// The error for keys that are not in a geography: the first ten and the count.
pub(crate) fn keys_do_not_join(
    dataset: &Dataset,
    geography: &str,
    strangers: &[&str],
) -> SourceError {
    SourceError::KeysDoNotJoin {
        dataset: dataset.id.clone(),
        geography: geography.to_owned(),
        count: strangers.len(),
        first: strangers.iter().take(10).copied().collect::<Vec<_>>().join(", "),
    }
}

/// The codes of the units of a geography, if a data set holds their polygons; only its file is read.
///
/// # Errors
/// [`SourceError`].
pub fn unit_codes(
    snapshot: &Snapshot,
    geography: &str,
) -> Result<Option<BTreeSet<String>>, SourceError> {
    let units =
        |dataset: &&Dataset| dataset.layout == Layout::Areas && dataset.geography == geography;
    let Some(dataset) = snapshot.datasets().find(units) else { return Ok(None) };
    let (path, bytes) = snapshot.bytes(dataset)?;
    let units = unit_geography(dataset, &path, &bytes)?;
    Ok(Some(units.areas.keys().iter().cloned().collect()))
}

/// The measures of one data set.
///
/// # Errors
/// [`SourceError`].
pub fn read_measures_of(
    snapshot: &Snapshot,
    dataset: &Dataset,
) -> Result<Vec<Measure>, SourceError> {
    let (path, bytes) = snapshot.bytes(dataset)?;
    Ok(read_measures(&path, &raw(&path, &bytes)?, None)?.entries)
}

fn raw(path: &Path, bytes: &[u8]) -> Result<RawTable, FormatError> {
    read_csv(path, bytes, &CsvOptions::default())
}

fn typed(dataset: &Dataset, path: &Path, bytes: &[u8]) -> Result<DataFrame, SourceError> {
    let place = Place::file(path);
    if dataset.file.ends_with(".parquet") {
        let parquet = geoparquet::open(path, bytes)?;
        return type_frame(&place, dataset, &parquet.frame);
    }
    type_raw(&place, dataset, &raw(path, bytes)?)
}

fn spatial_layer(
    dataset: &Dataset,
    path: &Path,
    bytes: &[u8],
) -> Result<SpatialLayer, SourceError> {
    let raw = geoparquet::to_raw_layer(path, geoparquet::open(path, bytes)?)?;
    let (layer, _) = formats::to_layer(raw, &OpenOptions::default())?;
    let frame = type_frame(&Place::file(path), dataset, layer.frame())?;
    let table = Table::new(dataset, frame)?;
    let keys = table.keys()?.iter().flatten().map(str::to_owned).collect();
    Ok(SpatialLayer { dataset: dataset.clone(), areas: rekeyed(&layer, keys)?, table })
}

fn rekeyed(layer: &Layer, keys: Vec<String>) -> Result<Arc<Areas>, SourceError> {
    let (shapes, crs) = match layer.areas() {
        Some(areas) => (areas.shapes().to_vec(), areas.crs().clone()),
        None => (Vec::new(), Crs::parse("EPSG:4326")?),
    };
    Ok(Arc::new(Areas::new(keys, shapes, crs)?))
}

fn unit_geography(
    dataset: &Dataset,
    path: &Path,
    bytes: &[u8],
) -> Result<UnitGeography, SourceError> {
    let SpatialLayer { areas, table, .. } = spatial_layer(dataset, path, bytes)?;
    if areas.is_empty() {
        return Err(SourceError::Dataset {
            dataset: dataset.id.clone(),
            reason: "has no shapes".to_owned(),
            help: "layout = \"areas\" needs polygons".to_owned(),
        });
    }
    let names = match &dataset.name {
        None => areas.keys().to_vec(),
        Some(name) => {
            let texts = table.texts(name)?;
            let or_key = |(row, text): (usize, Option<&str>)| {
                text.map_or_else(|| areas.keys()[row].clone(), str::to_owned)
            };
            texts.iter().enumerate().map(or_key).collect()
        }
    };
    Ok(UnitGeography { dataset: dataset.clone(), areas, names })
}

fn point_layer(dataset: &Dataset, path: &Path, bytes: &[u8]) -> Result<SpatialLayer, SourceError> {
    let Some(columns) = &dataset.point else { return spatial_layer(dataset, path, bytes) };
    let table = Table::new(dataset, typed(dataset, path, bytes)?)?;
    let (xs, ys) = (table.numbers(&columns.x)?, table.numbers(&columns.y)?);
    let mut shapes = Vec::with_capacity(table.frame().height());
    for (row, point) in xs.iter().zip(ys.iter()).enumerate() {
        let (Some(x), Some(y)) = point else {
            return Err(FormatError::BadGeometry {
                place: Place::file(path),
                row: row + 1,
                reason: "a coordinate is missing".to_owned(),
                help: "every point needs both coordinates".to_owned(),
            }
            .into());
        };
        shapes.push(Geometry::Point(geo::Point::new(x, y)));
    }
    let keys = table.keys()?.iter().flatten().map(str::to_owned).collect();
    let areas = Arc::new(Areas::new(keys, shapes, Crs::parse(&columns.crs)?)?);
    Ok(SpatialLayer { dataset: dataset.clone(), areas, table })
}
