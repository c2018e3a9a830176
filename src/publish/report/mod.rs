//! The report of an area: one page that needs nothing else, and maps by themselves.
//!
//! [`Report`] holds what is shown, in one language; [`html`] writes it as a page for residents, [`map_svg`] and [`png`]
//! draw a single map. Nothing is read here but the words, the page's own style and script, and the typeface.
//!
//! # Rules of the page
//! Everything from data is escaped. The page asks for nothing: a Content Security Policy forbids it, and lets only the
//! style and the script run whose SHA-256 it names. Without the script all of it can be read, and everything that is
//! drawn stands in a table, too (WCAG 2.2 AA).

mod actors;
mod beside;
mod curves;
mod map;
mod model;
mod numbers;
mod page;
mod plate;
mod pyramid;
mod sheet;
mod svg;
mod words;

pub use actors::{Actor, ActorCount, Actors, ArenaMeasure, Standing};
pub use model::{
    AgeGroup, Atlas, Beside, Estimate, Figure, Gap, Group, Place, Pyramid, Reach, Reaches, Report,
    Source, Station, Tile, Topic, Unit, Way,
};
pub use page::html;
pub use sheet::{map_svg, png};
pub use words::Words;

/// Noto Sans, regular and bold, Latin letters only; see `assets/README.md`.
const FONTS: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../assets/fonts/NotoSans-Bold.ttf"),
];

/// Why a report could not be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReportError {
    #[error("area \"{area}\" has no extent that could be drawn")]
    #[diagnostic(help("check the outlines of its units; `scale areas` lists its surface"))]
    NothingToDraw { area: String },

    #[error("the page cannot be written")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Page(#[from] minijinja::Error),

    #[error("the map cannot be drawn as a picture: {reason}")]
    #[diagnostic(help(
        "this is a fault of the program; please report it. --format svg works without it"
    ))]
    Drawing { reason: String },
}
