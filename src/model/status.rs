//! Observation status: why a cell is there, or is not.

use serde::{Deserialize, Serialize};

/// The SDMX code list `CL_OBS_STATUS`, as far as it is used here.
///
/// Source: SDMX cross-domain code lists, `CL_OBS_STATUS` 2.2.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub enum ObsStatus {
    /// Normal: as published.
    #[default]
    A,
    /// Break in series.
    B,
    /// Estimated: by interpolation or a model.
    E,
    /// Imputed.
    I,
    /// Missing.
    M,
    /// Provisional.
    P,
    /// Suppressed by the publisher.
    Q,
    /// Low reliability.
    U,
}

impl ObsStatus {
    /// Every status, in the order of the codes.
    pub const ALL: [Self; 8] =
        [Self::A, Self::B, Self::E, Self::I, Self::M, Self::P, Self::Q, Self::U];

    /// The one-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::E => "E",
            Self::I => "I",
            Self::M => "M",
            Self::P => "P",
            Self::Q => "Q",
            Self::U => "U",
        }
    }

    /// How little can be said for a value with this status: the more, the less certain.
    #[must_use]
    pub fn doubt(self) -> u8 {
        match self {
            Self::A => 0,
            Self::P => 1,
            Self::I => 2,
            Self::E => 3,
            Self::U => 4,
            Self::B => 5,
            Self::Q => 6,
            Self::M => 7,
        }
    }

    /// The less certain of two that stand beside values; what says that there is no value (`Q`, `M`) says nothing of one.
    #[must_use]
    pub fn or_less_certain(self, other: Self) -> Self {
        let says = other.doubt() < Self::Q.doubt();
        if says && other.doubt() > self.doubt() { other } else { self }
    }

    /// The status of that code, `None` for a code outside the list.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}
