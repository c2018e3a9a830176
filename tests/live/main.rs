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
#[path = "../common/feed.rs"]
mod feed;
mod keeping;
mod place;
mod providers;
mod rides;
#[path = "../server/mod.rs"]
mod server;
#[path = "../common/streets.rs"]
mod streets;
