#![no_main]

use std::path::Path;

use scale_fuzz::formats::px::read_px;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_px(Path::new("fuzz.px"), bytes);
});
