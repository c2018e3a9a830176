//! Steps cut into blocks that are made by themselves, on one machine or on many.

use std::ops::Range;

/// One of so many blocks of rows, each as long as the others but for one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Counted from 0.
    pub number: usize,
    pub of: usize,
}

impl Block {
    /// The rows of the block.
    #[must_use]
    pub fn rows(self, all: usize) -> Range<usize> {
        let bound = |number: usize| all * number / self.of.max(1);
        bound(self.number)..bound(self.number + 1)
    }

    /// The name of a part: the block, in its area where there is one.
    #[must_use]
    pub fn part(area: Option<&str>, number: usize) -> String {
        area.map_or_else(|| format!("{number:04}"), |area| format!("{area}/{number:04}"))
    }

    /// The block that a part of a step is, which falls into `of` of them.
    #[must_use]
    pub fn of_part(part: &str, of: usize) -> Option<Self> {
        let number = part.rsplit('/').next()?.parse().ok()?;
        Some(Self { number, of })
    }
}

/// The area of a part: ids of areas are plain names, without a slash.
#[must_use]
pub fn area_of(part: &str) -> &str {
    part.split('/').next().unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_every_row_once() {
        let rows = |number| Block { number, of: 3 }.rows(8);
        assert_eq!([rows(0), rows(1), rows(2)], [0..2, 2..5, 5..8]);
        assert_eq!(Block { number: 4, of: 9 }.rows(2).len(), 1, "more blocks than rows");
    }

    #[test]
    fn a_part_tells_its_area_and_its_block() {
        let part = Block::part(Some("jarva"), 3);
        assert_eq!((area_of(&part), part.as_str()), ("jarva", "jarva/0003"));
        assert_eq!(Block::of_part(&part, 8), Some(Block { number: 3, of: 8 }));
        assert_eq!(Block::of_part(&Block::part(None, 12), 16), Some(Block { number: 12, of: 16 }));
        assert_eq!(Block::of_part("jarva", 8), None);
    }
}
