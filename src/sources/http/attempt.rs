//! One attempt: the request, the redirects by hand, the answer, and whether to try again.

use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ureq::http::{HeaderMap, Response};
use ureq::{Body, Error};

use super::expect::{check, words};
use super::{Answer, Client, Host, HttpError, Progress, Request, Validators, address, body};

/// No chain of redirects is longer.
const MOST_REDIRECTS: usize = 5;

/// Whether and when another attempt can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    Later,
    After(Duration),
}

pub(super) struct Failure {
    pub(super) error: HttpError,
    pub(super) again: Again,
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self { error, again: Again::Never }
    }
}

/// What one host made of the request.
enum Step {
    Answer(Answer),
    Redirect { location: String, get: bool },
}

impl Client {
    pub(super) fn attempt(
        &self,
        request: &Request<'_>,
        file: &Path,
        told: Progress<'_>,
    ) -> Result<Answer, Failure> {
        let mut request = *request;
        let mut to = address::filled(request.address, request.secret);
        to = address::tidy(&to);
        address::checked(request.address, &to)?;
        for _ in 0..=MOST_REDIRECTS {
            let host = self.host(&address::host_of(&to));
            let mut host = host.lock().unwrap_or_else(PoisonError::into_inner);
            match self.ask(&mut host, &request, &to, file, told)? {
                Step::Answer(answer) => return Ok(answer),
                Step::Redirect { location, get } => {
                    let shown = request.address;
                    to = address::next(shown, &to, &location, request.secret)?;
                    if get {
                        request.body = None;
                    }
                }
            }
        }
        let reason = format!("more than {MOST_REDIRECTS} times");
        Err(HttpError::Redirect { address: request.address.to_owned(), reason }.into())
    }

    fn ask(
        &self,
        host: &mut Host,
        request: &Request<'_>,
        to: &str,
        file: &Path,
        told: Progress<'_>,
    ) -> Result<Step, Failure> {
        let so_far = body::Resume::find(request.resumable, file);
        host.take_turn();
        host.wire.store(0, Ordering::Relaxed);
        let response =
            send(host, request, to, so_far.as_ref()).map_err(|error| broken(request, &error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let validators = Validators {
            etag: text(&headers, "etag"),
            last_modified: text(&headers, "last-modified"),
        };
        match status {
            200 => {}
            206 if so_far.is_some() => {}
            304 if request.known.is_some() => return Ok(Step::Answer(Answer::Unchanged)),
            301 | 302 | 303 | 307 | 308 => {
                let location = text(&headers, "location").unwrap_or_default();
                return Ok(Step::Redirect { location, get: status == 303 });
            }
            416 if so_far.is_some() => {
                // What was kept is no part of what is there now.
                body::Resume::forget(file);
                return Err(Failure { again: Again::Later, ..refused(request, response) });
            }
            _ => return Err(refused(request, response)),
        }
        let kept = so_far.filter(|_| status == 206);
        let limits = body::Limits { manners: &self.manners, wire: &host.wire };
        let received = body::receive(request, response, kept, validators, file, &limits, told)?;
        check(request.expect, request.address, file)?;
        Ok(Step::Answer(Answer::Received(received)))
    }
}

fn send(
    host: &Host,
    request: &Request<'_>,
    to: &str,
    so_far: Option<&body::Resume>,
) -> Result<Response<Body>, Error> {
    let mut headers: Vec<(&str, String)> = Vec::new();
    if request.resumable {
        headers.push(("accept-encoding", "identity".to_owned()));
    }
    if let Some(resume) = so_far {
        headers.push(("range", format!("bytes={}-", resume.bytes)));
        headers.push(("if-range", resume.version.clone()));
    } else if let Some(known) = request.known {
        let etag = known.etag.iter().map(|etag| ("if-none-match", etag.clone()));
        let date = known.last_modified.iter().map(|date| ("if-modified-since", date.clone()));
        headers.extend(etag.chain(date));
    }
    match request.body {
        None => {
            let get = host.agent.get(to);
            headers.iter().fold(get, |get, (name, value)| get.header(*name, value)).call()
        }
        Some((media, content)) => {
            let post = host.agent.post(to).header("content-type", media);
            headers.iter().fold(post, |post, (name, value)| post.header(*name, value)).send(content)
        }
    }
}

/// A fault of the connection; most pass.
pub(super) fn broken(request: &Request<'_>, error: &Error) -> Failure {
    let reason = match error {
        Error::Timeout(what) => format!("the host takes too long ({what})"),
        Error::HostNotFound => "there is no such host".to_owned(),
        Error::Io(error) => match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "the answer is cut off".to_owned(),
            _ => format!("the connection fails: {error}"),
        },
        other => format!("the exchange fails: {other}"),
    };
    let reason = request.secret.map_or_else(|| reason.clone(), |secret| secret.redact(&reason));
    let address = request.address.to_owned();
    let error = HttpError::Broken { address, reason, tries: String::new() };
    Failure { error, again: Again::Later }
}

/// An answer of an unwanted status.
fn refused(request: &Request<'_>, mut response: Response<Body>) -> Failure {
    let status = response.status().as_u16();
    let after = text(response.headers(), "retry-after").and_then(|text| retry_after(&text));
    let excerpt =
        response.body_mut().with_config().limit(64 << 10).lossy_utf8(true).read_to_string();
    let excerpt = words(&excerpt.unwrap_or_default());
    let excerpt = request.secret.map_or_else(|| excerpt.clone(), |secret| secret.redact(&excerpt));
    let passes = may_pass(status) || (status == 403 && request.busy_is_403);
    let error = HttpError::Status {
        address: request.address.to_owned(),
        status,
        said: if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") },
        tries: String::new(),
        help: help(status, request),
    };
    let again = match (passes, after) {
        (false, _) => Again::Never,
        (true, Some(wait)) => Again::After(wait),
        (true, None) => Again::Later,
    };
    Failure { error, again }
}

/// Whether the same request may do better later: a fault of the host does, unless it says that it never will.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 416 | 425 | 429 | 500..=599) && !matches!(status, 501 | 505)
}

fn help(status: u16, request: &Request<'_>) -> &'static str {
    match status {
        401 | 403 if request.secret.is_some() => {
            "check the key in the environment variable that the pipeline names"
        }
        400 | 403 if request.busy_is_403 => {
            "the host refuses the query or is asked too often: check its codes against the table's metadata, or try again later"
        }
        404 | 410 => {
            "the address has moved: look for the table at the provider, and correct the pipeline"
        }
        406 => "the provider does not offer this form: check format in the pipeline",
        429 | 500..=599 => {
            "the host is busy: try again later; --offline works with what was brought before"
        }
        _ => "look at the address in a browser, and correct the pipeline",
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    let seconds = date.as_second() - Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_when_in_seconds_or_by_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let wait = retry_after("Wed, 21 Oct 2099 07:28:00 GMT");
        assert!(wait.is_some_and(|wait| wait > Duration::from_secs(1 << 30)));
        assert_eq!(retry_after("soon"), None);
    }
}
