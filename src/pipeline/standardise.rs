//! `scale standardise`: rates of places as they would be with the ages of one standard population.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::PipelineError;
use super::records::Records;
use crate::compare::{
    AgeClass, PUBLISHED, Published, Standard, Standardised, Stratum, standardise,
};
use crate::formats::OpenOptions;
use crate::model::{Field, Kind, ObsStatus};
use crate::sources::{Data, UnitTable};

/// Below this number of events a rate is of low reliability.
const FEW: u64 = 10;

/// The population that rates are standardised to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandardOf {
    Published(&'static Published),
    /// The residents of all units with ages in the data, newest year.
    Data,
    /// A table with the columns `age` and `population`, or the id of a data set with ages.
    Named(String),
}

impl StandardOf {
    /// Reads `europe-2013`, `sweden-2016`, `data`, `FILE` or the id of a data set.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match (Published::of(text), text) {
            (Some(published), _) => Self::Published(published),
            (None, "data") => Self::Data,
            (None, name) => Self::Named(name.to_owned()),
        }
    }
}

/// A standard population, and where it comes from in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub standard: Standard,
    pub source: String,
}

/// What to standardise: a table with a row for every place and age class.
pub struct Request<'a> {
    pub file: &'a Path,
    pub open: &'a OpenOptions,
    pub key: &'a str,
    pub age: &'a str,
    pub events: &'a str,
    pub population: &'a str,
    pub standard: &'a Chosen,
    pub level: f64,
}

/// The rate of a place, or why it has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub key: String,
    pub rate: Option<Standardised>,
    pub obs_status: ObsStatus,
    /// For readers, where there is no rate or little to rest it on.
    pub remark: Option<String>,
}

/// The rates, and what a reader must know of all of them.
#[derive(Debug)]
pub struct Standardisation {
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

/// The standard itself.
///
/// # Errors
/// Those of opening the table; [`PipelineError::Request`] for a name that is no file and no data set, and for classes that
/// do not follow each other.
pub fn standard(of: &StandardOf, data: &Data) -> Result<Chosen, PipelineError> {
    let (source, classes) = match of {
        StandardOf::Published(published) => {
            let source = format!("{} (licence: {})", published.source, published.licence);
            return Ok(Chosen { standard: published.standard(), source });
        }
        StandardOf::Data => {
            let tables = data.tables.iter().filter(|table| table.dataset.derive.is_some());
            residents_by_age(tables)?
        }
        StandardOf::Named(name) => {
            match data.tables.iter().find(|table| table.dataset.id == *name) {
                Some(table) => residents_by_age(std::iter::once(table))?,
                None => of_file(name)?,
            }
        }
    };
    let standard = Standard::new(classes).map_err(|reason| PipelineError::Request {
        what: format!("{source}: is no standard population: {reason}"),
        help: "give a row for each age class, from the youngest to an open one such as 85+"
            .to_owned(),
    })?;
    Ok(Chosen { standard, source })
}

type Classes = Vec<(AgeClass, f64)>;

fn of_file(name: &str) -> Result<(String, Classes), PipelineError> {
    let file = Path::new(name);
    if !file.exists() {
        let known: Vec<&str> = PUBLISHED.iter().map(|published| published.id).collect();
        return Err(PipelineError::Request {
            what: format!("\"{name}\" is no standard, no data set and no file"),
            help: format!(
                "give {}, data, the id of a data set with ages, or a table with the columns age and population; `scale ingest NAME --into mydata` brings a national one from its publisher, and `scale --data mydata standardise --standard NAME` takes it",
                known.join(", ")
            ),
        });
    }
    let records = Records::open(file, &OpenOptions::default())?;
    let ages = ages(&records, "age")?;
    let counts = records.numbers("population")?;
    let class = |(row, (age, count)): (usize, (AgeClass, Option<f64>))| {
        let empty = || records.fault(row, "column \"population\" is empty".to_owned());
        Ok::<_, PipelineError>((age, count.ok_or_else(empty)?))
    };
    let classes = ages.into_iter().zip(counts).enumerate().map(class);
    Ok((name.to_owned(), classes.collect::<Result<_, _>>()?))
}

/// Both sexes by age, summed over all places, in the newest year; and whose they are. Where a table has no total of the
/// sexes, theirs are added up.
fn residents_by_age<'a>(
    tables: impl Iterator<Item = &'a UnitTable>,
) -> Result<(String, Classes), PipelineError> {
    let mut by_year: BTreeMap<Option<i32>, BTreeMap<AgeClass, f64>> = BTreeMap::new();
    let mut sources = BTreeSet::new();
    for UnitTable { dataset, table } in tables {
        let is_count = |(_, field): &(&String, &Field)| field.kind == Kind::Extensive;
        let mut counts = dataset.fields.iter().filter(is_count).map(|(name, _)| name);
        let residents = counts.clone().find(|name| *name == "residents");
        let Some(name) = residents.or_else(|| counts.next()) else { continue };
        let cells = table.cells(name)?;
        let has_total = cells.iter().any(|cell| cell.sex == Some("_T"));
        for cell in cells {
            let age = cell.age.and_then(AgeClass::parse);
            let sex = cell.sex.unwrap_or("_T");
            if let (Some(age), Some(value), true) = (age, cell.value, !has_total || sex == "_T") {
                *by_year.entry(cell.year).or_default().entry(age).or_insert(0.0) += value;
                sources.insert(dataset.source());
            }
        }
    }
    let (year, classes) = by_year.pop_last().unwrap_or_default();
    let year = year.map_or_else(String::new, |year| format!(", {year}"));
    let sources: Vec<String> = sources.into_iter().collect();
    let source =
        if sources.is_empty() { "the data".to_owned() } else { sources.join("; ") + &year };
    Ok((source, classes.into_iter().collect()))
}

fn ages(records: &Records, column: &str) -> Result<Vec<AgeClass>, PipelineError> {
    let read = |(row, text): (usize, &str)| {
        AgeClass::parse(text).ok_or_else(|| {
            records.fault(
                row,
                format!("\"{text}\" in column \"{column}\" is no age class, such as 0-4 or 85+"),
            )
        })
    };
    records.all_texts(column)?.into_iter().enumerate().map(read).collect()
}

/// Standardises the rate of every key.
///
/// # Errors
/// Those of opening the table; [`PipelineError::Request`] for ages that cut the standard's, or differ between keys.
pub fn run(request: &Request<'_>) -> Result<Standardisation, PipelineError> {
    let records = Records::open(request.file, request.open)?;
    let keys = records.all_texts(request.key)?;
    let ages = ages(&records, request.age)?;
    let (events, population) =
        (records.numbers(request.events)?, records.numbers(request.population)?);
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        places.entry(key).or_default().push(row);
    }
    let mut all: Vec<AgeClass> = ages.clone();
    all.sort_unstable();
    all.dedup();
    let chosen = request.standard;
    let weights = chosen.standard.weights(&all).map_err(|reason| PipelineError::Request {
        what: format!("{}: {reason}", records.place()),
        help: "join ages in the table so that each is made of whole classes of the standard"
            .to_owned(),
    })?;
    let standard: BTreeMap<AgeClass, f64> = all.iter().copied().zip(weights).collect();
    let (mut rows, mut over) = (Vec::new(), 0);
    for (key, members) in places {
        let mut strata: BTreeMap<AgeClass, Stratum> = BTreeMap::new();
        let mut missing = None;
        for row in members {
            let (Some(events), Some(population)) = (events[row], population[row]) else {
                missing = Some(ages[row]);
                continue;
            };
            let stratum = Stratum {
                events: whole(&records, row, request.events, events)?,
                population: amount(&records, row, request.population, population)?,
                standard: standard.get(&ages[row]).copied().unwrap_or(0.0),
            };
            if strata.insert(ages[row], stratum).is_some() {
                return Err(records.fault(
                    row,
                    format!("the age {} of \"{key}\" is there twice", ages[row].name()),
                ));
            }
        }
        let absent = missing.or_else(|| all.iter().find(|age| !strata.contains_key(age)).copied());
        over += strata.values().filter(|stratum| has_more_events(stratum)).count();
        rows.push(self::row(key, absent, &strata, request.level));
    }
    let one_of_each: Vec<Stratum> = standard
        .values()
        .map(|standard| Stratum { events: 0, population: 1.0, standard: *standard })
        .collect();
    let left_out = chosen.standard.left_out(&one_of_each);
    let note = || {
        format!(
            "{:.1} % of the standard is of ages that the table does not have: the rates are of the others",
            left_out * 100.0
        )
    };
    let mut notes = vec![format!("standard population: {}", chosen.source)];
    notes.extend((left_out > 0.0).then(note));
    notes.extend((over > 0).then(|| {
        format!(
            "{over} rows have more {} than {}: check the columns, the year and the place; their rates are of low reliability (U)",
            request.events, request.population
        )
    }));
    Ok(Standardisation { rows, notes })
}

fn row(
    key: &str,
    absent: Option<AgeClass>,
    strata: &BTreeMap<AgeClass, Stratum>,
    level: f64,
) -> Row {
    let none = |remark: String| Row {
        key: key.to_owned(),
        rate: None,
        obs_status: ObsStatus::M,
        remark: Some(remark),
    };
    if let Some(age) = absent {
        return none(format!("no events or population of age {}", age.name()));
    }
    let classes: Vec<Stratum> = strata.values().copied().collect();
    let Some(rate) = standardise(&classes, level) else {
        let empty = strata.iter().find(|(_, s)| s.population <= 0.0 && s.standard > 0.0);
        let age = empty.map_or_else(String::new, |(age, _)| format!(" of age {}", age.name()));
        return none(format!("nobody lives there{age}"));
    };
    let few = rate.events < FEW;
    let over = strata.iter().find(|(_, stratum)| has_more_events(stratum));
    let over = over.map(|(age, _)| format!("more events than people of age {}", age.name()));
    Row {
        key: key.to_owned(),
        rate: Some(rate),
        obs_status: if few || over.is_some() { ObsStatus::U } else { ObsStatus::E },
        remark: over.or_else(|| few.then(|| format!("fewer than {FEW} events"))),
    }
}

fn has_more_events(stratum: &Stratum) -> bool {
    f64::from(stratum.events) > stratum.population
}

fn whole(records: &Records, row: usize, column: &str, number: f64) -> Result<u32, PipelineError> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is checked
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        Ok(number as u32)
    } else {
        Err(records
            .fault(row, format!("column \"{column}\" holds {number}, which counts no events")))
    }
}

fn amount(records: &Records, row: usize, column: &str, number: f64) -> Result<f64, PipelineError> {
    if number >= 0.0 && number.is_finite() {
        Ok(number)
    } else {
        Err(records
            .fault(row, format!("column \"{column}\" holds {number}, which is no population")))
    }
}

/// One row a place, rates times `per`, both intervals.
///
/// # Errors
/// [`PipelineError::Frame`], never for rows of [`run`].
pub fn frame(
    rows: &[Row],
    key: &str,
    per: f64,
    standard: &Chosen,
) -> Result<DataFrame, PipelineError> {
    let number = |name: &str, get: &dyn Fn(&Standardised) -> f64| {
        let cells: Vec<Option<f64>> = rows.iter().map(|row| row.rate.as_ref().map(get)).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let statuses: Vec<&str> = rows.iter().map(|row| row.obs_status.code()).collect();
    let remarks: Vec<Option<&str>> = rows.iter().map(|row| row.remark.as_deref()).collect();
    #[allow(clippy::cast_precision_loss)] // counts are far below 2^53
    let columns = vec![
        Column::from(Series::new(key.into(), keys)),
        number("events", &|rate| rate.events as f64),
        number("population", &|rate| rate.population),
        number("crude_rate", &|rate| rate.crude * per),
        number("rate", &|rate| rate.rate * per),
        number("lower_dobson", &|rate| rate.dobson.lower * per),
        number("upper_dobson", &|rate| rate.dobson.upper * per),
        number("lower_gamma", &|rate| rate.gamma.lower * per),
        number("upper_gamma", &|rate| rate.gamma.upper * per),
        Column::from(Series::new("obs_status".into(), statuses)),
        Column::from(Series::new("remark".into(), remarks)),
        Column::from(Series::new("standard".into(), vec![standard.source.as_str(); rows.len()])),
    ];
    let table = |source| PipelineError::Frame { table: "rates".to_owned(), source };
    DataFrame::new(rows.len(), columns).map_err(table)
}

/// A row for programs, rates times `per`.
#[derive(Debug, Serialize)]
pub struct Listed {
    pub key: String,
    pub events: Option<u64>,
    pub population: Option<f64>,
    pub crude_rate: Option<f64>,
    pub rate: Option<f64>,
    pub dobson: Option<crate::compare::Interval>,
    pub gamma: Option<crate::compare::Interval>,
    pub obs_status: &'static str,
    pub remark: Option<String>,
    /// Whose ages the rate has.
    pub standard: String,
}

impl Row {
    /// The row with its rates times `per`.
    #[must_use]
    pub fn listed(&self, per: f64, standard: &Chosen) -> Listed {
        let rate = self.rate.as_ref();
        Listed {
            key: self.key.clone(),
            events: rate.map(|rate| rate.events),
            population: rate.map(|rate| rate.population),
            crude_rate: rate.map(|rate| rate.crude * per),
            rate: rate.map(|rate| rate.rate * per),
            dobson: rate.map(|rate| rate.dobson.times(per)),
            gamma: rate.map(|rate| rate.gamma.times(per)),
            obs_status: self.obs_status.code(),
            remark: self.remark.clone(),
            standard: standard.source.clone(),
        }
    }
}
