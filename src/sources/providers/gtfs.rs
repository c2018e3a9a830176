//! Timetables by address, with a key, and not fetched again while the kept copy is valid: providers count calls.

use serde::Deserialize;

use super::session::Ask;
use super::{Brought, ProviderError, Session};
use crate::sources::http::Expect;

/// A feed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// With `{key}` where the key goes.
    pub url: String,
    /// The environment variable that holds the key.
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default = "a_week")]
    pub valid_days: u32,
}

fn a_week() -> u32 {
    7
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let ask = Ask {
            key: self.key.as_deref(),
            valid_days: self.valid_days,
            ..Ask::get(&self.url, Expect::Zip, "zip")
        };
        let (kept, _) = session.ask(&ask)?;
        Ok(session.single(kept, None))
    }
}
