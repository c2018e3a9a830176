//! How an areas file says what an area is.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::AreaError;
use crate::formats::{self, Content, OpenOptions};
use crate::model::{Areas, Crs, GeometryFamily, Label, Layer, Reprojection, Role, family_of};

/// A published geography that describes an area, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureLink {
    pub role: String,
    pub level: String,
    pub ids: Vec<String>,
}

/// One area as its file states it.
///
/// The outline is the union of `units` and `join`, then cut down to `intersect`, then less `cut`. An item of the
/// last three is a unit code or a file of polygons (all of them, relative to the areas file).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaDefinition {
    pub id: String,
    pub name: Label,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intersect: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<String>,
    /// How the area was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Label>,
    /// What is uncertain about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Label>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<FigureLink>,
}

/// An areas file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreasFile {
    /// The geography whose codes `units` names, such as `regso-2025`.
    pub geography: String,
    #[serde(rename = "area")]
    pub areas: Vec<AreaDefinition>,
    /// The folder that relative paths start from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Reads the text of an areas file.
///
/// # Errors
/// [`AreaError::Definition`] with line and column, [`AreaError::DuplicateArea`].
pub fn read_areas_toml(file: &Path, text: &str) -> Result<AreasFile, AreaError> {
    let wrong = |reason: String| AreaError::Definition { file: file.to_owned(), reason };
    let mut read: AreasFile = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    read.folder = file.parent().map(Path::to_owned).unwrap_or_default();
    check(file, &read)?;
    Ok(read)
}

fn check(file: &Path, read: &AreasFile) -> Result<(), AreaError> {
    let wrong = |reason: String| AreaError::Definition { file: file.to_owned(), reason };
    for (row, area) in read.areas.iter().enumerate() {
        check_id(file, &area.id)?;
        if read.areas[..row].iter().any(|other| other.id == area.id) {
            return Err(AreaError::DuplicateArea { file: file.to_owned(), id: area.id.clone() });
        }
        if area.units.is_empty() && area.join.is_empty() {
            return Err(wrong(format!("area \"{}\" has neither units nor join", area.id)));
        }
        for link in &area.figures {
            if !matches!(Role::from_id(&link.role), Some(Role::Own | Role::Part | Role::Context)) {
                return Err(wrong(format!(
                    "area \"{}\": role \"{}\" is none of own, part, context",
                    area.id, link.role
                )));
            }
        }
    }
    Ok(())
}

/// An id becomes a folder and a file name, so it must be safe as one.
fn check_id(file: &Path, id: &str) -> Result<(), AreaError> {
    let safe = !id.is_empty()
        && id.len() <= 60
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        && id.starts_with(|c: char| c.is_ascii_alphanumeric());
    if safe {
        return Ok(());
    }
    Err(AreaError::Definition {
        file: file.to_owned(),
        reason: format!(
            "\"{id}\" is no area id: use small letters a to z, digits, - and _, at most 60"
        ),
    })
}

/// Reads polygons as areas: one a feature, `id` and `name` (or `name_sv`, `name_en`) from its attributes.
///
/// # Errors
/// [`AreaError::Format`], [`AreaError::NotPolygons`], [`AreaError::Definition`] for a missing id.
pub fn read_polygons(
    file: &Path,
    options: &OpenOptions,
    crs: &Crs,
) -> Result<(Vec<AreaDefinition>, Areas), AreaError> {
    let layer = polygon_layer(file, options)?;
    let wrong = |reason: String| AreaError::Definition { file: file.to_owned(), reason };
    let ids = text_column(&layer, &["id", "area_id", "area"])
        .ok_or_else(|| wrong("the polygons have no attribute \"id\"".to_owned()))?;
    let names = text_column(&layer, &["name", "name_en", "namn", "name_sv"]).unwrap_or_default();
    let swedish = text_column(&layer, &["name_sv", "namn", "name", "name_en"]).unwrap_or_default();
    let mut definitions = Vec::with_capacity(ids.len());
    let mut keys = Vec::with_capacity(ids.len());
    for (row, id) in ids.into_iter().enumerate() {
        let id = id.ok_or_else(|| wrong(format!("the polygon in row {} has no id", row + 1)))?;
        check_id(file, &id)?;
        if keys.contains(&id) {
            return Err(AreaError::DuplicateArea { file: file.to_owned(), id });
        }
        let name = |names: &[Option<String>]| {
            names.get(row).cloned().flatten().unwrap_or_else(|| id.clone())
        };
        let name = Label { sv: name(&swedish), en: name(&names) };
        definitions.push(AreaDefinition {
            id: id.clone(),
            name,
            units: Vec::new(),
            join: Vec::new(),
            intersect: Vec::new(),
            cut: Vec::new(),
            drawn: None,
            uncertain: None,
            figures: Vec::new(),
        });
        keys.push(id);
    }
    let shapes = reprojected(&layer, crs)?;
    Ok((definitions, Areas::new(keys, shapes, crs.clone())?))
}

/// The polygons of a file, whatever their attributes.
pub(super) fn polygon_shapes(file: &Path, crs: &Crs) -> Result<Vec<geo::Geometry<f64>>, AreaError> {
    let layer = polygon_layer(file, &OpenOptions::default())?;
    reprojected(&layer, crs)
}

fn polygon_layer(file: &Path, options: &OpenOptions) -> Result<Layer, AreaError> {
    let layer = match formats::open(file, options)? {
        Content::Layer { layer, .. } => layer,
        Content::Raw(_) | Content::Frame(_) => {
            return Err(AreaError::NotPolygons {
                file: file.to_owned(),
                found: "a table without shapes",
            });
        }
    };
    let family = layer.areas().and_then(|areas| areas.shapes().first()).and_then(family_of);
    match family {
        Some(GeometryFamily::Polygon) => Ok(layer),
        other => Err(AreaError::NotPolygons {
            file: file.to_owned(),
            found: other.map_or("nothing", GeometryFamily::plural),
        }),
    }
}

fn reprojected(layer: &Layer, crs: &Crs) -> Result<Vec<geo::Geometry<f64>>, AreaError> {
    let Some(areas) = layer.areas() else { return Ok(Vec::new()) };
    let turn = Reprojection::new(areas.crs(), crs)?;
    let mut shapes = areas.shapes().to_vec();
    for shape in &mut shapes {
        turn.geometry(shape)?;
    }
    Ok(shapes)
}

fn text_column(layer: &Layer, names: &[&str]) -> Option<Vec<Option<String>>> {
    let column = names.iter().find_map(|name| layer.frame().column(name).ok())?;
    let text = column.cast(&polars::prelude::DataType::String).ok()?;
    Some(text.str().ok()?.iter().map(|cell| cell.map(str::to_owned)).collect())
}
