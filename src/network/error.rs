//! What makes a network or a search on it impossible.

use jiff::civil::Date;

/// Why a network cannot be built or searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum NetworkError {
    #[error("the table of street profiles cannot be read: {reason}")]
    #[diagnostic(help("start from the table that `scale access --print-profiles` shows"))]
    Profiles { reason: String },

    #[error("the streets hold nothing that can be used by {mode}")]
    #[diagnostic(help("check that the extract holds highways, and the profile of this mode"))]
    NoStreets { mode: &'static str },

    #[error("the streets are too many: more than {limit} {what}")]
    #[diagnostic(help("read a smaller extract, or one area at a time with --area"))]
    TooManyStreets { what: &'static str, limit: u32 },

    #[error("the terrain cannot be laid under the streets: {reason}")]
    #[diagnostic(help("turn the terrain into a system that PROJ knows, such as EPSG:4326"))]
    Terrain { reason: String },

    #[error("there is no timetable to search")]
    #[diagnostic(help("give at least one GTFS feed"))]
    NoFeeds,

    #[error("{date} lies outside the calendar of every feed: {ranges}")]
    #[diagnostic(help("choose a date in the range, best an ordinary weekday of it"))]
    OutsideCalendars { date: Date, ranges: String },

    #[error("the timetable of {date} has more than {limit} {what}")]
    #[diagnostic(help(
        "cut the feed to the region that is needed, or look into frequencies.txt and transfers.txt for a mistake"
    ))]
    TooLarge { date: Date, what: &'static str, limit: usize },

    #[error("{what} {number} is not in the timetable, which has {count}")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    OutOfRange { what: &'static str, number: u32, count: usize },

    #[error(
        "the search needs vehicles from second {from} to {to} of the day, the timetable holds {start} to {end}"
    )]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    OutsideSpan { from: u32, to: u32, start: u32, end: u32 },

    #[error("nothing can be searched: {reason}")]
    #[diagnostic(help(
        "a departure window needs an end after its start, a step and at least one ride"
    ))]
    EmptyRequest { reason: &'static str },
}
