//! A map of one indicator: sub-areas in the colours of their classes, what is missing hatched, what is estimated marked.

use super::model::Class;
use super::numbers::{amount, number};
use super::plate::Plate;
use super::svg::{Svg, px};
use super::{Atlas, Figure, Topic, Words};
use crate::model::{Lang, ObsStatus, unit_text};
use crate::publish::classes::{MISSING, class_of};

/// What lines and letters are drawn in.
pub(super) const INK: &str = "#1d2731";
/// Most sub-areas whose names fit beside each other; more are numbered.
const MOST_NAMES: usize = 12;
/// Size of names.
const NAMES: f64 = 13.0;
/// From the middle of a station's square to its corner, with the white edge.
const STATION: f64 = 7.0;
/// Room for the scale bar below a map.
pub(super) const FOOT: f64 = 34.0;

/// A place of the atlas with its plate.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub place: usize,
    pub plate: &'a Plate,
    pub atlas: &'a Atlas,
    pub topic: &'a Topic,
    pub classes: &'a [Class],
    pub words: Words,
}

/// Whether shapes are drawn where they stand, or refer to those that the page defines once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shapes {
    Here,
    Defined,
}

/// Id of the shape of a sub-area in a page.
pub(super) fn shape_id(place: usize, unit: usize) -> String {
    format!("p{place}u{unit}")
}

/// A place on a drawing.
pub(super) type Spot = (f64, f64);

/// The room that a line of letters takes, roughly.
pub(super) struct TextBox {
    middle: Spot,
    half: Spot,
}

impl TextBox {
    /// Letters are about 0.58 of their size wide.
    pub fn new(text: &str, middle: Spot, size: f64) -> Self {
        #[allow(clippy::cast_precision_loss)] // some letters
        let letters = text.chars().count() as f64;
        Self { middle, half: (letters * size * 0.29, size * 0.6) }
    }

    /// The middle of a text inside a shape, a little higher or lower where it would hide something.
    pub fn clear_of(hidden: &[Spot], text: &str, (x, y): Spot, (size, gap): (f64, f64)) -> Spot {
        let clear = |middle: &Spot| {
            let room = Self::new(text, *middle, size);
            hidden.iter().all(|spot| room.distance(*spot) > gap)
        };
        let tried = [0.0, -1.0, 1.0, -1.6, 1.6].map(|step| (x, y + step * size));
        tried.into_iter().find(clear).unwrap_or((x, y))
    }

    /// How far a place is from it; nought within.
    pub fn distance(&self, (x, y): Spot) -> f64 {
        let beyond = |at: f64, middle: f64, half: f64| ((at - middle).abs() - half).max(0.0);
        beyond(x, self.middle.0, self.half.0).hypot(beyond(y, self.middle.1, self.half.1))
    }
}

/// The hatching of what is missing on a large map, and of a small one, which is drawn several times smaller.
const HATCH: (&str, f64) = ("hatch", 6.0);
const SMALL_HATCH: (&str, f64) = ("hatch-small", 26.0);

pub(super) fn define_hatching(svg: &mut Svg) {
    for (id, step) in [HATCH, SMALL_HATCH] {
        svg.open(
            "pattern",
            &[
                ("id", &id),
                ("width", &px(step)),
                ("height", &px(step)),
                ("patternUnits", &"userSpaceOnUse"),
                ("patternTransform", &"rotate(45)"),
            ],
        );
        let bar = |svg: &mut Svg, width: f64, fill: &str| {
            svg.leaf("rect", &[("width", &px(width)), ("height", &px(step)), ("fill", &fill)]);
        };
        bar(svg, step, "#ffffff");
        bar(svg, step * 0.4, MISSING);
        svg.close("pattern");
    }
}

impl Sheet<'_> {
    fn figure(&self, unit: usize) -> Option<&Figure> {
        self.topic.cells.get(self.place)?.get(unit)?.as_ref()
    }

    /// The fill of a sub-area.
    fn fill(&self, unit: usize, (hatch, _): (&str, f64)) -> String {
        let value = self.figure(unit).and_then(|figure| figure.value);
        let class = value.and_then(|value| self.class(value));
        class.map_or_else(|| format!("url(#{hatch})"), |class| class.colour.clone())
    }

    fn class(&self, value: f64) -> Option<&Class> {
        if !self.topic.categories.is_empty() {
            return self.classes.iter().find(|class| (class.lowest - value).abs() < f64::EPSILON);
        }
        let bounds: Vec<f64> = self.classes.iter().map(|class| class.highest).collect();
        self.classes.get(class_of(&bounds, value))
    }

    /// The value of a sub-area with its interval, or the name of its category.
    pub fn value(&self, unit: usize) -> String {
        let none = || self.words.get("maps.missing").to_owned();
        let Some(figure) = self.figure(unit) else { return none() };
        let named = figure.value.and_then(|value| self.class(value)?.name.clone());
        named.or_else(|| figure.bare(self.words)).unwrap_or_else(none)
    }

    /// What a reader is told of a sub-area: its value with the unit, and the status where it is not a plain one.
    pub fn reading(&self, unit: usize) -> String {
        let Some(figure) = self.figure(unit) else { return self.value(unit) };
        let named = figure.value.and_then(|value| self.class(value)?.name.clone());
        let text = named.unwrap_or_else(|| figure.text(self.words));
        match figure.status {
            ObsStatus::A | ObsStatus::M => text,
            status => {
                let status = self.words.find(&format!("status.{}", status.code()));
                format!("{text}, {}", status.unwrap_or_default())
            }
        }
    }

    /// The sub-areas; with `tell`, each says its name and value where a pointer rests.
    pub fn draw_units(&self, svg: &mut Svg, shapes: Shapes, tell: bool) {
        let Some(place) = self.atlas.places.get(self.place) else { return };
        svg.open(
            "g",
            &[
                ("stroke", &"#ffffff"),
                ("stroke-width", &"1.2"),
                ("stroke-linejoin", &"round"),
                ("fill-rule", &"evenodd"),
            ],
        );
        for (unit, (drawn, named)) in self.plate.units.iter().zip(&place.units).enumerate() {
            let (element, name, link) = match shapes {
                Shapes::Here => ("path", "d", drawn.path.clone()),
                Shapes::Defined => ("use", "href", format!("#{}", shape_id(self.place, unit))),
            };
            if tell {
                let told = format!("{}: {}", named.name, self.reading(unit));
                svg.open(
                    element,
                    &[
                        (name, &link),
                        ("fill", &self.fill(unit, HATCH)),
                        ("class", &"unit"),
                        ("data-unit", &unit),
                    ],
                );
                svg.text("title", &[], &told);
                svg.close(element);
            } else {
                let hatch = if shapes == Shapes::Here { HATCH } else { SMALL_HATCH };
                svg.leaf(element, &[(name, &link), ("fill", &self.fill(unit, hatch))]);
            }
        }
        svg.close("g");
    }

    /// A ring for what is estimated, a triangle for what is uncertain, below the name.
    pub fn draw_marks(&self, svg: &mut Svg) {
        for (unit, anchor) in self.anchors().into_iter().enumerate() {
            let Some((status, (x, y))) = self.figure(unit).map(|f| f.status).zip(anchor) else {
                continue;
            };
            draw_mark(svg, status, (x, y + 12.0));
        }
    }

    /// Stations of the kind that the indicator is about.
    pub fn draw_stations(&self, svg: &mut Svg) {
        for spot in self.stations() {
            draw_station(svg, spot);
        }
    }

    fn stations(&self) -> Vec<Spot> {
        let (Some(kind), Some(place)) = (&self.topic.stations, self.atlas.places.get(self.place))
        else {
            return Vec::new();
        };
        let of_kind = place.stations.iter().filter(|station| station.kind == *kind);
        let spots = of_kind.map(|station| self.plate.view.at(station.at.0));
        let on_plate = |(x, y): &Spot| {
            (0.0..=self.plate.width).contains(x) && (0.0..=self.plate.height).contains(y)
        };
        spots.filter(on_plate).collect()
    }

    /// Where the name of each sub-area stands: inside it, and a little higher or lower where it would hide a station.
    fn anchors(&self) -> Vec<Option<Spot>> {
        let stations = self.stations();
        let name = |unit: usize| {
            let place = self.atlas.places.get(self.place);
            let named = place.filter(|place| place.units.len() <= MOST_NAMES);
            named.and_then(|place| place.units.get(unit)).map_or("00", |unit| unit.name.as_str())
        };
        let clear = |(unit, at)| TextBox::clear_of(&stations, name(unit), at, (NAMES, STATION));
        let units = self.plate.units.iter().enumerate();
        units.map(|(unit, drawn)| Some(clear((unit, drawn.inside?)))).collect()
    }

    /// Names where few enough, else numbers, with a white edge that keeps them readable on any colour. A page shows the
    /// numbers instead of names where it is narrow.
    pub fn draw_names(&self, svg: &mut Svg, of_page: bool) {
        let Some(place) = self.atlas.places.get(self.place) else { return };
        let named = place.units.len() <= MOST_NAMES;
        let texts = |unit: usize| {
            if named { place.units[unit].name.clone() } else { (unit + 1).to_string() }
        };
        let anchors = self.anchors();
        draw_texts(svg, &anchors, ("names", NAMES), &texts);
        if named && of_page {
            draw_texts(svg, &anchors, ("numbers", 26.0), &|unit| (unit + 1).to_string());
        }
    }

    /// The names of the sub-areas where they do not fit, in the order of their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = &str> {
        let place = self.atlas.places.get(self.place);
        let units = place.map(|place| place.units.as_slice()).unwrap_or_default();
        let units = if units.len() > MOST_NAMES { units } else { &[] };
        units.iter().map(|unit| unit.name.as_str())
    }

    /// Whether a sub-area of the place has no figure, an estimated one, an uncertain one.
    pub fn occurring(&self) -> [bool; 3] {
        let units = 0..self.plate.units.len();
        let has = |test: &dyn Fn(Option<&Figure>) -> bool| {
            units.clone().any(|unit| test(self.figure(unit)))
        };
        let status = |wanted: ObsStatus| {
            move |figure: Option<&Figure>| figure.is_some_and(|f| f.status == wanted)
        };
        [
            has(&|figure| figure.is_none_or(|figure| figure.value.is_none())),
            has(&status(ObsStatus::E)),
            has(&status(ObsStatus::U)),
        ]
    }

    /// Title of the map for those who cannot see it.
    pub fn title(&self) -> String {
        let place = self.atlas.places.get(self.place).map_or("", |place| place.name.as_str());
        self.words.fill("maps.of", &[place, &self.topic.label])
    }

    /// The lowest and the highest value, in a sentence.
    pub fn described(&self) -> String {
        let words = self.words;
        let Some(place) = self.atlas.places.get(self.place) else { return String::new() };
        let value = |unit: usize| Some((self.figure(unit)?.value?, unit));
        let valued: Vec<(f64, usize)> = (0..place.units.len()).filter_map(value).collect();
        let lowest = valued.iter().copied().reduce(|a, b| if b.0 < a.0 { b } else { a });
        let highest = valued.iter().copied().reduce(|a, b| if b.0 > a.0 { b } else { a });
        let Some(((_, low), (_, high))) = lowest.zip(highest) else {
            return words.get("maps.described_none").to_owned();
        };
        let name = |unit: usize| place.units.get(unit).map_or("", |unit| unit.name.as_str());
        if low == high {
            return words.fill("maps.described_one", &[&self.reading(low), name(low)]);
        }
        words.fill(
            "maps.described",
            &[&self.reading(low), name(low), &self.reading(high), name(high)],
        )
    }
}

/// The mark of a status at a place; none for plain figures.
pub(super) fn draw_mark(svg: &mut Svg, status: ObsStatus, (x, y): (f64, f64)) {
    let paint: [(&str, &dyn std::fmt::Display); 3] =
        [("fill", &"#ffffff"), ("stroke", &INK), ("stroke-width", &1.2)];
    match status {
        ObsStatus::E => {
            let round: [(&str, &dyn std::fmt::Display); 3] =
                [("cx", &px(x)), ("cy", &px(y)), ("r", &3.2)];
            svg.leaf("circle", &[round, paint].concat());
        }
        ObsStatus::U => {
            let path = format!("M{} {}l4 7h-8z", px(x), px(y - 4.0));
            svg.leaf(
                "path",
                &[[("d", &path as &dyn std::fmt::Display)].as_slice(), &paint].concat(),
            );
        }
        _ => {}
    }
}

/// A text in each sub-area, with a white edge that keeps it readable on any colour.
pub(super) fn draw_texts(
    svg: &mut Svg,
    anchors: &[Option<Spot>],
    (class, size): (&str, f64),
    text: &dyn Fn(usize) -> String,
) {
    svg.open(
        "g",
        &[
            ("class", &class),
            ("font-size", &size),
            ("text-anchor", &"middle"),
            ("fill", &INK),
            ("stroke", &"#ffffff"),
            ("stroke-width", &(size / 4.0)),
            ("stroke-linejoin", &"round"),
            ("paint-order", &"stroke"),
        ],
    );
    for (unit, anchor) in anchors.iter().enumerate() {
        let Some((x, y)) = anchor else { continue };
        svg.text("text", &[("x", &px(*x)), ("y", &px(y + size / 3.0))], &text(unit));
    }
    svg.close("g");
}

/// A scale bar with its length, its lower left corner there.
pub(super) fn draw_scale_bar(svg: &mut Svg, plate: &Plate, words: Words, (x, y): (f64, f64)) {
    let metres = plate.view.bar_m(plate.width.max(240.0) / 4.0);
    let length = metres * plate.view.px_per_m;
    let path = format!("M{} {}v4h{}v-4", px(x), px(y - 4.0), px(length));
    svg.leaf("path", &[("d", &path), ("fill", &"none"), ("stroke", &INK), ("stroke-width", &1)]);
    let shown = |key: &str, value: f64| words.fill(key, &[&number(value, 0, words.0)]);
    let text = if metres >= 1000.0 {
        shown("maps.km", metres / 1000.0)
    } else {
        shown("maps.metres", metres)
    };
    svg.text(
        "text",
        &[("x", &px(x + length + 6.0)), ("y", &px(y + 1.0)), ("font-size", &12), ("fill", &INK)],
        &text,
    );
}

/// A station: a dark square with a white edge.
pub(super) fn draw_station(svg: &mut Svg, (x, y): (f64, f64)) {
    svg.leaf(
        "rect",
        &[
            ("x", &px(x - 3.5)),
            ("y", &px(y - 3.5)),
            ("width", &7),
            ("height", &7),
            ("fill", &INK),
            ("stroke", &"#ffffff"),
            ("stroke-width", &1.5),
        ],
    );
}

/// What a class of a legend says: its name, or its lowest and highest value.
pub(super) fn class_text(class: &Class, unit_id: &str, lang: Lang) -> String {
    let show = |value: f64| amount(value, unit_id, lang);
    match &class.name {
        Some(name) => name.clone(),
        None if show(class.lowest) == show(class.highest) => show(class.lowest),
        None => format!("{}–{}", show(class.lowest), show(class.highest)),
    }
}

/// The unit under a map's title, with a capital letter; nothing for classes.
pub(super) fn unit_line(unit_id: &str, lang: Lang) -> String {
    if unit_id == "class" {
        return String::new();
    }
    let text = unit_text(unit_id, lang);
    let mut letters = text.chars();
    let first = letters.next().filter(|_| text.chars().count() > 2).map(char::to_uppercase);
    first.map_or(text.clone(), |first| first.chain(letters).collect())
}
