//! Objects of stores in a cloud: read in ranges, written whole, found by their version.
//!
//! Who may read and write is said by the environment, in the variables that the providers' own programs use; nothing of
//! it is told to anybody. An object is put in one step: there is the old one or the new one. What is put once
//! ([`Objects::create`]) stays as the first one left it.
//!
//! Sources: Amazon S3 API Reference; Google Cloud Storage XML API; Azure Blob Storage REST API, spoken by `object_store`.

mod address;
mod error;
mod wire;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{
    GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, RetryConfig,
};
use tokio::runtime::Runtime;

pub use address::{Address, Service, from_folder};
pub use error::ObjectError;

/// An object is read in pieces of so many bytes, and written in such where it is larger than [`WHOLE`].
const PIECE: usize = 16 << 20;
/// As large as an object that is written in one request.
const WHOLE: u64 = 64 << 20;

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub address: Address,
    pub bytes: u64,
    /// Its entity tag, or when it was last changed: another one is another content.
    pub version: String,
    tag: Option<String>,
}

/// The stores that were used so far.
#[derive(Default)]
pub struct Objects {
    buckets: Mutex<BTreeMap<(Service, String), Arc<Bucket>>>,
}

struct Bucket {
    runtime: Runtime,
    store: Box<dyn ObjectStore>,
}

impl Objects {
    /// The object; `None` where there is none.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn find(&self, address: &Address) -> Result<Option<Object>, ObjectError> {
        if address.key().is_empty() {
            return Ok(None);
        }
        let bucket = self.bucket(address)?;
        match bucket.wait(bucket.store.head(&address.to_key())) {
            Ok(found) => Ok(Some(object(address.clone(), found))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(told(address, &error)),
        }
    }

    /// All objects below an address, in the order of their keys.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn list(&self, address: &Address) -> Result<Vec<Object>, ObjectError> {
        let bucket = self.bucket(address)?;
        let prefix = Some(address.to_key()).filter(|key| !key.as_ref().is_empty());
        let found = bucket.wait(bucket.store.list(prefix.as_ref()).try_collect::<Vec<_>>());
        let found = found.map_err(|error| told(address, &error))?;
        let root = Address::parse(&address.of_bucket())?;
        let each = |found: ObjectMeta| Ok(object(root.join(found.location.as_ref())?, found));
        let mut all: Vec<Object> =
            found.into_iter().map(each).collect::<Result<_, ObjectError>>()?;
        all.sort_by(|a, b| a.address.cmp(&b.address));
        Ok(all)
    }

    /// Writes an object into a file, piece by piece, all of one version.
    ///
    /// # Errors
    /// [`ObjectError`]; the file may then hold a part of it.
    pub fn download(&self, object: &Object, file: &Path) -> Result<(), ObjectError> {
        let failed = |source| ObjectError::File { file: file.to_owned(), source };
        let mut out = File::create(file).map_err(failed)?;
        let mut from = 0;
        while from < object.bytes {
            let to = (from + PIECE as u64).min(object.bytes);
            let piece = self.piece(object, from..to)?;
            if piece.len() as u64 != to - from {
                let reason = format!("{} bytes came of {}", piece.len(), to - from);
                return Err(ObjectError::Exchange { address: object.address.to_string(), reason });
            }
            out.write_all(&piece).map_err(failed)?;
            from = to;
        }
        out.flush().map_err(failed)
    }

    /// The content of a small object; `None` where there is none.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn read(&self, address: &Address) -> Result<Option<Vec<u8>>, ObjectError> {
        match self.find(address)? {
            None => Ok(None),
            Some(object) if object.bytes == 0 => Ok(Some(Vec::new())),
            Some(object) => Ok(Some(self.piece(&object, 0..object.bytes)?.to_vec())),
        }
    }

    fn piece(&self, object: &Object, range: std::ops::Range<u64>) -> Result<Bytes, ObjectError> {
        let address = &object.address;
        let bucket = self.bucket(address)?;
        let options = GetOptions {
            range: Some(range.into()),
            if_match: object.tag.clone(),
            ..GetOptions::default()
        };
        let got = bucket
            .wait(async { bucket.store.get_opts(&address.to_key(), options).await?.bytes().await });
        got.map_err(|error| told(address, &error))
    }

    /// Puts a file in the place of an object, in one step.
    ///
    /// # Errors
    /// [`ObjectError`]; the old object is then untouched.
    pub fn upload(&self, file: &Path, address: &Address) -> Result<(), ObjectError> {
        let failed = |source| ObjectError::File { file: file.to_owned(), source };
        let bytes = file.metadata().map_err(failed)?.len();
        if bytes > WHOLE {
            return self.upload_in_pieces(file, address);
        }
        let content = std::fs::read(file).map_err(failed)?;
        let bucket = self.bucket(address)?;
        let put = bucket.wait(bucket.store.put(&address.to_key(), PutPayload::from(content)));
        put.map(|_| ()).map_err(|error| told(address, &error))
    }

    fn upload_in_pieces(&self, file: &Path, address: &Address) -> Result<(), ObjectError> {
        let failed = |source| ObjectError::File { file: file.to_owned(), source };
        let refused = |error: object_store::Error| told(address, &error);
        let bucket = self.bucket(address)?;
        let mut from = File::open(file).map_err(failed)?;
        let upload = bucket.wait(bucket.store.put_multipart(&address.to_key()));
        let mut upload = upload.map_err(refused)?;
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let read = (&mut from).take(PIECE as u64).read_to_end(&mut piece).map_err(failed);
            let part = match read {
                Ok(0) => break,
                Ok(_) => bucket.wait(upload.put_part(PutPayload::from(piece))).map_err(refused),
                Err(error) => Err(error),
            };
            if let Err(error) = part {
                // The pieces would be paid for until somebody removes them.
                let _ = bucket.wait(upload.abort());
                return Err(error);
            }
        }
        bucket.wait(upload.complete()).map(|_| ()).map_err(refused)
    }

    /// Puts content where there is none; `false` where there is, which stays as it is.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn create(&self, content: Vec<u8>, address: &Address) -> Result<bool, ObjectError> {
        let bucket = self.bucket(address)?;
        let put = |mode: PutMode, content: Vec<u8>| {
            let payload = PutPayload::from(content);
            bucket.wait(bucket.store.put_opts(&address.to_key(), payload, mode.into()))
        };
        match put(PutMode::Create, content.clone()) {
            Ok(_) => Ok(true),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(false),
            // A store that knows no condition: two that put at once then put the same, under a name made of its content.
            Err(
                object_store::Error::NotImplemented { .. }
                | object_store::Error::NotSupported { .. },
            ) => {
                let free = self.find(address)?.is_none();
                if free {
                    put(PutMode::Overwrite, content).map_err(|error| told(address, &error))?;
                }
                Ok(free)
            }
            Err(error) => Err(told(address, &error)),
        }
    }

    /// Removes an object; one that is gone is no fault.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub fn remove(&self, address: &Address) -> Result<(), ObjectError> {
        let bucket = self.bucket(address)?;
        match bucket.wait(bucket.store.delete(&address.to_key())) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(told(address, &error)),
        }
    }

    fn bucket(&self, address: &Address) -> Result<Arc<Bucket>, ObjectError> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (address.service(), address.bucket().to_owned());
        if let Some(known) = buckets.get(&name) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Bucket::new(address)?);
        buckets.insert(name, Arc::clone(&new));
        Ok(new)
    }
}

impl Bucket {
    fn new(address: &Address) -> Result<Self, ObjectError> {
        let unusable = |reason: String| ObjectError::Settings {
            address: address.of_bucket(),
            reason: redacted(&reason),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unusable(error.to_string()))?;
        let store = store(address).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { runtime, store })
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// The store of a bucket, as the environment describes it.
fn store(address: &Address) -> object_store::Result<Box<dyn ObjectStore>> {
    let retry = RetryConfig {
        max_retries: 6,
        retry_timeout: Duration::from_mins(1),
        ..RetryConfig::default()
    };
    let bucket = address.bucket();
    Ok(match address.service() {
        Service::S3 => Box::new(
            AmazonS3Builder::from_env()
                .with_bucket_name(bucket)
                .with_retry(retry)
                .with_http_connector(wire::Connector)
                .build()?,
        ),
        Service::Gs => Box::new(
            GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(bucket)
                .with_retry(retry)
                .with_http_connector(wire::Connector)
                .build()?,
        ),
        Service::Az => Box::new(
            MicrosoftAzureBuilder::from_env()
                .with_container_name(bucket)
                .with_retry(retry)
                .with_http_connector(wire::Connector)
                .build()?,
        ),
    })
}

fn object(address: Address, found: ObjectMeta) -> Object {
    let version = found.e_tag.clone().unwrap_or_else(|| found.last_modified.to_rfc3339());
    Object { address, bytes: found.size, version, tag: found.e_tag }
}

fn told(address: &Address, error: &object_store::Error) -> ObjectError {
    use object_store::Error as E;
    let help = address.service().variables();
    let address = address.to_string();
    let reason = redacted(&error.to_string());
    match error {
        _ if wire::METADATA.iter().any(|host| reason.contains(host)) => {
            ObjectError::NoCredentials { address, help }
        }
        E::NotFound { .. } => ObjectError::Missing { address },
        E::Precondition { .. } => ObjectError::Replaced { address },
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
            ObjectError::Refused { address, reason }
        }
        _ => ObjectError::Exchange { address, reason },
    }
}

/// The text without what the environment holds as secret, and without queries, which may be signed.
fn redacted(text: &str) -> String {
    let of_store = |name: &str| {
        ["AWS_", "AZURE_", "GOOGLE_", "GCS_", "GCP_"].iter().any(|start| name.starts_with(start))
    };
    let secret = |name: &str| {
        ["KEY", "SECRET", "TOKEN", "PASSWORD", "SIGNATURE", "SAS"]
            .iter()
            .any(|word| name.contains(word))
    };
    let held = std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        (of_store(&name) && secret(&name) && value.len() > 3).then_some(value)
    });
    let text = held.fold(text.to_owned(), |text, value| text.replace(&value, "***"));
    let words = text.split(' ').map(|word| match word.split_once('?') {
        Some((before, _)) if before.contains("://") => format!("{before}?***"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_queries_are_shown_to_nobody() {
        let text = "GET https://a.blob.core.windows.net/c/x?sig=abc&se=1 failed: what?";
        assert_eq!(redacted(text), "GET https://a.blob.core.windows.net/c/x?*** failed: what?");
    }
}
