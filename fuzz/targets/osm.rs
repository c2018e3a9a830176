#![no_main]

use scale_fuzz::formats::osm::{Multipolygons, Sift, read};
use scale_fuzz::model::osm::Tags;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let ending = match bytes.first() {
        Some(b'<') => "osm",
        Some(b'{') => "json",
        _ => "osm.pbf",
    };
    let name = format!("scale-fuzz-{}.{ending}", std::process::id());
    let path = std::env::temp_dir().join(name);
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let sift = Sift {
        way: &|tags: Tags<'_>| tags.get("highway").map(|_| ()),
        node: &|tags: Tags<'_>| tags.get("barrier").map(|_| ()),
        within: None,
        multipolygons: Multipolygons::Keep,
    };
    let _ = read(&path, &sift);
});
