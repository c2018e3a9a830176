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

/// The five baselines as a pipeline of which nothing changed.
fn unchanged_run(c: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let run = || {
        let pipeline = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/baseline.toml");
        let cache = place.path().join("cache");
        let out = place.path().join("made");
        scale()
            .args(["--quiet", "run", pipeline, "--cache"])
            .arg(cache)
            .arg("--out")
            .arg(out)
            .output()
    };
    assert!(run().unwrap().status.success());
    c.bench_function("run pipelines/baseline.toml, unchanged", |bench| bench.iter(run));
}

fn start_up(c: &mut Criterion) {
    c.bench_function("start-up (--version)", |bench| {
        bench.iter(|| scale().arg("--version").output());
    });
}

criterion_group!(benches, map_all, unchanged_run, start_up);
criterion_main!(benches);
