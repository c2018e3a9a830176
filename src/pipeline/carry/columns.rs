//! The columns that are wanted of the sources, read by their kind.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{DataFrame, DataType};

use super::frame_fault;
use crate::formats::{self, FormatError, Place};
use crate::model::MissingColumn;
use crate::pipeline::PipelineError;
use crate::pipeline::beside::Beside;
use crate::pipeline::refuse::{Use, refuse};

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
    /// A count, carried or in a ratio, and the column of its margin of error.
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
    /// Whether a column is carried as a count, alone or in a ratio.
    fn counts(&self, name: &str) -> bool {
        let in_ratio = |ratio: &Ratio| ratio.numerator == name || ratio.denominator == name;
        self.extensive.iter().any(|count| count == name) || self.ratio.iter().any(in_ratio)
    }

    /// Refuses to average, sum or divide what is a median, a percentile or a life expectancy.
    ///
    /// # Errors
    /// [`PipelineError::Request`] with the reason.
    pub fn refuse_never_averaged(
        &self,
        described: &BTreeMap<String, String>,
    ) -> Result<(), PipelineError> {
        refuse(&self.intensive, Use::Average, described)?;
        refuse(&self.extensive, Use::Sum, described)?;
        let parts = self.ratio.iter().flat_map(|ratio| [&ratio.numerator, &ratio.denominator]);
        refuse(parts, Use::Divide, described)
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

pub(super) type Cells = Vec<Option<f64>>;

/// A column of the sources, read. Counts, rates and the parts of a ratio come with what stands beside them.
pub(super) enum Read {
    Extensive {
        values: Cells,
        beside: Beside,
        margin: Option<(String, Cells)>,
    },
    Intensive {
        values: Cells,
        beside: Beside,
    },
    /// With the margins of error of both counts; one without is complete.
    Ratio {
        above: (Cells, Beside),
        below: (Cells, Beside),
        margins: [Option<Cells>; 2],
    },
    Categorical {
        classes: Vec<String>,
        values: Vec<Option<u32>>,
    },
    Range {
        values: Cells,
        beside: Beside,
    },
    Largest {
        classes: Vec<String>,
        values: Vec<Option<u32>>,
    },
}

/// All columns of the sources that are wanted, read before any work is done, so that a missing one is told at once.
pub struct Input(pub(super) Vec<(String, Read)>);

impl Input {
    /// Reads the columns of the frame.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`], [`FormatError::NotANumber`], [`PipelineError::Request`].
    pub fn read(file: &Path, frame: &DataFrame, wanted: &Columns) -> Result<Self, PipelineError> {
        let place = Place::file(file);
        let numbers = |name: &str| formats::numbers(&place, frame, name);
        let both =
            |name: &str| Ok::<_, FormatError>((numbers(name)?, Beside::read(&place, frame, name)?));
        let mut read = Vec::new();
        let margin = |name: &str| {
            let column = wanted.margins.iter().find(|(of, _)| of == name).map(|(_, column)| column);
            column
                .map(|column| Ok::<_, FormatError>((column.clone(), numbers(column)?)))
                .transpose()
        };
        for name in &wanted.extensive {
            let margin = margin(name)?;
            let (values, beside) = both(name)?;
            read.push((name.clone(), Read::Extensive { values, beside, margin }));
        }
        if let Some((of, _)) = wanted.margins.iter().find(|(of, _)| !wanted.counts(of)) {
            return Err(PipelineError::Request {
                what: format!(
                    "a margin of error is given for \"{of}\", which is not carried as a count"
                ),
                help: format!("add it: --extensive {of}, or --ratio name={of}/…"),
            });
        }
        for name in &wanted.intensive {
            let (values, beside) = both(name)?;
            read.push((name.clone(), Read::Intensive { values, beside }));
        }
        for ratio in &wanted.ratio {
            let (above, below) = (both(&ratio.numerator)?, both(&ratio.denominator)?);
            let of = |name: &str| Ok::<_, FormatError>(margin(name)?.map(|(_, cells)| cells));
            let margins = [of(&ratio.numerator)?, of(&ratio.denominator)?];
            read.push((ratio.name.clone(), Read::Ratio { above, below, margins }));
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
            let (values, beside) = both(name)?;
            read.push((name.clone(), Read::Range { values, beside }));
        }
        Ok(Self(read))
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
