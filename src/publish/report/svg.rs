//! SVG as text. Everything that is written is escaped.

use std::fmt::{Display, Write};

use quick_xml::escape::escape;

/// A drawing that grows element by element.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

/// Names and values of attributes.
type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

impl Svg {
    /// Opens an element; [`Svg::close`] it.
    pub fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.0.push('>');
    }

    /// Closes the element of that name.
    pub fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    /// An element without content.
    pub fn leaf(&mut self, name: &str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.0.push_str("/>");
    }

    /// An element that holds a text.
    pub fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.0.push_str(&escape(text));
        self.close(name);
    }

    /// Puts another drawing where this one stands.
    pub fn insert(&mut self, drawing: &str) {
        self.0.push_str(drawing);
    }

    /// What was drawn.
    pub fn finish(self) -> String {
        self.0
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"{}\"", escape(value.to_string()));
        }
    }
}

/// A length in tenths, as short as it can be written: 12, 12.5, -0.1.
pub(super) fn px(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // -0 is 0.
    format!("{}", rounded + 0.0)
}

/// The ends of an axis from 0: a round step with which at most `most` steps hold `highest`, and the number of steps.
pub(super) fn round_steps(highest: f64, most: usize) -> (f64, usize) {
    #[allow(clippy::cast_precision_loss)] // a handful
    let rough = highest.max(f64::MIN_POSITIVE) / most.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|first| first * power);
    let step = step.into_iter().find(|step| *step >= rough * (1.0 - 1e-9)).unwrap_or(rough);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // at most `most`, and positive
    let steps = (highest / step - 1e-9).ceil().max(1.0) as usize;
    (step, steps)
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    #[test]
    fn what_data_say_cannot_leave_its_element() {
        let mut svg = Svg::default();
        svg.text("text", &[("class", &"\"><script>")], "</text><script>alert(1)</script> & 'x'");
        assert_eq!(
            svg.finish(),
            "<text class=\"&quot;&gt;&lt;script&gt;\">&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; \
             &apos;x&apos;</text>"
        );
    }

    #[test]
    fn lengths_are_written_short() {
        assert_eq!([px(12.0), px(12.46), px(-0.04), px(-0.06)], ["12", "12.5", "0", "-0.1"]);
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(round_steps(4.3, 5), (1.0, 5));
        assert_eq!(round_steps(100.0, 5), (20.0, 5));
        assert_eq!(round_steps(0.9, 3), (0.5, 2));
        assert_eq!(round_steps(45.0, 6), (10.0, 5));
    }
}
