//! What can go wrong between this program and an object store.

use std::path::PathBuf;

/// A fault of an exchange; what the environment holds as secret is in no message.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ObjectError {
    #[error("{address}: is no address of an object: {reason}")]
    #[diagnostic(help("write s3://BUCKET/KEY, gs://BUCKET/KEY or az://CONTAINER/KEY"))]
    Address { address: String, reason: String },

    #[error("{address}: the store of this bucket cannot be used: {reason}")]
    #[diagnostic(help(
        "set the provider's usual variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL; \
         GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY"
    ))]
    Settings { address: String, reason: String },

    #[error("{address}: neither the environment nor the machine holds credentials for this store")]
    #[diagnostic(help("{help}"))]
    NoCredentials { address: String, help: &'static str },

    #[error("{address}: there is no such object")]
    #[diagnostic(help(
        "check bucket and key; a folder is named without a file, as in s3://bucket/folder"
    ))]
    Missing { address: String },

    #[error("{address}: the store refuses: {reason}")]
    #[diagnostic(help(
        "check the credentials in the environment, and what they may do in this bucket"
    ))]
    Refused { address: String, reason: String },

    #[error("{address}: the object was replaced while it was read")]
    #[diagnostic(help("run again; let nothing write it meanwhile"))]
    Replaced { address: String },

    #[error("{address}: {reason}")]
    #[diagnostic(help("check the connection, AWS_ENDPOINT_URL or its like, and try again later"))]
    Exchange { address: String, reason: String },

    #[error("{file}: cannot be read or written", file = .file.display())]
    #[diagnostic(help("check that the folder may be written and has space left"))]
    File { file: PathBuf, source: std::io::Error },
}
