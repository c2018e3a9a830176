//! `s3://bucket/key`, `gs://bucket/key`, `az://container/key`.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use object_store::path::Path as Key;

use super::ObjectError;

/// Who keeps the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Amazon S3 and what speaks like it.
    S3,
    /// Google Cloud Storage.
    Gs,
    /// Azure Blob Storage.
    Az,
}

impl Service {
    const ALL: [(Self, &'static str); 3] = [(Self::S3, "s3"), (Self::Gs, "gs"), (Self::Az, "az")];

    /// The variables that its credentials are taken from.
    pub(super) fn variables(self) -> &'static str {
        match self {
            Self::S3 => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where they are of a session; \
                 AWS_SKIP_SIGNATURE=true reads what is open to all"
            }
            Self::Gs => {
                "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account; \
                 GOOGLE_SKIP_SIGNATURE=true reads what is open to all"
            }
            Self::Az => {
                "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_SAS_TOKEN; \
                 AZURE_SKIP_SIGNATURE=true reads what is open to all"
            }
        }
    }

    fn scheme(self) -> &'static str {
        Self::ALL.into_iter().find(|(service, _)| *service == self).map_or("", |(_, word)| word)
    }
}

/// An object, or all whose keys begin with it and a stroke.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    service: Service,
    bucket: String,
    /// Without strokes at its ends; empty for the whole bucket.
    key: String,
}

impl Address {
    /// Where in a text an address begins: it is then everything from there.
    #[must_use]
    pub fn begins(text: &str) -> Option<usize> {
        let at = |(_, word): (Service, &str)| {
            let at = text.find(&format!("{word}://"))?;
            // `abs3://` is another scheme.
            let before = text[..at].chars().next_back();
            (!before.is_some_and(|letter| letter.is_ascii_alphanumeric())).then_some(at)
        };
        Service::ALL.into_iter().filter_map(at).min()
    }

    /// Whether a text is an address, sound or not.
    #[must_use]
    pub fn is(text: &str) -> bool {
        Self::begins(text) == Some(0)
    }

    /// Reads an address.
    ///
    /// # Errors
    /// [`ObjectError::Address`] where there is no bucket, or a key that names no object.
    pub fn parse(text: &str) -> Result<Self, ObjectError> {
        let wrong = |reason: &str| ObjectError::Address {
            address: text.to_owned(),
            reason: reason.to_owned(),
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it names no service"))?;
        let known = Service::ALL.into_iter().find(|(_, word)| *word == scheme);
        let (service, _) = known.ok_or_else(|| wrong("its service is not known"))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        if bucket.is_empty() || bucket.starts_with('.') || !bucket.chars().all(plain) {
            return Err(wrong("it names no bucket or container"));
        }
        let key = Key::parse(key).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self { service, bucket: bucket.to_owned(), key: key.as_ref().to_owned() })
    }

    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The last part of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// The bucket alone.
    #[must_use]
    pub fn of_bucket(&self) -> String {
        format!("{}://{}", self.service.scheme(), self.bucket)
    }

    /// What lies below; the name may have strokes.
    ///
    /// # Errors
    /// [`ObjectError::Address`] where that names no object.
    pub fn join(&self, name: &str) -> Result<Self, ObjectError> {
        Self::parse(&format!("{self}/{name}"))
    }

    /// A path of its own for each address: service, bucket, key.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(self.service.scheme()).join(&self.bucket).join(&self.key)
    }

    /// The address that has this path; none where no address has it.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let parts = path.components().map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        });
        let parts: Vec<&str> = parts.collect::<Option<_>>()?;
        let (service, rest) = parts.split_first()?;
        Self::parse(&format!("{service}://{}", rest.join("/"))).ok()
    }

    pub(super) fn to_key(&self) -> Key {
        // What was read as a key is one.
        Key::parse(&self.key).unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of_bucket())?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

/// A name as a pipeline writes it: an address, or a path from the pipeline's folder.
#[must_use]
pub fn from_folder(folder: &Path, name: &str) -> PathBuf {
    if Address::is(name) { PathBuf::from(name) } else { folder.join(name) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_service_bucket_and_key() {
        for (text, bucket, key, name) in [
            ("s3://b/x/y.parquet", "b", "x/y.parquet", "y.parquet"),
            ("gs://my-bucket.se/x/", "my-bucket.se", "x", "x"),
            ("az://container", "container", "", ""),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.bucket(), address.key(), address.name()), (bucket, key, name));
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
            assert_eq!(Address::of_path(&address.path()), Some(address));
        }
    }

    #[test]
    fn what_names_no_object_is_refused() {
        for text in [
            "s3://",
            "s3:///x",
            "s3://b/../x",
            "s3://b/x//y",
            "ftp://b/x",
            "b/x",
            "s3://../x",
            "s3://a b/x",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        assert_eq!(Address::of_path(Path::new("s3/b/../c")), None);
        assert_eq!(Address::of_path(Path::new("/s3/b/c")), None);
    }

    #[test]
    fn an_address_is_found_inside_an_argument() {
        assert_eq!(Address::begins("dasymetric:s3://b/points.csv:residents"), Some(11));
        assert_eq!(Address::begins("--to=gs://b/x"), Some(5));
        assert_eq!((Address::begins("/data/s3/x"), Address::begins("abs3://b/x")), (None, None));
        assert!(Address::is("az://c/x") && !Address::is("./az://c/x"));
    }

    #[test]
    fn names_of_a_pipeline_are_addresses_or_lie_in_its_folder() {
        assert_eq!(from_folder(Path::new("p"), "x.csv"), Path::new("p/x.csv"));
        assert_eq!(from_folder(Path::new("p"), "s3://b/x.csv").to_str(), Some("s3://b/x.csv"));
    }
}
