//! What the columns of such layers are called. A column of the user's keeps its name.

use crate::model::Lang;
use crate::pipeline::map::dress::columns::own;

/// Ends of the names of columns that tell of another: end, English, Swedish; a longer one before what it ends with.
const ENDS: &[(&str, &str, &str)] = &[
    ("_no_data_share", "share without data", "andel utan data"),
    ("_combined_lower", "lower bound of both errors", "nedre gräns, båda felen"),
    ("_combined_upper", "upper bound of both errors", "övre gräns, båda felen"),
    ("_alloc_lower", "lower bound of sharing out", "nedre gräns, fördelning"),
    ("_alloc_upper", "upper bound of sharing out", "övre gräns, fördelning"),
    ("_by_residents", "by residents", "efter invånare"),
    ("_coverage", "coverage", "täckning"),
    ("_lower", "lower bound", "nedre gräns"),
    ("_upper", "upper bound", "övre gräns"),
    ("_status", "status", "status"),
    ("_share", "share", "andel"),
];

/// Ways to travel: the word in names, English, Swedish.
const MODES: &[(&str, &str, &str)] = &[
    ("walk", "on foot", "till fots"),
    ("bicycle", "by bicycle", "med cykel"),
    ("car", "by car", "med bil"),
    ("transit", "by public transport", "med kollektivtrafik"),
];

/// What readers call a column.
pub(super) fn label(name: &str, lang: Lang) -> String {
    if let Some((_, label)) = own(name) {
        return label.get(lang).to_owned();
    }
    if let Some(label) = of_access(name, lang) {
        return label;
    }
    let ended = ENDS.iter().find_map(|(end, en, sv)| {
        let stem = name.strip_suffix(end).filter(|stem| !stem.is_empty())?;
        Some(format!("{}: {}", label_of_stem(stem, lang), pick(lang, en, sv)))
    });
    ended.unwrap_or_else(|| name.replace('_', " "))
}

/// What comes before an end.
fn label_of_stem(stem: &str, lang: Lang) -> String {
    own(stem).map_or_else(|| stem.replace('_', " "), |(_, label)| label.get(lang).to_owned())
}

/// The unit of a column that the program makes.
pub(super) fn unit(name: &str) -> &'static str {
    if let Some((unit, _)) = own(name) {
        return unit;
    }
    match name.strip_prefix("access_") {
        Some(rest) if is_time(rest) => "min",
        _ if name.starts_with("snap_m_") || name.ends_with("_uncertainty_m") => "m",
        _ => "",
    }
}

/// Whether a measure of accessibility is a time.
fn is_time(measure: &str) -> bool {
    let of_time = measure.starts_with("nearest_") || measure.starts_with("dual_");
    of_time && !measure.starts_with("nearest_id") && !measure.contains("_id_")
}

/// A measure of accessibility in words, with how one travels.
fn of_access(name: &str, lang: Lang) -> Option<String> {
    let rest = name.strip_prefix("access_")?;
    let (measure, mode, percentile) = travelled(rest)?;
    let how = pick(lang, mode.1, mode.2);
    let words = |text: &str| text.trim_matches('_').replace('_', " ");
    let what = |text: &str| {
        let words = words(text);
        if words.is_empty() { words } else { format!(": {words}") }
    };
    let said = if let Some(rest) = measure.strip_prefix("nearest_") {
        let (rank, category) = match rest.strip_prefix("min") {
            Some(category) => (String::new(), category),
            None => rest.split_once("_min").map(|(n, rest)| (format!(" ({n})"), rest))?,
        };
        format!(
            "{}{rank}{}",
            pick(lang, "Minutes to the nearest", "Minuter till närmaste"),
            what(category)
        )
    } else if let Some(rest) = measure.strip_prefix("cumulative_") {
        let (limit, category) = rest.split_once("min")?;
        let within = pick(lang, "Reached within", "Nås inom");
        format!("{within} {limit} min{}", what(category))
    } else if let Some(rest) = measure.strip_prefix("dual_") {
        let (count, category) = rest.split_once("_min")?;
        let until = pick(lang, "Minutes until so many are reached", "Minuter tills så många nås");
        format!("{until} ({count}){}", what(category))
    } else if let Some(rest) = measure.strip_prefix("gravity_") {
        format!(
            "{} ({})",
            pick(lang, "Reached, near ones count more", "Nås, nära räknas mer"),
            words(rest)
        )
    } else {
        format!("{} ({})", pick(lang, "Supply a head", "Utbud per person"), words(measure))
    };
    Some(format!("{said}, {how}{percentile}"))
}

type Mode = (&'static str, &'static str, &'static str);

/// Measure, mode, and the percentile of public transport.
fn travelled(rest: &str) -> Option<(&str, &'static Mode, String)> {
    MODES.iter().find_map(|mode| {
        if let Some(measure) = rest.strip_suffix(mode.0) {
            return Some((measure.strip_suffix('_')?, mode, String::new()));
        }
        let (measure, more) = rest.rsplit_once(&format!("_{}_", mode.0))?;
        (mode.0 == "transit").then(|| (measure, mode, format!(" ({})", more.replace('_', " "))))
    })
}

/// How one travels; the id where it is no known way.
pub(in crate::pipeline) fn travel(mode: &str, lang: Lang) -> &str {
    MODES.iter().find(|(id, ..)| *id == mode).map_or(mode, |(_, en, sv)| pick(lang, en, sv))
}

/// The name of a band of isochrones.
pub(super) fn within(minutes: f64, lang: Lang) -> String {
    format!("{} {minutes} min", pick(lang, "within", "inom"))
}

pub(super) fn not_stated(lang: Lang) -> &'static str {
    pick(lang, "not stated", "ej angiven")
}

fn pick<'a>(lang: Lang, en: &'a str, sv: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Sv => sv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_accessibility_are_told_in_words() {
        for (name, en) in [
            ("access_nearest_min_walk", "Minutes to the nearest, on foot"),
            ("access_nearest_2_min_bicycle", "Minutes to the nearest (2), by bicycle"),
            ("access_nearest_min_car_share_walk", "Minutes to the nearest: car share, on foot"),
            ("access_cumulative_15min_car", "Reached within 15 min, by car"),
            (
                "access_cumulative_30min_transit_access_p50",
                "Reached within 30 min, by public transport (access p50)",
            ),
            ("access_2sfca_30min_walk", "Supply a head (2sfca 30min), on foot"),
        ] {
            assert_eq!(label(name, Lang::En), en);
        }
        assert_eq!(unit("access_nearest_min_walk"), "min");
        assert_eq!(unit("access_cumulative_15min_walk"), "");
        assert_eq!(
            label("access_dual_3_min_walk", Lang::Sv),
            "Minuter tills så många nås (3), till fots"
        );
    }

    #[test]
    fn a_column_keeps_its_name_and_what_tells_of_it_follows() {
        assert_eq!(label("pop_2023", Lang::Sv), "pop 2023");
        assert_eq!(label("pop_2023_alloc_upper", Lang::En), "pop 2023: upper bound of sharing out");
        assert_eq!(label("pop_status", Lang::Sv), "pop: status");
        assert_eq!(label("clip_share", Lang::Sv), "Andel inom området");
        assert_eq!(label("_status", Lang::En), " status");
    }
}
