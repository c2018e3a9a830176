//! What points and polygons with attributes say about a target: cut to it, counted, summed, averaged.

use geo::{Area, Geometry, MultiPolygon};

use super::disclosed::{Ends, Part, Sum, withholds};
use super::{Context, Measured, sample};
use crate::areas::clip::{Clipped, clip};
use crate::interpolate::{Overlap, Overlaps};
use crate::model::{
    Areas, CrsError, Dataset, Field, Kind, Layout, ModelError, ObsStatus, Observation, Role, Table,
    status_column,
};
use crate::sources::{Data, SpatialLayer, UnitGeography};

/// Points or polygons in the system of the units, ready to be cut to any area.
pub struct Spatial<'a> {
    pub source: &'a SpatialLayer,
    pub features: Areas,
}

impl<'a> Spatial<'a> {
    /// Every data set of points and polygons except the stations, which have a layer of their own.
    ///
    /// # Errors
    /// [`CrsError::Transform`] for coordinates that the units' system cannot hold.
    pub fn all(data: &'a Data, units: &UnitGeography) -> Result<Vec<Self>, CrsError> {
        let points = data.points.iter().filter(|points| points.dataset.id != "stations");
        points
            .chain(&data.polygons)
            .map(|source| {
                Ok(Self { source, features: source.areas.reprojected(units.areas.crs())? })
            })
            .collect()
    }

    fn table(&self) -> &Table {
        &self.source.table
    }

    fn dataset(&self) -> &Dataset {
        &self.source.dataset
    }
}

/// A set of features cut to one target.
struct Cut<'a> {
    spatial: &'a Spatial<'a>,
    clipped: &'a [Clipped],
    overlaps: Overlaps,
    unit_id: Option<String>,
    surface_m2: f64,
}

/// Measures the features inside the area and inside each of its units; gives back what is left of them in the area.
///
/// # Errors
/// [`ModelError`] for a table that does not fit its catalogue entry.
pub fn measure_spatial(
    context: &Context<'_>,
    spatial: &Spatial<'_>,
    out: &mut Measured,
) -> Result<Vec<Clipped>, ModelError> {
    let clipped = clip(&spatial.features, &context.area.outline);
    measure_cut(context, &cut(spatial, &clipped, None, context.area.surface_m2()), out)?;
    for part in &context.area.parts {
        let whole = &context.units.areas.shapes()[part.row];
        let shape = match (&part.shape, whole) {
            (Some(shape), _) | (None, Geometry::MultiPolygon(shape)) => shape.clone(),
            (None, Geometry::Polygon(shape)) => MultiPolygon(vec![shape.clone()]),
            (None, _) => continue,
        };
        let inside = clip(&spatial.features, &shape);
        let unit_id = Some(context.units.areas.keys()[part.row].clone());
        measure_cut(context, &cut(spatial, &inside, unit_id, shape.unsigned_area()), out)?;
    }
    Ok(clipped)
}

fn cut<'a>(
    spatial: &'a Spatial<'a>,
    clipped: &'a [Clipped],
    unit_id: Option<String>,
    surface_m2: f64,
) -> Cut<'a> {
    let overlap =
        |part: &Clipped| Overlap { source: part.row, shared: part.size, share: part.share };
    let overlaps = Overlaps(clipped.iter().map(overlap).collect());
    Cut { spatial, clipped, overlaps, unit_id, surface_m2 }
}

impl Cut<'_> {
    fn is_polygons(&self) -> bool {
        self.spatial.dataset().layout == Layout::Polygons
    }

    /// Square metres of what remains, or the number of points.
    fn size(&self) -> f64 {
        self.clipped.iter().map(|part| part.size).sum::<f64>().abs()
    }

    /// Share of what a value rests on: of the target's surface for polygons, of the points inside for points.
    fn coverage(&self, values: &[Option<f64>]) -> Option<f64> {
        let whole = if self.is_polygons() { self.surface_m2 } else { self.size() };
        (whole > 0.0).then(|| (self.overlaps.covered(values).abs() / whole).min(1.0))
    }

    fn status(&self, value: Option<f64>) -> ObsStatus {
        let whole = self.clipped.iter().all(|part| part.share >= 1.0);
        match value {
            None => ObsStatus::M,
            Some(_) if whole => ObsStatus::A,
            Some(_) => ObsStatus::E,
        }
    }

    fn row(&self, context: &Context<'_>, indicator: String) -> Observation {
        let dataset = self.spatial.dataset();
        let area_id = context.area.definition.id.clone();
        Observation {
            geography_level: match self.unit_id {
                Some(_) => context.units.dataset.geography.clone(),
                None => "area".to_owned(),
            },
            geography_id: self.unit_id.clone().unwrap_or_else(|| area_id.clone()),
            unit_id: self.unit_id.clone(),
            role: Role::Own,
            indicator,
            theme: dataset.theme.id().to_owned(),
            value: None,
            lower: None,
            upper: None,
            unit: String::new(),
            year: dataset.years.last().copied(),
            sex: "_T".to_owned(),
            age: "_T".to_owned(),
            obs_status: ObsStatus::M,
            method: String::new(),
            coverage: None,
            definition: String::new(),
            source: dataset.source(),
            area_id,
        }
    }
}

fn measure_cut(context: &Context<'_>, cut: &Cut<'_>, out: &mut Measured) -> Result<(), ModelError> {
    out.rows.push(if cut.is_polygons() { surface(context, cut) } else { count(context, cut) });
    for (name, field) in cut.spatial.table().fields() {
        measure_field(context, cut, name, field, out)?;
    }
    Ok(())
}

fn count(context: &Context<'_>, cut: &Cut<'_>) -> Observation {
    let dataset = cut.spatial.dataset();
    Observation {
        value: Some(cut.size()),
        unit: "points".to_owned(),
        obs_status: ObsStatus::A,
        method: "points_inside".to_owned(),
        definition: format!("Number of points inside, of: {}", dataset.title.en),
        ..cut.row(context, format!("{}_count", dataset.id))
    }
}

/// Polygons that overlap each other would count a surface twice: more than the whole is said as the whole.
fn surface(context: &Context<'_>, cut: &Cut<'_>) -> Observation {
    let dataset = cut.spatial.dataset();
    let share = (cut.size() / cut.surface_m2 * 100.0).min(100.0);
    Observation {
        value: share.is_finite().then_some(share),
        unit: "percent of surface".to_owned(),
        obs_status: ObsStatus::A,
        method: "surface_inside".to_owned(),
        definition: format!("Share of the surface, water included, inside: {}", dataset.title.en),
        ..cut.row(context, format!("{}_surface_share", dataset.id))
    }
}

fn measure_field(
    context: &Context<'_>,
    cut: &Cut<'_>,
    name: &str,
    field: &Field,
    out: &mut Measured,
) -> Result<(), ModelError> {
    let table = cut.spatial.table();
    let of = |column: &str| table.numbers(column).map(|cells| cells.iter().collect::<Vec<_>>());
    let points = !cut.is_polygons();
    let mut counted = None;
    let (value, coverage, method) = match &field.kind {
        Kind::Extensive => {
            let values = of(name)?;
            let method = if points { "sum_of_points_inside" } else { "areal_weighting" };
            let value = cut.overlaps.extensive(&values);
            counted = value.map(|value| ((value, 1.0), 1.0));
            (value, cut.coverage(&values), method)
        }
        Kind::Intensive => {
            let values = of(name)?;
            let method = if points { "mean_of_points_inside" } else { "areal_weighting" };
            (cut.overlaps.intensive(&values), cut.coverage(&values), method)
        }
        Kind::Ratio { numerator, denominator, per } => {
            let (above, below) = paired(&of(numerator)?, &of(denominator)?);
            let ratio = cut.overlaps.extensive(&above).zip(cut.overlaps.extensive(&below));
            counted = ratio.map(|ratio| (ratio, f64::from(*per)));
            let ratio = ratio.map(|(above, below)| above / below * f64::from(*per));
            (ratio.filter(|value| value.is_finite()), cut.coverage(&below), "ratio_of_sums")
        }
        Kind::Categorical { .. } => {
            out.rows.extend(classes(context, cut, name, field)?);
            return Ok(());
        }
    };
    let row = Observation {
        value,
        unit: field.unit.clone(),
        obs_status: cut.status(value),
        method: method.to_owned(),
        coverage,
        definition: field.definition.as_ref().unwrap_or(&field.label).en.clone(),
        ..cut.row(context, name.to_owned())
    };
    let row = protected(cut, &field.kind, row)?;
    out.rows.push(match field.sample.zip(counted) {
        Some((of, (counts, per))) => sample::with_interval(of, counts, per, row),
        None => row,
    });
    Ok(())
}

/// The row with its bounds, where the publisher of the features protects their counts or bounds stand beside them.
fn protected(cut: &Cut<'_>, kind: &Kind, row: Observation) -> Result<Observation, ModelError> {
    let by = cut.spatial.dataset().disclosure_in(row.year);
    Ok(match kind {
        Kind::Extensive => sum(cut, &row.indicator)?.bound(by, row),
        Kind::Ratio { numerator, denominator, per } => {
            sum(cut, numerator)?.bound_ratio(&sum(cut, denominator)?, f64::from(*per), by, row)
        }
        Kind::Intensive => mean_ends(cut, row)?,
        Kind::Categorical { .. } => row,
    })
}

/// What of a count lies inside, known and withheld.
fn sum(cut: &Cut<'_>, column: &str) -> Result<Sum, ModelError> {
    let table = cut.spatial.table();
    let values: Vec<Option<f64>> = table.numbers(column)?.iter().collect();
    let statuses = table.texts(&status_column(column)).ok();
    let is_withheld = |row: usize| match statuses {
        Some(statuses) => statuses.get(row) == Some(ObsStatus::Q.code()),
        None => withholds(cut.spatial.dataset().disclosure),
    };
    let ends = ends(table, column)?;
    let part = |part: &Clipped| Part {
        share: part.share,
        value: values[part.row],
        withheld: values[part.row].is_none() && is_withheld(part.row),
        ends: ends[part.row],
    };
    let sum = Sum::of(cut.clipped.iter().map(part));
    Ok(Sum { value: cut.overlaps.extensive(&values), ..sum })
}

/// The bounds that stand beside the cells of a column.
fn ends(table: &Table, column: &str) -> Result<Vec<Option<Ends>>, ModelError> {
    Ok(table.cells(column)?.iter().map(Ends::of).collect())
}

/// The bounds that stand beside rates, averaged as the rates are; a rate without any is exact.
fn mean_ends(cut: &Cut<'_>, row: Observation) -> Result<Observation, ModelError> {
    let table = cut.spatial.table();
    let ends = ends(table, &row.indicator)?;
    if row.value.is_none() || ends.iter().all(Option::is_none) {
        return Ok(row);
    }
    let values: Vec<Option<f64>> = table.numbers(&row.indicator)?.iter().collect();
    let mean = |end: fn(&Ends) -> Option<f64>| {
        let own = ends.iter().map(|ends| ends.as_ref().and_then(end));
        let cells = values.iter().zip(own).map(|(value, end)| value.and(end.or(*value)));
        cut.overlaps.intensive(&cells.collect::<Vec<_>>())
    };
    Ok(Observation { lower: mean(|ends| ends.lower), upper: mean(|ends| ends.upper), ..row })
}

/// Only rows with both a numerator and a denominator may count in a ratio.
fn paired(above: &[Option<f64>], below: &[Option<f64>]) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    above
        .iter()
        .zip(below)
        .map(|(above, below)| (above.and(*below).and(*above), above.and(*below)))
        .unzip()
}

/// Number of points, or share of the surface, of each class that occurs.
fn classes(
    context: &Context<'_>,
    cut: &Cut<'_>,
    name: &str,
    field: &Field,
) -> Result<Vec<Observation>, ModelError> {
    let texts = cut.spatial.table().texts(name)?;
    let mut found: Vec<&str> = texts.iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    let known: Vec<Option<f64>> = texts.iter().map(|text| text.map(|_| 1.0)).collect();
    let row = |class: &&str| {
        let size: f64 = cut
            .clipped
            .iter()
            .filter(|part| texts.get(part.row) == Some(class))
            .map(|part| part.size)
            .sum();
        let share = size.abs() / cut.surface_m2 * 100.0;
        let (value, ending, unit) = if cut.is_polygons() {
            (share, "surface_share", "percent of surface")
        } else {
            (size.abs(), "count", "points")
        };
        Observation {
            value: value.is_finite().then_some(value),
            unit: unit.to_owned(),
            obs_status: ObsStatus::A,
            method: if cut.is_polygons() { "surface_inside" } else { "points_inside" }.to_owned(),
            coverage: cut.coverage(&known),
            definition: format!("{}: {class}", field.label.en),
            ..cut.row(context, format!("{name}_{}_{ending}", class_id(class)))
        }
    };
    Ok(found.iter().map(row).collect())
}

/// A class as part of an indicator's name: lower case, words joined by underscores.
fn class_id(class: &str) -> String {
    let words = class.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_becomes_one_word_of_an_indicator() {
        assert_eq!(class_id("Sport & fritid, inne"), "sport_fritid_inne");
    }

    #[test]
    fn a_ratio_counts_only_rows_with_both_parts() {
        let (above, below) = paired(&[Some(1.0), None, Some(3.0)], &[Some(2.0), Some(5.0), None]);
        assert_eq!((above, below), (vec![Some(1.0), None, None], vec![Some(2.0), None, None]));
    }
}
