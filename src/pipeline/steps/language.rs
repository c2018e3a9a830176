//! The language of what readers see of a file: names of columns, legends, map tips, metadata.

use crate::model::Lang;
use crate::pipeline::file::{Key, Shape, Values};

pub(super) const KEYS: &[Key] = &[Key::new(
    "lang",
    Shape::Choice(&["en", "sv"]),
    "the language of styles and metadata in a GeoPackage; en without it",
)];

pub(super) fn lang(values: &Values) -> Lang {
    if values.text("lang") == Some("sv") { Lang::Sv } else { Lang::En }
}
