//! `scale map`: the baseline of an area, and its headlines.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::labels::Labels;
use super::{Global, crs, output, services};
use crate::Error;
use crate::indicators::{kind_of_ride, kind_of_way};
use crate::model::{Lang, Observation, Role, Theme, unit_word};
use crate::pipeline::file::Values;
use crate::pipeline::map::Baseline;
use crate::pipeline::no_area_named;
use crate::pipeline::plan::Plan;
use crate::pipeline::run::{self, Made};
use crate::pipeline::steps::{self, Report};
use crate::sources::Data;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale map --area jarva\n  scale map --all --out baselines --crs EPSG:3011\n  scale --lang sv map --area jarva --format gpkg,csv\n  scale --json map --area jarva | jq .[0].indicators"
)]
pub struct Arguments {
    /// Area to make
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    area: Option<String>,
    /// Make every area
    #[arg(long)]
    all: bool,
    /// Folder to write to; each area gets a folder of its own in it
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// System of the layers
    #[arg(long, default_value = "EPSG:3006")]
    crs: String,
    /// Formats to write, apart by commas: gpkg (all layers, with styles and a project for QGIS), fgb (FlatGeobuf, for the
    /// web), parquet (GeoParquet), csv (for spreadsheets: with --lang sv semicolons and decimal commas)
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "gpkg,parquet", value_parser = ["gpkg", "fgb", "parquet", "csv"])]
    format: Vec<String>,
    /// What is a service among the places of an extract: a table instead of the built-in one, which
    /// `scale access --print-services` shows
    #[arg(long, value_name = "FILE")]
    services_table: Option<PathBuf>,
    /// Day and window of departures by public transport, where timetables are among the data [default: 07:00 to 09:00 on
    /// the Tuesday of the week in which most vehicles run]
    #[arg(long, value_name = "DATETFROM/TO")]
    depart: Option<String>,
    /// Withhold counts of one's own data (--data) below N, and what would give them away; all areas in one run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_count: Option<u32>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let asked: Vec<String> = arguments.area.iter().cloned().collect();
    if asked.is_empty() && !arguments.all {
        return Err(no_area_named().into());
    }
    let site = global.site(&asked)?;
    let ground = site.ground(&[])?;
    let bar = output::progress(global, site.ids().len());
    let services = services::table(arguments.services_table.as_deref())?;
    let done = |id: &str| {
        bar.set_message(id.to_owned());
        bar.inc(1);
    };
    let plan = Plan::single(&steps::MAP, values(global, arguments)?, site);
    let made = run::directly(&plan, &arguments.out, global.cache().as_ref(), &done).map(baselines);
    bar.finish_and_clear();
    let labels = Labels { services: Some(&services), ..Labels::of(&ground, global.lang()) };
    let mut listed = Vec::new();
    for (baseline, folder) in made? {
        for warning in &baseline.warnings {
            output::note(global, &format!("warning: {}: {warning}", baseline.area.definition.id));
        }
        if global.json {
            listed.push(summary(&baseline, &folder));
        } else if !global.quiet {
            show(&labels, &baseline, &folder);
        }
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&listed).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

fn baselines(made: Vec<Made>) -> Vec<(Baseline, PathBuf)> {
    let baseline = |made: Made| match made.told.report {
        Report::Map(baseline) => Some((*baseline, made.folder)),
        _ => None,
    };
    made.into_iter().filter_map(baseline).collect()
}

/// What is typed, as a step of a pipeline says it.
fn values(global: &Global, arguments: &Arguments) -> Result<Values, Error> {
    let mut values = Values::default();
    values.put_text("crs", Some(crs(&arguments.crs)?.id()));
    values.put_texts("format", &arguments.format);
    values.put_text("lang", global.lang_word());
    values.put_file("services_table", arguments.services_table.as_deref());
    values.put_text("depart", arguments.depart.as_deref());
    values.put_number("min_count", arguments.min_count.map(f64::from));
    Ok(values)
}

/// What a baseline says of its area as a whole, for programs.
fn summary(baseline: &Baseline, folder: &Path) -> serde_json::Value {
    let whole = baseline.rows.iter().filter(|row| row.unit_id.is_none() && row.role == Role::Own);
    let row = |row: &Observation| {
        serde_json::json!({
            "indicator": row.indicator, "theme": row.theme, "value": row.value, "lower": row.lower,
            "upper": row.upper, "unit": row.unit, "year": row.year, "sex": row.sex, "age": row.age,
            "obs_status": row.obs_status.code(), "method": row.method, "coverage": row.coverage,
        })
    };
    serde_json::json!({
        "area_id": baseline.area.definition.id,
        "units": baseline.area.parts.len(),
        "surface_km2": baseline.area.surface_m2() / 1e6,
        "indicators": whole.map(row).collect::<Vec<_>>(),
        "warnings": baseline.warnings,
        "files": baseline.files.iter().map(|name| folder.join(name)).collect::<Vec<_>>(),
    })
}

fn show(labels: &Labels<'_>, baseline: &Baseline, folder: &Path) {
    let area = &baseline.area;
    let name = area.definition.name.get(labels.lang);
    output::line(&format!(
        "{name}: {} {}, {} km²",
        area.parts.len(),
        match area.parts.len() {
            1 => word(labels.lang, "unit", "delområde"),
            _ => word(labels.lang, "units", "delområden"),
        },
        output::number_in(area.surface_m2() / 1e6, 2, labels.lang)
    ));
    let mut rows = Vec::new();
    for indicator in ["residents", "density_land", "share_aged_0_19", "share_aged_65_plus"] {
        let own = headline(&baseline.rows, indicator, Role::Own);
        rows.extend(own.map(|row| cells(labels, Theme::Population, row)));
    }
    for theme in [Theme::Health, Theme::Travel, Theme::Consumption] {
        rows.extend(theme_rows(labels, theme, &baseline.rows));
    }
    rows.extend(service_rows(labels, &baseline.rows));
    let header = match labels.lang {
        Lang::En => ["theme", "indicator", "value", "unit", "year", "status", "describes"],
        Lang::Sv => ["tema", "indikator", "värde", "enhet", "år", "status", "beskriver"],
    };
    output::table(&header, &[2], rows);
    for file in &baseline.files {
        output::line(&folder.join(file).display().to_string());
    }
}

/// Minutes to each kind of service, metres where fewer units walk to it than have a distance; then by public transport.
fn service_rows(labels: &Labels<'_>, rows: &[Observation]) -> Vec<Vec<String>> {
    let whole = || rows.iter().filter(|row| row.unit_id.is_none());
    let walked = |metres: &Observation| {
        let kind = kind_of_way(&metres.indicator);
        let minutes = whole().filter(|row| row.indicator.starts_with("access_nearest_"));
        let covers = |row: &&Observation| row.coverage >= metres.coverage;
        minutes.filter(covers).find(|row| kind_of_way(&row.indicator) == kind)
    };
    let metres = whole().filter(|row| row.indicator.starts_with("distance_nearest_"));
    let ridden = whole().filter(|row| kind_of_ride(&row.indicator).is_some());
    let on_foot = metres.map(|metres| walked(metres).unwrap_or(metres));
    on_foot.chain(ridden).map(|row| cells(labels, Theme::Services, row)).collect()
}

/// Headlines of a theme: local figures, or the word that there is none and what can be compared with.
fn theme_rows(labels: &Labels<'_>, theme: Theme, rows: &[Observation]) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let headlines = headlines(labels.data, theme);
    for role in [Role::Own, Role::Part] {
        for indicator in &headlines {
            let newest = newest_of(rows, indicator, role);
            out.extend(newest.into_iter().map(|row| cells(labels, theme, row)));
        }
    }
    if out.is_empty() {
        let title = theme.title(labels.lang).to_owned();
        let mut none =
            vec![title, word(labels.lang, "no local figure", "inget lokalt värde").to_owned()];
        none.resize(7, String::new());
        out.push(none);
    }
    for indicator in &headlines {
        let newest = newest_of(rows, indicator, Role::Reference);
        let municipality = newest.into_iter().filter(|row| row.geography_level == "municipality");
        out.extend(municipality.map(|row| cells(labels, theme, row)));
    }
    out
}

/// The indicators of a theme that the catalogue calls headlines, most important first.
fn headlines(data: &Data, theme: Theme) -> Vec<String> {
    let tables = data.tables.iter().map(|table| &table.dataset);
    let figures = data.figures.iter().map(|(dataset, _)| dataset);
    let mut found: Vec<(u8, String)> = tables
        .chain(figures)
        .filter(|dataset| dataset.theme == theme)
        .flat_map(|dataset| &dataset.fields)
        .filter_map(|(name, field)| Some((field.priority?, name.clone())))
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, name)| name).collect()
}

/// For each geography the newest row of an indicator, both sexes; all ages where there is such a row.
fn newest_of<'a>(rows: &'a [Observation], indicator: &str, role: Role) -> Vec<&'a Observation> {
    let mut newest: Vec<&Observation> = Vec::new();
    for row in rows.iter().filter(|row| row.unit_id.is_none() && row.role == role) {
        if row.indicator != indicator || row.sex != "_T" {
            continue;
        }
        let known = newest.iter_mut().find(|known| {
            known.geography_level == row.geography_level && known.geography_id == row.geography_id
        });
        let rank = |row: &Observation| (row.age == "_T", row.year);
        match known {
            Some(known) if rank(row) > rank(known) => *known = row,
            Some(_) => {}
            None => newest.push(row),
        }
    }
    newest
}

fn headline<'a>(rows: &'a [Observation], indicator: &str, role: Role) -> Option<&'a Observation> {
    newest_of(rows, indicator, role).into_iter().next()
}

fn cells(labels: &Labels<'_>, theme: Theme, row: &Observation) -> Vec<String> {
    let lang = labels.lang;
    let decimals = usize::from(!matches!(row.unit.as_str(), "persons" | "m" | "persons per km2"));
    let show = |value: f64| output::number_in(value, decimals, lang);
    let value = match (row.value, row.lower, row.upper) {
        (Some(value), Some(low), Some(high)) => {
            format!("{} ({}–{})", show(value), show(low), show(high))
        }
        (Some(value), Some(_), None) => format!("≥ {}", show(value)),
        (Some(value), ..) => show(value),
        (None, Some(low), Some(high)) => format!("{}–{}", show(low), show(high)),
        (None, Some(low), None) => format!("≥ {}", show(low)),
        (None, None, Some(high)) => format!("≤ {}", show(high)),
        (None, None, None) => word(lang, "missing", "saknas").to_owned(),
    };
    let coverage = match row.coverage {
        Some(coverage) if coverage < 0.9995 => {
            let share = output::number_in(coverage, 3, lang);
            format!(" ({} {share})", word(lang, "coverage", "täckning"))
        }
        _ => String::new(),
    };
    vec![
        theme.title(lang).to_owned(),
        labels.indicator(&row.indicator),
        value,
        unit_word(&row.unit, lang).to_owned(),
        row.year.map_or_else(
            || word(lang, "not stated", "ej angivet").to_owned(),
            |year| year.to_string(),
        ),
        format!("{}{coverage}", row.obs_status.code()),
        describes(labels, row),
    ]
}

fn describes(labels: &Labels<'_>, row: &Observation) -> String {
    match row.role {
        Role::Own if row.geography_level == "area" => {
            word(labels.lang, "the area", "området").to_owned()
        }
        role => {
            let place = labels.geography(&row.geography_level, &row.geography_id);
            format!("{place} ({})", role_word(role, labels.lang))
        }
    }
}

fn role_word(role: Role, lang: Lang) -> &'static str {
    match (role, lang) {
        (_, Lang::En) => role.id(),
        (Role::Own, Lang::Sv) => "egen",
        (Role::Part, Lang::Sv) => "del",
        (Role::Context, Lang::Sv) => "överlappar",
        (Role::Reference, Lang::Sv) => "jämförelse",
    }
}

fn word<'a>(lang: Lang, en: &'a str, sv: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Sv => sv,
    }
}
