//! The one place that prints.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error as _;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use miette::Diagnostic;
use tracing::Level;

use super::Global;
use crate::Error;
use crate::model::Lang;

/// Sends log lines to standard error: warnings, with -v what happens, with -vv everything.
pub fn start_log(verbose: u8) {
    let level = match verbose {
        0 => Level::WARN,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !colours_are_unwanted())
        .without_time()
        .try_init();
}

/// Whether colours were turned off: `NO_COLOR` counts whatever it says, unless it is empty (<https://no-color.org>). Help
/// and faults of the command line follow it by themselves; nothing else here is coloured.
fn colours_are_unwanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|said| !said.is_empty())
}

/// What is said of paths that stand for something else.
static CALLED: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Has a path, and what lies below it, called by another name wherever something is printed.
pub fn call(path: &Path, name: &str) {
    let mut called = CALLED.lock().unwrap_or_else(PoisonError::into_inner);
    let new = (path.to_string_lossy().into_owned(), name.to_owned());
    if !called.contains(&new) {
        called.push(new);
    }
}

fn said(text: &str) -> String {
    let called = CALLED.lock().unwrap_or_else(PoisonError::into_inner);
    called.iter().fold(text.to_owned(), |text, (path, name)| text.replace(path, name))
}

/// `error:`, a `cause:` line a level, then `help:`.
pub fn error(error: &Error) {
    eprintln!("error: {}", said(&error.to_string()));
    let mut cause = error.source();
    while let Some(source) = cause {
        eprintln!("cause: {}", said(&source.to_string()));
        cause = source.source();
    }
    if let Some(help) = error.help() {
        eprintln!("help: {}", said(&help.to_string()));
    }
}

/// A line of results. A reader that stops reading (`| head`) is no fault.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", said(text));
}

/// Something to know, on standard error.
pub fn note(global: &Global, text: &str) {
    if !global.quiet {
        eprintln!("{}", said(text));
    }
}

/// A line for programs that follow a run, on standard error.
pub fn log(text: &str) {
    eprintln!("{}", said(text));
}

/// A table without borders; the listed columns are aligned right.
pub fn table(header: &[&str], right: &[usize], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for text in table.to_string().lines() {
        line(text.trim_end());
    }
}

/// A bar on a terminal, nothing elsewhere.
pub fn progress(global: &Global, length: usize) -> ProgressBar {
    if global.quiet || global.no_progress || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// The same with the decimal mark of the reader's language.
pub fn number_in(value: f64, decimals: usize, lang: Lang) -> String {
    let text = number(value, decimals);
    if lang == Lang::Sv { text.replace('.', ",") } else { text }
}

/// 95681 as `95 681`, with that many decimals.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // What rounds to nothing has no sign.
    let nothing = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    let text = if nothing { text.replace('-', "") } else { text };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    if fraction.is_empty() { format!("{sign}{out}") } else { format!("{sign}{out}.{fraction}") }
}
