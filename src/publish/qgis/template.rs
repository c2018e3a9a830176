//! The templates, with everything escaped for XML.

use std::fmt::Write as _;

use minijinja::{Environment, Error, UndefinedBehavior, Value, escape_formatter};

/// The parsed templates.
pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub fn new() -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() && !text.chars().all(is_xml) => {
                let kept: String = text.chars().filter(|c| is_xml(*c)).collect();
                escape_formatter(out, state, &Value::from(kept))
            }
            _ => escape_formatter(out, state, value),
        });
        environment.add_template("parts.xml", include_str!("parts.xml"))?;
        environment.add_template("style.xml", include_str!("style.xml"))?;
        environment.add_template("project.xml", include_str!("project.xml"))?;
        environment.add_template("metadata.xml", include_str!("metadata.xml"))?;
        Ok(Self(environment))
    }

    pub fn render(&self, name: &str, context: Value) -> Result<String, Error> {
        self.0.get_template(name)?.render(context)
    }
}

/// Whether XML 1.0 can hold the character at all; control characters have no escape there.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A text as an expression of QGIS takes it.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// The name of a column as an expression of QGIS takes it.
pub(super) fn field(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text within HTML in which QGIS looks for expressions between `[%` and `%]`.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '%' | '[' | ']' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
