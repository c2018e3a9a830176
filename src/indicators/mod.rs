//! Measuring: what the tables say about an area, its units and what they are compared with.
//!
//! Every value is worked out for a [`Target`], a set of units: the area, each of its units, the municipalities they
//! lie in. The same code serves all of them.

pub mod actors;
mod derived;
mod disclosed;
mod figures;
mod labels;
mod population;
mod sample;
mod spatial;
mod target;
mod unit_tables;

pub use derived::{Derived, derived};
pub use disclosed::REDRAWN;
pub use labels::{definition, kind_of_ride, kind_of_way, name};
pub use population::age_range;
pub use spatial::{Spatial, measure_spatial};
pub use target::{Member, Target, Weights};

use crate::areas::ComposedArea;
use crate::model::{Dataset, Layout, ModelError, Observation};
use crate::sources::{Data, UnitGeography};

/// What measuring an area gave.
#[derive(Debug, Default)]
pub struct Measured {
    pub rows: Vec<Observation>,
    /// What a reader of the numbers must know: partial totals, missing years.
    pub warnings: Vec<String>,
}

/// The area at hand and the data around it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub data: &'a Data,
    pub area: &'a ComposedArea,
    pub units: &'a UnitGeography,
    pub weights: &'a Weights,
}

/// Whether a baseline of units of that division can rest on a data set: a table or a division of others says nothing of
/// them.
#[must_use]
pub fn serves(dataset: &Dataset, geography: &str) -> bool {
    match dataset.layout {
        Layout::Areas => dataset.geography == geography,
        Layout::Units => dataset.joins() == geography || dataset.geography == "municipality",
        _ => true,
    }
}

/// Measures everything that tables and figures say about the area.
///
/// # Errors
/// [`ModelError`] for a table that does not fit its catalogue entry.
pub fn measure(context: Context<'_>) -> Result<Measured, ModelError> {
    let targets = target::targets(&context);
    let mut measured = Measured::default();
    for table in &context.data.tables {
        if table.dataset.derive.as_deref() == Some("demography") {
            population::measure(&context, table, &targets, &mut measured)?;
        } else {
            unit_tables::measure(&context, table, &targets, &mut measured)?;
        }
    }
    figures::measure(&context, &mut measured);
    Ok(measured)
}
