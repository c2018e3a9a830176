//! Live providers, replayed by a server on loopback: what comes, what is kept, what is locked, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::cast_precision_loss
)]

#[path = "../common/mod.rs"]
mod common;
mod keeping;
mod place;
mod providers;
#[path = "../server/mod.rs"]
mod server;
