//! The figures of the area: headlines, what stands beside the city, what is estimated, what is missing.

use std::collections::BTreeMap;

use super::labels::{Labels, rank, way};
use super::methods;
use super::rows::{Rows, figure, is_count, is_known};
use crate::indicators::{age_range, derived};
use crate::model::swedish::told;
use crate::model::{ObsStatus, Observation, Role, Theme};
use crate::pipeline::compare;
use crate::publish::report::{
    AgeGroup, Beside, Estimate, Figure, Gap, Group, Pyramid, Tile, Words,
};

/// The themes in the order in which residents read of them.
const THEMES: [Theme; 5] =
    [Theme::Population, Theme::Health, Theme::Travel, Theme::Consumption, Theme::Services];
/// Headlines that every area can have.
const HEADLINES: [&str; 7] = [
    "residents",
    "density_land",
    "share_aged_0_19",
    "share_aged_65_plus",
    "metro",
    "commuter_rail",
    "tram",
];

/// An area, its rows, and what its figures are held against.
#[derive(Clone, Copy)]
pub(super) struct Figures<'a> {
    pub rows: Rows<'a>,
    /// Rows of the other areas.
    pub others: &'a [Rows<'a>],
    pub labels: Labels<'a>,
    /// The code of the municipality.
    pub city: Option<&'a str>,
}

impl<'a> Figures<'a> {
    fn words(&self) -> Words {
        Words(self.labels.lang)
    }

    fn city(&self, row: &Observation) -> Option<&'a Observation> {
        self.rows.city(self.city?, &row.indicator, row.year)
    }

    /// The headline figures: residents, ages, ways to stations, and the first headline of the catalogue that is local.
    pub fn tiles(&self) -> Vec<Tile> {
        let way = |kind: &str| {
            let minutes = self.rows.whole(&format!("access_nearest_{kind}_min"));
            minutes.or_else(|| self.rows.whole(&format!("distance_nearest_{kind}_m")))
        };
        let found = |id: &&str| self.rows.whole(id).or_else(|| way(id));
        let local = self.headlines().into_iter().find_map(|(_, id)| self.rows.whole(&id));
        let tile = |row: &Observation| Tile {
            label: self.labels.indicator(&row.indicator),
            own: figure(row),
            city: self.city(row).map(figure),
        };
        HEADLINES.iter().filter_map(found).chain(local).map(tile).collect()
    }

    /// Residents by age and sex; none where the ages leave gaps or overlap.
    pub fn pyramid(&self) -> Option<Pyramid> {
        let own = |row: &&Observation| row.unit_id.is_none() && row.indicator == "residents";
        let whole = self.rows.whole("residents")?;
        let of = |role: Role, code: Option<&'a str>| {
            let mut cells: BTreeMap<(String, u32), (f64, Option<u32>)> = BTreeMap::new();
            for row in self.rows.0.iter().filter(own) {
                let place = code.is_none_or(|code| {
                    row.geography_level == "municipality" && row.geography_id == code
                });
                if row.role == role && place && row.year == whole.year && row.sex != "_T" {
                    let Some((from, to)) = age_range(&row.age) else { continue };
                    cells.insert((row.sex.clone(), from), (row.value?, to));
                }
            }
            Some(cells)
        };
        let cells = of(Role::Own, None)?;
        let men: Vec<(u32, f64, Option<u32>)> = cells
            .iter()
            .filter(|((sex, _), _)| sex == "M")
            .map(|((_, from), (value, to))| (*from, *value, *to))
            .collect();
        let tiles = men.first().is_some_and(|first| first.0 == 0)
            && men.windows(2).all(|pair| pair[0].2.is_some_and(|to| to + 1 == pair[1].0));
        if !tiles || men.len() < 3 {
            return None;
        }
        let city = self.city.and_then(|code| of(Role::Reference, Some(code)));
        let city_total: f64 = city.iter().flat_map(BTreeMap::values).map(|(value, _)| value).sum();
        let total: f64 = cells.values().map(|(value, _)| value).sum();
        let group = |&(from, men_count, to): &(u32, f64, Option<u32>)| {
            let women_count = cells.get(&("F".to_owned(), from))?.0;
            let share =
                |sex: &str| Some(city.as_ref()?.get(&(sex.to_owned(), from))?.0 / city_total);
            Some(AgeGroup {
                from,
                to,
                men: men_count / total,
                women: women_count / total,
                men_count,
                women_count,
                city: share("M").zip(share("F")),
            })
        };
        let ages = men.iter().map(group).collect::<Option<Vec<_>>>().filter(|_| total > 0.0)?;
        Some(Pyramid { year: whole.year, ages, coverage: whole.coverage })
    }

    /// The rates and shares of the area and of its published parts, theme by theme.
    pub fn groups(&self) -> Vec<Group> {
        let pairs = self.pairs();
        let group = |theme: &Theme| {
            let rows = self.local(*theme).into_iter().map(|row| self.beside(row, &pairs)).collect();
            Group { theme: theme.title(self.labels.lang).to_owned(), rows }
        };
        THEMES.iter().map(group).filter(|group| !group.rows.is_empty()).collect()
    }

    /// The newest row of each indicator, place and age that is not a count.
    fn local(&self, theme: Theme) -> Vec<&'a Observation> {
        type Key<'k> = (usize, &'k str, Role, &'k str, &'k str);
        let mut newest: BTreeMap<Key<'_>, &Observation> = BTreeMap::new();
        let rows = self.rows.of_places().filter(|row| matches!(row.role, Role::Own | Role::Part));
        for row in rows.filter(|row| row.theme == theme.id() && is_known(row) && !is_count(row)) {
            if row.indicator == "density_total" {
                continue;
            }
            let of_residents = derived().iter().position(|known| known.id == row.indicator);
            let of_ways = way(&row.indicator).map(|(kind, _)| rank(kind));
            let order = of_residents.or(of_ways).unwrap_or(usize::MAX);
            let (place, age) = (row.geography_id.as_str(), row.age.as_str());
            let key = (order, row.indicator.as_str(), row.role, place, age);
            let known = newest.entry(key).or_insert(row);
            if row.year > known.year {
                *known = row;
            }
        }
        newest.into_values().collect()
    }

    fn pairs(&self) -> Vec<compare::Row> {
        let Some(city) = self.city else { return Vec::new() };
        let theirs = |row: &&Observation| {
            row.role == Role::Reference
                && row.geography_level == "municipality"
                && row.geography_id == city
        };
        let theirs: Vec<Observation> = self.rows.0.iter().filter(theirs).cloned().collect();
        compare::rows(self.rows.0, &theirs, self.labels.data, false)
    }

    fn beside(&self, row: &Observation, pairs: &[compare::Row]) -> Beside {
        let pair = pairs.iter().find(|pair| {
            (&pair.indicator, &pair.sex, &pair.age) == (&row.indicator, &row.sex, &row.age)
                && pair.area.geography_level == row.geography_level
                && pair.area.geography_id == row.geography_id
        });
        let side = |side: &compare::Side| Figure {
            value: side.value,
            lower: side.lower,
            upper: side.upper,
            unit: row.unit.clone(),
            year: side.year,
            status: ObsStatus::from_code(side.obs_status).unwrap_or_default(),
            coverage: side.coverage,
        };
        let own = pair.map_or_else(|| figure(row), |pair| side(&pair.area));
        let is_own = row.role == Role::Own;
        let same = |rows: &Rows<'_>| {
            rows.whole(&row.indicator).filter(|other| other.age == row.age)?.value
        };
        let obstacle =
            pair.filter(|pair| !pair.comparable).map(|pair| pair.reason.text(self.labels.lang));
        Beside {
            label: self.labels.indicator_of(row),
            part: (!is_own).then(|| self.labels.geography(&row.geography_level, &row.geography_id)),
            own,
            city: pair.map(|pair| side(&pair.reference)),
            others: self.others.iter().filter(|_| is_own).filter_map(same).collect(),
            obstacle: obstacle.map(str::to_owned),
            source: told(&row.source, self.labels.lang).into_owned(),
        }
    }

    /// What is not a plain published figure, figures of one kind together.
    pub fn estimates(&self) -> Vec<Estimate> {
        let mut found: Vec<Estimate> = Vec::new();
        for theme in THEMES {
            for row in self.local_of_any_unit(theme) {
                let why = methods::why(row, self.words());
                let label = self.labels.indicator_of(row);
                let alike = found.iter_mut().find(|known| {
                    (known.status, &known.why, known.coverage)
                        == (row.obs_status, &why, row.coverage)
                });
                match alike {
                    Some(known) if known.labels.contains(&label) => {}
                    Some(known) => known.labels.push(label),
                    None => found.push(Estimate {
                        labels: vec![label],
                        status: row.obs_status,
                        why,
                        coverage: row.coverage,
                    }),
                }
            }
        }
        found
    }

    fn local_of_any_unit(&self, theme: Theme) -> Vec<&'a Observation> {
        let counts = self
            .rows
            .of_places()
            .filter(|row| row.role == Role::Own && is_count(row) && is_known(row));
        let counts = counts.filter(|row| row.theme == theme.id());
        let plain = |row: &&Observation| matches!(row.obs_status, ObsStatus::A | ObsStatus::M);
        counts.chain(self.local(theme)).filter(|row| !plain(row)).collect()
    }

    /// The headlines of the catalogue that nobody has published for this area.
    pub fn gaps(&self) -> Vec<Gap> {
        let gap = |(theme, id): &(Theme, String)| {
            if self.rows.whole(id).is_some() {
                return None;
            }
            let parts = self.rows.parts(id);
            let city = self.city.and_then(|city| self.rows.city(city, id, None));
            let place = |row: &Observation| {
                (self.labels.geography(&row.geography_level, &row.geography_id), figure(row))
            };
            Some(Gap {
                theme: theme.title(self.labels.lang).to_owned(),
                label: self.labels.indicator(id),
                instead: parts.into_iter().chain(city).map(place).collect(),
            })
        };
        self.headlines().iter().filter_map(gap).collect()
    }

    /// The indicators that the catalogue calls headlines, most important first within a theme.
    fn headlines(&self) -> Vec<(Theme, String)> {
        let tables = self.labels.data.tables.iter().map(|table| &table.dataset);
        let datasets = tables.chain(self.labels.data.figures.iter().map(|(dataset, _)| dataset));
        let ranked = datasets.flat_map(|dataset| {
            let theme = THEMES.iter().position(|theme| *theme == dataset.theme);
            dataset
                .fields
                .iter()
                .filter_map(move |(name, field)| Some((theme?, field.priority?, name.clone())))
        });
        let mut ranked: Vec<(usize, u8, String)> = ranked.collect();
        ranked.sort();
        ranked.dedup();
        ranked.into_iter().map(|(theme, _, id)| (THEMES[theme], id)).collect()
    }
}
