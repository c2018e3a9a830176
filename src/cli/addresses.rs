//! Addresses of objects on the command line: what a command reads is brought before it starts, what it writes is written
//! beside and put when it is done.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Global, output};
use crate::Error;
use crate::pipeline::PipelineError;
use crate::pipeline::mirror::{Mirror, split_layer};
use crate::sources::objects::Address;

/// Options that name what is written.
const WRITTEN: [&str; 7] =
    ["--out", "--matrix", "--isochrones", "--summary", "--equity", "--streets-out", "--into"];
/// Options whose addresses the command itself uses.
const LEFT: [&str; 2] = ["--store", "--set"];

/// A command line without addresses, and what becomes of them.
pub struct Local {
    pub arguments: Vec<OsString>,
    mirror: Mirror,
    /// What is written beside, and where it belongs.
    written: Vec<(PathBuf, Address)>,
    /// Goes with the command.
    held_beside: Option<tempfile::TempDir>,
}

impl Global {
    /// The stand-ins of objects, called by their addresses; they go with the command where nothing is to be kept.
    pub fn mirror(&self) -> Mirror {
        let kept = self.cache().map(|cache| cache.folder().join("objects"));
        let mirror = Mirror::new(kept.unwrap_or_else(not_kept));
        for scheme in ["s3", "gs", "az"] {
            output::call(&mirror.root().join(scheme), &format!("{scheme}:/"));
        }
        mirror
    }
}

fn not_kept() -> PathBuf {
    std::env::temp_dir().join(format!("scale-objects-{}", std::process::id()))
}

/// Whether any argument names an object.
pub fn any(typed: &[OsString]) -> bool {
    typed.iter().any(|word| word.to_str().is_some_and(|text| Address::begins(text).is_some()))
}

/// Brings what the arguments name.
pub fn localised(global: &Global, typed: Vec<OsString>) -> Result<Local, Error> {
    let mirror = global.mirror();
    let mut local = Local { arguments: Vec::new(), mirror, written: Vec::new(), held_beside: None };
    let mut option = String::new();
    for word in typed {
        let Some(text) = word.to_str().map(str::to_owned) else {
            local.arguments.push(word);
            continue;
        };
        if let Some((name, _)) = text.split_once('=').filter(|_| text.starts_with("--")) {
            name.clone_into(&mut option);
        }
        let at = Address::begins(&text).filter(|_| !LEFT.contains(&option.as_str()));
        let word = match at {
            None => word,
            Some(at) => local.replaced(text.split_at(at), &option)?,
        };
        option = if text.starts_with("--") && !text.contains('=') { text } else { String::new() };
        local.arguments.push(word);
    }
    Ok(local)
}

impl Local {
    /// The argument with a path in the place of its address.
    fn replaced(&mut self, (before, text): (&str, &str), option: &str) -> Result<OsString, Error> {
        let (text, layer) = split_layer(text);
        let address = Address::parse(text).map_err(PipelineError::from)?;
        let path = match option {
            "--cache" => return Err(not_a_cache(text).into()),
            "--into" => self.continued(address)?,
            _ if WRITTEN.contains(&option) => self.beside(address)?,
            _ => self.mirror.bring(&address)?,
        };
        let mut word = OsString::from(before);
        word.push(path);
        word.push(layer);
        Ok(word)
    }

    /// A place to write to, under the name that the address gives.
    fn beside(&mut self, address: Address) -> Result<PathBuf, Error> {
        let failed = |source| PipelineError::Output { path: std::env::temp_dir(), source };
        let number = self.written.len().to_string();
        if self.held_beside.is_none() {
            let new = tempfile::Builder::new().prefix("scale-").tempdir().map_err(failed)?;
            self.held_beside = Some(new);
        }
        let root = self.held_beside.as_ref().map_or(Path::new(""), tempfile::TempDir::path);
        let name = if address.name().is_empty() { address.bucket() } else { address.name() };
        let path = root.join(number).join(name);
        output::call(&path, &address.to_string());
        self.written.push((path.clone(), address));
        Ok(path)
    }

    /// A data folder that is added to: what is there comes first.
    fn continued(&mut self, address: Address) -> Result<PathBuf, Error> {
        if !self.mirror.objects().list(&address).map_err(PipelineError::from)?.is_empty() {
            self.mirror.bring(&address)?;
        }
        let path = self.mirror.path(&address);
        self.written.push((path.clone(), address));
        Ok(path)
    }

    /// Puts what was written.
    pub fn put(&self, global: &Global) -> Result<(), Error> {
        for (path, address) in self.written.iter().filter(|(path, _)| path.exists()) {
            let put = self.mirror.put(path, address)?;
            let removed = match put.removed {
                0 => String::new(),
                count => format!(", {count} removed"),
            };
            let text =
                format!("{address}: {} put, {} unchanged{removed}", put.written, put.unchanged);
            output::note(global, &text);
        }
        Ok(())
    }
}

fn not_a_cache(text: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("--cache {text}: the cache is a folder of this machine"),
        help: "results that machines share are named with --store".to_owned(),
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if self.mirror.root() == Path::new(&not_kept()) {
            let _ = std::fs::remove_dir_all(self.mirror.root());
        }
    }
}
