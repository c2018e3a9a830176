//! The page: what the template is given.

mod actors;
mod maps;
mod sections;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use super::model::Class;
use super::numbers::{is_percent, number};
use super::plate::Plate;
use super::{FONTS, Figure, Report, ReportError, Source, Tile, Topic, Words};
use crate::model::swedish::told;
use crate::model::{Lang, ObsStatus, unit_text};

const SCRIPT: &str = include_str!("script.js");

/// The style with the typeface in it.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let face = |(font, weight): (&[u8], &str)| {
        format!(
            "@font-face{{font-family:\"Noto Sans\";font-weight:{weight};src:url(data:font/ttf;base64,{}) format(\"truetype\")}}\n",
            STANDARD.encode(font)
        )
    };
    let faces: String = FONTS.into_iter().zip(["400", "700"]).map(face).collect();
    faces + include_str!("style.css")
});

/// Forbids every request; style and script are those with these hashes.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash =
        |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; style-src {}; script-src {}; font-src data:; base-uri 'none'; form-action 'none'",
        hash(&STYLE),
        hash(SCRIPT)
    )
});

/// Writes a report as one self-contained page.
///
/// # Errors
/// [`ReportError::NothingToDraw`] for an area without extent; [`ReportError::Page`], never for a program whose tests pass.
pub fn html(report: &Report<'_>) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment.add_template("page.html", include_str!("page.html"))?;
    let page = Page::new(report)?;
    Ok(environment.get_template("page.html")?.render(page.value())?)
}

/// A report with its plates and classes.
struct Page<'a> {
    report: &'a Report<'a>,
    words: Words,
    plates: Vec<Option<Plate>>,
    classes: Vec<Vec<Class>>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report<'a>) -> Result<Self, ReportError> {
        let plates: Vec<Option<Plate>> = report.atlas.places.iter().map(Plate::new).collect();
        if plates.get(report.own).and_then(Option::as_ref).is_none() {
            let area = report.atlas.places.get(report.own).map_or("", |place| place.id.as_str());
            return Err(ReportError::NothingToDraw { area: area.to_owned() });
        }
        let classes = report.atlas.topics.iter().map(Topic::classes).collect();
        Ok(Self { report, words: Words(report.lang), plates, classes })
    }

    fn value(&self) -> Value {
        let (report, words) = (self.report, self.words);
        let name = self.name(report.own);
        let lang = match report.lang {
            Lang::Sv => "sv",
            Lang::En => "en",
        };
        context! {
            w => words.value(),
            lang => lang,
            policy => POLICY.as_str(),
            style => safe(STYLE.clone()),
            script => safe(SCRIPT.to_owned()),
            title => words.fill("page.title", &[name]),
            name => name,
            facts => self.facts(),
            drawn => report.drawn.as_deref(),
            uncertain => report.uncertain.as_deref(),
            tiles => list(report.tiles.iter().map(|tile| self.tile(tile))),
            brief_note => report.city.as_deref().map(|city| words.fill("brief.note", &[city])),
            pyramid => report.pyramid.as_ref().map(|pyramid| self.pyramid(pyramid)),
            definitions => safe(self.definitions()),
            maps => list((0..report.atlas.topics.len()).map(|topic| self.map(topic))),
            maps_lead => words.get(if report.atlas.places.len() > 1 { "maps.lead" } else { "maps.lead_alone" }),
            places => list(report.atlas.places.iter().map(|place| Value::from(place.name.as_str()))),
            all => list(report.atlas.topics.iter().filter_map(|topic| self.across(topic))),
            beside_title => self.beside_title(),
            beside_lead => self.beside_lead(),
            city => report.city.as_deref(),
            groups => list(report.groups.iter().map(|group| self.group(group))),
            reach => report.reaches.as_ref().map(|reaches| self.reaches(reaches)),
            actors => self.actors(),
            estimates => list(report.estimates.iter().map(|estimate| self.estimate(estimate))),
            gaps => list(report.gaps.iter().map(|gap| self.gap(gap))),
            statuses => self.statuses(),
            sources => list(report.sources.iter().map(|source| self.source(source))),
            contributors => report.contributors,
            made_by => words.fill("page.made_by", &[env!("CARGO_PKG_VERSION")]),
            made_on => report.made.as_deref().map(|made| words.fill("page.made_on", &[made])),
        }
    }

    fn name(&self, place: usize) -> &str {
        self.report.atlas.places.get(place).map_or("", |place| place.name.as_str())
    }

    /// What stands under the name: sub-areas, surface.
    fn facts(&self) -> Value {
        let (words, lang) = (self.words, self.report.lang);
        let units =
            self.report.atlas.places.get(self.report.own).map_or(0, |place| place.units.len());
        let parts = match units {
            1 => words.get("page.one_part").to_owned(),
            units => words.fill("page.parts", &[&units.to_string()]),
        };
        let surface = words.fill("page.surface", &[&number(self.report.surface_km2, 1, lang)]);
        list([format!("{parts} ({})", self.report.geography), surface].into_iter().map(Value::from))
    }

    fn tile(&self, tile: &Tile) -> Value {
        let words = self.words;
        let city = self.report.city.as_deref().zip(tile.city.as_ref());
        context! {
            label => tile.label.as_str(),
            value => tile.own.short(words),
            unit => self.unit_beside(&tile.own.unit),
            year => tile.own.year,
            status => self.marked(&tile.own),
            city => city.map(|(name, figure)| words.fill("brief.city", &[name, &figure.short(words)])),
        }
    }

    /// A unit that stands apart from its figures; nothing for what the figure says itself.
    fn unit_beside(&self, id: &str) -> Option<String> {
        let apart = !is_percent(id) && !matches!(id, "persons" | "class" | "");
        apart.then(|| unit_text(id, self.report.lang))
    }

    /// The word of a status that is not a plain one.
    fn marked(&self, figure: &Figure) -> Option<&'static str> {
        (!matches!(figure.status, ObsStatus::A | ObsStatus::M)).then(|| self.status(figure.status))
    }

    fn status(&self, status: ObsStatus) -> &'static str {
        self.words.find(&format!("status.{}", status.code())).unwrap_or_default()
    }

    fn statuses(&self) -> Value {
        let all = [
            ObsStatus::A,
            ObsStatus::E,
            ObsStatus::U,
            ObsStatus::P,
            ObsStatus::I,
            ObsStatus::B,
            ObsStatus::Q,
            ObsStatus::M,
        ];
        list(all.into_iter().map(|status| {
            let means = self.words.find(&format!("status_means.{}", status.code()));
            context! { code => status.code(), word => self.status(status), means => means.unwrap_or_default() }
        }))
    }

    fn source(&self, source: &Source) -> Value {
        let words = self.words;
        let years = match source.years.as_slice() {
            [] => words.get("sources.not_stated").to_owned(),
            [only] => only.to_string(),
            [first, .., last] => format!("{first}–{last}"),
        };
        context! {
            title => source.title.as_str(),
            publisher => if source.several { words.get("sources.several").into() } else { told(&source.publisher, words.0) },
            url => web(source.url.as_deref()),
            years => years,
            licence => told(&source.licence, words.0),
        }
    }
}

/// An address that a link may lead to: of the web, and of no script.
fn web(address: Option<&str>) -> Option<&str> {
    address.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

fn safe(text: String) -> Value {
    Value::from_safe_string(text)
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value::from(values.collect::<Vec<_>>())
}
