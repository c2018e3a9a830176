//! The table of services as commands take it, and its words for readers.

use std::path::Path;

pub use crate::indicators::kind_of_way as kind;

use super::Global;
use crate::Error;
use crate::formats;
use crate::indicators::way_label;
use crate::sources::ServiceTable;

/// The table in that file, or the built-in one.
pub fn table(file: Option<&Path>) -> Result<ServiceTable, Error> {
    Ok(match file {
        None => ServiceTable::built_in()?,
        Some(file) => ServiceTable::parse(&String::from_utf8_lossy(&formats::read(file)?))?,
    })
}

/// What a reader calls the way to a category of the table, or to a station; nothing for other indicators.
pub fn label(global: &Global, services: &ServiceTable, indicator: &str) -> Option<String> {
    Some(way_label(Some(services), indicator)?.get(global.lang()).to_owned())
}
