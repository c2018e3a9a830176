//! A report on the terminal, or as Markdown for a comment on a merge request.

use super::report::Section;
use crate::cli::output;

/// Titles, lines and tables without borders.
pub fn table(sections: &[Section]) {
    for (place, section) in sections.iter().enumerate() {
        if place > 0 {
            output::line("");
        }
        output::line(&section.title);
        for text in &section.lines {
            output::line(&format!("  {text}"));
        }
        if !section.rows.is_empty() {
            output::table(&section.header, &section.right, section.rows.clone());
        }
        if let Some(more) = &section.more {
            output::line(&format!("  {more}"));
        }
    }
}

/// GitHub-flavoured Markdown, which GitLab and CI summaries read too.
pub fn markdown(sections: &[Section]) {
    for (place, section) in sections.iter().enumerate() {
        if place > 0 {
            output::line("");
        }
        let level = if place == 0 { "##" } else { "###" };
        output::line(&format!("{level} {}", escaped(&section.title)));
        output::line("");
        for text in &section.lines {
            output::line(&format!("- {}", escaped(text)));
        }
        if !section.rows.is_empty() {
            if !section.lines.is_empty() {
                output::line("");
            }
            rows(section);
        }
        if let Some(more) = &section.more {
            output::line(&format!("\n{}", escaped(more)));
        }
    }
}

fn rows(section: &Section) {
    output::line(&format!("| {} |", section.header.join(" | ")));
    let rule = |column| if section.right.contains(&column) { "---:" } else { "---" };
    let rules: Vec<&str> = (0..section.header.len()).map(rule).collect();
    output::line(&format!("| {} |", rules.join(" | ")));
    for row in &section.rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        output::line(&format!("| {} |", cells.join(" | ")));
    }
}

/// Text as itself, whatever marks it holds.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}
