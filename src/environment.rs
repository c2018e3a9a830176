//! Keeps settings of the surroundings from changing results.
//!
//! GDAL and PROJ are compiled in together with the data they need. Both would still follow environment variables that
//! desktop tools set (conda and `OSGeo4W` point `PROJ_DATA` at another version's database), and results
//! would differ from machine to machine.

use std::sync::Once;

/// Hash of the sources, the embedded data and the versions of all dependencies that the program was built from.
pub const CODE: &str = env!("SCALE_CODE");

/// Variables by which the surroundings could steer the built-in libraries.
const FOREIGN: [&str; 6] = ["PROJ_", "GDAL_", "OGR_", "OSR_", "CPL_", "SHAPE_"];

/// Removes foreign settings and makes GDAL silent; call it first in `main`.
///
/// Messages of GDAL go to `tracing`; faults still come back as errors.
///
/// # Safety of the call
/// Changing the environment is sound only while no other thread reads it: call this before any thread is started.
#[allow(unsafe_code)]
pub fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let names: Vec<String> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| FOREIGN.iter().any(|prefix| name.starts_with(prefix)))
            .collect();
        for name in names {
            // SAFETY: runs once, at the start of `main`, before any other thread exists.
            unsafe { std::env::remove_var(name) };
        }
        configure_gdal();
    });
}

/// The settings that every use of GDAL here relies on.
pub(crate) fn configure_gdal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|_, number, message| {
            tracing::debug!(number, message, "gdal");
        });
        // Output is written aside and renamed when complete, so SQLite need not force each page to disk.
        for (key, value) in [("OGR_SQLITE_SYNCHRONOUS", "OFF"), ("OGR_CURRENT_DATE", &timestamp())]
        {
            if let Err(error) = gdal::config::set_config_option(key, value) {
                tracing::warn!(key, %error, "gdal setting");
            }
        }
    });
}

/// The time written into files: `SOURCE_DATE_EPOCH`, else the day the Unix clock starts.
///
/// A fixed time makes two runs give the same bytes. See <https://reproducible-builds.org/specs/source-date-epoch/>.
#[must_use]
pub fn timestamp() -> String {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    let time =
        jiff::Timestamp::from_second(epoch.unwrap_or(0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// The day of [`timestamp`] where `SOURCE_DATE_EPOCH` sets one: a page that says 1970 would mislead.
#[must_use]
pub fn day() -> Option<String> {
    std::env::var_os("SOURCE_DATE_EPOCH").map(|_| timestamp().chars().take(10).collect())
}
