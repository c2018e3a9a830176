//! Addresses: their host, where redirects lead, and keys that nobody is shown.

use ureq::http::Uri;

use super::HttpError;

/// A key. It goes into addresses in the place of `{key}` and is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text without the key, however it is written in it.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        text.replace(&self.0, "***").replace(&encoded(&self.0), "***")
    }

    fn is_in(&self, text: &str) -> bool {
        !self.0.is_empty() && (text.contains(&self.0) || text.contains(&encoded(&self.0)))
    }
}

/// The address with the key in it.
pub(super) fn filled(address: &str, secret: Option<&Secret>) -> String {
    secret
        .map_or_else(|| address.to_owned(), |secret| address.replace("{key}", &encoded(&secret.0)))
}

/// Every byte that is not unreserved as `%XX` (RFC 3986).
#[must_use]
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Bytes outside ASCII and blanks as `%XX`; what is encoded already stays.
pub(super) fn tidy(address: &str) -> String {
    address
        .chars()
        .map(|letter| match letter {
            '!'..='~'
                if !matches!(letter, '"' | '<' | '>' | '{' | '}' | '\\' | '^' | '`' | '|') =>
            {
                letter.to_string()
            }
            other => encoded(&other.to_string()),
        })
        .collect()
}

/// Scheme, host and port: what is asked one thing at a time.
#[must_use]
pub fn host_of(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{}://{}", scheme.to_lowercase(), host.to_lowercase())
}

/// A web address with a host, and nothing else.
pub(super) fn checked(shown: &str, address: &str) -> Result<(), HttpError> {
    let wrong = |reason: &str| {
        Err(HttpError::Address { address: shown.to_owned(), reason: reason.to_owned() })
    };
    let Ok(uri) = address.parse::<Uri>() else { return wrong("it cannot be read") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return wrong("it is neither http nor https");
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            wrong("it holds a user name; keys come from the environment")
        }
        Some(authority) if !authority.host().is_empty() => Ok(()),
        _ => wrong("it names no host"),
    }
}

/// Where a redirect leads; never to another kind of address, never with the key to another host.
pub(super) fn next(
    shown: &str,
    from: &str,
    location: &str,
    secret: Option<&Secret>,
) -> Result<String, HttpError> {
    let wrong = |reason: String| HttpError::Redirect { address: shown.to_owned(), reason };
    let to = tidy(&resolved(from, location.trim()));
    let visible = secret.map_or_else(|| to.clone(), |secret| secret.redact(&to));
    let kind = to.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
    if !matches!(kind.as_deref(), Some("http" | "https")) {
        return Err(wrong(format!("to {visible}, which is no web address")));
    }
    if checked(shown, &to).is_err() {
        return Err(wrong(format!("to {visible}, which cannot be read")));
    }
    if host_of(from) != host_of(&to) && secret.is_some_and(|secret| secret.is_in(&to)) {
        return Err(wrong(format!("with its key to another host, {visible}")));
    }
    Ok(to)
}

/// RFC 3986, section 5.2, as far as hosts use it.
fn resolved(from: &str, location: &str) -> String {
    let scheme = location.split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return location.to_owned();
    }
    if let Some(rest) = location.strip_prefix("//") {
        let scheme = from.split_once("://").map_or("https", |(scheme, _)| scheme);
        return format!("{scheme}://{rest}");
    }
    let (scheme, rest) = from.split_once("://").unwrap_or(("https", from));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if location.starts_with('/') {
        return format!("{scheme}://{host}{location}");
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if location.starts_with('?') {
        return format!("{scheme}://{host}{path}{location}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{scheme}://{host}{folder}/{location}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_resolved_against_the_address_they_came_from() {
        let from = "https://a.se/x/y?z=1";
        for (location, wanted) in [
            ("http://b.se/q", "http://b.se/q"),
            ("//b.se/q", "https://b.se/q"),
            ("/q?r", "https://a.se/q?r"),
            ("q", "https://a.se/x/q"),
            ("?r", "https://a.se/x/y?r"),
            ("/å ä", "https://a.se/%C3%A5%20%C3%A4"),
        ] {
            assert_eq!(next("a", from, location, None).unwrap(), wanted);
        }
    }

    #[test]
    fn a_redirect_to_no_web_address_is_refused() {
        for location in ["file:///etc/passwd", "FILE:/x", "javascript:x", "data:,x", "ftp://a/b"] {
            let error = next("a", "http://a.se/", location, None).unwrap_err().to_string();
            assert!(error.contains("which is no web address"), "{error}");
        }
    }

    #[test]
    fn a_key_goes_to_its_own_host_and_into_no_message() {
        let secret = Secret::new("s3 cret".to_owned());
        let address = filled("https://a.se/{key}/x", Some(&secret));
        assert_eq!(address, "https://a.se/s3%20cret/x");
        assert!(next("x", &address, "https://a.se/s3%20cret/y", Some(&secret)).is_ok());
        let error = next("x", &address, "https://b.se/s3%20cret/y", Some(&secret)).unwrap_err();
        assert!(error.to_string().contains("https://b.se/***/y"), "{error}");
        assert_eq!(format!("{secret:?} {}", secret.redact("s3 cret s3%20cret")), "*** *** ***");
    }

    #[test]
    fn only_web_addresses_with_a_host_are_asked() {
        assert!(checked("a", "https://a.se/x").is_ok());
        for wrong in ["file:///x", "a.se/x", "https://", "https://u:p@a.se/", "http:///x", ""] {
            assert!(checked("a", wrong).is_err(), "{wrong}");
        }
    }
}
