//! Accessibility curves: the share of residents that reaches the nearest of a kind within so many minutes.

use super::map::INK;
use super::numbers::number;
use super::svg::{Svg, px, round_steps};
use super::{Reach, Way, Words};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Longer walks are not drawn: hardly anybody makes them.
const LONGEST: f64 = 60.0;
/// Colour and dashes of each curve, told apart without colour, too.
const STYLES: [(&str, &str); 4] =
    [("#1f5f8b", ""), ("#a3471c", "9 4"), ("#3d6b1f", "3 3"), ("#7a1f5c", "10 3 2 3")];
const GRID: &str = "#dfe4e8";
/// Kinds in one drawing.
pub(super) const MOST: usize = STYLES.len();
/// Minutes of the table.
pub(super) const STEPS: [f64; 5] = [5.0, 10.0, 15.0, 20.0, 30.0];

impl Reach {
    fn whole(&self) -> f64 {
        self.ways.iter().map(|way| way.weight).sum::<f64>() + self.without
    }

    /// Share of the weight with at most so many minutes, by what `of` takes of a way.
    pub(super) fn within(&self, minutes: f64, of: fn(&Way) -> f64) -> f64 {
        let near = self.ways.iter().filter(|way| of(way) <= minutes);
        let share = near.map(|way| way.weight).sum::<f64>() / self.whole();
        if share.is_finite() { share.abs() } else { 0.0 }
    }

    /// The minutes that half the weight has at most; none where half has no way.
    pub(super) fn middle(&self) -> Option<f64> {
        let mut minutes: Vec<f64> = self.ways.iter().map(|way| way.minutes).collect();
        minutes.sort_by(f64::total_cmp);
        minutes.into_iter().find(|minutes| self.within(*minutes, |way| way.minutes) >= 0.5)
    }

    pub(super) fn has_band(&self) -> bool {
        self.ways.iter().any(|way| way.lower < way.upper)
    }

    /// Corners of the curve from 0 minutes: minutes and share.
    fn steps(&self, of: fn(&Way) -> f64, longest: f64) -> Vec<(f64, f64)> {
        let mut at: Vec<f64> =
            self.ways.iter().map(of).filter(|minutes| *minutes <= longest).collect();
        at.sort_by(f64::total_cmp);
        at.dedup();
        let mut corners = vec![(0.0, 0.0)];
        let mut share = 0.0;
        for minutes in at {
            corners.push((minutes, share));
            share = self.within(minutes, of);
            corners.push((minutes, share));
        }
        corners.push((longest, share));
        corners
    }
}

/// Where minutes and shares stand.
struct Frame {
    longest: f64,
}

impl Frame {
    fn at(&self, (minutes, share): (f64, f64)) -> String {
        let x = LEFT + minutes / self.longest * (WIDTH - LEFT - RIGHT);
        let y = HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
        format!("{} {}", px(x), px(y))
    }

    fn line(&self, corners: &[(f64, f64)]) -> String {
        let corners: Vec<String> = corners.iter().map(|corner| self.at(*corner)).collect();
        format!("M{}", corners.join("L"))
    }
}

/// The drawing of at most [`MOST`] kinds; `label` names it, `share` and `minutes` are the words at its axes.
pub(super) fn draw(kinds: &[Reach], label: &str, by_residents: bool, words: Words) -> String {
    let highest = kinds.iter().flat_map(|kind| &kind.ways).map(|way| way.upper);
    let highest = highest.fold(1.0, f64::max).min(LONGEST);
    let (step, steps) = round_steps(highest, 6);
    #[allow(clippy::cast_precision_loss)] // at most six
    let frame = Frame { longest: step * steps as f64 };
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(WIDTH), px(HEIGHT));
    svg.open(
        "svg",
        &[("viewBox", &view), ("role", &"img"), ("aria-label", &label), ("class", &"chart")],
    );
    draw_axes(&mut svg, &frame, (step, steps), by_residents, words);
    for (kind, (colour, _)) in kinds.iter().zip(STYLES).filter(|(kind, _)| kind.has_band()) {
        let mut corners = kind.steps(|way| way.lower, frame.longest);
        corners.extend(kind.steps(|way| way.upper, frame.longest).into_iter().rev());
        let band = frame.line(&corners) + "z";
        svg.leaf("path", &[("d", &band), ("fill", &colour), ("fill-opacity", &0.14)]);
    }
    for (kind, (colour, dashes)) in kinds.iter().zip(STYLES) {
        let line = frame.line(&kind.steps(|way| way.minutes, frame.longest));
        draw_line(&mut svg, &line, colour, dashes);
    }
    svg.close("svg");
    svg.finish()
}

/// The line of a kind as it stands in the legend.
pub(super) fn sample(kind: usize) -> String {
    let (colour, dashes) = STYLES[kind % MOST];
    let mut svg = Svg::default();
    svg.open("svg", &[("viewBox", &"0 0 36 10"), ("class", &"sample"), ("aria-hidden", &"true")]);
    draw_line(&mut svg, "M0 5H36", colour, dashes);
    svg.close("svg");
    svg.finish()
}

fn draw_line(svg: &mut Svg, line: &str, colour: &str, dashes: &str) {
    svg.leaf(
        "path",
        &[
            ("d", &line),
            ("fill", &"none"),
            ("stroke", &colour),
            ("stroke-width", &2.4),
            ("stroke-linejoin", &"round"),
            ("stroke-dasharray", &if dashes.is_empty() { "none" } else { dashes }),
        ],
    );
}

fn draw_axes(
    svg: &mut Svg,
    frame: &Frame,
    (step, steps): (f64, usize),
    by_residents: bool,
    words: Words,
) {
    let grid = |svg: &mut Svg, from: (f64, f64), to: (f64, f64)| {
        svg.leaf("path", &[("d", &frame.line(&[from, to])), ("stroke", &GRID), ("fill", &"none")]);
    };
    let text = |svg: &mut Svg, (x, y): (f64, f64), anchor: &str, text: &str| {
        svg.text(
            "text",
            &[
                ("x", &px(x)),
                ("y", &px(y)),
                ("text-anchor", &anchor),
                ("font-size", &12),
                ("fill", &INK),
            ],
            text,
        );
    };
    for quarter in 0..=4 {
        let share = f64::from(quarter) / 4.0;
        grid(svg, (0.0, share), (frame.longest, share));
        let y = HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
        text(svg, (LEFT - 8.0, y + 4.0), "end", &number(share * 100.0, 0, words.0));
    }
    for tick in 0..=steps {
        #[allow(clippy::cast_precision_loss)] // at most six
        let minutes = step * tick as f64;
        grid(svg, (minutes, 0.0), (minutes, 1.0));
        let x = LEFT + minutes / frame.longest * (WIDTH - LEFT - RIGHT);
        let anchor = if tick == steps { "end" } else { "middle" };
        text(
            svg,
            (x, HEIGHT - BOTTOM + 17.0),
            anchor,
            &number(minutes, usize::from(step < 1.0), words.0),
        );
    }
    let share = if by_residents { "reach.share" } else { "reach.share_units" };
    text(svg, (WIDTH - RIGHT, HEIGHT - 8.0), "end", words.get("reach.minutes"));
    text(svg, (LEFT, TOP - 4.0), "start", words.get(share));
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::model::Lang;

    fn way(minutes: f64, weight: f64) -> Way {
        Way { minutes, lower: minutes, upper: minutes + 2.0, weight }
    }

    fn reach() -> Reach {
        let ways = vec![way(12.0, 300.0), way(6.0, 100.0)];
        Reach { to: "station".to_owned(), ways, without: 100.0, walked: false }
    }

    #[test]
    fn shares_are_of_everybody_those_without_a_way_included() {
        let reach = reach();
        let shares = STEPS.map(|minutes| reach.within(minutes, |way| way.minutes));
        assert_eq!(shares, [0.0, 0.2, 0.8, 0.8, 0.8]);
        assert_eq!(reach.middle(), Some(12.0));
        let nobody = Reach { ways: Vec::new(), without: 0.0, ..reach };
        assert_eq!((nobody.within(5.0, |way| way.minutes), nobody.middle()), (0.0, None));
    }

    #[test]
    fn the_curve_climbs_where_residents_are() {
        let corners = reach().steps(|way| way.minutes, 20.0);
        assert_eq!(
            corners,
            [(0.0, 0.0), (6.0, 0.0), (6.0, 0.2), (12.0, 0.2), (12.0, 0.8), (20.0, 0.8)]
        );
        let svg = draw(&[reach()], "curves", true, Words(Lang::En));
        // 0 to 15 minutes on 582 px, 0 to 1 on 270 px: 6 min at 278.8, 0.2 at 230.
        assert!(
            svg.contains(r#"d="M46 284L278.8 284L278.8 230L511.6 230L511.6 68L628 68""#),
            "{svg}"
        );
        assert!(svg.contains("fill-opacity"), "the band of the interval");
    }
}
