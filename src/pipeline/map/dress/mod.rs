//! How a baseline is shown in QGIS: which columns are maps, what they are called, what is said of them.

mod about;
mod actors;
pub(in crate::pipeline) mod columns;
mod swedish;

use std::collections::BTreeSet;

use about::{of_actors, of_area, of_dataset, of_table, of_units};
use columns::{Naming, is_number};
pub(in crate::pipeline) use swedish::Swedish;

use super::Shared;
use crate::formats::geopackage::Beside;
use crate::indicators::{Context, derived};
use crate::model::{Dataset, Kind, Lang, Layer, LocalActor, ObsStatus, Observation, Theme};
use crate::pipeline::PipelineError;
use crate::publish::qgis::{Atlas, Cell, Look, Map, Sheet, Told, beside};
use crate::publish::unit_cells;

/// What a baseline is dressed from.
pub(super) struct Baseline<'a> {
    pub shared: &'a Shared<'a>,
    pub context: &'a Context<'a>,
    pub rows: &'a [Observation],
    pub actors: &'a [LocalActor],
    pub layers: &'a [Layer],
}

/// The layer under its Swedish title.
pub(super) fn in_swedish(layer: Layer, context: &Context<'_>) -> Layer {
    let mut features = context.data.points.iter().chain(&context.data.polygons);
    let title = match layer.name() {
        "area" => context.area.definition.name.sv.as_str(),
        "units" => &context.units.dataset.title.sv,
        "indicators" => "Alla värden",
        "actors" => "Aktörer",
        "actors_unplaced" => "Aktörer utan egen plats på kartan",
        name => match features.find(|source| source.dataset.id == name) {
            Some(source) => &source.dataset.title.sv,
            None => return layer,
        },
    };
    layer.titled(title)
}

impl<'a> Baseline<'a> {
    /// Styles, project and metadata in the reader's language.
    pub fn beside(&self) -> Result<Beside, PipelineError> {
        let definition = &self.context.area.definition;
        let mut sheets: Vec<Sheet<'a>> =
            self.layers.iter().filter_map(|layer| self.sheet(layer)).collect();
        sheets.sort_by_key(|sheet| sheet.theme.is_some());
        let atlas = Atlas {
            id: &definition.id,
            title: definition.name.get(self.lang()),
            lang: self.lang(),
            crs: self.shared.crs,
            sheets,
        };
        Ok(beside(&atlas)?)
    }

    fn lang(&self) -> Lang {
        self.shared.request.lang
    }

    fn sheet(&self, layer: &'a Layer) -> Option<Sheet<'a>> {
        let lang = self.lang();
        let naming = Naming {
            data: self.context.data,
            services: self.shared.request.services,
            lang,
            dataset: self.dataset(layer.name()),
            rows: self.rows,
            swedish: Swedish::of(self.context.data, self.shared.request.services),
        };
        let (title, theme, look, about) = match (layer.name(), naming.dataset) {
            ("area", None) => {
                let name = self.context.area.definition.name.get(lang);
                (name, None, Look::Outline, of_area(self))
            }
            ("units", None) => {
                let title = self.context.units.dataset.title.get(lang);
                (title, Some(Theme::Geography), self.unit_maps(layer, &naming), of_units(self))
            }
            ("indicators", None) => {
                let title = if lang == Lang::Sv { "Alla värden" } else { "All values" };
                let themes: BTreeSet<Theme> =
                    self.rows.iter().filter_map(|row| Theme::from_id(&row.theme)).collect();
                let themes = themes.into_iter().collect();
                (title, None, Look::Table { column: "theme".to_owned(), themes }, of_table(self))
            }
            ("actors", None) => {
                let title = if lang == Lang::Sv { "Aktörer efter slag" } else { "Actors by kind" };
                let look = actors::look(self.actors, lang);
                (title, Some(Theme::Actors), look, of_actors(self))
            }
            ("actors_unplaced", None) => {
                let title = match lang {
                    Lang::En => "Actors without a point of their own",
                    Lang::Sv => "Aktörer utan egen plats på kartan",
                };
                (title, Some(Theme::Actors), Look::Plain, of_actors(self))
            }
            (_, Some(dataset)) => {
                let look = self.features(layer, dataset, &naming);
                (dataset.title.get(lang), Some(dataset.theme), look, of_dataset(self, dataset))
            }
            _ => return None,
        };
        let columns = naming.columns(layer);
        Some(Sheet { layer, title: title.to_owned(), theme, columns, look, about })
    }

    /// The data set that a layer is named after.
    fn dataset(&self, layer: &str) -> Option<&'a Dataset> {
        let points = self.context.data.points.iter().chain(&self.context.data.polygons);
        points.map(|source| &source.dataset).find(|dataset| dataset.id == layer)
    }

    /// A map of each column of the units: residents first, then what is worked out from them.
    fn unit_maps(&self, layer: &'a Layer, naming: &Naming<'_>) -> Look<'a> {
        let keys = layer.areas().map(|areas| areas.keys()).unwrap_or_default();
        let cells = unit_cells(self.rows, keys);
        let mut maps: Vec<Map<'a>> = cells
            .into_iter()
            .filter_map(|(indicator, rows)| {
                let first = rows.iter().flatten().next()?;
                Some(Map {
                    column: indicator.to_owned(),
                    title: naming.label(indicator),
                    theme: Theme::from_id(&first.theme)?,
                    definition: naming.definition(first),
                    name: Some("name".to_owned()),
                    told: Told::Cells {
                        key: Some("unit_id".to_owned()),
                        cells: keys.iter().zip(rows).map(|(key, row)| cell(key, row)).collect(),
                    },
                })
            })
            .collect();
        let rank = |map: &Map<'_>| {
            let place = derived().iter().position(|known| known.id == map.column);
            (map.theme, map.column != "residents", place.unwrap_or(usize::MAX))
        };
        maps.sort_by_key(rank);
        Look::Maps(maps)
    }

    /// Features of a data set: by kind where they have kinds, else by their numbers.
    fn features(&self, layer: &'a Layer, dataset: &'a Dataset, naming: &Naming<'_>) -> Look<'a> {
        let kinds = dataset.fields.iter().find_map(|(name, field)| match &field.kind {
            Kind::Categorical { categories } if !categories.is_empty() => Some((name, categories)),
            _ => None,
        });
        if let Some((column, categories)) = kinds {
            let kinds = categories
                .iter()
                .map(|(code, label)| (code.clone(), label.get(self.lang()).to_owned()))
                .collect();
            let (column, shares) = (column.clone(), Vec::new());
            return Look::Kinds { column, kinds, doubtful: None, shares };
        }
        let maps: Vec<Map<'a>> = dataset
            .fields
            .iter()
            .filter(|(name, _)| is_number(layer, name))
            .map(|(name, field)| Map {
                column: name.clone(),
                title: naming.label(name),
                theme: dataset.theme,
                definition: field
                    .definition
                    .as_ref()
                    .map_or_else(String::new, |said| said.get(self.lang()).to_owned()),
                name: dataset.name.clone().filter(|name| layer.frame().column(name).is_ok()),
                told: Told::Cells { key: None, cells: self.feature_cells(layer, dataset, name) },
            })
            .collect();
        if maps.is_empty() { Look::Plain } else { Look::Maps(maps) }
    }

    /// Features know no status of their own: what protection emptied is withheld.
    fn feature_cells(&self, layer: &'a Layer, dataset: &'a Dataset, name: &str) -> Vec<Cell<'a>> {
        let values = layer.frame().column(name).ok().and_then(|column| column.f64().ok());
        let values: Vec<Option<f64>> =
            values.map(|values| values.iter().collect()).unwrap_or_default();
        let hidden = self.shared.protection.is_some() && values.iter().all(Option::is_none);
        let cell = |value: Option<f64>| Cell {
            value,
            status: if hidden { ObsStatus::Q } else { ObsStatus::A },
            year: dataset.years.last().copied(),
            source: dataset.publisher.as_str(),
            ..Cell::default()
        };
        values.into_iter().map(cell).collect()
    }
}

fn cell<'a>(key: &'a str, row: Option<&'a Observation>) -> Cell<'a> {
    let Some(row) = row else { return Cell { key, status: ObsStatus::M, ..Cell::default() } };
    Cell {
        key,
        value: row.value,
        lower: row.lower,
        upper: row.upper,
        status: row.obs_status,
        year: row.year,
        source: &row.source,
    }
}
