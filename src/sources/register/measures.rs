//! The register of measures: rows of a table as entries.

use std::path::Path;

use super::cells::Cells;
use super::columns::MEASURE_COLUMNS;
use super::{Known, Read, RegisterError};
use crate::formats::RawTable;
use crate::model::{ActorTheme, Day, Direction, Measure, Stage};

/// Reads a register of measures; of one that was read before, nothing is looked up in `known`.
///
/// # Errors
/// [`RegisterError`] with every fault of the file.
pub fn read_measures(
    file: &Path,
    raw: &RawTable,
    known: Option<&Known>,
) -> Result<Read<Measure>, RegisterError> {
    let cells = Cells::new(raw, &MEASURE_COLUMNS);
    let needed = ["name", "theme", "area", "stage", "start", "indicator", "direction"];
    cells.require_columns(&needed);
    let mut entries: Vec<Measure> = Vec::new();
    for row in 0..cells.len() {
        let Some(mut measure) = measure(&cells, row) else { continue };
        match known.map(|known| known.area(&measure.area)) {
            None => {}
            Some(Ok(id)) => measure.area = id,
            Some(Err(reason)) => cells.fault("area", row, reason),
        }
        if measure.id.is_empty() {
            measure.id = format!("{}-{}", measure.area, row + 1);
        }
        if entries.iter().any(|other| other.id == measure.id) {
            cells.fault("id", row, format!("\"{}\" stands in another row too", measure.id));
        }
        entries.push(measure);
    }
    let (rows, warnings) = (cells.rows(), cells.warnings);
    cells.faults.finish(file)?;
    Ok(Read { entries, rows, warnings })
}

fn measure(cells: &Cells<'_>, row: usize) -> Option<Measure> {
    let (themes, stages) = (ActorTheme::ALL.map(ActorTheme::id), Stage::ALL.map(Stage::id));
    let directions = Direction::ALL.map(Direction::id);
    let required = |id| cells.required(id, row);
    let (name, area, indicator) = (required("name"), required("area"), required("indicator"));
    let theme = required("theme")
        .and_then(|word| cells.word("theme", row, word, ActorTheme::from_word, &themes));
    let stage = required("stage")
        .and_then(|word| cells.word("stage", row, word, Stage::from_word, &stages));
    let direction = required("direction")
        .and_then(|word| cells.word("direction", row, word, Direction::from_word, &directions));
    let start = required("start").and_then(|_| cells.day("start", row));
    let expected_change = cells.number("expected_change", row);
    if let Some((direction, change)) = direction.zip(expected_change)
        && !direction.holds(change)
    {
        cells.fault("expected_change", row, format!("{change} does not go {}", direction.id()));
    }
    let (theme, stage, direction): (ActorTheme, Stage, Direction) = (theme?, stage?, direction?);
    let start: Day = start?;
    Some(Measure {
        id: cells.owned("id", row).unwrap_or_default(),
        name: name?.to_owned(),
        theme,
        area: area?.to_owned(),
        stage,
        start,
        indicator: indicator?.to_owned(),
        direction,
        expected_change,
        source: cells.owned("source", row),
    })
}
