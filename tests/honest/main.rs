//! Exposures, standardised rates, agreement, equity and priority, as a user meets them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, clippy::float_cmp)]

#[path = "../common/mod.rs"]
mod common;
mod exposures;
#[path = "../common/folder.rs"]
mod folder;
mod headings;
mod priority;
mod rates;
mod sources;

use serde_json::Value;

fn near(found: &Value, known: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "{found} is not {known}");
}
