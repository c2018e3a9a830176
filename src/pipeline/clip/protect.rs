//! Small counts of what was cut are withheld, and what would give them away.

use polars::prelude::{DataFrame, PolarsResult};

use super::{Carried, Cut};
use crate::model::ObsStatus;
use crate::pipeline::PipelineError;
use crate::pipeline::withheld::{
    Counts, Hidden, any_of, decide, drop_unnamed, empty, is_beside, note, status,
};
use crate::publish::Withheld;

/// The columns of which something is known.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub counts: &'a [String],
    pub rates: &'a [String],
    /// Identifiers and other numbers that count nobody.
    pub keep: &'a [String],
}

/// Withholds counts below a threshold, the next smallest where their sum would tell them, and the rates of their features;
/// what was cut to several areas is decided on together. A column of numbers that is not named could be such a count, or
/// tell one: it is left out.
///
/// # Errors
/// [`PipelineError::Frame`] for a column of statuses that holds no texts.
pub fn protect(cuts: &mut [Cut], named: Named<'_>, threshold: f64) -> Result<(), PipelineError> {
    let mut hidden: Vec<Vec<Hidden>> = Vec::new();
    for column in named.counts {
        let all: Vec<Counts> = cuts.iter().map(|cut| Counts::of(&cut.layer, column)).collect();
        hidden.push(decide(&all, threshold));
    }
    for (at, cut) in cuts.iter_mut().enumerate() {
        let of_cut: Vec<&Hidden> = hidden.iter().map(|column| &column[at]).collect();
        let fault = |source| PipelineError::Frame { table: cut.layer.name().to_owned(), source };
        let frame = without(cut.layer.frame(), named, &of_cut).map_err(fault)?;
        let is_named = |name: &str| {
            let mut known = named.counts.iter().chain(named.rates);
            name == "clip_share"
                || named.keep.iter().any(|keep| keep == name)
                || known.any(|known| is_beside(name, known))
        };
        let (frame, dropped) = drop_unnamed(&frame, &is_named);
        cut.layer = cut.layer.clone().with_frame(frame)?;
        let mut counted = [0, 0];
        for (carried, hidden) in cut.report.carried.iter_mut().zip(&of_cut) {
            let [small, beside] = hidden.counted();
            counted = [counted[0] + small, counted[1] + beside];
            carried.withhold(hidden);
        }
        cut.report.notes.extend(note(counted, threshold));
        cut.report.notes.extend(dropped);
    }
    Ok(())
}

fn without(frame: &DataFrame, named: Named<'_>, hidden: &[&Hidden]) -> PolarsResult<DataFrame> {
    let mut frame = frame.clone();
    for (column, hidden) in named.counts.iter().zip(hidden) {
        hidden.hide(&mut frame, column, &[])?;
    }
    let rows = any_of(hidden);
    for rate in named.rates.iter().filter(|_| !hidden.is_empty()) {
        for column in [rate.clone(), format!("{rate}_lower"), format!("{rate}_upper")] {
            if frame.column(&column).is_ok() {
                empty(&mut frame, &column, &rows)?;
            }
        }
        status(&mut frame, rate, &rows)?;
    }
    Ok(frame)
}

impl Carried {
    /// A sum that would tell a count is withheld as well, and the uncut sum wherever anything is: it is another sum over
    /// nearly the same counts.
    fn withhold(&mut self, hidden: &Hidden) {
        if hidden.counted() != [0, 0] {
            self.mostly_inside = None;
        }
        let Some(why) = hidden.total else { return };
        (self.value, self.share_of_total, self.mostly_inside) = (None, None, None);
        let small = why == Withheld::Small;
        (self.lower, self.upper) = (small.then_some(0.0), small.then_some(hidden.most));
        self.obs_status = ObsStatus::Q.code();
    }
}
