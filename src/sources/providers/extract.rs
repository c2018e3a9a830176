//! An extract of OpenStreetMap by its address, resumed where it stopped, held against its checksum file.

use serde::Deserialize;

use super::md5::md5_of;
use super::session::{Ask, HELP};
use super::{Brought, ProviderError, Session};
use crate::sources::http::Expect;

/// A file and, where there is one, the file of its checksum.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub url: String,
    /// A file that begins with the MD5 or SHA-256 in hexadecimal digits.
    #[serde(default)]
    pub checksum: Option<String>,
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let ask = Ask { resumable: true, ..Ask::get(&self.url, Expect::Pbf, "osm.pbf") };
        let (kept, file) = session.ask(&ask)?;
        if let Some(address) = &self.checksum {
            let ask = Ask { goes_with_the_rest: true, ..Ask::get(address, Expect::Text, "txt") };
            let (_, sums) = session.ask(&ask)?;
            let cache = |path: &std::path::Path| {
                let path = path.to_owned();
                move |source| ProviderError::Cache { path, source }
            };
            let sums = std::fs::read_to_string(&sums).map_err(cache(&sums))?;
            let stated = sums.split_whitespace().next().unwrap_or_default().to_lowercase();
            let found = match stated.len() {
                32 => md5_of(&file).map_err(cache(&file))?,
                64 => kept.sha256.clone(),
                _ => return Err(ProviderError::answer(address, "begins with no checksum", HELP)),
            };
            if found != stated {
                return Err(ProviderError::answer(
                    &self.url,
                    format!("its checksum is {found}, {address} states {stated}"),
                    "run again, which fetches both anew: the file may have been replaced while it was fetched",
                ));
            }
        }
        Ok(session.single(kept, None))
    }
}
