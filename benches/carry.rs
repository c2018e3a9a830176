//! How long carrying takes, from the file to the summed result and step by step: `RegSO` of all Sweden onto squares of one
//! kilometre, those of Stockholm county onto squares of 250 m.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use scale::formats::{self, Content, OpenOptions, geoparquet};
use scale::interpolate::Weights;
use scale::model::{Areas, Layer};

const REGSO: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/stockholm/regso_2025_sweden.gpkg");

fn open(path: &Path) -> Layer {
    let content = formats::open(path, &OpenOptions::default()).unwrap();
    let layer = match content {
        Content::Layer { layer, .. } => Some(layer),
        Content::Raw(_) | Content::Frame(_) => None,
    };
    layer.unwrap()
}

fn of_county(layer: &Layer, county: &str) -> Layer {
    let areas = layer.areas().unwrap();
    let counties = layer.frame().column("lanskod").unwrap().str().unwrap().clone();
    let is = |row: &usize| counties.get(*row) == Some(county);
    let rows: Vec<usize> = (0..areas.len()).filter(is).collect();
    let keys = rows.iter().map(|row| areas.keys()[*row].clone()).collect();
    let shapes = rows.iter().map(|row| areas.shapes()[*row].clone()).collect();
    let areas = Arc::new(Areas::new(keys, shapes, areas.crs().clone()).unwrap());
    let frame =
        layer.frame().filter(&counties.iter().map(|code| Some(code == Some(county))).collect());
    Layer::spatial("regso", "RegSO", areas, frame.unwrap()).unwrap()
}

/// A count that differs from row to row.
fn values(areas: &Areas) -> Vec<Option<f64>> {
    (0..areas.len()).map(|row| Some(f64::from(u32::try_from(row % 997).unwrap()) + 100.0)).collect()
}

fn onto_squares(areas: &Areas, side: f64) -> (usize, f64) {
    let (cells, weights) = Weights::onto_grid(areas, side, None);
    (cells.len(), weights.extensive(&values(areas)).iter().flatten().sum())
}

fn carry(c: &mut Criterion) {
    let gpkg = Path::new(REGSO);
    if !gpkg.exists() {
        eprintln!("skipped: {} is not here", gpkg.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sweden = open(gpkg);
    let county = of_county(&sweden, "01");
    let mut group = c.benchmark_group("carry");
    group.sample_size(10);
    for (name, layer, side) in [("Sweden", sweden, 1000.0), ("Stockholm county", county, 250.0)] {
        let file = folder.path().join(format!("{name}.parquet"));
        geoparquet::write(&file, &layer).unwrap();
        let areas = layer.areas().unwrap();
        eprintln!(
            "{name}: {} polygons onto {:?} squares of {side} m",
            areas.len(),
            onto_squares(areas, side)
        );
        group.bench_function(format!("{name}: open"), |b| b.iter(|| black_box(open(&file))));
        group.bench_function(format!("{name}: weigh and carry"), |b| {
            b.iter(|| black_box(onto_squares(areas, side)));
        });
        group.bench_function(format!("{name}: from the file to the sum"), |b| {
            b.iter(|| black_box(onto_squares(open(&file).areas().unwrap(), side)));
        });
    }
    group.finish();
}

criterion_group!(benches, carry);
criterion_main!(benches);
