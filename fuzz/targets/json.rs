#![no_main]

use std::path::Path;

use scale_fuzz::formats::jsonstat::read_json_stat;
use scale_fuzz::formats::kolada::read_kolada;
use scale_fuzz::formats::pxweb::read_pxweb_v1;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = serde_json::from_slice(bytes) else { return };
    let file = Path::new("fuzz.json");
    let _ = read_json_stat(file, &json);
    let _ = read_pxweb_v1(file, &json);
    let _ = read_kolada(file, &json);
});
