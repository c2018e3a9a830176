#![no_main]

use scale_fuzz::formats::scb_codes::{sdmx_age, sdmx_sex, strip_vintage};
use scale_fuzz::formats::text::{decode_text, is_missing_mark, parse_number, why_not_a_number};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let decoded = decode_text(bytes);
    for cell in decoded.text.split('\n') {
        let _ = (sdmx_age(cell), sdmx_sex(cell), strip_vintage(cell), is_missing_mark(cell));
        for comma in [false, true] {
            // What is no number must have a reason.
            if parse_number(cell, comma).is_none() {
                assert!(!why_not_a_number(cell, comma).is_empty());
            }
        }
    }
});
