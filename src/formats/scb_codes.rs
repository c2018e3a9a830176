//! Codes of Statistics Sweden (SCB) and Kolada as SDMX codes.
//!
//! Sources: the SDMX code lists `CL_SEX` 2.1 and `CL_AGE` 1.0; the value sets `Kon` and `Alder` of
//! SCB's Statistical Database; the Kolada API, which writes gender as `K`, `M` and `T`.

/// The oldest age read as one: a larger number in an age column is something else.
const OLDEST: u16 = 130;

/// Turns a code or label of sex into its `CL_SEX` code: `M`, `F` or `_T` for both together.
///
/// Knows SCB (`1`, `2`, `1+2`), Kolada (`M`, `K`, `T`), Eurostat (`M`, `F`, `T`) and the Swedish and
/// English words; letter case does not matter. `None` for anything else.
#[must_use]
pub fn sdmx_sex(code: &str) -> Option<&'static str> {
    match code.trim().to_lowercase().as_str() {
        "1" | "m" | "man" | "män" | "men" | "male" | "males" => Some("M"),
        "2" | "f" | "k" | "kvinna" | "kvinnor" | "woman" | "women" | "female" | "females" => {
            Some("F")
        }
        "1+2" | "_t" | "t" | "tot" | "total" | "totalt" | "samtliga" | "båda könen"
        | "män och kvinnor" | "men and women" => Some("_T"),
        _ => None,
    }
}

/// Turns a code or label of age into its `CL_AGE` code: `Y16`, `Y0T4`, `Y_GE80`, `Y_LT5` or `_T`.
///
/// ```text
/// -4 -> Y0T4      5-9 -> Y5T9         80+, 80-, tot80+ -> Y_GE80      16 -> Y16
/// totalt -> _T    25-64 år -> Y25T64  Y_LT5, Y5T9 -> unchanged        abc -> nothing
/// ```
///
/// SCB writes `-4` for "up to 4 years", so a leading dash is never a minus sign here.
#[must_use]
pub fn sdmx_age(code: &str) -> Option<String> {
    let code = code.trim();
    if is_sdmx_age(code) {
        return Some(code.to_owned());
    }
    let lower = code.to_lowercase().replace(['\u{2013}', '\u{2212}'], "-");
    if matches!(
        lower.as_str(),
        "t" | "tot"
            | "total"
            | "totalt"
            | "totalt ålder"
            | "samtliga"
            | "samtliga åldrar"
            | "alla"
            | "all ages"
    ) {
        return Some("_T".to_owned());
    }
    let bare = bare_age(&lower);
    if let Some(first) = bare.strip_suffix(['+', '-']) {
        return age(first).map(|first| format!("Y_GE{first}"));
    }
    match bare.split_once('-') {
        Some((first, last)) => span(first.trim(), last.trim()),
        None => age(bare).map(|years| format!("Y{years}")),
    }
}

/// The digits and signs of an age, without the words that publishers put around them.
fn bare_age(lower: &str) -> &str {
    let mut bare = lower;
    for word in ["totalt", "tot", "y"] {
        bare = bare.strip_prefix(word).unwrap_or(bare).trim_start();
    }
    for word in ["år", "years", "year", "y"] {
        bare = bare.strip_suffix(word).unwrap_or(bare).trim_end();
    }
    bare
}

fn span(first: &str, last: &str) -> Option<String> {
    let first = if first.is_empty() { 0 } else { age(first)? };
    let last = age(last)?;
    (first < last).then(|| format!("Y{first}T{last}"))
}

fn age(digits: &str) -> Option<u16> {
    let plain =
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|&years| years <= OLDEST)
}

fn is_sdmx_age(code: &str) -> bool {
    if matches!(code, "_T" | "_U" | "_Z") {
        return true;
    }
    let Some(rest) = code.strip_prefix('Y') else {
        return false;
    };
    if let Some(bound) = rest.strip_prefix("_GE").or_else(|| rest.strip_prefix("_LT")) {
        return age(bound).is_some();
    }
    match rest.split_once('T') {
        Some((first, last)) => age(first).is_some() && age(last).is_some(),
        None => age(rest).is_some(),
    }
}

/// Splits the vintage off an area code: `0180R001_RegSO2025` is unit `0180R001` of `RegSO2025`.
///
/// SCB's Statistical Database appends it since the division of 2025. A vintage is a name of at least
/// three letters and a year; a code without one is returned whole.
#[must_use]
pub fn strip_vintage(code: &str) -> (&str, Option<&str>) {
    match code.rsplit_once('_') {
        Some((unit, vintage)) if !unit.is_empty() && is_vintage(vintage) => (unit, Some(vintage)),
        _ => (code, None),
    }
}

/// The division that an area code of Statistics Sweden is of, by its form alone: `DeSO` (`0180C1010`), `RegSO`
/// (`0180R001`), `municipality` (`0180`) or `county` (`01`).
#[must_use]
pub fn division(code: &str) -> Option<&'static str> {
    let form: String =
        code.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    match form.as_str() {
        "0000A0000" | "0000B0000" | "0000C0000" => Some("DeSO"),
        "0000R000" => Some("RegSO"),
        "0000" => Some("municipality"),
        "00" => Some("county"),
        _ => None,
    }
}

/// Whether a code is one of that geography by its form: that of its division, in a county that there is; `None` for a
/// geography whose codes have no known form.
///
/// Source: "Län och kommuner i kodnummerordning" (Statistics Sweden); the country is `00`, or a code of ISO 3166-1.
#[must_use]
pub fn is_code_of(geography: &str, code: &str) -> Option<bool> {
    let wanted = match geography.split('-').next().unwrap_or_default() {
        "deso" => "DeSO",
        "regso" => "RegSO",
        "municipality" => "municipality",
        "county" => "county",
        "country" => return Some(matches!(code, "00" | "SE" | "SWE")),
        _ => return None,
    };
    let county = code.get(..2).is_some_and(|county| COUNTIES.contains(&county));
    Some(county && division(code) == Some(wanted))
}

/// Codes of counties; the gaps are counties that were joined.
const COUNTIES: [&str; 21] = [
    "01", "03", "04", "05", "06", "07", "08", "09", "10", "12", "13", "14", "17", "18", "19", "20",
    "21", "22", "23", "24", "25",
];

fn is_vintage(text: &str) -> bool {
    let name = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    text.len() - name.len() == 4
        && name.len() >= 3
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sex_codes_of_scb_kolada_and_eurostat_become_sdmx() {
        for (code, wanted) in [
            ("1", "M"),
            ("2", "F"),
            ("1+2", "_T"),
            ("män", "M"),
            ("MÄN", "M"),
            ("kvinnor", "F"),
            ("Women", "F"),
            ("K", "F"),
            ("M", "M"),
            ("T", "_T"),
            ("_T", "_T"),
            ("F", "F"),
            ("totalt", "_T"),
            (" 1 ", "M"),
        ] {
            assert_eq!(sdmx_sex(code), Some(wanted), "{code}");
        }
        for code in ["", "3", "4", "x", "12"] {
            assert_eq!(sdmx_sex(code), None, "{code}");
        }
    }

    #[test]
    fn age_codes_of_scb_become_sdmx() {
        for (code, wanted) in [
            ("-4", "Y0T4"),
            ("-4 år", "Y0T4"),
            ("5-9", "Y5T9"),
            ("05-09", "Y5T9"),
            ("5–9 år", "Y5T9"),
            ("80-", "Y_GE80"),
            ("80+", "Y_GE80"),
            ("100+ år", "Y_GE100"),
            ("80- år", "Y_GE80"),
            ("totalt", "_T"),
            ("tot", "_T"),
            ("TOT", "_T"),
            ("samtliga", "_T"),
            ("16", "Y16"),
            ("0", "Y0"),
            ("16 år", "Y16"),
            ("tot20+", "Y_GE20"),
            ("tot16-64", "Y16T64"),
            ("25-64 år", "Y25T64"),
            ("Y5-9", "Y5T9"),
        ] {
            assert_eq!(sdmx_age(code).as_deref(), Some(wanted), "{code}");
        }
    }

    #[test]
    fn sdmx_ages_stay_as_they_are() {
        for code in ["Y0T4", "Y_GE80", "Y_LT5", "Y16", "_T", "_U"] {
            assert_eq!(sdmx_age(code).as_deref(), Some(code), "{code}");
        }
    }

    #[test]
    fn what_is_no_age_gives_nothing() {
        for code in [
            "", "-", "+", "9-5", "5-5", "2024", "0114", "131", "abc", "5-x", "--4", "tot", "år",
            "1+2",
        ] {
            let wanted = (code == "tot").then(|| "_T".to_owned());
            assert_eq!(sdmx_age(code), wanted, "{code}");
        }
    }

    #[test]
    fn the_form_of_a_code_tells_its_division() {
        for (code, wanted) in [
            ("0180C1010", Some("DeSO")),
            ("0180R001", Some("RegSO")),
            ("0180", Some("municipality")),
            ("01", Some("county")),
            ("0180D1010", None),
            ("0180R01", None),
            ("", None),
        ] {
            assert_eq!(division(code), wanted, "{code}");
        }
    }

    #[test]
    fn codes_are_held_against_the_form_of_their_geography() {
        for (geography, code, wanted) in [
            ("deso-2018", "0180C1010", Some(true)),
            ("deso-2018", "0180R001", Some(false)),
            ("regso-2020", "0180R001", Some(true)),
            ("regso-2020", "0280R001", Some(false)),
            ("municipality", "0180", Some(true)),
            ("municipality", "1580", Some(false)),
            ("municipality", "180", Some(false)),
            ("county", "25", Some(true)),
            ("county", "00", Some(false)),
            ("country", "00", Some(true)),
            ("my-zones", "x", None),
        ] {
            assert_eq!(is_code_of(geography, code), wanted, "{geography} {code}");
        }
    }

    #[test]
    fn a_vintage_is_split_off_and_other_codes_stay_whole() {
        assert_eq!(strip_vintage("0180R001_RegSO2025"), ("0180R001", Some("RegSO2025")));
        assert_eq!(strip_vintage("0180C1010_DeSO2018"), ("0180C1010", Some("DeSO2018")));
        for code in ["0180R001", "", "_", "_RegSO2025", "Y_GE80", "a_2025", "CH4_CO2", "0180_é2025"]
        {
            assert_eq!(strip_vintage(code), (code, None), "{code}");
        }
    }
}
