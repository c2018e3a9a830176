//! `scale compare`: an area beside a reference.

use std::path::PathBuf;
use std::process::ExitCode;

use super::diff::words::{number, pick, signed};
use super::labels::Labels;
use super::{Global, output};
use crate::Error;
use crate::compare::{Interval, Place};
use crate::formats;
use crate::model::{Lang, unit_word};
use crate::pipeline::compare::{self, Comparison, Note, Reference, Row, Side};
use crate::pipeline::{Ground, PipelineError};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale compare --area jarva --reference kommun:0180\n  scale compare --area jarva --reference area:skarholmen --by-age-and-sex\n  scale compare --area sgid --reference others --out sgid-others.csv\n  scale --json compare --area jarva --reference county:01"
)]
pub struct Arguments {
    /// Area to compare
    #[arg(long, value_name = "ID")]
    area: String,
    /// What to hold it against: kommun:0180, county:01, country, area:ID, or others (all other areas as a union)
    #[arg(long, value_name = "PLACE", value_parser = Reference::parse)]
    reference: Reference,
    /// Show ages, women and men too (JSON and --out always hold them)
    #[arg(long)]
    by_age_and_sex: bool,
    /// Give shares and rates of complete counts the interval they would have if the residents were drawn by chance from
    /// a larger population; a register itself has none
    #[arg(long)]
    superpopulation: bool,
    /// File to write every row to: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.out.as_deref().map(formats::check_table).transpose()?;
    let ground = global.ground()?;
    // An unknown area is told with the nearest known one.
    ground.ids(Some(&arguments.area), false)?;
    let request = compare::Request {
        ground: &ground,
        area: &arguments.area,
        reference: &arguments.reference,
        superpopulation: arguments.superpopulation,
    };
    let found = compare::run(&request)?;
    let lang = global.lang();
    if let Some(file) = &arguments.out {
        let frame = compare::frame(&found.rows, lang)?;
        let failed = |path, source| PipelineError::Output { path, source };
        let write = |new: &std::path::Path| Ok(formats::write_table(new, &frame)?);
        replace_file(file, write, failed)?;
    }
    let notes: Vec<String> = found.notes.iter().map(|note| said(note, lang)).collect();
    if global.json {
        output::line(&json(&found, &notes, arguments, lang)?);
    } else if !global.quiet {
        show(&ground, &found, &notes, arguments, lang);
    }
    Ok(ExitCode::SUCCESS)
}

fn said(note: &Note, lang: Lang) -> String {
    match (note, lang) {
        (Note::Overlaps { share }, Lang::En) => format!(
            "The reference holds {} % of the area's surface: the two are not independent.",
            number(share * 100.0)
        ),
        (Note::Overlaps { share }, Lang::Sv) => format!(
            "Referensen rymmer {} % av områdets yta: de två är inte oberoende av varandra.",
            number(share * 100.0)
        ),
        (Note::NothingShared { area, reference }, Lang::En) => format!(
            "The area has: {}.\nThe reference has: {}.\nOf a county or the country only what is published is known: bring figures of both in a data folder (`--data`, an entry with layout = \"figures\"), or take a municipality (kommun:0180), which is summed over its units.",
            listed(area),
            listed(reference)
        ),
        (Note::NothingShared { area, reference }, Lang::Sv) => format!(
            "Området har: {}.\nReferensen har: {}.\nAv ett län eller landet är bara det som är publicerat känt: lägg uppgifter om båda i en datamapp (`--data`, en post med layout = \"figures\"), eller jämför med en kommun (kommun:0180), som summeras över sina delområden.",
            listed(area),
            listed(reference)
        ),
        (Note::Union { areas, units }, Lang::En) => {
            format!("The reference is the union of {}: {units} units, each once.", areas.join(", "))
        }
        (Note::Union { areas, units }, Lang::Sv) => {
            format!(
                "Referensen är unionen av {}: {units} enheter, var och en en gång.",
                areas.join(", ")
            )
        }
    }
}

fn listed(indicators: &[String]) -> String {
    if indicators.is_empty() { "–".to_owned() } else { indicators.join(", ") }
}

fn json(
    found: &Comparison,
    notes: &[String],
    arguments: &Arguments,
    lang: Lang,
) -> Result<String, Error> {
    let failed = |error: serde_json::Error| PipelineError::Request {
        what: format!("the comparison cannot be written as JSON: {error}"),
        help: "this is a fault of the program; please report it".to_owned(),
    };
    let mut rows = serde_json::to_value(&found.rows).map_err(failed)?;
    if let Some(list) = rows.as_array_mut() {
        for (entry, row) in list.iter_mut().zip(&found.rows) {
            entry["reason_text"] = row.reason.text(lang).into();
        }
    }
    let value = serde_json::json!({ "area": arguments.area, "notes": notes, "rows": rows });
    Ok(serde_json::to_string_pretty(&value).map_err(failed)?)
}

fn show(ground: &Ground, found: &Comparison, notes: &[String], arguments: &Arguments, lang: Lang) {
    let labels = Labels::of(ground, lang);
    let shown = |row: &&Row| arguments.by_age_and_sex || row.is_of_everybody();
    let rows: Vec<Vec<String>> =
        found.rows.iter().filter(shown).map(|row| cells(&labels, row, lang)).collect();
    for note in notes {
        output::line(note);
    }
    if rows.is_empty() {
        output::line(pick(
            lang,
            "There is no indicator that both have.",
            "Det finns ingen indikator som båda har.",
        ));
    } else {
        let header = match lang {
            Lang::En => [
                "describes",
                "indicator",
                "value",
                "reference",
                "unit",
                "year",
                "difference",
                "ratio",
                "funnel 95 %",
                "remark",
            ],
            Lang::Sv => [
                "beskriver",
                "indikator",
                "värde",
                "referens",
                "enhet",
                "år",
                "skillnad",
                "kvot",
                "tratt 95 %",
                "anmärkning",
            ],
        };
        output::table(&header, &[2, 3, 6, 7, 8], rows);
    }
    if found.rows.iter().any(|row| row.funnel.is_some()) {
        output::line(pick(
            lang,
            "Funnel: where 95 of 100 places of this size would lie if their residents were drawn by chance from the \
             reference. Large places lie outside almost always; the limits are about size, not importance.",
            "Tratt: där 95 av 100 platser av den storleken skulle ligga om invånarna vore slumpvis dragna ur \
             referensen. Stora platser ligger nästan alltid utanför; gränserna handlar om storlek, inte om betydelse.",
        ));
    }
    if let Some(file) = &arguments.out {
        output::line(&file.display().to_string());
    }
}

fn cells(labels: &Labels<'_>, row: &Row, lang: Lang) -> Vec<String> {
    let place = |side: &Side| labels.place(None, &side.geography_level, &side.geography_id);
    let value = |side: &Side| side.value.map_or_else(String::new, number);
    let years = |side: &Side| side.year.map_or_else(|| "–".to_owned(), |year| year.to_string());
    let (own, theirs) = (years(&row.area), years(&row.reference));
    let between = |interval: Interval, show: fn(f64) -> String| {
        format!(" ({} – {})", show(interval.lower), show(interval.upper))
    };
    let with = |figure: Option<f64>, interval: Option<Interval>, show: fn(f64) -> String| {
        let interval = interval.map(|interval| between(interval, show)).unwrap_or_default();
        figure.map_or_else(String::new, |figure| show(figure) + &interval)
    };
    let funnel = row.funnel.zip(row.funnel_place).map(|(funnel, place)| {
        let limits = funnel.at_95;
        let place = match place {
            Place::Inside => pick(lang, "inside", "innanför"),
            Place::Alert => pick(lang, "outside", "utanför"),
            Place::Outside => pick(lang, "far outside", "långt utanför"),
        };
        format!("{} – {}, {place}", number(limits.lower), number(limits.upper))
    });
    let mut remark = row.reason.text(lang).to_owned();
    if !row.comparable {
        remark = format!("{}: {remark}", pick(lang, "not comparable", "inte jämförbara"));
    }
    if let Some(coverage) = row.area.coverage.filter(|coverage| *coverage < 0.9995) {
        remark += &[pick(lang, "; coverage ", "; täckning "), &format!("{coverage:.3}")].concat();
    }
    vec![
        place(&row.area),
        labels.indicator_of(&row.indicator, &row.sex, &row.age),
        value(&row.area),
        value(&row.reference),
        unit_word(&row.unit, lang).to_owned(),
        if own == theirs { own } else { format!("{own} / {theirs}") },
        with(row.difference, row.difference_interval, signed),
        with(row.ratio, row.ratio_interval, number),
        funnel.unwrap_or_default(),
        remark,
    ]
}
