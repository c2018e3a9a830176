#![no_main]

use std::path::Path;

use scale_fuzz::formats::csv::{CsvOptions, read_csv};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_csv(Path::new("fuzz.csv"), bytes, &CsvOptions::default());
});
