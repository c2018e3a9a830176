//! MD5 (RFC 1321), because that is what publishers of extracts put beside them. It tells damage, not malice.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The MD5 of a file in hexadecimal digits, read piece by piece.
pub(super) fn md5_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut state, mut length) = ([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], 0_u64);
    let mut piece = Vec::with_capacity(1 << 20);
    loop {
        piece.clear();
        // Whole blocks of 64 bytes, until the last piece.
        let read = (&mut file).take(1 << 20).read_to_end(&mut piece)?;
        length += read as u64;
        if read < 1 << 20 {
            break;
        }
        piece.as_chunks::<64>().0.iter().for_each(|block| mix(&mut state, block));
    }
    piece.push(0x80);
    while piece.len() % 64 != 56 {
        piece.push(0);
    }
    piece.extend(length.wrapping_mul(8).to_le_bytes());
    piece.as_chunks::<64>().0.iter().for_each(|block| mix(&mut state, block));
    let bytes: Vec<u8> = state.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    Ok(crate::sources::hex(&bytes))
}

#[allow(clippy::many_single_char_names, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // as in the RFC
fn mix(state: &mut [u32; 4], block: &[u8; 64]) {
    let mut words = [0_u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let [mut a, mut b, mut c, mut d] = *state;
    for step in 0..64_usize {
        let (mixed, at) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sine = (f64::from(step as u32 + 1).sin().abs() * 4_294_967_296.0) as u32;
        let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(words[at % 16]);
        let turned = sum.rotate_left(TURNS[step / 16][step % 4]);
        (a, d, c, b) = (d, c, b, b.wrapping_add(turned));
    }
    for (word, more) in state.iter_mut().zip([a, b, c, d]) {
        *word = word.wrapping_add(more);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_test_suite_of_the_rfc_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        for (text, wanted) in [
            (String::new(), "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc".to_owned(), "900150983cd24fb0d6963f7d28e17f72"),
            ("1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(md5_of(&file).unwrap(), wanted);
        }
    }
}
