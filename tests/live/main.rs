//! Live providers, replayed by a server on loopback: what comes, what is kept, what is locked, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::cast_precision_loss
)]

mod catalogue;
#[path = "../common/mod.rs"]
mod common;
mod decoding;
mod faults;
#[path = "../common/feed.rs"]
mod feed;
mod keeping;
mod named;
mod own;
mod place;
mod progress;
mod providers;
mod replayed;
mod rides;
#[path = "../server/mod.rs"]
mod server;
#[path = "../common/streets.rs"]
mod streets;
