//! What QGIS shows of the files of `scale access`.

use polars::prelude::{Column as Measured, DataType};

use super::{ATTRIBUTION, Request};
use crate::model::{Lang, Layer};
use crate::network::streets::Mode;
use crate::pipeline::styled::{Behind, Column, Dress, Seen, travel};

/// The origins: a map of each measure.
pub(super) fn of_origins(request: &Request<'_>, layer: &Layer, measured: &[Measured]) -> Dress {
    let frame = layer.frame();
    let measured = measured.iter().filter(|column| {
        column.name().starts_with("access_") && *column.dtype() == DataType::Float64
    });
    let columns = measured.map(|column| Column::of(frame, column.name())).collect();
    let lineage = match request.lang {
        Lang::En => {
            "Times along streets, and by timetable where there is one, from each place to what is to be reached."
        }
        Lang::Sv => {
            "Restider längs gator, och efter tidtabell där en finns, från varje plats till det som ska nås."
        }
    };
    dress(request, ["Accessibility", "Tillgänglighet"], lineage, Seen::Columns(columns))
}

/// What is reached within so many minutes.
pub(super) fn of_isochrones(request: &Request<'_>) -> Dress {
    let lineage = match request.lang {
        Lang::En => {
            "What of the streets is reached within so many minutes, and what lies beside it."
        }
        Lang::Sv => "Det av gatorna som nås inom så många minuter, och det som ligger bredvid.",
    };
    dress(request, ["Isochrones", "Isokroner"], lineage, Seen::Minutes("minutes"))
}

/// The streets themselves, by how one travels on them.
pub(super) fn of_streets(request: &Request<'_>) -> Dress {
    let lineage = match request.lang {
        Lang::En => "The streets that times were measured on, with seconds in each direction.",
        Lang::Sv => "Gatorna som tiderna mättes på, med sekunder i vardera riktningen.",
    };
    let word = |mode: &Mode| (mode.id().to_owned(), travel(mode.id(), request.lang).to_owned());
    let words = request.modes.iter().map(word).collect();
    dress(request, ["Streets", "Gator"], lineage, Seen::Words { column: "mode", words })
}

fn dress(request: &Request<'_>, title: [&str; 2], lineage: &str, seen: Seen) -> Dress {
    let streets = Behind::file(request.streets);
    let name = format!("{} ({ATTRIBUTION})", streets.name);
    let mut behind = vec![Behind { name, licence: Some("ODbL-1.0") }];
    behind.extend(
        request.transit.iter().flat_map(|asked| &asked.feeds).map(|feed| Behind::file(feed)),
    );
    let [en, sv] = title;
    Dress {
        lang: request.lang,
        title: if request.lang == Lang::Sv { sv } else { en }.to_owned(),
        lineage: lineage.to_owned(),
        behind,
        seen,
    }
}
