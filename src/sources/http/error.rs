//! What can go wrong between this program and a host.

use std::path::PathBuf;

/// A fault of an exchange; addresses show `{key}` in the place of a key.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum HttpError {
    #[error("{address}: is no address: {reason}")]
    #[diagnostic(help("an address starts with http:// or https:// and names a host"))]
    Address { address: String, reason: String },

    #[error("{address}: the host answers {status}{said}{tries}")]
    #[diagnostic(help("{help}"))]
    Status { address: String, status: u16, said: String, tries: String, help: &'static str },

    #[error("{address}: {reason}{tries}")]
    #[diagnostic(help(
        "check the connection and the address, and try again later; --offline works with what was brought before"
    ))]
    Broken { address: String, reason: String, tries: String },

    #[error("{address}: the host asks to wait {seconds} s")]
    #[diagnostic(help("try again then; what was brought before is kept"))]
    AskedToWait { address: String, seconds: u64 },

    #[error("{address}: is redirected {reason}")]
    #[diagnostic(help(
        "look at the address in a browser, and write the one it ends at into the pipeline"
    ))]
    Redirect { address: String, reason: String },

    #[error("{address}: the answer is {reason}")]
    #[diagnostic(help("{help}"))]
    NotData { address: String, reason: String, help: &'static str },

    #[error("{address}: the answer is too large: {reason}")]
    #[diagnostic(help("ask for less, or fetch the file by hand and bring it with --file"))]
    TooLarge { address: String, reason: String },

    #[error("{file}: cannot be written", file = .file.display())]
    #[diagnostic(help("check that the cache folder may be written and has space left"))]
    Write { file: PathBuf, source: std::io::Error },
}

impl HttpError {
    /// The same with the number of attempts in it.
    pub(super) fn after(mut self, number: u32) -> Self {
        if let Self::Status { tries, .. } | Self::Broken { tries, .. } = &mut self
            && number > 1
        {
            *tries = format!(" ({number} attempts)");
        }
        self
    }
}
