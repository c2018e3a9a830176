//! The providers of open statistics and geodata, one file each. No address stands in the code.

mod capabilities;
mod extract;
mod gtfs;
mod join;
mod kolada;
mod md5;
mod overpass;
mod pxweb;
mod pxweb1;
mod pxweb2;
mod session;
mod table;
mod wfs;

use std::path::PathBuf;

use serde::Deserialize;

pub use session::{Key, Mode, Session};

use super::http::HttpError;

/// Where a data set comes from: the provider, and what it is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case")]
pub enum Origin {
    Pxweb1(pxweb1::Query),
    Pxweb2(pxweb2::Query),
    Kolada(kolada::Query),
    Wfs(wfs::Query),
    Overpass(overpass::Query),
    Extract(extract::Query),
    Gtfs(gtfs::Query),
    Table(table::Query),
}

/// Content that was brought, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    pub file: PathBuf,
    pub ending: String,
    pub sha256: String,
    pub bytes: u64,
    /// With `{key}` in the place of a key.
    pub address: String,
    pub parameters: String,
    /// RFC 3339; of the oldest part, where there are several.
    pub retrieved: String,
    pub etag: Option<String>,
    /// When the provider says that it last changed the data.
    pub updated: Option<String>,
    /// What the reader should know of it.
    pub notes: Vec<String>,
}

/// What can be wrong with an answer, beyond the exchange.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ProviderError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Http(#[from] HttpError),

    #[error("{address}: was not brought yet, and --offline asks for no network")]
    #[diagnostic(help("run without --offline once"))]
    Offline { address: String },

    #[error("{address}: what was brought is damaged, and --offline asks for no network")]
    #[diagnostic(help("run without --offline once: what is damaged is fetched again"))]
    Damaged { address: String },

    #[error("{address}: {reason}")]
    #[diagnostic(help("{help}"))]
    Answer { address: String, reason: String, help: String },

    #[error("the environment variable {name} is not set")]
    #[diagnostic(help("{address} needs a key: get one from the provider, and set {name} to it"))]
    NoKey { name: String, address: String },

    #[error("{path}: cannot be written or read", path = .path.display())]
    #[diagnostic(help("check that the cache folder may be written and has space left"))]
    Cache { path: PathBuf, source: std::io::Error },
}

impl ProviderError {
    fn answer(address: &str, reason: impl Into<String>, help: impl Into<String>) -> Self {
        let (address, reason, help) = (address.to_owned(), reason.into(), help.into());
        Self::Answer { address, reason, help }
    }
}

impl Origin {
    /// The address that is asked first; its host is the one that is asked one thing at a time.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Pxweb1(query) => &query.url,
            Self::Pxweb2(query) => &query.url,
            Self::Kolada(query) => &query.url,
            Self::Wfs(query) => &query.url,
            Self::Overpass(query) => &query.url,
            Self::Extract(query) => &query.url,
            Self::Gtfs(query) => &query.url,
            Self::Table(query) => &query.url,
        }
    }

    /// The area whose box is asked for, and the metres around it, where no box is given.
    #[must_use]
    pub fn area(&self) -> Option<(&str, f64)> {
        match self {
            Self::Overpass(query) if query.bbox.is_none() => {
                query.area.as_deref().map(|area| (area, query.buffer))
            }
            _ => None,
        }
    }

    /// Gives the box: south, west, north, east in degrees.
    pub fn set_box(&mut self, bbox: [f64; 4]) {
        if let Self::Overpass(query) = self {
            query.bbox = Some(bbox.map(|side| (side * 1e6).round() / 1e6));
        }
    }

    /// Brings it.
    ///
    /// # Errors
    /// [`ProviderError`]; [`Session::take_back`] then forgets answers that are at fault.
    pub fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        match self {
            Self::Pxweb1(query) => query.bring(session),
            Self::Pxweb2(query) => query.bring(session),
            Self::Kolada(query) => query.bring(session),
            Self::Wfs(query) => query.bring(session),
            Self::Overpass(query) => query.bring(session),
            Self::Extract(query) => query.bring(session),
            Self::Gtfs(query) => query.bring(session),
            Self::Table(query) => query.bring(session),
        }
    }
}

/// One text or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
