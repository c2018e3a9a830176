//! What makes a feed unreadable as a whole; what is wrong with single rows is a notice.

use std::path::PathBuf;

use crate::formats::FormatError;
use crate::model::FeedError;

/// Why a GTFS feed cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum GtfsError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(#[from] FormatError),

    #[error("{file}: there is no {member} in it", file = .file.display())]
    #[diagnostic(help("a GTFS feed needs it; files found: {found}"))]
    MissingMember { file: PathBuf, member: &'static str, found: String },

    #[error("{file}: {member} has no column \"{column}\"", file = .file.display())]
    #[diagnostic(help("columns found: {found}"))]
    MissingColumn { file: PathBuf, member: &'static str, column: &'static str, found: String },

    #[error("{file}: {member} is cut off or damaged: {reason}", file = .file.display())]
    #[diagnostic(help("fetch the feed again and compare its size with the source"))]
    Damaged { file: PathBuf, member: String, reason: String },

    #[error("{file}: {member} is refused: {reason}", file = .file.display())]
    #[diagnostic(help(
        "no timetable packs like this; if the file is trusted, unpack it and give the folder"
    ))]
    Hostile { file: PathBuf, member: String, reason: String },

    #[error("{file}: no trip can be used{first}", file = .file.display())]
    #[diagnostic(help(
        "trips need two stops with times, a route in routes.txt and a service in calendar.txt or calendar_dates.txt"
    ))]
    NoTrips { file: PathBuf, first: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Feed(#[from] FeedError),
}
