//! What providers work with: the client, the blobs, and whether to ask again.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::{Brought, ProviderError};
use crate::sources::blobs::{Asked, Blobs, Kept};
use crate::sources::http::{Answer, Client, Expect, Progress, Request, Secret, Validators};

/// Whether the network is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For what was not brought yet, or is damaged.
    Missing,
    /// For everything, again.
    Refresh,
    /// For nothing.
    Offline,
}

/// The means by which one data set is brought.
pub struct Session<'a> {
    pub(super) client: &'a Client,
    blobs: &'a Blobs,
    mode: Mode,
    key: Key<'a>,
    told: Progress<'a>,
    /// Bytes of the answers that came before this one.
    bytes: AtomicU64,
    answers: Mutex<Vec<Answered>>,
}

/// What an environment variable holds.
pub type Key<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// A request of the session, what was remembered of it before, and whether the host was asked.
struct Answered {
    now: Kept,
    before: Option<Kept>,
    is_new: bool,
}

/// One request of a provider.
pub(super) struct Ask<'a> {
    pub(super) address: &'a str,
    /// The environment variable that holds the key; it is looked at only where the host is asked.
    pub(super) key: Option<&'a str>,
    pub(super) body: Option<(&'a str, &'a str)>,
    pub(super) expect: Expect,
    pub(super) ending: &'a str,
    pub(super) busy_is_403: bool,
    pub(super) resumable: bool,
    /// Days in which it is not asked again, whatever the mode.
    pub(super) valid_days: u32,
    /// Asks whether it changed where anything else of the session is new, for it speaks of that.
    pub(super) goes_with_the_rest: bool,
}

impl<'a> Ask<'a> {
    /// A plain GET.
    pub(super) fn get(address: &'a str, expect: Expect, ending: &'a str) -> Self {
        Self {
            address,
            key: None,
            body: None,
            expect,
            ending,
            busy_is_403: false,
            resumable: false,
            valid_days: 0,
            goes_with_the_rest: false,
        }
    }
}

impl<'a> Session<'a> {
    /// A session in which nothing was asked yet; `told` hears of all its bytes together.
    #[must_use]
    pub fn new(
        client: &'a Client,
        blobs: &'a Blobs,
        mode: Mode,
        key: Key<'a>,
        told: Progress<'a>,
    ) -> Self {
        let (bytes, answers) = (AtomicU64::new(0), Mutex::default());
        Self { client, blobs, mode, key, told, bytes, answers }
    }

    /// Takes back what is remembered of the session, because its answers turned out to be no good: the next run asks for
    /// them again, and a version that was known before stands again. Without the network there is no next answer, and
    /// what is there stays.
    ///
    /// # Errors
    /// Where the cache cannot be written.
    pub fn take_back(&self) -> Result<(), ProviderError> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for Answered { now, before, is_new } in answers.drain(..) {
            let before = before.filter(|before| is_new && before.sha256 != now.sha256);
            let done = match before {
                _ if self.mode == Mode::Offline => Ok(()),
                Some(before) => self.blobs.remember(&before),
                None => self.blobs.forget(&now.asked),
            };
            done.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    fn anything_is_new(&self) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().any(|answer| answer.is_new)
    }

    /// What the request brings: what is kept, where the mode allows, else what the host answers now.
    pub(super) fn ask(&self, ask: &Ask<'_>) -> Result<(Kept, PathBuf), ProviderError> {
        let asked = Asked {
            address: ask.address.to_owned(),
            parameters: ask.body.map_or_else(String::new, |(_, content)| content.to_owned()),
        };
        let _claim = self.blobs.claim(&asked).map_err(|error| self.failed(error))?;
        let known = self.blobs.find(&asked).and_then(|kept| {
            let path = self.blobs.whole(&kept.sha256, &kept.ending)?;
            Some((kept, path))
        });
        let again = ask.goes_with_the_rest && self.anything_is_new();
        let mode = if again && self.mode == Mode::Missing { Mode::Refresh } else { self.mode };
        let before = known.as_ref().map(|(kept, _)| kept.clone());
        let (found, is_new) = match (known, mode) {
            (Some(known), Mode::Missing | Mode::Offline) => (known, false),
            (Some(known), Mode::Refresh) if is_valid(&known.0, ask.valid_days) => (known, false),
            (None, Mode::Offline) => {
                let address = ask.address.to_owned();
                return Err(if self.blobs.knows(&asked) {
                    ProviderError::Damaged { address }
                } else {
                    ProviderError::Offline { address }
                });
            }
            (known, _) => (self.fetch(ask, asked, known)?, true),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push(Answered { now: found.0.clone(), before, is_new });
        Ok(found)
    }

    fn fetch(
        &self,
        ask: &Ask<'_>,
        asked: Asked,
        known: Option<(Kept, PathBuf)>,
    ) -> Result<(Kept, PathBuf), ProviderError> {
        let validators = known.as_ref().map(|(kept, _)| Validators {
            etag: kept.etag.clone(),
            last_modified: kept.last_modified.clone(),
        });
        let validators =
            validators.filter(|known| known.etag.is_some() || known.last_modified.is_some());
        let secret = self.secret(ask)?;
        let request = Request {
            address: ask.address,
            secret: secret.as_ref(),
            body: ask.body,
            known: validators.as_ref(),
            expect: ask.expect,
            busy_is_403: ask.busy_is_403,
            resumable: ask.resumable,
        };
        let partial = self.blobs.partial(&asked).map_err(|error| self.failed(error))?;
        let before = self.bytes.load(Ordering::Relaxed);
        // How much comes in all is known only of what comes in one answer.
        let told = |bytes, of: Option<u64>| (self.told)(before + bytes, of.filter(|_| before == 0));
        let answer = self.client.fetch(&request, &partial, &told);
        if answer.is_err() && !ask.resumable {
            let _ = std::fs::remove_file(&partial);
        }
        let retrieved = now();
        match (answer?, known) {
            (Answer::Unchanged, Some((kept, path))) => {
                let kept = Kept { retrieved, ..kept };
                self.blobs.remember(&kept).map_err(|error| self.failed(error))?;
                Ok((kept, path))
            }
            (Answer::Unchanged, None) => Err(ProviderError::answer(
                ask.address,
                "the host says that nothing changed, and nothing is known of it",
                "try again later; the host does not keep to the rules of HTTP",
            )),
            (Answer::Received(received), _) => {
                self.bytes.fetch_add(received.bytes, Ordering::Relaxed);
                let kept = Kept {
                    asked,
                    retrieved,
                    etag: received.validators.etag,
                    last_modified: received.validators.last_modified,
                    sha256: received.sha256,
                    bytes: received.bytes,
                    ending: ask.ending.to_owned(),
                };
                let path = self.blobs.put(&partial, &kept).map_err(|error| self.failed(error))?;
                Ok((kept, path))
            }
        }
    }

    /// The same, read as JSON.
    pub(super) fn json(&self, ask: &Ask<'_>) -> Result<(Kept, Value), ProviderError> {
        let (kept, path) = self.ask(ask)?;
        let bytes = std::fs::read(&path)
            .map_err(|source| ProviderError::Cache { path: path.clone(), source })?;
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let json = serde_json::from_slice(text).map_err(|error| {
            ProviderError::answer(ask.address, format!("the answer is no JSON: {error}"), HELP)
        })?;
        Ok((kept, json))
    }

    /// The key that the address asks for; one that asks for none has none.
    fn secret(&self, ask: &Ask<'_>) -> Result<Option<Secret>, ProviderError> {
        if !ask.address.contains("{key}") {
            return Ok(None);
        }
        let name = ask.key.ok_or_else(|| {
            ProviderError::answer(
                ask.address,
                "the address holds {key}, and no key is named",
                "write key = \"NAME\" beside it, the name of an environment variable",
            )
        })?;
        let key = (self.key)(name).filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| ProviderError::NoKey {
            name: name.to_owned(),
            address: ask.address.to_owned(),
        })?;
        Ok(Some(Secret::new(key.trim().to_owned())))
    }

    /// What one request brought.
    pub(super) fn single(&self, kept: Kept, updated: Option<String>) -> Brought {
        let file = self.blobs.path(&kept.sha256, &kept.ending);
        let updated = updated.or(kept.last_modified);
        Brought {
            file,
            ending: kept.ending,
            sha256: kept.sha256,
            bytes: kept.bytes,
            address: kept.asked.address,
            parameters: kept.asked.parameters,
            retrieved: kept.retrieved,
            etag: kept.etag,
            updated,
            notes: Vec::new(),
        }
    }

    /// What several requests brought, joined to one file.
    pub(super) fn joined(
        &self,
        parts: &[Kept],
        (address, parameters): (&str, String),
        json: &Value,
        ending: &str,
    ) -> Result<Brought, ProviderError> {
        let content = json.to_string();
        let kept = self.blobs.keep(content.as_bytes(), ending);
        let (sha256, file) = kept.map_err(|error| self.failed(error))?;
        let oldest = parts.iter().map(|part| part.retrieved.as_str()).min();
        Ok(Brought {
            file,
            ending: ending.to_owned(),
            sha256,
            bytes: content.len() as u64,
            address: address.to_owned(),
            parameters,
            retrieved: oldest.unwrap_or_default().to_owned(),
            etag: None,
            updated: None,
            notes: if parts.len() > 1 {
                vec![format!("joined from {} answers", parts.len())]
            } else {
                Vec::new()
            },
        })
    }

    fn failed(&self, source: io::Error) -> ProviderError {
        ProviderError::Cache { path: self.blobs.path("", ""), source }
    }
}

pub(super) const HELP: &str = "try again later; if it stays so, the provider changed its answers: see whether the pipeline's address still stands";

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn is_valid(kept: &Kept, days: u32) -> bool {
    let since =
        kept.retrieved.parse::<Timestamp>().map(|at| Timestamp::now().as_second() - at.as_second());
    since.is_ok_and(|seconds| seconds < i64::from(days) * 86_400)
}
