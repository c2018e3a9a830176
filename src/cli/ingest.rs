//! `scale ingest`: a file of one's own, or what a provider publishes, becomes a data set.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::fields::{Fields, both, pairs};
use super::input::Input;
use super::{Global, output};
use crate::Error;
use crate::model::{Dimensions, Theme};
use crate::pipeline::{PipelineError, ingest};
use crate::sources::Schema;

const EXAMPLES: &str = r#"Examples:
  scale ingest population cars --into mydata
  scale ingest --pipeline pipelines/stockholm-live.toml --locked
  scale ingest --file population.json --id population_regso --theme population --key Region --geography regso-2025 \
    --sex Kon --age Alder --rename "Folkmängden per region=residents" --extensive residents --derive demography \
    --publisher SCB --licence CC0-1.0 --into mydata
  scale --data mydata map --area jarva
  scale ingest --file bilar.csv --id cars --theme travel --key kod --geography regso-2025 --year 2024 --extensive bilar \
    --publisher "City of Stockholm" --licence CC0-1.0 --delimiter semicolon --encoding windows-1252 --header-row 3
  scale ingest --file cars.csv --schema cars.toml
  scale ingest --file jarva.osm.pbf --id streets --theme geography --geography streets --year 2025 \
    --publisher "OpenStreetMap contributors" --licence ODbL-1.0 --into mydata
  scale ingest --file sl.zip --id timetable --theme travel --geography timetable \
    --publisher "Samtrafiken (Trafiklab)" --licence CC0-1.0 --into mydata

A schema (cars.toml) has the form of an entry of catalog.toml, or is a catalogue of which --id names the entry:
  id = "cars"
  theme = "travel"
  geography = "regso-2025"
  key = "code"
  publisher = "City of Stockholm"
  licence = "CC0-1.0"
  title = { sv = "Bilar", en = "Cars" }
  dimensions = { year = "year" }
  [fields]
  cars = { kind = "extensive", unit = "cars", label = { sv = "Bilar", en = "Cars" } }
  residents = { kind = "extensive", unit = "persons", label = { sv = "Invånare", en = "Residents" } }
  [fields.cars_per_1000]
  kind = "ratio"
  numerator = "cars"
  denominator = "residents"
  per = 1000
  unit = "cars per 1000 residents"
  label = { sv = "Bilar per 1000 invånare", en = "Cars per 1000 residents" }
The same ratio on the command line: --ratio cars_per_1000=cars/residents*1000"#;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CSV, XLSX, JSON-stat 2, PxWeb JSON, PX, Kolada JSON, GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GeoParquet or
    /// Parquet; with --geography streets an .osm.pbf, .osm or .json of OpenStreetMap, with --geography timetable the zip or
    /// the folder of a GTFS feed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["names", "pipeline"])]
    file: Option<PathBuf>,
    /// Data sets of live providers, by their ids, or by what several ids begin with: population means all
    /// that begin with population and an underscore; `scale sources --live` lists them
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// What the file is, in TOML; the options here win over it
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Name of the data set; a known one is replaced
    #[arg(long)]
    id: Option<String>,
    /// population, health, travel, consumption, services or geography
    #[arg(long, value_parser = theme)]
    theme: Option<Theme>,
    /// Column of codes; streets and timetables have none
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// What the codes name: regso-2025, deso-2018, municipality, point, polygon, streets, timetable …
    #[arg(long, value_name = "LEVEL")]
    geography: Option<String>,
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
    #[command(flatten)]
    fields: Fields,
    /// New name of a column, given before all other options look at it
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// Columns to leave out
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    drop: Vec<String>,
    /// Columns called by their year, which become a column year and a column value; "*" means all of them
    #[arg(long, value_delimiter = ',', value_name = "YEARS")]
    years_in_columns: Vec<String>,
    /// Column of classes of which each becomes a column of values
    #[arg(long, value_name = "COLUMN")]
    spread: Option<String>,
    /// Title in English and Swedish, "EN|SV"; the id if absent
    #[arg(long)]
    title: Option<String>,
    /// Who published the file
    #[arg(long)]
    publisher: Option<String>,
    /// Table or layer at the publisher
    #[arg(long)]
    table: Option<String>,
    /// Public address
    #[arg(long)]
    url: Option<String>,
    /// Licence, or the words "not stated"
    #[arg(long)]
    licence: Option<String>,
    /// demography: derive densities, shares and ratios from a column "residents"
    #[arg(long)]
    derive: Option<String>,
    #[command(flatten)]
    source: Input,
    #[command(flatten)]
    live: super::live::Arguments,
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
    let Some(file) = &arguments.file else {
        if arguments.names.is_empty() && !arguments.live.names_a_pipeline() {
            return Err(PipelineError::Request {
                what: "nothing is named to ingest".to_owned(),
                help: "name data sets of live providers (`scale ingest population cars`; `scale sources --live` lists them), a pipeline with --pipeline, or a file of your own with --file".to_owned(),
            }
            .into());
        }
        return super::live::run(global, &arguments.live, &arguments.names, &arguments.into);
    };
    own(global, arguments, file)
}

fn own(global: &Global, arguments: &Arguments, file: &Path) -> Result<ExitCode, Error> {
    let rename = pairs("--rename", &arguments.rename)?;
    let open = arguments.source.options()?;
    let done = ingest::run(&ingest::Request {
        file,
        open: &open,
        into: &arguments.into,
        schema: schema(arguments)?,
        year: arguments.year.as_deref(),
        rename: &rename,
        drop: &arguments.drop,
        years_in_columns: &arguments.years_in_columns,
        spread: arguments.spread.as_deref(),
    })?;
    tell(global, &done);
    Ok(ExitCode::SUCCESS)
}

/// What was made of a file, and what the reader should know of it.
pub fn tell(global: &Global, done: &ingest::Ingested) {
    for text in &done.notes {
        output::note(global, &format!("note: {text}"));
    }
    let years: Vec<String> = done.dataset.years.iter().map(ToString::to_string).collect();
    output::line(&format!("{}: {} rows, years {}", done.dataset.id, done.rows, years.join(", ")));
    output::line(&done.file.display().to_string());
}

/// What is typed, over what the schema file says.
fn schema(arguments: &Arguments) -> Result<Schema, Error> {
    let mut declared = match &arguments.schema {
        Some(file) => Schema::read(file, arguments.id.as_deref())?,
        None => Schema::default(),
    };
    declared.fields = arguments.fields.over(declared.fields)?;
    let typed = Schema {
        id: arguments.id.clone(),
        theme: arguments.theme,
        title: arguments.title.as_deref().map(both),
        publisher: arguments.publisher.clone(),
        table: arguments.table.clone(),
        url: arguments.url.clone(),
        geography: arguments.geography.clone(),
        licence: arguments.licence.clone(),
        key: arguments.key.clone(),
        name: arguments.name.clone(),
        dimensions: Dimensions {
            year: None,
            sex: arguments.sex.clone(),
            age: arguments.age.clone(),
        },
        derive: arguments.derive.clone(),
        ..Schema::default()
    };
    Ok(typed.or(declared))
}
