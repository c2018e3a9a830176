//! The population pyramid: men to the left, women to the right, the municipality as a line.

use super::map::INK;
use super::numbers::number;
use super::svg::{Svg, px, round_steps};
use super::{AgeGroup, Pyramid, Words};

const WIDTH: f64 = 640.0;
/// Height of an age group, and of its bar.
const ROW: f64 = 17.0;
const BAR: f64 = 14.0;
/// Half the gap in the middle, in which the ages stand.
const GUTTER: f64 = 34.0;
/// Room for half a number at the ends of the axis.
const EDGE: f64 = 10.0;
const HEAD: f64 = 26.0;
const FOOT: f64 = 44.0;
const MEN: &str = "#2f6f9f";
const WOMEN: &str = "#b0602a";
const GRID: &str = "#dfe4e8";

/// Where shares stand.
struct Frame {
    /// Share at the end of the axis, in percent.
    highest: f64,
    groups: usize,
}

impl Frame {
    fn length(&self, percent: f64) -> f64 {
        percent / self.highest * (WIDTH / 2.0 - GUTTER - EDGE)
    }

    /// Where a share of men, to the left, and of women, to the right, ends.
    fn ends(&self, (men, women): (f64, f64)) -> (f64, f64) {
        let middle = WIDTH / 2.0;
        (middle - GUTTER - self.length(men * 100.0), middle + GUTTER + self.length(women * 100.0))
    }

    /// Top of the row of an age group: the oldest stands first.
    fn top(&self, group: usize) -> f64 {
        #[allow(clippy::cast_precision_loss)] // a few dozen at most
        let rows = (self.groups - 1 - group) as f64;
        HEAD + rows * ROW
    }

    fn bottom(&self) -> f64 {
        self.top(0) + ROW
    }
}

/// The ages of a group: `5–9`, `80+`.
pub(super) fn ages(group: &AgeGroup, words: Words) -> String {
    match group.to {
        Some(to) if to == group.from => to.to_string(),
        Some(to) => format!("{}–{to}", group.from),
        None => words.fill("pyramid.and_over", &[&group.from.to_string()]),
    }
}

/// The drawing; `label` names it for those who cannot see it.
pub(super) fn draw(pyramid: &Pyramid, label: &str, words: Words) -> String {
    let shares = pyramid.ages.iter().flat_map(|group| {
        let (men, women) = group.city.unwrap_or_default();
        [group.men, group.women, men, women]
    });
    let highest = shares.fold(0.0, f64::max) * 100.0;
    let (step, steps) = round_steps(highest, 5);
    #[allow(clippy::cast_precision_loss)] // at most five
    let frame = Frame { highest: step * steps as f64, groups: pyramid.ages.len() };
    let height = frame.bottom() + FOOT;
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(WIDTH), px(height));
    svg.open(
        "svg",
        &[("viewBox", &view), ("role", &"img"), ("aria-label", &label), ("class", &"chart")],
    );
    draw_axis(&mut svg, &frame, (step, steps), words);
    for (group, age) in pyramid.ages.iter().enumerate() {
        draw_bars(&mut svg, &frame, (group, age), words);
    }
    draw_city(&mut svg, &frame, pyramid);
    svg.close("svg");
    svg.finish()
}

fn draw_axis(svg: &mut Svg, frame: &Frame, (step, steps): (f64, usize), words: Words) {
    let (top, bottom) = (HEAD, frame.bottom());
    for tick in 0..=steps {
        #[allow(clippy::cast_precision_loss)] // at most five
        let percent = step * tick as f64;
        let (left, right) = frame.ends((percent / 100.0, percent / 100.0));
        let text = number(percent, usize::from(step < 1.0), words.0);
        for x in [left, right] {
            let line = format!("M{} {}V{}", px(x), px(top), px(bottom));
            svg.leaf("path", &[("d", &line), ("stroke", &GRID), ("fill", &"none")]);
            let place: (String, String) = (px(x), px(bottom + 15.0));
            svg.text(
                "text",
                &[
                    ("x", &place.0),
                    ("y", &place.1),
                    ("text-anchor", &"middle"),
                    ("font-size", &12),
                    ("fill", &INK),
                ],
                &text,
            );
        }
    }
    let middle = WIDTH / 2.0;
    let heads = [
        ("pyramid.men", middle - GUTTER, "end", 15.0),
        ("pyramid.women", middle + GUTTER, "start", 15.0),
        ("pyramid.age", middle, "middle", 15.0),
        ("pyramid.axis", middle, "middle", bottom + 36.0),
    ];
    for (key, x, anchor, y) in heads {
        let weight = if y < HEAD { "bold" } else { "normal" };
        svg.text(
            "text",
            &[
                ("x", &px(x)),
                ("y", &px(y)),
                ("text-anchor", &anchor),
                ("font-size", &12.5),
                ("font-weight", &weight),
                ("fill", &INK),
            ],
            words.get(key),
        );
    }
}

fn draw_bars(svg: &mut Svg, frame: &Frame, (group, age): (usize, &AgeGroup), words: Words) {
    let top = frame.top(group) + (ROW - BAR) / 2.0;
    let middle = WIDTH / 2.0;
    let (left, right) = frame.ends((age.men, age.women));
    let bars =
        [(left, middle - GUTTER - left, MEN), (middle + GUTTER, right - middle - GUTTER, WOMEN)];
    for (x, width, colour) in bars {
        svg.leaf(
            "rect",
            &[
                ("x", &px(x)),
                ("y", &px(top)),
                ("width", &px(width)),
                ("height", &px(BAR)),
                ("fill", &colour),
            ],
        );
    }
    svg.text(
        "text",
        &[
            ("x", &px(middle)),
            ("y", &px(top + 11.0)),
            ("text-anchor", &"middle"),
            ("font-size", &11.5),
            ("fill", &INK),
        ],
        &ages(age, words),
    );
}

/// Steps along the shares of the municipality, from the youngest up.
fn draw_city(svg: &mut Svg, frame: &Frame, pyramid: &Pyramid) {
    let cities: Option<Vec<(f64, f64)>> = pyramid.ages.iter().map(|group| group.city).collect();
    let Some(cities) = cities.filter(|cities| !cities.is_empty()) else { return };
    for side in [0, 1] {
        let mut path = String::new();
        for (group, shares) in cities.iter().enumerate() {
            let ends = frame.ends(*shares);
            let x = px(if side == 0 { ends.0 } else { ends.1 });
            let (top, bottom) = (frame.top(group), frame.top(group) + ROW);
            let first = if group == 0 { 'M' } else { 'L' };
            path.extend([format!("{first}{x} "), px(bottom), "V".to_owned(), px(top)]);
        }
        svg.leaf(
            "path",
            &[
                ("d", &path),
                ("fill", &"none"),
                ("stroke", &INK),
                ("stroke-width", &1.6),
                ("stroke-linejoin", &"round"),
            ],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lang;

    fn group(
        from: u32,
        to: Option<u32>,
        men: f64,
        women: f64,
        city: Option<(f64, f64)>,
    ) -> AgeGroup {
        AgeGroup { from, to, men, women, men_count: men, women_count: women, city }
    }

    #[test]
    fn bars_are_as_long_as_their_shares() {
        let ages = vec![
            group(0, Some(49), 0.30, 0.20, Some((0.25, 0.25))),
            group(50, None, 0.10, 0.40, Some((0.20, 0.30))),
        ];
        let pyramid = Pyramid { year: Some(2024), ages, coverage: Some(1.0) };
        let svg = draw(&pyramid, "a & b", Words(Lang::En));
        // The axis ends at 40 percent, 276 px from the gutter: 30 % are 207 px, 40 % all of it.
        assert!(
            svg.contains(r##"<rect x="79" y="44.5" width="207" height="14" fill="#2f6f9f"/>"##),
            "{svg}"
        );
        assert!(
            svg.contains(r##"<rect x="354" y="27.5" width="276" height="14" fill="#b0602a"/>"##),
            "{svg}"
        );
        // The city's men: 25 % at the bottom (172.5 px), 20 % above (138 px).
        assert!(svg.contains(r#"d="M113.5 60V43L148 43V26""#), "{svg}");
        assert!(svg.contains("50+") && svg.contains("0–49") && svg.contains("a &amp; b"));
    }
}
