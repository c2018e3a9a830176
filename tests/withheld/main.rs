//! Small counts that are withheld, and counts that their publisher protects, as a user meets them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, clippy::float_cmp)]

#[path = "../common/mod.rs"]
mod common;
mod derived;
#[path = "../common/folder.rs"]
mod folder;
mod own;
mod pipeline;
mod publisher;
mod small;
mod told;
