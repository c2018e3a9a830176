//! The words that units go by.

use super::Lang;

/// English as in files, and Swedish as residents read it.
const WORDS: &[(&str, &str)] = &[
    ("SEK thousand per household and year", "tusen kronor per hushåll och år"),
    ("actors", "aktörer"),
    ("actors per 1000 residents", "aktörer per 1000 invånare"),
    ("cars per 1000 persons", "bilar per 1000 personer"),
    ("class", "klass"),
    ("days per person and year", "dagar per person och år"),
    ("kg CO2e per person and year", "kg CO2e per person och år"),
    ("kg per person and year", "kg per person och år"),
    ("km per person and year", "km per person och år"),
    ("m", "m"),
    ("m2", "m2"),
    ("m2 per dwelling", "m2 per bostad"),
    ("m2 per person", "m2 per person"),
    ("men per 100 women", "män per 100 kvinnor"),
    ("min", "min"),
    ("per 100 persons aged 20-64", "per 100 personer 20–64 år"),
    ("percent", "procent"),
    ("percent of residents", "procent av invånarna"),
    ("percent of surface", "procent av ytan"),
    ("persons", "personer"),
    ("persons per km2", "personer per km2"),
    ("points", "punkter"),
    ("spaces per dwelling", "platser per bostad"),
    ("tonnes per year", "ton per år"),
    ("years", "år"),
];

/// A unit in the reader's language; one that is not known, as of a data set of one's own, stays as it is.
#[must_use]
pub fn unit_word(unit: &str, lang: Lang) -> &str {
    match lang {
        Lang::En => unit,
        Lang::Sv => WORDS.iter().find(|(en, _)| *en == unit).map_or(unit, |(_, sv)| sv),
    }
}

/// The same as it is set in print: `persons per km²`.
#[must_use]
pub fn unit_text(unit: &str, lang: Lang) -> String {
    unit_word(unit, lang).replace("km2", "km²").replace("m2", "m²").replace("CO2e", "CO₂e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_in_both_languages_and_foreign_ones_stay() {
        assert_eq!(unit_word("persons per km2", Lang::Sv), "personer per km2");
        assert_eq!(unit_word("persons per km2", Lang::En), "persons per km2");
        assert_eq!(unit_word("parsecs", Lang::Sv), "parsecs");
        assert_eq!(unit_text("m2 per person", Lang::Sv), "m² per person");
        assert_eq!(unit_text("persons per km2", Lang::En), "persons per km²");
    }

    #[test]
    fn the_words_are_sorted_and_none_stands_twice() {
        assert!(WORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
