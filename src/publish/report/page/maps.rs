//! The maps of a page: the large one with its table, the small ones beside it, all areas in figures.

use minijinja::{Value, context};

use super::super::map::{
    FOOT, Shapes, Sheet, class_text, define_hatching, draw_mark, draw_scale_bar, draw_station,
    shape_id, unit_line,
};
use super::super::model::Class;
use super::super::svg::{Svg, px};
use super::super::{Figure, Topic};
use super::{Page, list, safe};
use crate::model::ObsStatus;

impl Page<'_> {
    /// Every shape once; maps refer to them.
    pub(super) fn definitions(&self) -> String {
        let mut svg = Svg::default();
        define_hatching(&mut svg);
        for (place, plate) in self.plates.iter().enumerate() {
            for (unit, drawn) in plate.iter().flat_map(|plate| plate.units.iter().enumerate()) {
                svg.leaf("path", &[("id", &shape_id(place, unit)), ("d", &drawn.path)]);
            }
        }
        svg.finish()
    }

    fn sheet(&self, place: usize, topic: usize) -> Option<Sheet<'_>> {
        Some(Sheet {
            place,
            plate: self.plates.get(place)?.as_ref()?,
            atlas: self.report.atlas,
            topic: self.report.atlas.topics.get(topic)?,
            classes: self.classes.get(topic)?,
            words: self.words,
        })
    }

    pub(super) fn map(&self, at: usize) -> Value {
        let (report, words) = (self.report, self.words);
        let (Some(sheet), Some(topic)) = (self.sheet(report.own, at), report.atlas.topics.get(at))
        else {
            return Value::UNDEFINED;
        };
        let others = (0..report.atlas.places.len()).filter(|place| *place != report.own);
        let small = others.filter_map(|place| {
            let sheet = self.sheet(place, at)?;
            let whole = topic.whole.get(place).and_then(Option::as_ref);
            Some(context! {
                svg => safe(small_map(&sheet)),
                name => self.name(place),
                value => whole.map(|whole| whole.text(words)),
            })
        });
        let whole = topic.whole.get(report.own).and_then(Option::as_ref);
        let year = topic.year.map(|year| year.to_string());
        context! {
            id => topic.id.as_str(),
            label => topic.label.as_str(),
            unit => unit_line(&topic.unit, words.0),
            year => year.unwrap_or_else(|| words.get("maps.year_unknown").to_owned()),
            means => topic.means.as_deref(),
            svg => safe(large_map(&sheet)),
            described => sheet.described(),
            legend => self.legend(&sheet),
            rows => list((0..sheet.plate.units.len()).map(|unit| self.cell(&sheet, unit))),
            marked => sheet.occurring()[1..].contains(&true),
            whole => whole.map(|whole| whole.short(words)),
            whole_label => words.fill("maps.whole", &[self.name(report.own)]),
            city => report.city.as_deref().zip(topic.city.as_ref().map(|city| city.short(words)))
                .map(|(name, value)| list([Value::from(name), Value::from(value)].into_iter())),
            caption => words.fill("maps.values_of", &[&topic.label]),
            source => words.fill("maps.source", &[&topic.source]),
            small => list(small),
        }
    }

    fn cell(&self, sheet: &Sheet<'_>, unit: usize) -> Value {
        let figure = sheet.topic.cells.get(sheet.place).and_then(|cells| cells.get(unit)?.as_ref());
        let units = &self.report.atlas.places[sheet.place].units;
        context! {
            number => unit + 1,
            name => units[unit].name.as_str(),
            value => sheet.value(unit),
            sort => figure.and_then(|figure| figure.value),
            status => figure.and_then(|figure| self.marked(figure)).unwrap_or_default(),
        }
    }

    fn legend(&self, sheet: &Sheet<'_>) -> Value {
        let words = self.words;
        let entry = |svg: String, text: String| context! { svg => safe(svg), text => text };
        let class = |class: &Class| {
            entry(swatch(&class.colour), class_text(class, &sheet.topic.unit, words.0))
        };
        let mut entries: Vec<Value> = sheet.classes.iter().map(class).collect();
        let [_, estimated, uncertain] = sheet.occurring();
        // The small maps beside it share the legend.
        let topic = self.report.atlas.topics.iter().position(|topic| topic.id == sheet.topic.id);
        let mut places = 0..self.report.atlas.places.len();
        let missing = |place: usize| Some(self.sheet(place, topic?)?.occurring()[0]);
        if places.any(|place| missing(place).unwrap_or(false)) {
            entries.push(entry(swatch("url(#hatch)"), words.get("maps.missing").to_owned()));
        }
        for (occurs, status, key) in [
            (estimated, ObsStatus::E, "maps.estimated"),
            (uncertain, ObsStatus::U, "maps.uncertain"),
        ] {
            if occurs {
                let mark = symbol(|svg| draw_mark(svg, status, (12.0, 8.0)));
                entries.push(entry(mark, words.get(key).to_owned()));
            }
        }
        if sheet.topic.stations.is_some() {
            let mark = symbol(|svg| draw_station(svg, (12.0, 8.0)));
            entries.push(entry(mark, words.get("maps.station").to_owned()));
        }
        Value::from(entries)
    }

    /// A topic over all places; nothing for one that has no figure of any as a whole.
    pub(super) fn across(&self, topic: &Topic) -> Option<Value> {
        let none = || self.words.get("beside.none").to_owned();
        let cell = |figure: &Option<Figure>| {
            Value::from(figure.as_ref().map_or_else(none, |figure| figure.short(self.words)))
        };
        let known = topic.whole.iter().any(Option::is_some);
        known.then(|| {
            context! {
                label => topic.label.as_str(),
                unit => self.unit_beside(&topic.unit),
                year => topic.year,
                cells => list(topic.whole.iter().map(cell)),
                city => cell(&topic.city),
            }
        })
    }
}

fn large_map(sheet: &Sheet<'_>) -> String {
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(sheet.plate.width), px(sheet.plate.height + FOOT));
    let label = format!("{}. {}", sheet.title(), sheet.described());
    svg.open(
        "svg",
        &[("viewBox", &view), ("role", &"img"), ("aria-label", &label), ("class", &"large")],
    );
    sheet.draw_units(&mut svg, Shapes::Defined, true);
    svg.open("g", &[("class", &"over")]);
    sheet.draw_stations(&mut svg);
    sheet.draw_marks(&mut svg);
    sheet.draw_names(&mut svg, true);
    draw_scale_bar(&mut svg, sheet.plate, sheet.words, (10.0, sheet.plate.height + 20.0));
    svg.close("g");
    svg.close("svg");
    svg.finish()
}

fn small_map(sheet: &Sheet<'_>) -> String {
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(sheet.plate.width), px(sheet.plate.height));
    let label = format!("{}. {}", sheet.title(), sheet.described());
    svg.open(
        "svg",
        &[("viewBox", &view), ("role", &"img"), ("aria-label", &label), ("class", &"small")],
    );
    sheet.draw_units(&mut svg, Shapes::Defined, false);
    svg.close("svg");
    svg.finish()
}

fn swatch(fill: &str) -> String {
    symbol(|svg| {
        svg.leaf(
            "rect",
            &[
                ("x", &0.5),
                ("y", &0.5),
                ("width", &23),
                ("height", &15),
                ("fill", &fill),
                ("stroke", &"#8a949e"),
            ],
        );
    })
}

fn symbol(draw: impl FnOnce(&mut Svg)) -> String {
    let mut svg = Svg::default();
    svg.open("svg", &[("viewBox", &"0 0 24 16"), ("class", &"swatch"), ("aria-hidden", &"true")]);
    draw(&mut svg);
    svg.close("svg");
    svg.finish()
}
