//! What each value column of a file is, said on the command line.

use std::collections::BTreeMap;

use crate::Error;
use crate::model::{Field, Kind, Label, Sample};
use crate::pipeline::PipelineError;

/// Kinds, units and labels of columns.
#[derive(clap::Args)]
pub struct Fields {
    /// Counts
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    extensive: Vec<String>,
    /// Rates, means, densities
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    intensive: Vec<String>,
    /// Classes
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    categorical: Vec<String>,
    /// A ratio of two counts, such as density=cars/residents, or cars/residents*1000 for cars per 1000 residents
    #[arg(long, value_name = "NAME=A/B[*PER]")]
    ratio: Vec<String>,
    /// A count or ratio of a sample, which then has an interval: NAME=share for so many of those who were asked (Wilson),
    /// NAME=events for cases and the like (exact Poisson below 10, Byar from 10 on)
    #[arg(long, value_name = "NAME=share|events")]
    sample: Vec<String>,
    /// Unit of a column, such as cars=cars
    #[arg(long, value_name = "COLUMN=UNIT")]
    unit: Vec<String>,
    /// Label of a column in English and Swedish, such as "cars=Cars|Bilar"
    #[arg(long, value_name = "COLUMN=EN|SV")]
    label: Vec<String>,
}

impl Fields {
    /// The fields of a schema, and over them what is said here.
    ///
    /// A column that gets another kind keeps the unit and label of the schema unless they are said too.
    ///
    /// # Errors
    /// [`PipelineError::Request`] for a malformed option and for a unit or label of a column without a kind.
    pub fn over(
        &self,
        mut fields: BTreeMap<String, Field>,
    ) -> Result<BTreeMap<String, Field>, Error> {
        for (name, kind) in self.kinds()? {
            match fields.get_mut(&name) {
                Some(field) => field.kind = kind,
                None => drop(fields.insert(name.clone(), plain(&name, kind))),
            }
        }
        for (name, word) in pairs("--sample", &self.sample)? {
            let sample = Sample::from_id(&word);
            let sample =
                sample.ok_or_else(|| malformed("--sample", &word, "NAME=share or NAME=events"))?;
            known(&mut fields, "--sample", &name)?.sample = Some(sample);
        }
        for (name, unit) in pairs("--unit", &self.unit)? {
            known(&mut fields, "--unit", &name)?.unit = unit;
        }
        for (name, label) in pairs("--label", &self.label)? {
            known(&mut fields, "--label", &name)?.label = both(&label);
        }
        Ok(fields)
    }

    fn kinds(&self) -> Result<Vec<(String, Kind)>, Error> {
        let named = |names: &[String], kind: &Kind| {
            names.iter().map(|name| (name.clone(), kind.clone())).collect::<Vec<_>>()
        };
        let mut kinds = named(&self.extensive, &Kind::Extensive);
        kinds.extend(named(&self.intensive, &Kind::Intensive));
        let classes = Kind::Categorical { categories: BTreeMap::new() };
        kinds.extend(named(&self.categorical, &classes));
        for (name, parts) in pairs("--ratio", &self.ratio)? {
            let kind =
                ratio(&parts).ok_or_else(|| malformed("--ratio", &parts, "A/B or A/B*PER"))?;
            kinds.push((name, kind));
        }
        Ok(kinds)
    }
}

fn plain(name: &str, kind: Kind) -> Field {
    let unit = String::new();
    Field { kind, unit, label: both(name), definition: None, priority: None, sample: None }
}

fn known<'a>(
    fields: &'a mut BTreeMap<String, Field>,
    option: &str,
    name: &str,
) -> Result<&'a mut Field, Error> {
    fields.get_mut(name).ok_or_else(|| {
        PipelineError::Request {
            what: format!("{option} speaks of \"{name}\", which has no kind"),
            help: format!(
                "say what it is with --extensive, --intensive, --categorical or --ratio, or in the schema; \
                 a renamed column goes by its new name ({option} NEW=…)"
            ),
        }
        .into()
    })
}

/// `A/B` or `A/B*PER`, where PER is a whole number from 1.
fn ratio(parts: &str) -> Option<Kind> {
    let (numerator, rest) = parts.split_once('/')?;
    let (denominator, per) = match rest.rsplit_once('*') {
        Some((denominator, per)) => (denominator, per.parse().ok().filter(|&per| per > 0)?),
        None => (rest, 1),
    };
    let named = !numerator.is_empty() && !denominator.is_empty();
    named.then(|| Kind::Ratio {
        numerator: numerator.to_owned(),
        denominator: denominator.to_owned(),
        per,
    })
}

/// "EN|SV", or one text for both.
pub fn both(text: &str) -> Label {
    let (en, sv) = text.split_once('|').unwrap_or((text, text));
    Label { sv: sv.to_owned(), en: en.to_owned() }
}

/// Splits `LEFT=RIGHT` at the first equals sign.
///
/// # Errors
/// [`PipelineError::Request`] for a text without one.
pub fn pairs(option: &str, given: &[String]) -> Result<Vec<(String, String)>, Error> {
    given
        .iter()
        .map(|text| {
            text.split_once('=')
                .map(|(left, right)| (left.to_owned(), right.to_owned()))
                .ok_or_else(|| malformed(option, text, "LEFT=RIGHT"))
        })
        .collect()
}

fn malformed(option: &str, given: &str, form: &str) -> Error {
    PipelineError::Request {
        what: format!("{option} \"{given}\" is not of the form {form}"),
        help: "see `scale ingest --help`".to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per(parts: &str) -> Option<u32> {
        match ratio(parts)? {
            Kind::Ratio { per, .. } => Some(per),
            _ => None,
        }
    }

    #[test]
    fn a_ratio_may_be_given_per_so_many() {
        assert_eq!((per("cars/residents"), per("cars/residents*1000")), (Some(1), Some(1000)));
        for wrong in ["cars", "cars/", "/residents", "cars/residents*", "a/b*0", "a/b*1.5", "a/b*x"]
        {
            assert_eq!(per(wrong), None, "{wrong}");
        }
    }
}
