//! The table of services as commands take it.

use std::path::Path;

use crate::Error;
use crate::formats;
use crate::sources::ServiceTable;

/// The table in that file, or the built-in one.
pub fn table(file: Option<&Path>) -> Result<ServiceTable, Error> {
    Ok(match file {
        None => ServiceTable::built_in()?,
        Some(file) => ServiceTable::parse(&String::from_utf8_lossy(&formats::read(file)?))?,
    })
}
