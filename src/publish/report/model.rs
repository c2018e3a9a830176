//! What a report shows: names in one language, figures as they were measured, shapes on a plane in metres.

use geo::{Geometry, Point};

use super::Actors;
use crate::model::{Lang, ObsStatus};
use crate::publish::classes;

/// Most classes of a graduated map: more shades than these are not told apart on paper.
const CLASSES: usize = 7;

/// A value with all that a reader needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// The unit as files spell it.
    pub unit: String,
    pub year: Option<i32>,
    pub status: ObsStatus,
    /// Share of the area that the value rests on, 0 to 1.
    pub coverage: Option<f64>,
}

/// A sub-area with its shape on the plane.
#[derive(Debug, Clone)]
pub struct Unit {
    pub id: String,
    pub name: String,
    pub shape: Geometry<f64>,
}

/// A station near an area.
#[derive(Debug, Clone)]
pub struct Station {
    pub kind: String,
    pub at: Point<f64>,
}

/// An area that is drawn.
#[derive(Debug, Clone)]
pub struct Place {
    pub id: String,
    pub name: String,
    pub units: Vec<Unit>,
    pub stations: Vec<Station>,
}

/// An indicator that sub-areas have.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The indicator's id in files.
    pub id: String,
    pub label: String,
    pub unit: String,
    pub year: Option<i32>,
    /// What it means, in a sentence.
    pub means: Option<String>,
    pub source: String,
    /// Kind of the stations that its map shows.
    pub stations: Option<String>,
    /// The classes of a categorical indicator, each with its value and name; none for numbers.
    pub categories: Vec<(f64, String)>,
    /// A figure a sub-area, place by place.
    pub cells: Vec<Vec<Option<Figure>>>,
    /// The figure of each place as a whole.
    pub whole: Vec<Option<Figure>>,
    /// The figure of the municipality.
    pub city: Option<Figure>,
}

/// Areas and indicators that reports show side by side: the same for all reports of a run.
#[derive(Debug, Clone, Default)]
pub struct Atlas {
    pub places: Vec<Place>,
    pub topics: Vec<Topic>,
}

/// Values of a class of a map, and its colour.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Class {
    pub lowest: f64,
    pub highest: f64,
    /// The name of a category.
    pub name: Option<String>,
    pub colour: String,
}

impl Topic {
    /// The classes over all places together, from light to dark: as many values in each as can be, or the
    /// categories themselves. Natural breaks would put nearly all of an area into one class where another area has much
    /// higher values.
    pub(super) fn classes(&self) -> Vec<Class> {
        if !self.categories.is_empty() {
            let colours = classes::colours(self.categories.len());
            let category = |((value, name), colour): (&(f64, String), String)| Class {
                lowest: *value,
                highest: *value,
                name: Some(name.clone()),
                colour,
            };
            return self.categories.iter().zip(colours).map(category).collect();
        }
        let values: Vec<f64> = self.values().collect();
        let bounds = classes::quantiles(&values, CLASSES);
        let colours = classes::colours(bounds.len());
        let of = |class: usize| {
            let within = |value: &f64| classes::class_of(&bounds, *value) == class;
            values.iter().copied().filter(within).collect::<Vec<_>>()
        };
        let class = |(class, colour): (usize, String)| Class {
            lowest: of(class).into_iter().fold(f64::INFINITY, f64::min),
            highest: of(class).into_iter().fold(f64::NEG_INFINITY, f64::max),
            name: None,
            colour,
        };
        colours.into_iter().enumerate().map(class).collect()
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.cells.iter().flatten().flatten().filter_map(|figure| figure.value)
    }
}

/// Residents of an age by sex, as shares of all residents, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeGroup {
    pub from: u32,
    /// The last age; open at the end without one.
    pub to: Option<u32>,
    pub men: f64,
    pub women: f64,
    pub men_count: f64,
    pub women_count: f64,
    /// Shares of men and women in the municipality.
    pub city: Option<(f64, f64)>,
}

/// Residents by age and sex, youngest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    pub year: Option<i32>,
    pub ages: Vec<AgeGroup>,
    pub coverage: Option<f64>,
}

/// A figure of the area, or of a published part of it, beside the municipality and the other areas.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    pub label: String,
    /// The published part that the figure is about; the whole area without one.
    pub part: Option<String>,
    pub own: Figure,
    pub city: Option<Figure>,
    /// Values of the other areas.
    pub others: Vec<f64>,
    /// Why own figure and municipality cannot stand side by side, as half a sentence.
    pub obstacle: Option<String>,
    pub source: String,
}

/// The figures of one theme beside the municipality.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub theme: String,
    pub rows: Vec<Beside>,
}

impl Group {
    /// The sources of its figures, each once, in the order in which they first stand.
    pub(super) fn sources(&self) -> Vec<&str> {
        let mut sources: Vec<&str> = Vec::new();
        for source in self.rows.iter().map(|row| row.source.as_str()) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }
}

/// How far a sub-area is from the nearest of a kind, and how many live there.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    pub minutes: f64,
    pub lower: f64,
    pub upper: f64,
    pub weight: f64,
}

/// The ways to the nearest of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    pub to: String,
    pub ways: Vec<Way>,
    /// Weight of the sub-areas without a way.
    pub without: f64,
    pub walked: bool,
}

/// The ways to all kinds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaches {
    pub kinds: Vec<Reach>,
    /// Whether weights are residents; else every sub-area weighs the same.
    pub by_residents: bool,
    /// Whether there are services beside stations.
    pub services: bool,
}

/// Figures that are not counts, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub labels: Vec<String>,
    pub status: ObsStatus,
    pub why: String,
    pub coverage: Option<f64>,
}

/// A headline of the catalogue without a figure of the area, and what there is instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub theme: String,
    pub label: String,
    pub instead: Vec<(String, Figure)>,
}

/// A data set behind the figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub title: String,
    pub publisher: String,
    pub url: Option<String>,
    pub years: Vec<i32>,
    pub licence: String,
    /// Whether the table holds figures of several publishers.
    pub several: bool,
}

/// A headline figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    pub label: String,
    pub own: Figure,
    pub city: Option<Figure>,
}

/// The report of one area.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub lang: Lang,
    pub atlas: &'a Atlas,
    /// Which place of the atlas it is about.
    pub own: usize,
    pub surface_km2: f64,
    /// What the sub-areas are, such as "Regional statistical areas (RegSO) 2025".
    pub geography: String,
    pub drawn: Option<String>,
    pub uncertain: Option<String>,
    /// The municipality that figures are held against.
    pub city: Option<String>,
    pub tiles: Vec<Tile>,
    pub pyramid: Option<Pyramid>,
    pub groups: Vec<Group>,
    pub reaches: Option<Reaches>,
    pub actors: Actors,
    pub estimates: Vec<Estimate>,
    pub gaps: Vec<Gap>,
    pub sources: Vec<Source>,
    /// Whether streets or services come from OpenStreetMap, so that its contributors are named.
    pub contributors: bool,
    /// The time that is written into files; none where it is not set.
    pub made: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(values: &[Option<f64>], categories: Vec<(f64, String)>) -> Topic {
        let figure = |value: &Option<f64>| {
            Some(Figure {
                value: *value,
                lower: None,
                upper: None,
                unit: "m".to_owned(),
                year: None,
                status: ObsStatus::A,
                coverage: None,
            })
        };
        Topic {
            id: "a".to_owned(),
            label: "A".to_owned(),
            unit: "m".to_owned(),
            year: None,
            means: None,
            source: String::new(),
            stations: None,
            categories,
            cells: vec![values.iter().map(figure).collect(), vec![None]],
            whole: Vec::new(),
            city: None,
        }
    }

    #[test]
    fn classes_of_a_legend_hold_the_values_between_their_ends() {
        let values: Vec<Option<f64>> = (1..=14).map(|value| Some(f64::from(value))).collect();
        let classes = topic(&values, Vec::new()).classes();
        let ends: Vec<(f64, f64)> = classes.iter().map(|c| (c.lowest, c.highest)).collect();
        assert_eq!(ends[0], (1.0, 2.0));
        assert_eq!((ends.len(), ends[6]), (7, (13.0, 14.0)));
        let few = topic(&[Some(3.0), None, Some(3.0)], Vec::new()).classes();
        assert_eq!((few.len(), few[0].lowest, few[0].highest), (1, 3.0, 3.0));
        assert!(topic(&[None], Vec::new()).classes().is_empty());
    }

    #[test]
    fn categories_are_classes_by_their_names() {
        let names = vec![(1.0, "low".to_owned()), (2.0, "high".to_owned())];
        let classes = topic(&[Some(2.0)], names).classes();
        assert_eq!(classes[1].name.as_deref(), Some("high"));
        assert_ne!(classes[0].colour, classes[1].colour);
    }
}
