//! Data and areas, ready to compose: what every command about an area stands on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::PipelineError;
use crate::areas::{
    AreaDefinition, AreaError, AreasFile, ComposedArea, compose, read_areas_toml, read_polygons,
};
use crate::formats::{self, OpenOptions};
use crate::model::{Areas, Crs, Dataset, Dimensions, Label, Layout, Theme};
use crate::sources::{Data, Snapshot, UnitGeography, sha256_of};

/// Data with the areas to work on.
pub struct Ground {
    pub snapshot: Snapshot,
    pub data: Data,
    pub areas: AreasFile,
    /// Areas that were given as polygons.
    pub drawn: Option<Areas>,
}

/// The geography of areas that stand for themselves, where the data hold no units.
const OWN_UNITS: &str = "areas";

impl Ground {
    /// Decodes the snapshot and reads the areas: those of the snapshot, or of a file (TOML, or polygons).
    ///
    /// Polygons are turned into `crs`, else into the system of the units. Where the data hold no units, each polygon is
    /// its own unit.
    ///
    /// # Errors
    /// [`PipelineError::Source`], [`PipelineError::Area`]; [`PipelineError::Request`] where there are no areas.
    pub fn load(
        snapshot: Snapshot,
        from: Option<&Path>,
        crs: Option<&Crs>,
    ) -> Result<Self, PipelineError> {
        let mut data = Data::load(&snapshot)?;
        let built_in = snapshot.areas().cloned();
        let Some(file) = from else {
            let areas = built_in.ok_or_else(no_areas)?;
            return Ok(Self { snapshot, data, areas, drawn: None });
        };
        if is_toml(file) {
            let areas = read_toml(file)?;
            return Ok(Self { snapshot, data, areas, drawn: None });
        }
        let geography = built_in.map_or_else(|| "regso-2025".to_owned(), |areas| areas.geography);
        let units = data.units_of(&geography).map(|units| units.areas.crs().clone());
        let known = crs.cloned().or(units);
        let crs = known.map_or_else(|| own_crs(file), Ok)?;
        crs.require_metric()?;
        let (definitions, shapes) = read_polygons(file, &OpenOptions::default(), &crs)?;
        let mut areas = AreasFile { geography, areas: definitions, folder: PathBuf::new() };
        if data.units_of(&areas.geography).is_none() {
            OWN_UNITS.clone_into(&mut areas.geography);
            data.units.push(own_units(file, &areas.areas, &shapes)?);
        }
        Ok(Self { snapshot, data, areas, drawn: Some(shapes) })
    }

    /// The units that areas are composed from.
    ///
    /// # Errors
    /// [`AreaError::NoUnits`].
    pub fn units(&self) -> Result<&UnitGeography, AreaError> {
        self.data
            .units_of(&self.areas.geography)
            .ok_or_else(|| AreaError::NoUnits { geography: self.areas.geography.clone() })
    }

    /// The ids asked for, each known; the nearest is suggested for one that is not.
    ///
    /// # Errors
    /// [`PipelineError::Area`]; [`PipelineError::Request`] where none is named.
    pub fn ids(&self, area: Option<&str>, all: bool) -> Result<Vec<String>, PipelineError> {
        match area {
            _ if all => Ok(self.areas.areas.iter().map(|area| area.id.clone()).collect()),
            Some(given) => Ok(vec![definition(&self.areas, given)?.id.clone()]),
            None => Err(no_area_named()),
        }
    }

    /// The area of that id, composed, with the units it is made of.
    ///
    /// # Errors
    /// [`AreaError`].
    pub fn area(&self, id: &str) -> Result<(ComposedArea, &UnitGeography), AreaError> {
        let units = self.units()?;
        let definition = definition(&self.areas, id)?;
        let area = compose(&self.areas, definition, &units.areas, self.drawn.as_ref())?;
        Ok((area, units))
    }
}

/// A command about areas to which none was given.
#[must_use]
pub fn no_area_named() -> PipelineError {
    PipelineError::Request {
        what: "no area is named".to_owned(),
        help: "give --area ID or --all; `scale areas` lists the ids".to_owned(),
    }
}

/// The definition of an area; the nearest id is suggested for one that is not there.
///
/// # Errors
/// [`AreaError::UnknownArea`].
pub fn definition<'a>(file: &'a AreasFile, id: &str) -> Result<&'a AreaDefinition, AreaError> {
    if let Some(found) = file.areas.iter().find(|area| area.id == id) {
        return Ok(found);
    }
    let ids: Vec<&str> = file.areas.iter().map(|area| area.id.as_str()).collect();
    let near = |known: &&&str| strsim::jaro_winkler(known, id);
    let best = ids.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let best = best.map_or_else(String::new, |id| format!("did you mean \"{id}\"? "));
    Err(AreaError::UnknownArea {
        given: id.to_owned(),
        help: format!("{best}known areas: {}", ids.join(", ")),
    })
}

/// Whether a file of areas is TOML; else it holds polygons.
pub(super) fn is_toml(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// Reads a TOML file of areas.
pub(super) fn read_toml(file: &Path) -> Result<AreasFile, PipelineError> {
    let text = String::from_utf8(formats::read(file)?).map_err(|_| AreaError::Definition {
        file: file.to_owned(),
        reason: "is not UTF-8 text".to_owned(),
    })?;
    Ok(read_areas_toml(file, &text)?)
}

pub(super) fn no_areas() -> PipelineError {
    PipelineError::Request {
        what: "the data hold no areas".to_owned(),
        help: "add areas.toml to the folder, or give --areas FILE".to_owned(),
    }
}

/// The system of a file of polygons.
pub(super) fn own_crs(file: &Path) -> Result<Crs, PipelineError> {
    let formats::Content::Layer { layer, .. } = formats::open(file, &OpenOptions::default())?
    else {
        return Err(no_areas());
    };
    let Some(areas) = layer.areas() else { return Err(no_areas()) };
    Ok(areas.crs().clone())
}

/// Each polygon as its own unit.
fn own_units(
    file: &Path,
    areas: &[AreaDefinition],
    shapes: &Areas,
) -> Result<UnitGeography, PipelineError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let title = Label { sv: "Områden".to_owned(), en: "Areas".to_owned() };
    let dataset = Dataset {
        id: OWN_UNITS.to_owned(),
        theme: Theme::Geography,
        description: title.clone(),
        title,
        publisher: "own file".to_owned(),
        table: Some(name.clone()),
        url: None,
        years: Vec::new(),
        geography: OWN_UNITS.to_owned(),
        licence: "not stated".to_owned(),
        sha256: sha256_of(file)?,
        file: name,
        layout: Layout::Areas,
        key: "id".to_owned(),
        name: None,
        dimensions: Dimensions::default(),
        point: None,
        derive: None,
        stands_in_for: None,
        codes_valid_in: None,
        changed_units: Vec::new(),
        disclosure: None,
        unverified: false,
        covers: Vec::new(),
        fields: std::collections::BTreeMap::new(),
    };
    let names = areas.iter().map(|area| area.name.en.clone()).collect();
    let units = Areas::new(shapes.keys().to_vec(), shapes.shapes().to_vec(), shapes.crs().clone())?;
    Ok(UnitGeography { dataset, areas: Arc::new(units), names })
}
