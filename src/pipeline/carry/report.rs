//! What carrying did, in figures.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use serde::Serialize;

use super::method::Method;
use super::weigh::Weighted;
use super::{Request, Source};
use crate::model::Areas;
use crate::pipeline::styled::Column;

/// What came of one column.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnReport {
    pub column: String,
    pub kind: &'static str,
    /// Sum over all sources with a value; counts only.
    pub total_in: Option<f64>,
    /// Sum over all targets; counts only.
    pub total_carried: Option<f64>,
    /// Share of the total that lies outside every target; counts only.
    pub share_outside: Option<f64>,
    /// How far the methods are apart, 0 to 1; of two, the share of the total that they put in different targets. Counts only,
    /// where there is another method than areal weighting.
    pub allocation_spread: Option<f64>,
    pub sources_without_value: usize,
    pub targets_with_value: usize,
}

impl ColumnReport {
    /// Counts what is missing on both sides.
    #[must_use]
    pub fn new(
        column: &str,
        kind: &'static str,
        values: &[Option<f64>],
        carried: &[Option<f64>],
    ) -> Self {
        Self {
            column: column.to_owned(),
            kind,
            total_in: None,
            total_carried: None,
            share_outside: None,
            allocation_spread: None,
            sources_without_value: values.iter().filter(|value| value.is_none()).count(),
            targets_with_value: carried.iter().flatten().count(),
        }
    }
}

impl ColumnReport {
    /// The columns that it became, as maps.
    pub(super) fn shown(&self, frame: &DataFrame) -> Vec<Column> {
        let status = || Column::of(frame, &self.column).telling;
        let alone = |name: String| Column { name, telling: status(), lower: None, upper: None };
        match self.kind {
            "largest" => Vec::new(),
            "range" => {
                ["lower", "upper"].map(|end| alone(format!("{}_{end}", self.column))).to_vec()
            }
            "categorical" => {
                let names = frame.columns().iter().map(|column| column.name().as_str());
                let before = format!("{}_", self.column);
                let of_class = |name: &&str| name.starts_with(&before) && name.ends_with("_share");
                names.filter(of_class).map(|name| alone(name.to_owned())).collect()
            }
            _ => vec![Column::of(frame, &self.column)],
        }
    }
}

/// Where the sources cover each other.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OverlapReport {
    pub pairs: usize,
    pub surface_m2: f64,
    /// Of the summed surface of the sources.
    pub share: f64,
}

/// What carrying did.
#[derive(Debug, Serialize)]
pub struct Report {
    pub method: &'static str,
    /// The system in which surfaces were measured, where they were.
    pub crs: Option<String>,
    pub sources: usize,
    pub targets: usize,
    /// Pairs of a source and a target that share something.
    pub pairs: usize,
    /// Targets that no source meets.
    pub targets_without_source: usize,
    /// Share of the sources' surface (of their points) that lies in no target.
    pub share_of_sources_outside: f64,
    /// Share of the targets' surface that no source covers: gaps between sources, and what lies beyond them.
    pub share_of_targets_uncovered: Option<f64>,
    /// What the sources cover twice. Each source's counts are carried once all the same; coverage may be too high by it.
    pub overlap_among_sources: Option<OverlapReport>,
    /// Sources without ancillary, shared out by surface.
    pub sources_by_surface: Option<usize>,
    /// Number of targets by what became of them, where it was asked for.
    pub changes: Option<BTreeMap<&'static str, usize>>,
    pub columns: Vec<ColumnReport>,
    pub notes: Vec<String>,
}

/// Puts the figures together.
#[must_use]
pub fn report(
    request: &Request<'_>,
    sources: &Areas,
    weighted: &Weighted,
    columns: Vec<ColumnReport>,
    mut notes: Vec<String>,
) -> Report {
    let weights = &weighted.weights;
    let by_surface = *request.method != Method::Points;
    let given = weights.given();
    let again = given.iter().filter(|given| **given > 1.0 + 1e-6).count();
    if again > 0 {
        notes.push(format!(
            "the targets overlap: {again} sources are counted more than once, so that the sum over targets is no total"
        ));
    }
    let overlap = weighted.overlap.map(|(pairs, surface_m2)| {
        let whole: f64 = weights.source_surfaces().iter().sum();
        OverlapReport { pairs, surface_m2, share: surface_m2 / whole }
    });
    if let Some(overlap) = overlap.filter(|overlap| overlap.pairs > 0) {
        notes.push(format!(
            "{}: {} pairs of sources overlap, by {:.0} m2 or {:.6} of their surface",
            name(request.source),
            overlap.pairs,
            overlap.surface_m2,
            overlap.share
        ));
    }
    if !weighted.bare.is_empty() {
        notes.push(format!(
            "{} of {} sources hold no ancillary and are shared out by surface",
            weighted.bare.len(),
            sources.len()
        ));
    }
    let dasymetric = matches!(request.method, Method::Dasymetric { .. } | Method::Without { .. });
    Report {
        method: request.method.name(),
        crs: Some(sources.crs().id().to_owned()),
        sources: sources.len(),
        targets: weights.targets(),
        pairs: weights.pairs(),
        targets_without_source: (0..weights.targets())
            .filter(|row| weights.row(*row).sources.is_empty())
            .count(),
        share_of_sources_outside: outside(weighted, &given, by_surface),
        share_of_targets_uncovered: by_surface.then(|| uncovered(weighted)),
        overlap_among_sources: overlap,
        sources_by_surface: dasymetric.then_some(weighted.bare.len()),
        changes: None,
        columns,
        notes,
    }
}

fn name(source: &Source) -> String {
    source.file.display().to_string()
}

/// Of the surface; of the points where sources are points.
fn outside(weighted: &Weighted, given: &[f64], by_surface: bool) -> f64 {
    let areal = weighted.areal.as_ref().map(crate::interpolate::Weights::given);
    let given = areal.as_deref().unwrap_or(given);
    let size = |row: usize| if by_surface { weighted.weights.source_surfaces()[row] } else { 1.0 };
    let all: f64 = (0..given.len()).map(size).sum();
    let lost = given.iter().enumerate().map(|(row, given)| size(row) * (1.0 - given).max(0.0));
    // What is smaller than rounding is nothing.
    let share = lost.sum::<f64>() / all;
    if share > 1e-12 { share } else { 0.0 }
}

fn uncovered(weighted: &Weighted) -> f64 {
    let surfaces = weighted.weights.target_surfaces();
    let values = vec![Some(1.0); weighted.weights.source_surfaces().len()];
    let coverage = weighted.weights.coverage(&values);
    let bare: f64 = surfaces.iter().zip(&coverage).map(|(m2, share)| m2 * (1.0 - share)).sum();
    bare / surfaces.iter().sum::<f64>()
}
