//! Symbols as their layers, each with the properties that differ from what QGIS takes without them.

use minijinja::{Value, context};

use crate::model::GeometryFamily;
use crate::publish::classes::MISSING;

/// Dark enough beside the lightest class, light enough beside the darkest.
const BORDER: &str = "#4d4d4d";
const INK: &str = "#262626";

/// What a symbol says.
#[derive(Clone, Copy)]
pub(super) enum Mark<'a> {
    /// A class, a kind: its colour.
    Colour(&'a str),
    Missing,
    Withheld,
    Estimated,
    Uncertain,
    /// Features that nobody has confirmed.
    Unconfirmed,
    Outline,
    /// A kind of points: colour, and shape in QGIS's word.
    Shape(&'a str, &'a str),
}

/// The symbol of a mark on shapes of a family.
pub(super) fn symbol(family: GeometryFamily, mark: Mark<'_>) -> Value {
    let (kind, layers) = match family {
        GeometryFamily::Polygon => ("fill", polygon(mark)),
        GeometryFamily::Line => ("line", vec![line(mark)]),
        GeometryFamily::Point => ("marker", vec![point(mark)]),
    };
    context! { kind, layers }
}

/// The paper of a printed map.
pub(super) fn paper() -> Value {
    let white = layer("SimpleFill", [("color", "#ffffff"), ("outline_style", "no")], None);
    context! { kind => "fill", layers => vec![white] }
}

fn polygon(mark: Mark<'_>) -> Vec<Value> {
    match mark {
        Mark::Colour(colour) | Mark::Shape(colour, _) => vec![fill(colour)],
        Mark::Missing => vec![fill(MISSING), hatch(45)],
        Mark::Withheld => vec![fill(MISSING), hatch(45), hatch(135)],
        Mark::Estimated => vec![dots("circle", "0.9")],
        Mark::Uncertain | Mark::Unconfirmed => vec![dots("cross_fill", "1.7")],
        Mark::Outline => vec![stroke("#1a1a1a", "0.8", "solid")],
    }
}

fn line(mark: Mark<'_>) -> Value {
    match mark {
        Mark::Colour(colour) | Mark::Shape(colour, _) => stroke(colour, "0.9", "solid"),
        Mark::Missing | Mark::Withheld => stroke("#8c8c8c", "0.6", "dot"),
        Mark::Estimated | Mark::Uncertain | Mark::Unconfirmed => stroke(INK, "0.2", "dash"),
        Mark::Outline => stroke("#1a1a1a", "0.8", "solid"),
    }
}

fn point(mark: Mark<'_>) -> Value {
    match mark {
        Mark::Colour(colour) => marker("circle", colour, "3"),
        Mark::Shape(colour, shape) => marker(shape, colour, "3.4"),
        Mark::Missing | Mark::Withheld => marker("diamond", MISSING, "2"),
        Mark::Estimated => marker("circle", INK, "0.7"),
        Mark::Uncertain => marker("cross_fill", INK, "1.2"),
        // As large as the kind below it: it is looked for in the legend by itself.
        Mark::Unconfirmed => marker("cross_fill", INK, "3"),
        Mark::Outline => marker("circle", "#ffffff", "2"),
    }
}

fn layer<const N: usize>(class: &str, options: [(&str, &str); N], inner: Option<Value>) -> Value {
    let options: Vec<Value> =
        options.into_iter().map(|(name, value)| context! { name, value }).collect();
    context! { class, options, inner }
}

fn fill(colour: &str) -> Value {
    let options = [
        ("color", colour),
        ("style", "solid"),
        ("outline_color", BORDER),
        ("outline_style", "solid"),
        ("outline_width", "0.2"),
        ("outline_width_unit", "MM"),
    ];
    layer("SimpleFill", options, None)
}

fn stroke(colour: &str, width: &str, style: &str) -> Value {
    let options = [
        ("line_color", colour),
        ("line_width", width),
        ("line_width_unit", "MM"),
        ("line_style", style),
        ("joinstyle", "round"),
        ("capstyle", "round"),
    ];
    layer("SimpleLine", options, None)
}

fn hatch(angle: u32) -> Value {
    let line = context! { kind => "line", layers => vec![stroke("#737373", "0.25", "solid")] };
    let angle = angle.to_string();
    let options = [("angle", angle.as_str()), ("distance", "1.8"), ("distance_unit", "MM")];
    layer("LinePatternFill", options, Some(line))
}

/// Dots with a light rim, seen on light and on dark.
fn dots(shape: &str, size: &str) -> Value {
    let dot = context! { kind => "marker", layers => vec![marker(shape, INK, size)] };
    let options = [
        ("distance_x", "3.5"),
        ("distance_x_unit", "MM"),
        ("distance_y", "3.5"),
        ("distance_y_unit", "MM"),
        ("displacement_x", "1.75"),
        ("displacement_x_unit", "MM"),
    ];
    layer("PointPatternFill", options, Some(dot))
}

fn marker(shape: &str, colour: &str, size: &str) -> Value {
    let options = [
        ("name", shape),
        ("color", colour),
        ("outline_color", "#ffffff"),
        ("outline_style", "solid"),
        ("outline_width", "0.3"),
        ("outline_width_unit", "MM"),
        ("size", size),
        ("size_unit", "MM"),
    ];
    layer("SimpleMarker", options, None)
}
