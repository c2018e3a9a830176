//! The columns of the registers, by their names in both languages.

/// A column: its name in files, and other words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterColumn {
    pub id: &'static str,
    pub words: &'static [&'static str],
}

const fn column(id: &'static str, words: &'static [&'static str]) -> RegisterColumn {
    RegisterColumn { id, words }
}

/// The columns of the actors' register; the last six are written by the program.
pub const ACTOR_COLUMNS: [RegisterColumn; 23] = [
    column("id", &[]),
    column("name", &["namn"]),
    column("kind", &["slag", "typ", "sort"]),
    column("themes", &["theme", "tema", "teman"]),
    column("activity", &["verksamhet", "aktivitet"]),
    column("start", &["startdatum", "från"]),
    column("end", &["slut", "slutdatum", "till"]),
    column("contact_role", &["kontaktroll", "roll"]),
    column("address", &["adress", "plats", "place"]),
    column("lon", &["longitud", "longitude"]),
    column("lat", &["latitud", "latitude"]),
    column("x", &["öst", "easting"]),
    column("y", &["nord", "northing"]),
    column("coordinates", &["koordinater"]),
    column("area", &["område"]),
    column("link", &["länk", "webbplats", "website", "url"]),
    column("status", &[]),
    column("source", &["källa"]),
    column("same_as", &["samma_som"]),
    column("differs_from", &["skild_från"]),
    column("placed_by", &["placerad_genom"]),
    column("uncertainty_m", &["osäkerhet_m"]),
    column("matched", &["funnet_namn"]),
];

/// The columns of the register of measures.
pub const MEASURE_COLUMNS: [RegisterColumn; 10] = [
    column("id", &[]),
    column("name", &["namn", "åtgärd", "measure"]),
    column("theme", &["themes", "tema", "teman"]),
    column("area", &["område"]),
    column("stage", &["status", "skede", "läge"]),
    column("start", &["startdatum", "från"]),
    column("indicator", &["indikator"]),
    column("direction", &["riktning", "effect", "effekt"]),
    column("expected_change", &["väntad_ändring", "förväntad_ändring"]),
    column("source", &["källa"]),
];

/// The column that a header names.
pub(super) fn find(known: &'static [RegisterColumn], header: &str) -> Option<usize> {
    let word = word(header);
    known.iter().position(|column| column.id == word || column.words.contains(&word.as_str()))
}

/// The nearest name to a header that names none.
pub(super) fn nearest(known: &'static [RegisterColumn], header: &str) -> &'static str {
    let word = word(header);
    let likeness = |name: &str| strsim::jaro_winkler(name, &word);
    let names = known.iter().flat_map(|column| column.words.iter().chain([&column.id]));
    names.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).copied().unwrap_or_default()
}

fn word(header: &str) -> String {
    let words = header.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}
