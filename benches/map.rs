//! How long the main job takes: all five areas with their files, and the start of the program.

#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};

fn scale() -> Command {
    Command::new(env!("CARGO_BIN_EXE_scale"))
}

fn map_all(c: &mut Criterion) {
    let out = tempfile::tempdir().unwrap();
    c.bench_function("map --all", |bench| {
        bench.iter(|| scale().args(["--quiet", "map", "--all", "--out"]).arg(out.path()).output());
    });
}

fn start_up(c: &mut Criterion) {
    c.bench_function("start-up (--version)", |bench| {
        bench.iter(|| scale().arg("--version").output());
    });
}

criterion_group!(benches, map_all, start_up);
criterion_main!(benches);
