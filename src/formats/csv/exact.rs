//! Cells that a spreadsheet holds as numbers: nothing about their decimal mark has to be guessed.

use super::RawColumn;

/// Tells by line and column whether a cell is held as a number.
pub type IsNumber<'a> = &'a dyn Fn(usize, usize) -> bool;

/// The exact cells of each column, taken out so that only what is written as text is looked at.
pub(super) struct Exact(Vec<Vec<(usize, String)>>);

impl Exact {
    /// Takes them out; `places` are the columns of the file that became these, `rows` the lines of their cells.
    pub(super) fn take(
        columns: &mut [RawColumn],
        places: &[usize],
        rows: &[usize],
        is_number: IsNumber<'_>,
    ) -> Self {
        let of = |(column, place): (&mut RawColumn, &usize)| {
            let cells = column.cells.iter_mut().zip(rows).enumerate();
            let exact = cells.filter(|(_, (_, line))| is_number(**line, *place));
            exact.filter_map(|(row, (cell, _))| Some((row, cell.take()?))).collect()
        };
        Self(columns.iter_mut().zip(places).map(of).collect())
    }

    pub(super) fn put_back(self, columns: &mut [RawColumn]) {
        for (column, exact) in columns.iter_mut().zip(self.0) {
            for (row, number) in exact {
                if let Some(cell) = column.cells.get_mut(row) {
                    *cell = Some(number);
                }
            }
        }
    }
}
