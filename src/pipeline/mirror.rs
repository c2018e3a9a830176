//! Local stand-ins for objects of a store: what has an address is brought before a step reads it, and put after it was
//! written, so that every stage works on files.
//!
//! A stand-in lies at a path made of its address and is kept with the object's version: it is brought again when there is
//! another. An object is put in one step; of a folder the manifest is put last, so that files and manifest agree as soon as
//! it is there, and a reader that holds them against each other sees when they do not yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use super::PipelineError;
use super::file::{PipelineFile, Value};
use crate::publish::{MANIFEST, listed, replace_file};
use crate::sources::objects::{Address, Object, ObjectError, Objects, from_folder};
use crate::sources::{sha256_hex, sha256_of};

/// Where stand-ins lie.
pub struct Mirror {
    root: PathBuf,
    objects: Objects,
}

/// What putting a folder came to, in objects.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PutFiles {
    pub written: usize,
    /// The same content lay there.
    pub unchanged: usize,
    /// The old manifest listed them, the new one does not.
    pub removed: usize,
}

impl Mirror {
    /// Stand-ins below that folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        // What a pipeline names is put behind the pipeline's folder, which an absolute path stays out of.
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { root, objects: Objects::default() }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// Where the stand-in of an object lies, or would.
    #[must_use]
    pub fn path(&self, address: &Address) -> PathBuf {
        self.root.join(address.path())
    }

    /// The address that a path is, or stands for.
    #[must_use]
    pub fn address_of(&self, path: &Path) -> Option<Address> {
        match path.to_str().filter(|text| Address::is(text)) {
            Some(text) => Address::parse(text).ok(),
            None => Address::of_path(path.strip_prefix(&self.root).ok()?),
        }
    }

    /// Brings an object, or all below the address, and says where it lies now. A Shapefile comes with its companions.
    ///
    /// # Errors
    /// [`PipelineError::Object`], among them [`ObjectError::Missing`] where there is nothing.
    pub fn bring(&self, address: &Address) -> Result<PathBuf, PipelineError> {
        let path = self.path(address);
        if let Some(object) = self.objects.find(address)? {
            if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("shp")) {
                self.bring_companions(address)?;
            }
            self.bring_object(&object)?;
            return Ok(path);
        }
        let below = self.objects.list(address)?;
        if below.is_empty() {
            return Err(ObjectError::Missing { address: address.to_string() }.into());
        }
        for object in &below {
            self.bring_object(object)?;
        }
        self.forget_others(&path, &below)?;
        Ok(path)
    }

    fn bring_companions(&self, address: &Address) -> Result<(), PipelineError> {
        let stem = address.to_string();
        let stem = stem.rsplit_once('.').map_or(stem.as_str(), |(stem, _)| stem);
        let folder = stem.rsplit_once('/').map_or(stem, |(folder, _)| folder);
        for object in self.objects.list(&Address::parse(folder)?)? {
            let text = object.address.to_string();
            if text.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.')) {
                self.bring_object(&object)?;
            }
        }
        Ok(())
    }

    fn bring_object(&self, object: &Object) -> Result<(), PipelineError> {
        let path = self.path(&object.address);
        let failed = |path: PathBuf, source| PipelineError::Output { path, source };
        let note =
            self.root.join("versions").join(sha256_hex(object.address.to_string().as_bytes()));
        let folders = [path.parent(), note.parent()];
        for folder in folders.into_iter().flatten() {
            std::fs::create_dir_all(folder).map_err(|source| failed(folder.to_owned(), source))?;
        }
        // Two that bring at once would leave the content of one with the version of the other.
        let lock = File::options().create(true).append(true).open(&note);
        let lock = lock.map_err(|source| failed(note.clone(), source))?;
        rustix::fs::flock(&lock, FlockOperation::LockExclusive)
            .map_err(|error| failed(note.clone(), error.into()))?;
        let version = format!("{}\n{}\n", object.version, object.bytes);
        let known = std::fs::read_to_string(&note).is_ok_and(|text| text == version);
        if known && path.metadata().is_ok_and(|data| data.len() == object.bytes) {
            return Ok(());
        }
        tracing::info!("{}: {} bytes are brought", object.address, object.bytes);
        lock.set_len(0).map_err(|source| failed(note.clone(), source))?;
        let fill = |file: &Path| Ok(self.objects.download(object, file)?);
        replace_file(&path, fill, failed)?;
        std::fs::write(&note, version).map_err(|source| failed(note, source))
    }

    /// Removes stand-ins of objects that are no longer there.
    fn forget_others(&self, folder: &Path, there: &[Object]) -> Result<(), PipelineError> {
        let there: BTreeSet<PathBuf> =
            there.iter().map(|object| self.path(&object.address)).collect();
        for name in files(folder)? {
            let path = folder.join(name);
            if !there.contains(&path) {
                std::fs::remove_file(&path)
                    .map_err(|source| PipelineError::Output { path, source })?;
            }
        }
        Ok(())
    }

    /// Puts a file, or a folder, in the place of what lies at the address.
    ///
    /// # Errors
    /// [`PipelineError::Object`]; what was put before it stays.
    pub fn put(&self, local: &Path, address: &Address) -> Result<PutFiles, PipelineError> {
        if !local.is_dir() {
            self.objects.upload(local, address)?;
            return Ok(PutFiles { written: 1, ..PutFiles::default() });
        }
        let names = files(local)?;
        let manifests = |name: &&String| Path::new(name).file_name().is_some_and(|n| n == MANIFEST);
        let there = self.objects.list(address)?;
        let there: BTreeMap<Address, u64> =
            there.into_iter().map(|object| (object.address, object.bytes)).collect();
        let mut old = BTreeMap::new();
        for name in names.iter().filter(manifests) {
            let folder = name.strip_suffix(MANIFEST).unwrap_or_default();
            let content = self.objects.read(&address.join(name)?)?.unwrap_or_default();
            let sums = listed(&content).into_iter();
            old.extend(sums.map(|(file, sha256)| (format!("{folder}{file}"), sha256)));
        }
        let mut put = PutFiles::default();
        let (last, first): (Vec<_>, Vec<_>) = names.iter().partition(manifests);
        for name in first.into_iter().chain(last) {
            let (path, to) = (local.join(name), address.join(name)?);
            let bytes = path.metadata().map_or(0, |data| data.len());
            let same = there.get(&to) == Some(&bytes)
                && match old.get(name) {
                    Some(known) => sha256_of(&path).is_ok_and(|sum| sum == *known),
                    None => {
                        manifests(&name) && self.objects.read(&to)? == std::fs::read(&path).ok()
                    }
                };
            if same {
                put.unchanged += 1;
            } else {
                self.objects.upload(&path, &to)?;
                put.written += 1;
            }
        }
        for name in old.keys().filter(|name| !names.contains(name)) {
            let gone = address.join(name)?;
            if there.contains_key(&gone) {
                self.objects.remove(&gone)?;
                put.removed += 1;
            }
        }
        Ok(put)
    }

    /// Brings what a pipeline reads from addresses, and gives its steps the paths.
    ///
    /// # Errors
    /// Those of [`Mirror::bring`].
    pub fn bring_inputs(&self, file: &mut PipelineFile) -> Result<(), PipelineError> {
        let folder = file.path.parent().unwrap_or(Path::new("")).to_owned();
        for values in file.steps.iter_mut().map(|step| &mut step.values) {
            values.replace_paths(&|path| self.local(path))?;
        }
        for values in [&mut file.data, &mut file.areas] {
            let Some(Value::Text(from)) = values.0.get_mut("from") else { continue };
            if from != "built-in" && from != "nothing" {
                *from = self.local(&from_folder(&folder, from))?.to_string_lossy().into_owned();
            }
        }
        Ok(())
    }

    /// The file that a path names: one that is or stands for an address is brought. A layer may be named behind it.
    fn local(&self, path: &Path) -> Result<PathBuf, PipelineError> {
        let Some(text) = path.to_str() else { return Ok(path.to_owned()) };
        let (file, layer) = split_layer(text);
        let Some(address) = self.address_of(Path::new(file)) else { return Ok(path.to_owned()) };
        let mut found = self.bring(&address)?.into_os_string();
        found.push(layer);
        Ok(found.into())
    }
}

/// `FILE` and `:layer`, which may be missing.
#[must_use]
pub fn split_layer(text: &str) -> (&str, &str) {
    match text.rfind(':') {
        Some(at) if !text[at..].contains('/') => text.split_at(at),
        _ => (text, ""),
    }
}

/// The files of a folder and of those in it, sorted, by their names from it.
fn files(folder: &Path) -> Result<Vec<String>, PipelineError> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        let failed = |source| PipelineError::Output { path: at.clone(), source };
        for entry in std::fs::read_dir(&at).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_address_or_stands_for_one() {
        let mirror = Mirror::new("/cache/objects".into());
        let address = Address::parse("s3://b/p/x.parquet").unwrap();
        assert_eq!(mirror.path(&address), Path::new("/cache/objects/s3/b/p/x.parquet"));
        assert_eq!(mirror.address_of(&mirror.path(&address)), Some(address.clone()));
        assert_eq!(mirror.address_of(Path::new("s3://b/p/x.parquet")), Some(address));
        assert_eq!(mirror.address_of(Path::new("/data/x.parquet")), None);
        assert_eq!(mirror.address_of(Path::new("/cache/objects/versions/ab")), None);
    }

    #[test]
    fn a_layer_may_stand_behind_a_file() {
        assert_eq!(split_layer("s3://b/x.gpkg:units"), ("s3://b/x.gpkg", ":units"));
        assert_eq!(split_layer("s3://b/x.gpkg"), ("s3://b/x.gpkg", ""));
    }
}
