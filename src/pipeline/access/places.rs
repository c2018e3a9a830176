//! Where trips begin and end: files of points or polygons, units, and the cells of a grid.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use geo::{BoundingRect, Contains, Geometry, InteriorPoint, Intersects, MultiPolygon, Point, Rect};
use h3o::{LatLng, Resolution};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::areas::ComposedArea;
use crate::formats::csv::plain_number;
use crate::formats::{self, Content, OpenOptions, Place, points};
use crate::model::{Areas, Crs, CrsError, Layer, Reprojection};
use crate::pipeline::PipelineError;
use crate::pipeline::block::Block;
use crate::sources::UnitGeography;

/// What trips begin at or end at.
#[derive(Debug, Clone, PartialEq)]
pub enum PlacesOf {
    /// The units of the area.
    Units,
    /// Whole areas: targets of what is carried or measured in polygons, no origins.
    Areas,
    /// Squares with that side in metres, on the grid of the units' system.
    Grid(f64),
    /// Hexagons of that H3 resolution.
    H3(Resolution),
    File {
        path: PathBuf,
        layer: Option<String>,
    },
}

impl PlacesOf {
    /// Reads `units`, `areas`, `grid:100`, `h3:9` or `FILE[:layer]`.
    ///
    /// # Errors
    /// [`PipelineError::Request`] for a grid or a resolution that is none.
    pub fn parse(text: &str) -> Result<Self, PipelineError> {
        let wrong = |help: &str| PipelineError::Request {
            what: format!("\"{text}\" names no places"),
            help: help.to_owned(),
        };
        if text == "units" {
            return Ok(Self::Units);
        }
        if text == "areas" {
            return Ok(Self::Areas);
        }
        if let Some(side) = text.strip_prefix("grid:") {
            let side = side.parse().ok().filter(|side| (10.0..=100_000.0).contains(side));
            return side
                .map(Self::Grid)
                .ok_or_else(|| wrong("a side is 10 to 100000 metres, as in grid:100"));
        }
        if let Some(resolution) = text.strip_prefix("h3:") {
            let resolution =
                resolution.parse::<u8>().ok().and_then(|r| Resolution::try_from(r).ok());
            return resolution
                .map(Self::H3)
                .ok_or_else(|| wrong("a resolution is 0 to 15, as in h3:9"));
        }
        let (path, layer) = match text.rsplit_once(':') {
            Some((path, layer))
                if !Path::new(text).exists() && !layer.contains(['/', '\\', '.']) =>
            {
                (path, Some(layer.to_owned()))
            }
            _ => (text, None),
        };
        Ok(Self::File { path: PathBuf::from(path), layer })
    }
}

/// Places with their attributes, their shapes and a point each.
pub struct Places {
    /// For messages: the file, or what was asked for.
    pub name: String,
    pub layer: Layer,
    /// Longitude and latitude of each place; of a polygon, a point inside it.
    pub points: Vec<(f64, f64)>,
    pub notes: Vec<String>,
    /// Categories that are measured each by itself; none for places that are all alike.
    pub categories: Vec<super::Category>,
}

/// The area that trips begin in, where one is named.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    pub area: &'a ComposedArea,
    pub units: &'a UnitGeography,
}

impl Places {
    /// Opens or makes the places; with an area, those of it.
    ///
    /// # Errors
    /// Those of opening the file; [`PipelineError::Request`] for units or a grid without an area.
    pub fn open(
        of: &PlacesOf,
        crs: Option<&Crs>,
        within: Option<Within<'_>>,
    ) -> Result<Self, PipelineError> {
        let need = |what: &str| PipelineError::Request {
            what: format!("{what} need an area"),
            help: "name one with --area".to_owned(),
        };
        match of {
            PlacesOf::Units => units(within.ok_or_else(|| need("units"))?),
            PlacesOf::Areas => Err(PipelineError::Request {
                what: "whole areas are no places to set out from".to_owned(),
                help: "give units, populated, grid:METRES, h3:RESOLUTION or a file".to_owned(),
            }),
            PlacesOf::Grid(side) => grid(*side, within.ok_or_else(|| need("the cells of a grid"))?),
            PlacesOf::H3(resolution) => {
                hexagons(*resolution, within.ok_or_else(|| need("hexagons"))?)
            }
            PlacesOf::File { path, layer } => file(path, layer.clone(), crs),
        }
    }

    /// No places, where none are asked for.
    #[must_use]
    pub fn none() -> Self {
        let layer = Layer::table("none", "None", DataFrame::empty());
        Self {
            name: "no places".to_owned(),
            layer,
            points: Vec::new(),
            notes: Vec::new(),
            categories: Vec::new(),
        }
    }

    /// The places that lie in the area, where one is named.
    ///
    /// # Errors
    /// [`PipelineError::Crs`], [`PipelineError::Model`].
    pub fn only_within(self, within: Option<Within<'_>>) -> Result<Self, PipelineError> {
        let Some(Within { area, units }) = within else { return Ok(self) };
        let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, units.areas.crs())?;
        let mut kept = Vec::new();
        for (row, (lon, lat)) in self.points.iter().enumerate() {
            let (x, y) = turn.point(*lon, *lat)?;
            if area.outline.contains(&Point::new(x, y)) {
                kept.push(row);
            }
        }
        self.pick(&kept)
    }

    /// The places of a block.
    ///
    /// # Errors
    /// [`PipelineError::Model`].
    pub fn only(self, block: Block) -> Result<Self, PipelineError> {
        let rows: Vec<usize> = block.rows(self.points.len()).collect();
        self.pick(&rows)
    }

    fn pick(self, kept: &[usize]) -> Result<Self, PipelineError> {
        let layer = self.layer.rows(kept)?;
        let points = kept.iter().map(|&row| self.points[row]).collect();
        let (name, notes) = (self.name, self.notes);
        Ok(Self { name, layer, points, notes, categories: Vec::new() })
    }

    /// A column of numbers, one a place; missing ones are `None`.
    ///
    /// # Errors
    /// [`PipelineError::Format`] for a column that is not there or holds something else.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, PipelineError> {
        let place = Place::file(self.name.as_str());
        Ok(formats::numbers(&place, self.layer.frame(), column)?)
    }
}

fn frame_fault(table: &str, source: polars::error::PolarsError) -> PipelineError {
    PipelineError::Frame { table: table.to_owned(), source }
}

pub(super) fn from_layer(
    name: String,
    layer: Layer,
    notes: Vec<String>,
) -> Result<Places, PipelineError> {
    let Some(areas) = layer.areas() else {
        return Err(PipelineError::Request {
            what: format!("{name}: has no shapes"),
            help: "give points or polygons, or a table with the columns lon and lat".to_owned(),
        });
    };
    let turn = Reprojection::new(areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let mut points = Vec::with_capacity(areas.len());
    for shape in areas.shapes() {
        let point = match shape {
            Geometry::Point(point) => Some(*point),
            Geometry::LineString(_) | Geometry::MultiLineString(_) => None,
            other => other.interior_point(),
        };
        let point = point.ok_or_else(|| PipelineError::Request {
            what: format!("{name}: a line is no place to start from or to go to"),
            help: "give points or polygons".to_owned(),
        })?;
        points.push(turn.point(point.x(), point.y())?);
    }
    Ok(Places { name, layer, points, notes, categories: Vec::new() })
}

fn file(path: &Path, layer: Option<String>, crs: Option<&Crs>) -> Result<Places, PipelineError> {
    let open = OpenOptions { layer, crs: crs.cloned(), ..OpenOptions::default() };
    let (layer, notes) = match (formats::open(path, &open)?, &open.layer) {
        (Content::Layer { layer, notes }, _) => (layer, notes),
        (_, Some(layer)) => {
            return Err(PipelineError::Request {
                what: format!("{}: is a table and has no layer \"{layer}\"", path.display()),
                help: "name the file alone".to_owned(),
            });
        }
        (Content::Raw(raw), None) => {
            let (layer, notes) = points::from_table(&Place::file(path), raw, &open)?;
            (typed(layer, |_| true)?, notes)
        }
        (Content::Frame(frame), None) => {
            let raw = crate::sources::raw_from_frame(&frame);
            let (layer, notes) = points::from_table(&Place::file(path), raw, &open)?;
            let is_number =
                |name: &str| frame.column(name).is_ok_and(|c| c.dtype().is_primitive_numeric());
            (typed(layer, is_number)?, notes)
        }
    };
    from_layer(path.display().to_string(), layer, notes)
}

/// Columns of text as numbers, where every cell of one that may be is a number.
fn typed(layer: Layer, may_be: impl Fn(&str) -> bool) -> Result<Layer, PipelineError> {
    let mut frame = layer.frame().clone();
    for column in layer.frame().columns() {
        if let Some(numbers) = as_numbers(column).filter(|column| may_be(column.name())) {
            frame.with_column(numbers).map_err(|source| frame_fault("points", source))?;
        }
    }
    Ok(layer.with_frame(frame)?)
}

/// A column of text as numbers, whole ones where all are; `None` where a cell is none or is a code.
fn as_numbers(column: &Column) -> Option<Column> {
    let (name, cells) = (column.name().clone(), column.str().ok()?);
    let whole = cells.iter().map(|cell| cell.map(str::parse::<i64>).transpose().ok());
    let number = |cell: Option<&str>| cell.map_or(Some(None), |cell| plain_number(cell).map(Some));
    let numbers: Vec<Option<f64>> = cells.iter().map(number).collect::<Option<_>>()?;
    if numbers.iter().all(Option::is_none) {
        return None;
    }
    Some(Column::from(match whole.collect::<Option<Vec<Option<i64>>>>() {
        Some(whole) => Series::new(name, whole),
        None => Series::new(name, numbers),
    }))
}

fn units(within: Within<'_>) -> Result<Places, PipelineError> {
    let Within { area, units } = within;
    let shape = |part: &crate::areas::UnitPart| match &part.shape {
        Some(shape) => Geometry::MultiPolygon(shape.clone()),
        None => units.areas.shapes()[part.row].clone(),
    };
    let keys: Vec<String> =
        area.parts.iter().map(|part| units.areas.keys()[part.row].clone()).collect();
    let names: Vec<&str> = area.parts.iter().map(|part| units.names[part.row].as_str()).collect();
    let frame = DataFrame::new(
        keys.len(),
        vec![
            Column::from(Series::new("unit_id".into(), &keys)),
            Column::from(Series::new("name".into(), names)),
        ],
    );
    let frame = frame.map_err(|source| frame_fault("units", source))?;
    let shapes = area.parts.iter().map(shape).collect();
    cells("units", keys, shapes, within, Some(frame))
}

/// The unit in which the middle of a cell lies, so that cells can be grouped by unit.
fn unit_of<'a>(cell: &Geometry<f64>, within: Within<'a>) -> Option<&'a str> {
    let middle = cell.bounding_rect()?.center();
    let units = &within.units.areas;
    let near = units.near(Rect::new(middle, middle)).into_iter();
    let mut inside = near.filter(|row| units.shapes()[*row].intersects(&middle));
    inside.next().map(|row| units.keys()[row].as_str())
}

fn cells(
    name: &str,
    keys: Vec<String>,
    shapes: Vec<Geometry<f64>>,
    within: Within<'_>,
    frame: Option<DataFrame>,
) -> Result<Places, PipelineError> {
    let frame = if let Some(frame) = frame {
        frame
    } else {
        let units = shapes.iter().map(|shape| unit_of(shape, within)).collect::<Vec<_>>();
        let columns = vec![
            Column::from(Series::new("cell_id".into(), &keys)),
            Column::from(Series::new("unit_id".into(), units)),
        ];
        DataFrame::new(keys.len(), columns).map_err(|source| frame_fault(name, source))?
    };
    let areas = Arc::new(Areas::new(keys, shapes, within.units.areas.crs().clone())?);
    from_layer(name.to_owned(), Layer::spatial(name, name, areas, frame)?, Vec::new())
}

/// Squares whose centre lies in the area, named by the coordinates of their south-western corner, as the national
/// grid squares are.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // cells of a city
fn grid(side: f64, within: Within<'_>) -> Result<Places, PipelineError> {
    let (mut keys, mut shapes) = (Vec::new(), Vec::new());
    let outline: &MultiPolygon<f64> = &within.area.outline;
    if let Some(rect) = outline.bounding_rect() {
        let range = |low: f64, high: f64| (low / side).floor() as i64..=(high / side).ceil() as i64;
        for row in range(rect.min().y, rect.max().y) {
            for column in range(rect.min().x, rect.max().x) {
                let (x, y) = (column as f64 * side, row as f64 * side);
                if outline.contains(&Point::new(x + side / 2.0, y + side / 2.0)) {
                    keys.push(format!("{x:.0}_{y:.0}"));
                    let square = Rect::new((x, y), (x + side, y + side));
                    shapes.push(Geometry::Polygon(square.to_polygon()));
                }
            }
        }
    }
    cells(&format!("grid_{side:.0}m"), keys, shapes, within, None)
}

/// Hexagons whose centre lies in the area.
fn hexagons(resolution: Resolution, within: Within<'_>) -> Result<Places, PipelineError> {
    let degrees = Crs::parse("EPSG:4326")?;
    let units = within.units.areas.crs();
    let (inward, outward) =
        (Reprojection::new(&degrees, units)?, Reprojection::new(units, &degrees)?);
    let outline: &MultiPolygon<f64> = &within.area.outline;
    let mut found = std::collections::BTreeSet::new();
    if let Some(rect) = outline.bounding_rect() {
        // Steps shorter than the inner radius of the smallest hexagon meet every cell.
        let step = resolution.edge_length_m() * 0.5;
        let mut y = rect.min().y - step;
        while y <= rect.max().y + step {
            let mut x = rect.min().x - step;
            while x <= rect.max().x + step {
                let (lon, lat) = outward.point(x, y)?;
                found.extend(LatLng::new(lat, lon).ok().map(|at| at.to_cell(resolution)));
                x += step;
            }
            y += step;
        }
    }
    let (mut keys, mut shapes) = (Vec::new(), Vec::new());
    for cell in found {
        let centre = LatLng::from(cell);
        let (x, y) = inward.point(centre.lng(), centre.lat())?;
        if !outline.contains(&Point::new(x, y)) {
            continue;
        }
        let corners: Result<Vec<(f64, f64)>, CrsError> =
            cell.boundary().iter().map(|at| inward.point(at.lng(), at.lat())).collect();
        keys.push(cell.to_string());
        let ring = geo::LineString::from(corners?);
        shapes.push(Geometry::Polygon(geo::Polygon::new(ring, Vec::new())));
    }
    cells(&format!("h3_{resolution}"), keys, shapes, within, None)
}
