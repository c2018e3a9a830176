//! What makes a network or a search on it impossible.

use jiff::civil::Date;

/// Why a network cannot be built or searched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum NetworkError {
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
