//! The indicators that follow from residents by age and sex.

use crate::model::Label;

/// An indicator that is worked out from residents.
pub struct Derived {
    pub id: &'static str,
    pub unit: &'static str,
    pub age: &'static str,
    pub sv: &'static str,
    pub en: &'static str,
    pub definition: &'static str,
    pub(super) formula: Formula,
}

/// How it follows from residents.
#[derive(Clone, Copy)]
pub(super) enum Formula {
    PerLand,
    PerSurface,
    Share(u32, Option<u32>),
    Dependency,
    SexRatio,
}

impl Derived {
    /// The label in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label { sv: self.sv.to_owned(), en: self.en.to_owned() }
    }
}

const DERIVED: [Derived; 8] = [
    Derived {
        id: "density_land",
        unit: "persons per km2",
        age: "_T",
        sv: "Täthet på land",
        en: "Density over land",
        definition: "Residents per square kilometre of land, water left out",
        formula: Formula::PerLand,
    },
    Derived {
        id: "density_total",
        unit: "persons per km2",
        age: "_T",
        sv: "Täthet på hela ytan",
        en: "Density over the whole polygon",
        definition: "Residents per square kilometre of the whole polygon, water included",
        formula: Formula::PerSurface,
    },
    Derived {
        id: "share_aged_0_19",
        unit: "percent",
        age: "Y0T19",
        sv: "Andel 0–19 år",
        en: "Aged 0–19",
        definition: "Residents aged 0 to 19 in percent of all residents",
        formula: Formula::Share(0, Some(19)),
    },
    Derived {
        id: "share_aged_20_64",
        unit: "percent",
        age: "Y20T64",
        sv: "Andel 20–64 år",
        en: "Aged 20–64",
        definition: "Residents aged 20 to 64 in percent of all residents",
        formula: Formula::Share(20, Some(64)),
    },
    Derived {
        id: "share_aged_65_plus",
        unit: "percent",
        age: "Y_GE65",
        sv: "Andel 65 år och äldre",
        en: "Aged 65 and over",
        definition: "Residents aged 65 and over in percent of all residents",
        formula: Formula::Share(65, None),
    },
    Derived {
        id: "share_aged_80_plus",
        unit: "percent",
        age: "Y_GE80",
        sv: "Andel 80 år och äldre",
        en: "Aged 80 and over",
        definition: "Residents aged 80 and over in percent of all residents",
        formula: Formula::Share(80, None),
    },
    Derived {
        id: "dependency_ratio",
        unit: "per 100 persons aged 20-64",
        age: "_T",
        sv: "Demografisk försörjningskvot",
        en: "Dependency ratio",
        definition: "Residents aged 0 to 19 and 65 and over per 100 residents aged 20 to 64",
        formula: Formula::Dependency,
    },
    Derived {
        id: "sex_ratio",
        unit: "men per 100 women",
        age: "_T",
        sv: "Könskvot",
        en: "Sex ratio",
        definition: "Men per 100 women",
        formula: Formula::SexRatio,
    },
];

/// The derived indicators.
#[must_use]
pub fn derived() -> &'static [Derived] {
    &DERIVED
}
