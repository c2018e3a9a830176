//! The only code on the network: one polite client, which asks a host one thing at a time.
//!
//! An answer is written to a file as it comes, hashed, and held against what it should be. It is whole or it is an error:
//! a body that was cut, a page of HTML in the place of data, an answer beyond its bounds are all told apart. What may pass
//! (429, 5xx, a broken connection, and 403 of hosts that use it for "too often") is tried again, later each time.
//!
//! Sources: RFC 9110 (semantics, conditional and range requests, `Retry-After`), RFC 9112 (message framing).

mod address;
mod attempt;
mod body;
mod error;
mod expect;
mod manners;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Agent;

pub use address::{Secret, encoded, host_of};
pub use error::HttpError;
pub use expect::Expect;
pub use manners::Manners;

use attempt::Again;

/// What is asked of a host.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// With `{key}` where the key goes, which is how it is shown.
    pub address: &'a str,
    pub secret: Option<&'a Secret>,
    /// Media type and content of a POST; a GET without it.
    pub body: Option<(&'a str, &'a str)>,
    /// What is known already, so that the host can say that nothing changed.
    pub known: Option<&'a Validators>,
    pub expect: Expect,
    /// Whether the host says 403 where others say 429.
    pub busy_is_403: bool,
    /// Whether to go on where an earlier attempt stopped; such an answer comes uncompressed.
    pub resumable: bool,
}

/// What names a version of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// An answer whose body is whole in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub sha256: String,
    pub bytes: u64,
    pub validators: Validators,
}

/// What a host said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The known version still stands.
    Unchanged,
    Received(Received),
}

/// Told of bytes that came, and of how many there will be where that is known.
pub type Progress<'a> = &'a (dyn Fn(u64, Option<u64>) + Sync);

/// Asks hosts, each one thing at a time.
pub struct Client {
    manners: Manners,
    hosts: Mutex<BTreeMap<String, Arc<Mutex<Host>>>>,
}

/// A host, held while it is asked.
struct Host {
    agent: Agent,
    /// Bytes that came over the wire, before they were decompressed.
    wire: Arc<AtomicU64>,
    /// The earliest moment of the next request.
    next: Instant,
    interval: Duration,
}

impl Client {
    #[must_use]
    pub fn new(manners: Manners) -> Self {
        Self { manners, hosts: Mutex::default() }
    }

    /// Asks a host for no more than this: one request an interval.
    pub fn slow_down(&self, address: &str, interval: Duration) {
        let host = self.host(&host_of(address));
        let mut host = host.lock().unwrap_or_else(PoisonError::into_inner);
        host.interval = host.interval.max(interval.min(self.manners.longest_interval));
    }

    /// Fetches into `file`, trying again where that can help.
    ///
    /// # Errors
    /// [`HttpError`] with the address, the fault and what to do. What a resumable request has got so far stays in `file`.
    pub fn fetch(
        &self,
        request: &Request<'_>,
        file: &Path,
        told: Progress<'_>,
    ) -> Result<Answer, HttpError> {
        let mut number = 1;
        loop {
            let failure = match self.attempt(request, file, told) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::Never => return Err(failure.error),
                Again::Later => self.manners.wait(request.address, number),
                Again::After(wait) if wait > self.manners.longest_wait => {
                    return Err(HttpError::AskedToWait {
                        address: request.address.to_owned(),
                        seconds: wait.as_secs(),
                    });
                }
                Again::After(wait) => wait,
            };
            if number >= self.manners.attempts {
                return Err(failure.error.after(number));
            }
            tracing::info!(
                "{}: {}; trying again in {:.1} s",
                request.address,
                failure.error,
                wait.as_secs_f64()
            );
            std::thread::sleep(wait);
            number += 1;
        }
    }

    fn host(&self, name: &str) -> Arc<Mutex<Host>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(Host::new(&self.manners)));
        Arc::clone(hosts.entry(name.to_owned()).or_insert_with(new))
    }
}

/// An agent with the same manners, for an exchange that minds its own attempts.
pub(super) fn agent() -> Agent {
    wire::agent(&Manners::default(), Arc::default())
}

impl Host {
    fn new(manners: &Manners) -> Self {
        let wire = Arc::new(AtomicU64::new(0));
        let agent = wire::agent(manners, Arc::clone(&wire));
        Self { agent, wire, next: Instant::now(), interval: manners.interval }
    }

    /// Waits until the host may be asked again.
    fn take_turn(&mut self) {
        std::thread::sleep(self.next.saturating_duration_since(Instant::now()));
        self.next = Instant::now() + self.interval;
    }
}
