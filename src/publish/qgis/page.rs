//! What a printed map shows: a sheet of A3 across, in millimetres.

use geo::Rect;
use minijinja::{Value, context};

use crate::model::Crs;

/// The map on the sheet.
const WIDTH: f64 = 290.0;
const HEIGHT: f64 = 245.0;
/// The longest that a scale bar of two parts may be.
const BAR: f64 = 60.0;
/// Metres in a degree of latitude, roughly: enough to choose the length of a bar.
const DEGREE: f64 = 111_000.0;

/// What is in view, and the bar that tells how large it is.
pub(super) struct Frame {
    rect: Rect<f64>,
    /// The length of one part of the bar, in metres.
    part: f64,
    degrees: bool,
}

/// A frame in the shape of the sheet around a place, with some air.
pub(super) fn frame(place: Rect<f64>, crs: &Crs) -> Frame {
    let least = if crs.is_geographic() { 1e-4 } else { 10.0 };
    let centre = place.center();
    let width = (place.width() * 1.08).max(place.height() * 1.08 * WIDTH / HEIGHT).max(least);
    let height = width * HEIGHT / WIDTH;
    let rect = Rect::new(
        (centre.x - width / 2.0, centre.y - height / 2.0),
        (centre.x + width / 2.0, centre.y + height / 2.0),
    );
    let metres =
        if crs.is_geographic() { width * DEGREE * centre.y.to_radians().cos() } else { width };
    Frame { rect, part: round_length(metres * BAR / WIDTH / 2.0), degrees: crs.is_geographic() }
}

/// The largest of 1, 2 and 5 times a power of ten that is no longer.
fn round_length(most: f64) -> f64 {
    let power = 10_f64.powf(most.max(1e-3).log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|step| step * power)
        .find(|length| *length <= most)
        .unwrap_or(power)
}

impl Frame {
    /// The words of the template.
    pub fn values(&self) -> Value {
        let (min, max) = (self.rect.min(), self.rect.max());
        // The whole bar is at least a kilometre long.
        let kilometres = self.part >= 500.0;
        context! {
            xmin => min.x, ymin => min.y, xmax => max.x, ymax => max.y,
            width => WIDTH, height => HEIGHT, degrees => self.degrees,
            part => if kilometres { self.part / 1000.0 } else { self.part },
            unit => if kilometres { "km" } else { "m" },
            unit_type => if kilometres { "km" } else { "meters" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_the_middle_of_a_frame_in_the_shape_of_the_sheet() {
        let crs = Crs::parse("EPSG:3006").unwrap();
        let tall = Rect::new((660_000.0, 6_580_000.0), (661_000.0, 6_590_000.0));
        let frame = frame(tall, &crs);
        assert!((frame.rect.height() - 10_800.0).abs() < 1e-6, "a tenth of its height more");
        assert!((frame.rect.width() / frame.rect.height() - WIDTH / HEIGHT).abs() < 1e-12);
        assert_eq!(frame.rect.center(), tall.center());
        // 12 784 m on 290 mm: 30 mm are 1322 m.
        assert!((frame.part - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn the_part_of_a_bar_is_a_round_number() {
        for (most, known) in [(4.9, 2.0), (5.0, 5.0), (1322.0, 1000.0), (999.0, 500.0), (0.25, 0.2)]
        {
            assert!((round_length(most) - known).abs() < 1e-9, "{most}");
        }
    }
}
