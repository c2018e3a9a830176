//! How a layer that was cut is shown in QGIS.

use std::path::PathBuf;

use super::Cut;
use crate::model::{Label, Lang};
use crate::pipeline::styled::{Behind, Column, Dress, Seen};

impl Cut {
    /// A map of each column: counts, then rates; of features that are cut both are estimates.
    #[must_use]
    pub fn dress(&self, area: &Label, files: &[PathBuf], lang: Lang) -> Dress {
        let frame = self.layer.frame();
        let columns = self.report.carried.iter().map(|carried| Column::of(frame, &carried.column));
        let (layer, area) = (self.layer.title(), area.get(lang));
        let (title, lineage) = match lang {
            Lang::En => (
                format!("{layer}, cut to {area}"),
                "What of each feature lies in the area. Counts are scaled by the share that remains (clip_share), other values are kept.",
            ),
            Lang::Sv => (
                format!("{layer}, skuret till {area}"),
                "Det av varje företeelse som ligger i området. Antal är nedräknade med den andel som återstår (clip_share), andra värden är oförändrade.",
            ),
        };
        Dress {
            lang,
            title,
            lineage: lineage.to_owned(),
            behind: files.iter().map(|file| Behind::file(file)).collect(),
            seen: Seen::Columns(columns.collect()),
        }
    }
}
