//! Columns carried by weights, and what stands beside each: status, coverage, bounds, margins, the spread between methods.

use polars::prelude::{Column, NamedFrom, Series};

use super::columns::{Cells, Input, Read};
use super::report::ColumnReport;
use crate::interpolate::{Cell, Weights, both, either_way, pycnophylactic};
use crate::model::{ObsStatus, status_column};
use crate::pipeline::beside::{Beside, Bound};

/// What values are carried by.
pub struct By<'a> {
    pub weights: &'a Weights,
    /// The areal weights, where the method is another.
    pub areal: Option<&'a Weights>,
    /// The weights of other methods, which only say how far the allocation may err.
    pub also: &'a [Weights],
    /// Whether the sources have a surface, of which coverage is a share.
    pub surface: bool,
    /// The squares to smooth counts onto.
    pub smooth: Option<&'a [Cell]>,
}

impl Input {
    /// Carries every column: what is written beside the targets, and what is said of it.
    #[must_use]
    pub fn carry(&self, by: By<'_>) -> (Vec<Column>, Vec<ColumnReport>) {
        let (whole, same) = (by.weights.made_of_whole_sources(), by.weights.equal_to_a_source());
        let mut out = Output { by, whole, same, columns: Vec::new() };
        let reports = self.0.iter().map(|(name, read)| out.write(name, read)).collect();
        (out.columns, reports)
    }
}

struct Output<'a> {
    by: By<'a>,
    /// Targets made of whole sources, and those that equal one.
    whole: Vec<bool>,
    same: Vec<bool>,
    columns: Vec<Column>,
}

/// Which targets hold a value as it was published.
#[derive(Clone, Copy)]
enum Exact {
    /// Those made of whole sources.
    Whole,
    /// Those that equal one.
    Same,
}

/// What a value rests on: the cells of the sources, what was said of them, and what came of it.
struct Basis<'a> {
    values: &'a Cells,
    beside: &'a [&'a Beside],
    carried: &'a Cells,
    exact: Exact,
    /// Targets in which withheld cells have a part; empty where none has.
    withheld: &'a [bool],
}

impl<'a> Output<'a> {
    fn write(&mut self, name: &str, read: &Read) -> ColumnReport {
        let weights = self.by.weights;
        match read {
            Read::Extensive { values, beside, margin } => {
                self.extensive(name, values, beside, margin.as_ref())
            }
            Read::Intensive { values, beside } => {
                let ends = beside.ends(values);
                let ends =
                    ends.map(|(low, high)| (weights.intensive(&low), weights.intensive(&high)));
                let carried = weights.intensive(values);
                let others = self.others();
                let ways: Vec<Cells> = others.iter().map(|other| other.intensive(values)).collect();
                let alloc = allocation(&carried, &ways);
                let made = [vec![(String::new(), carried)], with_ends(ends), alloc];
                self.plain((name, "intensive"), (values, &[beside]), made.concat(), Exact::Same)
            }
            Read::Ratio { above, below, margins } => {
                self.ratio(name, (&above.0, &above.1), (&below.0, &below.1), margins)
            }
            Read::Categorical { classes, values } => {
                let shares = weights.class_shares(values, classes.len());
                let end = |class: &String| format!("_{class}_share");
                let made = classes.iter().map(end).zip(shares).collect();
                let values = as_numbers(values);
                self.plain((name, "categorical"), (&values, &[]), made, Exact::Same)
            }
            Read::Range { values, beside } => {
                let ends = weights.range(values).into_iter().map(Option::unzip).unzip();
                let made = with_ends(Some(ends));
                self.plain((name, "range"), (values, &[beside]), made, Exact::Same)
            }
            Read::Largest { classes, values } => self.largest(name, classes, values),
        }
    }

    /// Columns of a kind that needs no more beside it than what it rests on; each is named by what follows the name.
    fn plain(
        &mut self,
        (name, kind): (&str, &'static str),
        (values, beside): (&Cells, &[&Beside]),
        made: Vec<(String, Cells)>,
        exact: Exact,
    ) -> ColumnReport {
        let carried = made.first().map(|(_, cells)| cells.clone()).unwrap_or_default();
        for (end, cells) in made {
            self.add(&format!("{name}{end}"), cells);
        }
        let basis = Basis { values, beside, carried: &carried, exact, withheld: &[] };
        self.about(name, &basis);
        ColumnReport::new(name, kind, values, &carried)
    }

    fn add(&mut self, name: &str, cells: Cells) {
        self.columns.push(Column::from(Series::new(name.into(), cells)));
    }

    /// Bounds are written where a cell in them is less than exact.
    fn add_bounds(&mut self, name: &str, bounds: &[Bound]) {
        let end = |get: fn(&Bound) -> Option<f64>| -> Cells {
            bounds.iter().map(|bound| get(bound).filter(|_| bound.stated)).collect()
        };
        self.add(&format!("{name}_lower"), end(|bound| Some(bound.lower)));
        self.add(&format!("{name}_upper"), end(|bound| bound.upper));
    }

    /// The other plausible weights.
    fn others(&self) -> Vec<&'a Weights> {
        self.by.areal.into_iter().chain(self.by.also).collect()
    }

    fn extensive(
        &mut self,
        name: &str,
        values: &Cells,
        beside: &Beside,
        margin: Option<&(String, Cells)>,
    ) -> ColumnReport {
        let weights = self.by.weights;
        let all = match self.by.smooth {
            Some(cells) => pycnophylactic(weights, cells, values),
            None => weights.extensive(values),
        };
        let mut report = ColumnReport::new(name, "extensive", values, &all);
        report.total_in = Some(values.iter().flatten().sum());
        report.total_carried = Some(all.iter().flatten().sum());
        report.share_outside = self.share_outside(values);
        let bounds = beside.bounds(values).map(|cells| cells.carry(weights));
        let withheld = withheld(bounds.as_deref());
        let carried = known(all.clone(), &withheld);
        self.add(name, carried.clone());
        if let Some(bounds) = &bounds {
            self.add_bounds(name, bounds);
        }
        let margins = |by: &Weights| margin.map(|(_, margins)| by.margin(values, margins));
        let own = margins(weights);
        if let (Some((column, _)), Some(own)) = (margin, &own) {
            self.add(column, own.clone());
        }
        let others = self.others();
        if !others.is_empty() {
            let ways: Vec<Cells> = others.iter().map(|other| other.extensive(values)).collect();
            let (lower, upper) = spread(&all, &ways);
            report.allocation_spread = share_moved(&lower, &upper);
            self.add(&format!("{name}_alloc_lower"), known(lower, &withheld));
            self.add(&format!("{name}_alloc_upper"), known(upper, &withheld));
            let theirs = others.iter().zip(ways).map(|(other, way)| Some((way, margins(other)?)));
            let first = own.map(|own| (carried.clone(), own));
            if let Some(ways) = std::iter::once(first).chain(theirs).collect::<Option<Vec<_>>>() {
                let (lower, upper) = either_way(&ways).into_iter().map(Option::unzip).unzip();
                self.add(&format!("{name}_combined_lower"), lower);
                self.add(&format!("{name}_combined_upper"), upper);
            }
        }
        let (exact, beside) = (Exact::Whole, &[beside][..]);
        let basis = Basis { values, beside, carried: &carried, exact, withheld: &withheld };
        self.about(name, &basis);
        report
    }

    /// What of the total goes to no target.
    fn share_outside(&self, values: &Cells) -> Option<f64> {
        let total: f64 = values.iter().flatten().sum();
        let given = self.by.weights.given();
        let lost =
            values.iter().zip(&given).filter_map(|(v, given)| Some((*v)? * (1.0 - given).max(0.0)));
        (total != 0.0).then(|| lost.sum::<f64>() / total)
    }

    /// Numerator and denominator over the sources that have both, known or withheld.
    fn ratio(
        &mut self,
        name: &str,
        (above, beside): (&Cells, &Beside),
        (below, under): (&Cells, &Beside),
        [of_above, of_below]: &[Option<Cells>; 2],
    ) -> ColumnReport {
        let weights = self.by.weights;
        let bounds = Bound::of_ratio((above, beside), (below, under), weights);
        let withheld = withheld(bounds.as_deref());
        let carried = known(weights.ratio(above, below), &withheld);
        self.add(name, carried.clone());
        if let Some(bounds) = &bounds {
            self.add_bounds(name, bounds);
        }
        let others = self.others();
        let ways: Vec<Cells> = others.iter().map(|other| other.ratio(above, below)).collect();
        for (end, cells) in allocation(&weights.ratio(above, below), &ways) {
            self.add(&format!("{name}{end}"), known(cells, &withheld));
        }
        if of_above.is_some() || of_below.is_some() {
            let margins = [of_above, of_below].map(|margins| margins.as_deref());
            let margin = weights.ratio_margin(above, below, margins);
            self.add(&format!("{name}_moe"), known(margin, &withheld));
        }
        let (values, _) = both(above, below);
        let (exact, beside) = (Exact::Whole, &[beside, under][..]);
        let basis =
            Basis { values: &values, beside, carried: &carried, exact, withheld: &withheld };
        self.about(name, &basis);
        ColumnReport::new(name, "ratio", &values, &carried)
    }

    /// The class of most of the surface, as it is written in the source.
    fn largest(&mut self, name: &str, classes: &[String], values: &[Option<u32>]) -> ColumnReport {
        let by_surface = self.by.areal.unwrap_or(self.by.weights);
        let found = by_surface.largest_class(values);
        let texts: Vec<Option<&str>> =
            found.iter().map(|class| Some(classes.get((*class)? as usize)?.as_str())).collect();
        self.columns.push(Column::from(Series::new(name.into(), texts)));
        ColumnReport::new(name, "largest", &as_numbers(values), &as_numbers(&found))
    }

    /// The columns that say what a value rests on. A value is as published where the target is made of whole sources and
    /// nothing of it is missing, else estimated; a source that is less certain makes it so.
    fn about(&mut self, name: &str, basis: &Basis<'_>) {
        let weights = self.by.weights;
        let Basis { values, carried, .. } = basis;
        let all = weights.all_known(values);
        let exact = match basis.exact {
            Exact::Whole => &self.whole,
            Exact::Same => &self.same,
        };
        let status = |target: usize| {
            let rows = || weights.parts(target).map(|(row, _)| row);
            let is_withheld = basis.withheld.get(target) == Some(&true);
            match carried[target] {
                Some(_) => {
                    let made =
                        if exact[target] && all[target] { ObsStatus::A } else { ObsStatus::E };
                    let least = |made, beside: &&Beside| beside.least_certain(rows(), values, made);
                    basis.beside.iter().fold(made, least)
                }
                None if is_withheld => ObsStatus::Q,
                None => {
                    let absent = |beside: &&Beside| beside.absent(rows(), values);
                    let absent = basis.beside.iter().map(absent);
                    absent.min_by_key(|status| *status == ObsStatus::M).unwrap_or(ObsStatus::M)
                }
            }
        };
        let statuses: Vec<&str> = (0..carried.len()).map(|target| status(target).code()).collect();
        if self.by.surface {
            let coverage = weights.coverage(values).into_iter().map(Some).collect();
            self.add(&format!("{name}_coverage"), coverage);
        }
        self.columns.push(Column::from(Series::new(status_column(name).into(), statuses)));
    }
}

/// The lowest and the highest of several ways to share out as columns; nothing where there is one way.
fn allocation(one: &Cells, others: &[Cells]) -> Vec<(String, Cells)> {
    if others.is_empty() {
        return Vec::new();
    }
    let (lower, upper) = spread(one, others);
    vec![("_alloc_lower".to_owned(), lower), ("_alloc_upper".to_owned(), upper)]
}

/// Lower and upper ends as columns; nothing where there are none.
fn with_ends(ends: Option<(Cells, Cells)>) -> Vec<(String, Cells)> {
    let named = |(lower, upper)| vec![("_lower".to_owned(), lower), ("_upper".to_owned(), upper)];
    ends.map(named).unwrap_or_default()
}

fn withheld(bounds: Option<&[Bound]>) -> Vec<bool> {
    bounds.unwrap_or_default().iter().map(|bound| bound.withheld).collect()
}

/// Without what rests on withheld cells.
fn known(cells: Cells, withheld: &[bool]) -> Cells {
    let is_known = |row: usize| withheld.get(row) != Some(&true);
    cells.into_iter().enumerate().map(|(row, cell)| cell.filter(|_| is_known(row))).collect()
}

fn as_numbers(classes: &[Option<u32>]) -> Cells {
    classes.iter().map(|class| class.map(f64::from)).collect()
}

/// The lowest and the highest of several ways to share out, target by target.
fn spread(one: &Cells, others: &[Cells]) -> (Cells, Cells) {
    let of = |(row, one): (usize, &Option<f64>)| {
        let all = || one.iter().copied().chain(others.iter().filter_map(|other| other[row]));
        (all().reduce(f64::min), all().reduce(f64::max))
    };
    one.iter().enumerate().map(of).unzip()
}

/// How far the ways are apart: of two, the share of the total that they put in different targets.
fn share_moved(lower: &Cells, upper: &Cells) -> Option<f64> {
    let sum = |cells: &Cells| cells.iter().flatten().sum::<f64>();
    let (low, high) = (sum(lower), sum(upper));
    (low + high > 0.0).then(|| (high - low) / (high + low))
}
