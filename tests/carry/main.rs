//! `scale carry` as a user runs it.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::float_cmp)]

mod columns;
#[path = "../common/mod.rs"]
mod common;
mod kept;
mod known;
mod layers;
mod methods;
mod vintages;
