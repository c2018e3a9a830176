//! Who does what in the area: what is shown of them, and the map of their places.

use geo::Point;

use super::map::{FOOT, INK, Spot, TextBox, draw_scale_bar, draw_texts, shape_id};
use super::plate::Plate;
use super::svg::{Svg, px};
use super::{Figure, Place, Words};

/// Radius of a numbered disc, and how far apart two of them stand at least.
const RADIUS: f64 = 12.0;
const APART: f64 = 2.0 * RADIUS + 1.0;
/// More places are dots without a number: discs would hide the map.
const MOST_NUMBERED: usize = 60;
const DOT: f64 = 4.0;
/// Size of the names of sub-areas.
const NAMES: f64 = 11.0;
const OWN: &str = "#7a1f5c";
const GROUND: &str = "#e6eaee";
/// Rings on which a disc looks for room beside its place, and steps around each.
const RINGS: u32 = 6;
const STEPS: u32 = 12;

/// Who does what in an area, and what arenas try there.
#[derive(Debug, Clone, Default)]
pub struct Actors {
    /// Whether the data hold a register at all.
    pub known: bool,
    /// The year that the registers describe, and that of the residents.
    pub year: Option<i32>,
    pub residents_year: Option<i32>,
    pub listed: Vec<Actor>,
    /// Of all actors, then of each theme.
    pub counts: Vec<ActorCount>,
    /// Names of the sub-areas that have none of any theme.
    pub without_any: Vec<String>,
    /// Names of those that are counted apart and may be one and the same.
    pub doubles: Vec<(String, String)>,
    pub measures: Vec<ArenaMeasure>,
}

/// An organisation of a register.
#[derive(Debug, Clone)]
pub struct Actor {
    pub name: String,
    pub kind: String,
    pub themes: Vec<String>,
    pub activity: Option<String>,
    pub link: Option<String>,
    pub confirmed: bool,
    /// Whether it is counted, and why not.
    pub status: String,
    /// What place it is known for, and how.
    pub place: String,
    pub placed_by: Option<String>,
    pub source: String,
    pub standing: Standing,
}

/// Where an actor is, seen from the area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// On the plane of the sub-areas.
    At(Point<f64>),
    Area,
    AllAreas,
    Unknown,
}

/// How many there are of a theme.
#[derive(Debug, Clone)]
pub struct ActorCount {
    pub theme: String,
    pub count: Option<Figure>,
    /// Per 1,000 residents.
    pub rate: Option<Figure>,
    /// Where there is none, in a sentence.
    pub none: Option<String>,
}

/// A measure that an arena proposes or tests.
#[derive(Debug, Clone)]
pub struct ArenaMeasure {
    pub name: String,
    pub theme: String,
    pub stage: String,
    pub start: String,
    pub indicator: String,
    pub direction: String,
    /// The change that is expected, in the indicator's unit.
    pub change: Option<f64>,
}

impl Actors {
    /// Those with a place, in the order of their numbers.
    pub(super) fn placed(&self) -> impl Iterator<Item = (&Actor, Point<f64>)> {
        self.listed.iter().filter_map(|actor| match actor.standing {
            Standing::At(point) => Some((actor, point)),
            _ => None,
        })
    }

    /// The others of a kind.
    pub(super) fn standing(&self, standing: Standing) -> impl Iterator<Item = &Actor> {
        self.listed.iter().filter(move |actor| actor.standing == standing)
    }
}

/// The map: sub-areas in one pale colour, a numbered disc an actor, filled where someone has confirmed it.
pub(super) fn draw(
    actors: &Actors,
    (at, area, plate): (usize, &Place, &Plate),
    label: &str,
    words: Words,
) -> String {
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(plate.width), px(plate.height + FOOT));
    svg.open(
        "svg",
        &[("viewBox", &view), ("role", &"img"), ("aria-label", &label), ("class", &"places")],
    );
    svg.open(
        "g",
        &[
            ("fill", &GROUND),
            ("stroke", &"#8a949e"),
            ("stroke-width", &0.8),
            ("fill-rule", &"evenodd"),
        ],
    );
    for unit in 0..plate.units.len() {
        svg.leaf("use", &[("href", &format!("#{}", shape_id(at, unit)))]);
    }
    svg.close("g");
    let name =
        |unit: usize| area.units.get(unit).map_or_else(String::new, |unit| unit.name.clone());
    let placed: Vec<(&Actor, Spot)> =
        actors.placed().map(|(actor, point)| (actor, plate.view.at(point.0))).collect();
    let spots: Vec<Spot> = placed.iter().map(|(_, spot)| *spot).collect();
    let units = plate.units.iter().enumerate();
    let anchors: Vec<Option<Spot>> = units
        .map(|(unit, drawn)| {
            Some(TextBox::clear_of(&spots, &name(unit), drawn.inside?, (NAMES, DOT)))
        })
        .collect();
    draw_texts(&mut svg, &anchors, ("names", NAMES), &name);
    if placed.len() > MOST_NUMBERED {
        for (actor, spot) in placed {
            draw_disc(&mut svg, spot, DOT, actor.confirmed);
        }
    } else {
        let names = anchors.iter().enumerate();
        let names = names.filter_map(|(unit, at)| Some(TextBox::new(&name(unit), (*at)?, NAMES)));
        let discs = settled(&spots, &names.collect::<Vec<_>>(), (plate.width, plate.height));
        // Lines lie below all discs, so that none crosses a number.
        for (spot, disc) in spots.iter().zip(&discs).filter(|(spot, disc)| spot != disc) {
            draw_lead(&mut svg, *spot, *disc);
        }
        for (number, ((actor, _), disc)) in placed.iter().zip(discs).enumerate() {
            draw_numbered(&mut svg, disc, (number + 1, actor.confirmed));
        }
    }
    draw_scale_bar(&mut svg, plate, words, (10.0, plate.height + 20.0));
    svg.close("svg");
    svg.finish()
}

/// A disc as it stands in the legend.
pub(super) fn sample(confirmed: bool) -> String {
    let mut svg = Svg::default();
    svg.open("svg", &[("viewBox", &"0 0 24 16"), ("class", &"swatch"), ("aria-hidden", &"true")]);
    draw_disc(&mut svg, (12.0, 8.0), 6.5, confirmed);
    svg.close("svg");
    svg.finish()
}

fn draw_disc(svg: &mut Svg, (x, y): (f64, f64), radius: f64, confirmed: bool) {
    let (fill, dashes) = if confirmed { (OWN, "none") } else { ("#ffffff", "3 2") };
    svg.leaf(
        "circle",
        &[
            ("cx", &px(x)),
            ("cy", &px(y)),
            ("r", &px(radius)),
            ("fill", &fill),
            ("stroke", &OWN),
            ("stroke-width", &1.5),
            ("stroke-dasharray", &dashes),
        ],
    );
}

/// The place of a disc that stands beside it, and a line from there to the disc.
fn draw_lead(svg: &mut Svg, (x, y): Spot, disc: Spot) {
    let line = format!("M{} {}L{} {}", px(x), px(y), px(disc.0), px(disc.1));
    svg.leaf("path", &[("d", &line), ("stroke", &INK), ("stroke-width", &1), ("fill", &"none")]);
    svg.leaf("circle", &[("cx", &px(x)), ("cy", &px(y)), ("r", &2.5), ("fill", &INK)]);
}

/// A disc with its number.
fn draw_numbered(svg: &mut Svg, disc: Spot, (number, confirmed): (usize, bool)) {
    draw_disc(svg, disc, RADIUS, confirmed);
    let ink = if confirmed { "#ffffff" } else { INK };
    svg.text(
        "text",
        &[
            ("x", &px(disc.0)),
            ("y", &px(disc.1 + 4.5)),
            ("font-size", &13),
            ("font-weight", &"bold"),
            ("text-anchor", &"middle"),
            ("fill", &ink),
        ],
        &number.to_string(),
    );
}

/// Where discs stand so that none hides another, the place of another, or a name: at their places where there is room,
/// else as near as may be; over a name before over another disc.
fn settled(spots: &[Spot], names: &[TextBox], (width, height): (f64, f64)) -> Vec<Spot> {
    let mut discs: Vec<Spot> = Vec::with_capacity(spots.len());
    for (row, &(x, y)) in spots.iter().enumerate() {
        let around = (1..=RINGS).flat_map(|ring| {
            (0..STEPS * ring).map(move |step| {
                let turn = std::f64::consts::TAU * f64::from(step) / f64::from(STEPS * ring);
                let far = APART * f64::from(ring);
                (x + far * turn.cos(), y + far * turn.sin())
            })
        });
        let apart = |a: &Spot, b: &Spot, least: f64| (a.0 - b.0).hypot(a.1 - b.1) >= least - 1e-9;
        let free = |spot: &Spot| discs.iter().all(|disc| apart(disc, spot, APART));
        let within = |spot: &Spot| {
            (RADIUS..=width - RADIUS).contains(&spot.0)
                && (RADIUS..=height - RADIUS).contains(&spot.1)
        };
        let clear = |spot: &Spot| {
            let others = spots.iter().enumerate().filter(|(other, _)| *other != row);
            names.iter().all(|name| name.distance(*spot) > RADIUS + 1.0)
                && others
                    .into_iter()
                    .all(|(_, other)| apart(other, spot, RADIUS + 3.0) || *other == (x, y))
        };
        let wanted = || std::iter::once((x, y)).chain(around.clone().filter(within));
        let found = wanted().find(|spot| free(spot) && clear(spot)).or_else(|| wanted().find(free));
        discs.push(found.unwrap_or((x, y)));
    }
    discs
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::super::plate::tests::{square, unit};
    use super::*;
    use crate::model::Lang;

    fn actor(name: &str, standing: Standing, confirmed: bool) -> Actor {
        Actor {
            name: name.to_owned(),
            kind: "Association".to_owned(),
            themes: Vec::new(),
            activity: None,
            link: None,
            confirmed,
            status: String::new(),
            place: String::new(),
            placed_by: None,
            source: String::new(),
            standing,
        }
    }

    #[test]
    fn a_disc_stands_at_its_place_and_a_second_one_beside_it() {
        let settled = |spots: &[Spot]| settled(spots, &[], (640.0, 560.0));
        let discs = settled(&[(100.0, 100.0), (100.0, 100.0), (200.0, 100.0)]);
        assert_eq!(discs, [(100.0, 100.0), (100.0 + APART, 100.0), (200.0, 100.0)]);
        let crowd = settled(&[(300.0, 300.0); 40]);
        for (row, one) in crowd.iter().enumerate() {
            for other in &crowd[row + 1..] {
                assert!((one.0 - other.0).hypot(one.1 - other.1) >= APART - 1e-6);
            }
        }
    }

    #[test]
    fn only_what_has_a_place_is_drawn_and_numbered_in_order() {
        let units = vec![unit("West", square(0.0, 0.0)), unit("East", square(1000.0, 0.0))];
        let town = Place { id: "a".to_owned(), name: "A".to_owned(), units, stations: Vec::new() };
        let plate = Plate::new(&town).unwrap();
        let at = |x: f64| Standing::At(Point::new(x, 500.0));
        let listed = vec![
            actor("one", at(200.0), true),
            actor("two", Standing::Area, true),
            actor("three", at(1500.0), false),
        ];
        let actors = Actors { listed, ..Actors::default() };
        let svg = draw(&actors, (0, &town, &plate), "<A>", Words(Lang::En));
        // 620 px for 2,000 m: 200 m at 72, 1,500 m at 475; the middle of the height at 165. The names stand at 165 and 475.
        // "East", 4 letters of 6.4 px, steps up by 11 for the place of the second, whose disc is clear of it on the first ring.
        assert!(svg.contains(r##"cx="72" cy="165" r="12" fill="#7a1f5c""##), "{svg}");
        assert!(svg.contains(r##"cx="500" cy="165" r="12" fill="#ffffff""##), "{svg}");
        assert!(svg.contains(r#"d="M475 165L500 165""#), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 3, "two discs and the place of the second");
        assert!(
            svg.contains(">1</text>") && svg.contains(">2</text>") && svg.contains("&lt;A&gt;")
        );
        assert!(svg.contains("#p0u1") && svg.contains(">East</text>"));
        assert_eq!(actors.standing(Standing::Area).count(), 1);
    }

    #[test]
    fn a_crowd_is_drawn_as_dots() {
        let town = Place {
            id: "a".to_owned(),
            name: "A".to_owned(),
            units: vec![unit("West", square(0.0, 0.0))],
            stations: Vec::new(),
        };
        let plate = Plate::new(&town).unwrap();
        let listed = vec![actor("one", Standing::At(Point::new(10.0, 10.0)), true); 61];
        let actors = Actors { listed, ..Actors::default() };
        let svg = draw(&actors, (0, &town, &plate), "A", Words(Lang::En));
        assert_eq!(svg.matches("<circle").count(), 61);
        assert!(!svg.contains(">1</text>"));
    }
}
