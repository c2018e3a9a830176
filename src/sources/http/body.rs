//! A body on its way into its file: counted, hashed, held against its bounds.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use ureq::http::Response;
use ureq::{Body, Error};

use super::attempt::{Again, Failure, broken};
use super::{HttpError, Manners, Progress, Received, Request, Validators};
use crate::sources::hex;

/// Small answers may be compressed as well as they can be.
const RATIO_FROM: u64 = 1 << 20;

pub(super) struct Limits<'a> {
    pub(super) manners: &'a Manners,
    pub(super) wire: &'a AtomicU64,
}

/// The beginning of an answer that an earlier attempt left, and the version it belongs to.
pub(super) struct Resume {
    pub(super) bytes: u64,
    pub(super) version: String,
}

impl Resume {
    pub(super) fn find(resumable: bool, file: &Path) -> Option<Self> {
        let version =
            resumable.then(|| std::fs::read_to_string(version_of(file)).ok()).flatten()?;
        let bytes = file.metadata().ok()?.len();
        (bytes > 0 && !version.is_empty()).then_some(Self { bytes, version })
    }

    pub(super) fn forget(file: &Path) {
        let _ = std::fs::remove_file(version_of(file));
    }

    /// Remembers which version is being fetched, where the host names it without doubt.
    fn remember(validators: &Validators, file: &Path) -> std::io::Result<()> {
        let strong = validators.etag.as_ref().filter(|etag| !etag.starts_with("W/"));
        if let Some(etag) = strong {
            return std::fs::write(version_of(file), etag);
        }
        Self::forget(file);
        Ok(())
    }
}

fn version_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".version");
    name.into()
}

pub(super) fn receive(
    request: &Request<'_>,
    response: Response<Body>,
    kept: Option<Resume>,
    validators: Validators,
    file: &Path,
    limits: &Limits<'_>,
    told: Progress<'_>,
) -> Result<Received, Failure> {
    let failed = |source| HttpError::Write { file: file.to_owned(), source };
    let plain = response.headers().get("content-encoding").is_none();
    let stated = response.body().content_length().filter(|_| plain);
    let (mut out, mut hash, mut bytes) = match kept {
        Some(resume) => {
            check_range(request, &response, resume.bytes, file)?;
            continued(file, resume.bytes).map_err(failed)?
        }
        None => (File::create(file).map_err(failed)?, Sha256::new(), 0),
    };
    if request.resumable {
        Resume::remember(&validators, file).map_err(failed)?;
    }
    let whole = stated.map(|more| more.saturating_add(bytes));
    check_size(request, whole.unwrap_or(0), limits)?;
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut piece).map_err(|error| broken(request, &Error::from(error)))?;
        let Some(part) = piece.get(..read).filter(|part| !part.is_empty()) else { break };
        bytes += read as u64;
        check_size(request, bytes, limits)?;
        check_ratio(request, bytes, limits)?;
        out.write_all(part).map_err(failed)?;
        hash.update(part);
        told(bytes, whole);
    }
    out.flush().map_err(failed)?;
    Resume::forget(file);
    Ok(Received { sha256: hex(&hash.finalize()), bytes, validators })
}

/// A host that continues somewhere else, or another version, would make a file of two halves.
fn check_range(
    request: &Request<'_>,
    response: &Response<Body>,
    from: u64,
    file: &Path,
) -> Result<(), Failure> {
    let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
    let start = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-'));
    if start.is_some_and(|(start, _)| start.parse() == Ok(from)) {
        return Ok(());
    }
    Resume::forget(file);
    let error = HttpError::Broken {
        address: request.address.to_owned(),
        reason: "the host continues at another byte than it was asked to".to_owned(),
        tries: String::new(),
    };
    Err(Failure { error, again: Again::Later })
}

fn continued(file: &Path, bytes: u64) -> std::io::Result<(File, Sha256, u64)> {
    let mut hash = Sha256::new();
    std::io::copy(&mut File::open(file)?, &mut HashInto(&mut hash))?;
    Ok((File::options().append(true).open(file)?, hash, bytes))
}

struct HashInto<'a>(&'a mut Sha256);

impl std::io::Write for HashInto<'_> {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.0.update(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn check_size(request: &Request<'_>, bytes: u64, limits: &Limits<'_>) -> Result<(), HttpError> {
    if bytes > limits.manners.max_bytes {
        let reason = format!("it is larger than {} bytes", limits.manners.max_bytes);
        return Err(HttpError::TooLarge { address: request.address.to_owned(), reason });
    }
    Ok(())
}

/// What came decompressed, against what came over the wire; what is only announced says nothing of it.
fn check_ratio(request: &Request<'_>, bytes: u64, limits: &Limits<'_>) -> Result<(), HttpError> {
    let Limits { manners, wire } = limits;
    let compressed = wire.load(Ordering::Relaxed).max(1);
    if !request.resumable && bytes > RATIO_FROM && bytes / compressed > manners.max_ratio {
        let reason = format!(
            "{compressed} compressed bytes became {bytes}, more than {} times as many",
            manners.max_ratio
        );
        return Err(HttpError::TooLarge { address: request.address.to_owned(), reason });
    }
    Ok(())
}
