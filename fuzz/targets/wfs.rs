#![no_main]

use scale_fuzz::capabilities::Offer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(xml) = std::str::from_utf8(bytes)
        && let Ok(offer) = Offer::read(xml, "stat:RegSO_2025")
    {
        let _ = offer.check("stat:RegSO_2025", "EPSG:3006");
    }
});
