//! One figure beside others on a scale of its own that starts at nought.

use super::map::INK;
use super::svg::{Svg, px};
use super::{Beside, Words};

const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 26.0;
const PAD: f64 = 8.0;
const OWN: &str = "#7a1f5c";
const OTHER: &str = "#5d6b78";
const GRID: &str = "#c9d1d8";

/// The drawing; nothing where a value stands alone, or below nought.
pub(super) fn draw(row: &Beside, words: Words) -> Option<String> {
    let bounds = [row.own.value, row.own.lower, row.own.upper];
    // What cannot stand side by side shares no axis.
    let city = row.city.as_ref().filter(|_| row.obstacle.is_none()).and_then(|city| city.value);
    let values = || bounds.iter().flatten().chain(&city).chain(&row.others).copied();
    let highest = values().reduce(f64::max).filter(|highest| *highest > 0.0)?;
    if values().any(|value| value < 0.0) || values().count() < 2 {
        return None;
    }
    let x = |value: f64| PAD + value / highest * (WIDTH - 2.0 * PAD);
    let middle = HEIGHT / 2.0;
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(WIDTH), px(HEIGHT));
    svg.open(
        "svg",
        &[
            ("viewBox", &view),
            ("role", &"img"),
            ("aria-label", &told(row, words)),
            ("class", &"beside"),
        ],
    );
    let line = |svg: &mut Svg, d: String, colour: &str, width: f64| {
        svg.leaf(
            "path",
            &[("d", &d), ("stroke", &colour), ("stroke-width", &width), ("fill", &"none")],
        );
    };
    line(&mut svg, format!("M{} {}H{}", px(PAD), px(middle), px(WIDTH - PAD)), GRID, 1.0);
    line(&mut svg, format!("M{} {}v8", px(PAD), px(middle - 4.0)), GRID, 1.0);
    for other in &row.others {
        svg.leaf(
            "circle",
            &[
                ("cx", &px(x(*other))),
                ("cy", &px(middle)),
                ("r", &3.5),
                ("fill", &"#ffffff"),
                ("stroke", &OTHER),
                ("stroke-width", &1.2),
            ],
        );
    }
    if let Some(city) = city {
        line(&mut svg, format!("M{} {}v18", px(x(city)), px(middle - 9.0)), INK, 2.0);
    }
    let (low, high) = (row.own.lower.or(row.own.value), row.own.upper.or(row.own.value));
    if let Some((low, high)) = low.zip(high).filter(|(low, high)| low < high) {
        line(&mut svg, format!("M{} {}H{}", px(x(low)), px(middle), px(x(high))), OWN, 3.0);
    }
    if let Some(value) = row.own.value {
        svg.leaf(
            "circle",
            &[("cx", &px(x(value))), ("cy", &px(middle)), ("r", &5), ("fill", &OWN)],
        );
    }
    svg.close("svg");
    Some(svg.finish())
}

/// What the drawing shows, in words.
fn told(row: &Beside, words: Words) -> String {
    let city = row.city.as_ref().filter(|_| row.obstacle.is_none());
    let city = city.map(|city| city.text(words));
    let own = row.own.text(words);
    [Some(row.label.clone()), Some(own), city].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::Figure;
    use super::*;
    use crate::model::{Lang, ObsStatus};

    fn figure(value: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> Figure {
        let (unit, year) = ("m".to_owned(), None);
        Figure { value, lower, upper, unit, year, status: ObsStatus::A, coverage: None }
    }

    #[test]
    fn everything_stands_on_one_scale_from_nought() {
        let mut row = Beside {
            label: "<b>".to_owned(),
            part: None,
            own: figure(Some(50.0), Some(25.0), Some(100.0)),
            city: Some(figure(Some(75.0), None, None)),
            others: vec![0.0],
            obstacle: None,
            source: String::new(),
        };
        let svg = draw(&row, Words(Lang::En)).unwrap();
        // 244 px from 8 to 252 are 0 to 100: 25 at 69, 50 at 130, 75 at 191.
        assert!(svg.contains(r#"d="M69 13H252""#) && svg.contains(r#"cx="130""#), "{svg}");
        assert!(svg.contains(r#"d="M191 4v18""#) && svg.contains(r#"<circle cx="8" "#), "{svg}");
        assert!(svg.contains("&lt;b&gt;; 50 (25 to 100)"), "{svg}");
        row.obstacle = Some("the definitions differ".to_owned());
        let apart = draw(&row, Words(Lang::En)).unwrap();
        assert!(!apart.contains("v18") && !apart.contains("75"), "{apart}");
        row.obstacle = None;
        row.others = vec![-1.0];
        assert_eq!(draw(&row, Words(Lang::En)), None, "a scale from nought has no room below it");
        let alone =
            Beside { own: figure(Some(5.0), None, None), city: None, others: Vec::new(), ..row };
        assert_eq!(draw(&alone, Words(Lang::En)), None, "a dot alone says nothing");
    }
}
