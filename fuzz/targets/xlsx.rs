#![no_main]

use std::path::Path;

use scale_fuzz::formats::csv::CsvOptions;
use scale_fuzz::formats::xlsx::read_xlsx;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_xlsx(Path::new("fuzz.xlsx"), bytes, None, &CsvOptions::default());
});
