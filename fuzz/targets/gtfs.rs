#![no_main]

use std::path::PathBuf;

use scale_fuzz::formats::gtfs;

/// The files of a feed in the order of the parts that the bytes are cut into.
const FILES: [&str; 9] = [
    "agency.txt",
    "stops.txt",
    "routes.txt",
    "trips.txt",
    "stop_times.txt",
    "calendar.txt",
    "calendar_dates.txt",
    "frequencies.txt",
    "transfers.txt",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder: PathBuf = std::env::temp_dir().join(format!("scale-fuzz-{}", std::process::id()));
    // Bytes that begin as a zip does are an archive, all others the files of a folder, cut at bytes of 0.
    if bytes.starts_with(b"PK") {
        let zip = folder.with_extension("zip");
        if std::fs::write(&zip, bytes).is_ok() {
            let _ = gtfs::read(&zip);
        }
        return;
    }
    let _ = std::fs::remove_dir_all(&folder);
    if std::fs::create_dir(&folder).is_ok() {
        for (name, part) in FILES.iter().zip(bytes.split(|byte| *byte == 0)) {
            let _ = std::fs::write(folder.join(name), part);
        }
        let _ = gtfs::read(&folder);
    }
});
