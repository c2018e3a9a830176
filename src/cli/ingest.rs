//! `scale ingest`: a file of one's own becomes a data set.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use super::input::Input;
use super::{Global, output};
use crate::Error;
use crate::model::{Field, Kind, Label, Theme};
use crate::pipeline::{PipelineError, ingest};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale ingest --file population.json --id population_regso --theme population --key Region --geography regso-2025 \\\n    --sex Kon --age Alder --rename \"Folkmängden per region=residents\" --extensive residents --derive demography \\\n    --publisher SCB --licence CC0-1.0 --into mydata\n  scale --data mydata map --area jarva\n  scale ingest --file bilar.csv --id cars --theme travel --key kod --geography regso-2025 --year 2024 --extensive bilar \\\n    --publisher \"City of Stockholm\" --licence CC0-1.0 --delimiter semicolon --encoding windows-1252 --header-row 3"
)]
pub struct Arguments {
    /// CSV, JSON-stat 2, PxWeb JSON, PX, GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GeoParquet or Parquet
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Name of the data set; a known one is replaced
    #[arg(long)]
    id: String,
    /// population, health, travel, consumption, services or geography
    #[arg(long, value_parser = theme)]
    theme: Theme,
    /// Column of codes
    #[arg(long, value_name = "COLUMN")]
    key: String,
    /// What the codes name: regso-2025, deso-2018, municipality, point, polygon …
    #[arg(long, value_name = "LEVEL")]
    geography: String,
    /// Data folder that `--data` then accepts
    #[arg(long, value_name = "DIR", default_value = "data")]
    into: PathBuf,
    /// Column of years, or the one year of the file
    #[arg(long, value_name = "COLUMN|YEAR")]
    year: Option<String>,
    /// Column of sexes; Swedish codes become SDMX codes
    #[arg(long, value_name = "COLUMN")]
    sex: Option<String>,
    /// Column of ages; Swedish codes become SDMX codes
    #[arg(long, value_name = "COLUMN")]
    age: Option<String>,
    /// Column of names
    #[arg(long, value_name = "COLUMN")]
    name: Option<String>,
    /// Counts
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    extensive: Vec<String>,
    /// Rates, means, densities
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    intensive: Vec<String>,
    /// Classes
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    categorical: Vec<String>,
    /// A ratio of two counts, such as density=cars/residents
    #[arg(long, value_name = "NAME=A/B")]
    ratio: Vec<String>,
    /// Unit of a column, such as cars=cars
    #[arg(long, value_name = "COLUMN=UNIT")]
    unit: Vec<String>,
    /// Label of a column in English and Swedish, such as "cars=Cars|Bilar"
    #[arg(long, value_name = "COLUMN=EN|SV")]
    label: Vec<String>,
    /// New name of a column, given before all other options look at it
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// Columns to leave out
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    drop: Vec<String>,
    /// Title in English and Swedish, "EN|SV"; the id if absent
    #[arg(long)]
    title: Option<String>,
    /// Who published the file
    #[arg(long)]
    publisher: String,
    /// Table or layer at the publisher
    #[arg(long)]
    table: Option<String>,
    /// Public address
    #[arg(long)]
    url: Option<String>,
    /// Licence, or the words "not stated"
    #[arg(long)]
    licence: String,
    /// demography: derive densities, shares and ratios from a column "residents"
    #[arg(long)]
    derive: Option<String>,
    #[command(flatten)]
    source: Input,
}

fn theme(given: &str) -> Result<Theme, String> {
    let all = [
        Theme::Population,
        Theme::Health,
        Theme::Travel,
        Theme::Consumption,
        Theme::Services,
        Theme::Geography,
    ];
    let known: Vec<&str> = all.iter().map(|theme| theme.id()).collect();
    all.into_iter()
        .find(|theme| theme.id() == given)
        .ok_or_else(|| format!("known themes: {}", known.join(", ")))
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let rename = pairs("--rename", &arguments.rename)?;
    let open = arguments.source.options()?;
    let done = ingest::run(&ingest::Request {
        file: &arguments.file,
        open: &open,
        into: &arguments.into,
        id: &arguments.id,
        theme: arguments.theme,
        title: both(arguments.title.as_deref().unwrap_or(&arguments.id)),
        publisher: &arguments.publisher,
        table: arguments.table.as_deref(),
        url: arguments.url.as_deref(),
        licence: &arguments.licence,
        geography: &arguments.geography,
        key: &arguments.key,
        name: arguments.name.as_deref(),
        year: arguments.year.as_deref(),
        sex: arguments.sex.as_deref(),
        age: arguments.age.as_deref(),
        fields: fields(arguments)?,
        rename: &rename,
        drop: &arguments.drop,
        derive: arguments.derive.as_deref(),
    })?;
    for text in &done.notes {
        output::note(global, &format!("note: {text}"));
    }
    let years: Vec<String> = done.dataset.years.iter().map(ToString::to_string).collect();
    output::line(&format!("{}: {} rows, years {}", done.dataset.id, done.rows, years.join(", ")));
    output::line(&done.file.display().to_string());
    Ok(ExitCode::SUCCESS)
}

fn fields(arguments: &Arguments) -> Result<BTreeMap<String, Field>, Error> {
    let units: BTreeMap<String, String> = pairs("--unit", &arguments.unit)?.into_iter().collect();
    let labels: BTreeMap<String, String> =
        pairs("--label", &arguments.label)?.into_iter().collect();
    let mut kinds: Vec<(String, Kind)> = Vec::new();
    kinds.extend(arguments.extensive.iter().map(|name| (name.clone(), Kind::Extensive)));
    kinds.extend(arguments.intensive.iter().map(|name| (name.clone(), Kind::Intensive)));
    kinds.extend(
        arguments
            .categorical
            .iter()
            .map(|name| (name.clone(), Kind::Categorical { categories: BTreeMap::new() })),
    );
    for (name, parts) in pairs("--ratio", &arguments.ratio)? {
        let (numerator, denominator) =
            parts.split_once('/').ok_or_else(|| malformed("--ratio", &parts, "NAME=A/B"))?;
        let kind = Kind::Ratio {
            numerator: numerator.to_owned(),
            denominator: denominator.to_owned(),
            per: 1,
        };
        kinds.push((name, kind));
    }
    let field = |(name, kind): (String, Kind)| {
        let field = Field {
            kind,
            unit: units.get(&name).cloned().unwrap_or_default(),
            label: both(labels.get(&name).unwrap_or(&name)),
            definition: None,
            priority: None,
        };
        (name, field)
    };
    Ok(kinds.into_iter().map(field).collect())
}

/// "EN|SV", or one text for both.
fn both(text: &str) -> Label {
    let (en, sv) = text.split_once('|').unwrap_or((text, text));
    Label { sv: sv.to_owned(), en: en.to_owned() }
}

fn pairs(option: &str, given: &[String]) -> Result<Vec<(String, String)>, Error> {
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
