//! The table of services as commands take it, and its words for readers.

use std::path::Path;

use super::Global;
use crate::Error;
use crate::formats;
use crate::model::Lang;
use crate::sources::ServiceTable;

/// The table in that file, or the built-in one.
pub fn table(file: Option<&Path>) -> Result<ServiceTable, Error> {
    Ok(match file {
        None => ServiceTable::built_in()?,
        Some(file) => ServiceTable::parse(&String::from_utf8_lossy(&formats::read(file)?))?,
    })
}

/// The kind of service that an indicator of way or time leads to.
pub fn kind(indicator: &str) -> Option<&str> {
    let metres = indicator.strip_prefix("distance_nearest_").and_then(|s| s.strip_suffix("_m"));
    let minutes = || indicator.strip_prefix("access_nearest_").and_then(|s| s.strip_suffix("_min"));
    metres.or_else(minutes)
}

/// What a reader calls the way to a category of the table; nothing for other kinds.
pub fn label(global: &Global, services: &ServiceTable, indicator: &str) -> Option<String> {
    let kind = kind(indicator)?;
    let category = services.categories().iter().find(|category| category.id == kind)?;
    let to = category.label.get(global.lang());
    Some(match (global.lang(), indicator.starts_with("access_")) {
        (Lang::En, true) => format!("Walk to the nearest: {to}"),
        (Lang::En, false) => format!("Way to the nearest: {to}"),
        (Lang::Sv, true) => format!("Gångtid till närmaste: {to}"),
        (Lang::Sv, false) => format!("Väg till närmaste: {to}"),
    })
}
