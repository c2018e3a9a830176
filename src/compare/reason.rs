//! Why a comparison came out as it did, in words.

use serde::Serialize;

use crate::model::Lang;

/// What decided a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Missing,
    Suppressed,
    OnlyBound,
    RangeOverUnits,
    BreakInSeries,
    UnitDiffers,
    DefinitionDiffers,
    MethodDiffers,
    WaysDiffer,
    SourceDiffers,
    VintageDiffers,
    Redrawn,
    YearDiffers,
    CoverageDiffers,
    DisclosureDiffers,
    SameValue,
    NoInterval,
    NoiseSizeUnknown,
    CompleteCount,
    Superpopulation,
    BeyondSamplingError,
    WithinSamplingError,
    BoundsApart,
    BoundsMeet,
    BeyondDisclosureNoise,
    WithinDisclosureNoise,
}

impl Reason {
    /// The reason as half a sentence.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.english(),
            Lang::Sv => self.swedish(),
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::Missing => "one of the two is missing",
            Self::Suppressed => "one of the two is withheld by its publisher",
            Self::OnlyBound => "one of the two is only a bound, not a value",
            Self::RangeOverUnits => "a range over the units; there is no value of the whole",
            Self::BreakInSeries => "a break in the series stands between them (status B)",
            Self::UnitDiffers => "the units of measurement differ",
            Self::DefinitionDiffers => "the definitions differ",
            Self::MethodDiffers => "the methods differ",
            Self::WaysDiffer => {
                "one is walked along streets, and the other, or a part of it, is a straight line"
            }
            Self::SourceDiffers => "the sources differ",
            Self::VintageDiffers => "the geographies are of different vintages",
            Self::Redrawn => "the place was redrawn between them",
            Self::YearDiffers => "the years differ",
            Self::CoverageDiffers => "they rest on different shares of what they describe",
            Self::DisclosureDiffers => {
                "Statistics Sweden adds noise from 2025 on and did not before: a break in the series"
            }
            Self::SameValue => "the value is the same",
            Self::NoInterval => "no interval stands beside both: chance cannot be ruled out",
            Self::NoiseSizeUnknown => {
                "counts from 2025 on carry noise, and how much of it is in this figure is not known"
            }
            Self::CompleteCount => "a complete count, which has no sampling error",
            Self::Superpopulation => "complete counts, taken as drawn from a larger population",
            Self::BeyondSamplingError => "more than sampling error explains",
            Self::WithinSamplingError => "sampling error can explain it",
            Self::BoundsApart => "the bounds of the two do not meet",
            Self::BoundsMeet => "the bounds of the two meet",
            Self::BeyondDisclosureNoise => "more than the noise added against disclosure",
            Self::WithinDisclosureNoise => "the noise added against disclosure can explain it",
        }
    }

    fn swedish(self) -> &'static str {
        match self {
            Self::Missing => "ett av de två saknas",
            Self::Suppressed => "ett av de två är dolt av utgivaren",
            Self::OnlyBound => "ett av de två är bara en gräns, inget värde",
            Self::RangeOverUnits => "ett spann över enheterna; det finns inget värde för helheten",
            Self::BreakInSeries => "ett brott i serien ligger mellan dem (status B)",
            Self::UnitDiffers => "måttenheterna skiljer sig",
            Self::DefinitionDiffers => "definitionerna skiljer sig",
            Self::MethodDiffers => "metoderna skiljer sig",
            Self::WaysDiffer => {
                "det ena är gånget längs gator, och det andra, eller en del av det, är fågelvägen"
            }
            Self::SourceDiffers => "källorna skiljer sig",
            Self::VintageDiffers => "indelningarna är av olika årgång",
            Self::Redrawn => "platsen ritades om mellan dem",
            Self::YearDiffers => "åren skiljer sig",
            Self::CoverageDiffers => "de vilar på olika stora delar av det de beskriver",
            Self::DisclosureDiffers => {
                "SCB lägger till brus från 2025 och gjorde det inte tidigare: ett brott i serien"
            }
            Self::SameValue => "värdet är detsamma",
            Self::NoInterval => "intervall saknas: slumpen kan inte uteslutas",
            Self::NoiseSizeUnknown => {
                "antal från 2025 bär brus, och hur mycket av det som finns i värdet är inte känt"
            }
            Self::CompleteCount => "en totalräkning, som saknar urvalsfel",
            Self::Superpopulation => "totalräkningar, sedda som dragna ur en större befolkning",
            Self::BeyondSamplingError => "mer än urvalsfelet förklarar",
            Self::WithinSamplingError => "urvalsfelet kan förklara den",
            Self::BoundsApart => "gränserna för de två möts inte",
            Self::BoundsMeet => "gränserna för de två möts",
            Self::BeyondDisclosureNoise => "mer än bruset som skyddar mot röjande",
            Self::WithinDisclosureNoise => "bruset som skyddar mot röjande kan förklara den",
        }
    }
}
