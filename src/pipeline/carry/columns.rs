//! The wanted columns, carried.

use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};

use super::frame_fault;
use super::report::ColumnReport;
use crate::formats::{self, FormatError, Place};
use crate::interpolate::{Cell, Weights, both, either_way, pycnophylactic};
use crate::model::{MissingColumn, ObsStatus};
use crate::pipeline::PipelineError;
use crate::pipeline::suppressed::{Bound, Suppressed};

/// What to carry, by kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    pub extensive: Vec<String>,
    pub intensive: Vec<String>,
    pub ratio: Vec<Ratio>,
    pub categorical: Vec<String>,
    /// Columns of which only the lowest and highest value of the parts is carried.
    pub range: Vec<String>,
    /// Columns of which the value that covers most of the target is carried.
    pub largest: Vec<String>,
    /// A count and the column of its margin of error.
    pub margins: Vec<(String, String)>,
}

/// A numerator over a denominator, both counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    pub name: String,
    pub numerator: String,
    pub denominator: String,
}

impl Columns {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

type Cells = Vec<Option<f64>>;

/// A column of the sources, read.
enum Read {
    Extensive { values: Cells, margin: Option<(String, Cells)>, suppressed: Option<Suppressed> },
    Intensive { values: Cells },
    Ratio { above: Cells, below: Cells },
    Categorical { classes: Vec<String>, values: Vec<Option<u32>> },
    Range { values: Cells },
    Largest { classes: Vec<String>, values: Vec<Option<u32>> },
}

/// All columns of the sources that are wanted, read before any work is done, so that a missing one is told at once.
pub struct Input(Vec<(String, Read)>);

impl Input {
    /// Reads the columns of the frame.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`], [`FormatError::NotANumber`], [`PipelineError::Request`].
    pub fn read(file: &Path, frame: &DataFrame, wanted: &Columns) -> Result<Self, PipelineError> {
        let place = Place::file(file);
        let numbers = |name: &str| formats::numbers(&place, frame, name);
        let mut read = Vec::new();
        for name in &wanted.extensive {
            let margin = wanted.margins.iter().find(|(of, _)| of == name);
            let margin =
                margin.map(|(_, column)| Ok::<_, FormatError>((column.clone(), numbers(column)?)));
            let margin = margin.transpose()?;
            let values = numbers(name)?;
            let suppressed = Suppressed::read(&place, frame, name, &values)?;
            read.push((name.clone(), Read::Extensive { values, margin, suppressed }));
        }
        if let Some((of, _)) = wanted.margins.iter().find(|(of, _)| !wanted.extensive.contains(of))
        {
            return Err(PipelineError::Request {
                what: format!(
                    "a margin of error is given for \"{of}\", which is not carried as a count"
                ),
                help: format!("add it: --extensive {of}"),
            });
        }
        for name in &wanted.intensive {
            read.push((name.clone(), Read::Intensive { values: numbers(name)? }));
        }
        for ratio in &wanted.ratio {
            let (above, below) = (numbers(&ratio.numerator)?, numbers(&ratio.denominator)?);
            read.push((ratio.name.clone(), Read::Ratio { above, below }));
        }
        for name in &wanted.categorical {
            let (classes, values) = classes(&place, frame, name)?;
            check_number(&place, name, &classes)?;
            read.push((name.clone(), Read::Categorical { classes, values }));
        }
        for name in &wanted.largest {
            let (classes, values) = classes(&place, frame, name)?;
            read.push((name.clone(), Read::Largest { classes, values }));
        }
        for name in &wanted.range {
            read.push((name.clone(), Read::Range { values: numbers(name)? }));
        }
        Ok(Self(read))
    }

    /// Carries every column: what is written beside the targets, and what is said of it. `areal` are the areal weights
    /// where the method is another; coverage is said where sources have a surface; counts are smoothed over squares where
    /// those are given.
    #[must_use]
    pub fn carry(
        &self,
        weights: &Weights,
        areal: Option<&Weights>,
        by_surface: bool,
        smooth: Option<&[Cell]>,
    ) -> (Vec<Column>, Vec<ColumnReport>) {
        let out = Output {
            weights,
            areal,
            by_surface,
            smooth,
            whole: weights.made_of_whole_sources(),
            same: weights.equal_to_a_source(),
        };
        let (mut columns, mut reports) = (Vec::new(), Vec::new());
        for (name, read) in &self.0 {
            let made = match read {
                Read::Extensive { values, margin, suppressed } => {
                    let bounds = suppressed.as_ref().map(|cells| cells.carry(weights));
                    let beside = Beside { margin: margin.as_ref(), bounds };
                    out.extensive(name, values, &beside, &mut columns)
                }
                Read::Intensive { values } => out.intensive(name, values, &mut columns),
                Read::Ratio { above, below } => out.ratio(name, above, below, &mut columns),
                Read::Categorical { classes, values } => {
                    out.classes(name, classes, values, &mut columns)
                }
                Read::Range { values } => out.range(name, values, &mut columns),
                Read::Largest { classes, values } => {
                    out.largest(name, classes, values, &mut columns)
                }
            };
            reports.push(made);
        }
        (columns, reports)
    }
}

/// The classes of a column in alphabetical order, and the class of each row.
fn classes(
    place: &Place,
    frame: &DataFrame,
    name: &str,
) -> Result<(Vec<String>, Vec<Option<u32>>), PipelineError> {
    let column = frame.column(name);
    let column =
        column.map_err(|_| FormatError::from(MissingColumn::in_frame(place, name, frame)))?;
    let fault = |source| frame_fault(name, source);
    let texts = column.cast(&DataType::String).map_err(fault)?;
    let texts = texts.str().map_err(fault)?;
    let mut classes: Vec<String> = texts.iter().flatten().map(str::to_owned).collect();
    classes.sort_unstable();
    classes.dedup();
    let find = |text: &str| classes.binary_search_by(|class| class.as_str().cmp(text)).ok();
    let values = texts.iter().map(|text| u32::try_from(find(text?)?).ok()).collect();
    Ok((classes, values))
}

/// Each class becomes a column.
fn check_number(place: &Place, name: &str, classes: &[String]) -> Result<(), PipelineError> {
    if classes.len() <= 100 {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: format!("{place}: column \"{name}\" has {} classes", classes.len()),
        help: "a class is a kind of place, such as a type of housing; each becomes a column, 100 at most".to_owned(),
    })
}

/// What stands beside a count.
struct Beside<'a> {
    margin: Option<&'a (String, Cells)>,
    /// Where some of the count is withheld.
    bounds: Option<Vec<Bound>>,
}

impl Beside<'_> {
    fn withheld(&self) -> Vec<bool> {
        self.bounds.iter().flatten().map(|bound| bound.withheld).collect()
    }
}

/// The last column is that of the status: what rests on withheld cells is withheld.
fn suppress(name: &str, withheld: &[bool], columns: &mut Vec<Column>) {
    let Some(column) = columns.pop() else { return };
    let known: Vec<Option<&str>> =
        column.str().map(|texts| texts.iter().collect()).unwrap_or_default();
    let status = |(known, withheld): (Option<&'_ str>, &bool)| -> Option<String> {
        if *withheld { Some(ObsStatus::Q.code().to_owned()) } else { known.map(str::to_owned) }
    };
    let statuses: Vec<Option<String>> = known.into_iter().zip(withheld).map(status).collect();
    columns.push(Column::from(Series::new(format!("{name}_status").into(), statuses)));
}

struct Output<'a> {
    weights: &'a Weights,
    areal: Option<&'a Weights>,
    by_surface: bool,
    /// The squares to smooth counts onto.
    smooth: Option<&'a [Cell]>,
    whole: Vec<bool>,
    same: Vec<bool>,
}

impl Output<'_> {
    fn extensive(
        &self,
        name: &str,
        values: &Cells,
        beside: &Beside<'_>,
        columns: &mut Vec<Column>,
    ) -> ColumnReport {
        let mut carried = match self.smooth {
            Some(cells) => pycnophylactic(self.weights, cells, values),
            None => self.weights.extensive(values),
        };
        let mut report = ColumnReport::new(name, "extensive", values, &carried);
        report.total_in = Some(values.iter().flatten().sum());
        report.total_carried = Some(carried.iter().flatten().sum());
        report.share_outside = self.share_outside(values);
        let spread = self.areal.map(|areal| spread(&carried, &areal.extensive(values)));
        let withheld = beside.withheld();
        let known = |cells: Cells| -> Cells {
            if withheld.is_empty() {
                return cells;
            }
            cells.into_iter().zip(&withheld).map(|(cell, of)| cell.filter(|_| !of)).collect()
        };
        carried = known(carried);
        columns.push(number(name, carried.clone()));
        if let Some(bounds) = &beside.bounds {
            let of = |get: fn(&Bound) -> Option<f64>| -> Cells {
                bounds.iter().map(|bound| get(bound).filter(|_| bound.withheld)).collect()
            };
            columns.push(number(&format!("{name}_lower"), of(|bound| Some(bound.lower))));
            columns.push(number(&format!("{name}_upper"), of(|bound| bound.upper)));
        }
        let margins = beside.margin.map(|(column, margins)| {
            let carried = self.weights.margin(values, margins);
            columns.push(number(column, carried.clone()));
            (carried, margins)
        });
        if let Some((lower, upper)) = spread {
            report.allocation_spread = share_moved(&lower, &upper);
            columns.push(number(&format!("{name}_alloc_lower"), known(lower)));
            columns.push(number(&format!("{name}_alloc_upper"), known(upper)));
        }
        if let (Some((own, margins)), Some(areal)) = (margins, self.areal) {
            let by_surface = (areal.extensive(values), areal.margin(values, margins));
            let ends = either_way((&carried, &own), (&by_surface.0, &by_surface.1));
            let (lower, upper) = ends.into_iter().map(Option::unzip).unzip();
            columns.push(number(&format!("{name}_combined_lower"), lower));
            columns.push(number(&format!("{name}_combined_upper"), upper));
        }
        self.about(name, values, &carried, &self.whole, columns);
        if withheld.contains(&true) {
            suppress(name, &withheld, columns);
        }
        report
    }

    /// What of the total goes to no target.
    fn share_outside(&self, values: &Cells) -> Option<f64> {
        let total: f64 = values.iter().flatten().sum();
        let given = self.weights.given();
        let lost =
            values.iter().zip(&given).filter_map(|(v, given)| Some((*v)? * (1.0 - given).max(0.0)));
        (total != 0.0).then(|| lost.sum::<f64>() / total)
    }

    fn intensive(&self, name: &str, values: &Cells, columns: &mut Vec<Column>) -> ColumnReport {
        let carried = self.weights.intensive(values);
        columns.push(number(name, carried.clone()));
        self.about(name, values, &carried, &self.same, columns);
        ColumnReport::new(name, "intensive", values, &carried)
    }

    fn ratio(
        &self,
        name: &str,
        above: &Cells,
        below: &Cells,
        columns: &mut Vec<Column>,
    ) -> ColumnReport {
        let carried = self.weights.ratio(above, below);
        let (values, _) = both(above, below);
        columns.push(number(name, carried.clone()));
        self.about(name, &values, &carried, &self.whole, columns);
        ColumnReport::new(name, "ratio", &values, &carried)
    }

    fn classes(
        &self,
        name: &str,
        classes: &[String],
        values: &[Option<u32>],
        columns: &mut Vec<Column>,
    ) -> ColumnReport {
        let shares = self.weights.class_shares(values, classes.len());
        for (class, shares) in classes.iter().zip(&shares) {
            columns.push(number(&format!("{name}_{class}_share"), shares.clone()));
        }
        let known: Cells = values.iter().map(|class| class.map(f64::from)).collect();
        let carried = shares.first().cloned().unwrap_or_default();
        self.about(name, &known, &carried, &self.same, columns);
        ColumnReport::new(name, "categorical", &known, &carried)
    }

    fn range(&self, name: &str, values: &Cells, columns: &mut Vec<Column>) -> ColumnReport {
        let carried = self.weights.range(values);
        let (lower, upper): (Cells, Cells) = carried.into_iter().map(Option::unzip).unzip();
        let report = ColumnReport::new(name, "range", values, &lower);
        columns.push(number(&format!("{name}_lower"), lower.clone()));
        columns.push(number(&format!("{name}_upper"), upper));
        self.about(name, values, &lower, &self.same, columns);
        report
    }

    /// The class of most of the surface, as it is written in the source.
    fn largest(
        &self,
        name: &str,
        classes: &[String],
        values: &[Option<u32>],
        columns: &mut Vec<Column>,
    ) -> ColumnReport {
        let by_surface = self.areal.unwrap_or(self.weights);
        let found = by_surface.largest_class(values);
        let texts: Vec<Option<&str>> =
            found.iter().map(|class| Some(classes.get((*class)? as usize)?.as_str())).collect();
        columns.push(Column::from(Series::new(name.into(), texts)));
        let numbers = |cells: &[Option<u32>]| -> Cells {
            cells.iter().map(|class| class.map(f64::from)).collect()
        };
        ColumnReport::new(name, "largest", &numbers(values), &numbers(&found))
    }

    /// The columns that say what a value rests on. A value is as published where the target is made of whole sources and
    /// nothing of it is missing, else estimated.
    fn about(
        &self,
        name: &str,
        values: &Cells,
        carried: &Cells,
        exact: &[bool],
        columns: &mut Vec<Column>,
    ) {
        let coverage = self.weights.coverage(values);
        let all = self.weights.all_known(values);
        let status = |row: usize| match carried.get(row) {
            Some(Some(_)) if exact[row] && all[row] => ObsStatus::A.code(),
            Some(Some(_)) => ObsStatus::E.code(),
            _ => ObsStatus::M.code(),
        };
        let statuses: Vec<&str> = (0..coverage.len()).map(status).collect();
        if self.by_surface {
            columns.push(number(
                &format!("{name}_coverage"),
                coverage.into_iter().map(Some).collect(),
            ));
        }
        columns.push(Column::from(Series::new(format!("{name}_status").into(), statuses)));
    }
}

/// The lower and the higher of two ways to share out, target by target.
fn spread(one: &Cells, other: &Cells) -> (Cells, Cells) {
    let pair = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
        (Some(a), Some(b)) => (Some(a.min(*b)), Some(a.max(*b))),
        (a, b) => (a.or(*b), a.or(*b)),
    };
    one.iter().zip(other).map(pair).unzip()
}

/// The share of the total that the two ways put in different targets.
fn share_moved(lower: &Cells, upper: &Cells) -> Option<f64> {
    let sum = |cells: &Cells| cells.iter().flatten().sum::<f64>();
    let (low, high) = (sum(lower), sum(upper));
    (low + high > 0.0).then(|| (high - low) / (high + low))
}

fn number(name: &str, cells: Cells) -> Column {
    Column::from(Series::new(name.into(), cells))
}
