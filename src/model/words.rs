//! Arrays as words of 32 bits, one after the other as they lie in memory, so that reading is copying.
//!
//! The bytes are for the program that wrote them: whoever keeps them keeps them by what they were made of and by the
//! version of the code (see `pipeline::cache`). A mark at the start tells those of a machine of the other byte order.

/// The first word.
const MARK: u32 = 0x5ca1_e570;

/// Words under construction.
pub struct Words(Vec<u32>);

impl Default for Words {
    fn default() -> Self {
        Self(vec![MARK])
    }
}

impl Words {
    /// One word.
    pub fn word(&mut self, word: u32) {
        self.0.push(word);
    }

    /// Two words, the lower half first.
    pub fn number(&mut self, number: u64) {
        self.0.extend(halves(number));
    }

    /// An array: its length in words, then each item.
    pub fn array<T, const N: usize>(&mut self, items: &[T], words: impl Fn(&T) -> [u32; N]) {
        self.number((items.len() * N) as u64);
        self.0.extend(items.iter().flat_map(words));
    }

    /// An array of floating-point numbers, bit by bit.
    pub fn floats(&mut self, items: &[f64]) {
        self.array(items, |item| halves(item.to_bits()));
    }

    /// What may be there.
    pub fn maybe<T>(&mut self, item: Option<&T>, write: impl Fn(&mut Self, &T)) {
        self.word(u32::from(item.is_some()));
        if let Some(item) = item {
            write(self, item);
        }
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        bytemuck::cast_slice(&self.0).to_vec()
    }
}

/// Words that are not read yet.
pub struct Rest<'a>(&'a [u32]);

/// Reads bytes that [`Words`] made to their last word; `None` for others.
#[must_use]
pub fn from_bytes<T>(bytes: &[u8], read: impl FnOnce(&mut Rest<'_>) -> Option<T>) -> Option<T> {
    let copied;
    let words: &[u32] = match bytemuck::try_cast_slice(bytes) {
        Ok(words) => words,
        Err(_) if bytes.len().is_multiple_of(4) => {
            copied = bytemuck::pod_collect_to_vec(bytes);
            &copied
        }
        Err(_) => return None,
    };
    let mut rest = Rest(words);
    (rest.word()? == MARK).then_some(())?;
    let found = read(&mut rest)?;
    rest.0.is_empty().then_some(found)
}

impl Rest<'_> {
    /// One word.
    pub fn word(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Two words.
    pub fn number(&mut self) -> Option<u64> {
        Some(whole([self.word()?, self.word()?]))
    }

    /// An array.
    pub fn array<T, const N: usize>(&mut self, item: impl Fn([u32; N]) -> T) -> Option<Vec<T>> {
        let length = usize::try_from(self.number()?).ok()?;
        let (words, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let (items, left) = words.as_chunks::<N>();
        left.is_empty().then(|| items.iter().copied().map(item).collect())
    }

    /// An array of floating-point numbers.
    pub fn floats(&mut self) -> Option<Vec<f64>> {
        self.array(|item| f64::from_bits(whole(item)))
    }

    /// What may be there: the outer `None` is for words that are neither.
    #[allow(clippy::option_option)]
    pub fn maybe<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.word()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }
}

/// The lower and the upper half.
#[must_use]
pub fn halves(number: u64) -> [u32; 2] {
    #[allow(clippy::cast_possible_truncation)] // the two halves
    [number as u32, (number >> 32) as u32]
}

/// The number of two halves.
#[must_use]
pub fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let mut words = Words::default();
        words.number(1 << 40 | 7);
        words.floats(&[0.5, f64::NEG_INFINITY]);
        words.maybe(Some(&3), |words, item| words.word(*item));
        words.maybe(None::<&u32>, |words, item| words.word(*item));
        words.into_bytes()
    }

    type Read = (u64, Vec<f64>, Option<u32>, Option<u32>);

    fn read(bytes: &[u8]) -> Option<Read> {
        from_bytes(bytes, |rest| {
            Some((rest.number()?, rest.floats()?, rest.maybe(Rest::word)?, rest.maybe(Rest::word)?))
        })
    }

    #[test]
    fn what_was_written_is_read_wherever_the_bytes_lie() {
        let known = (1 << 40 | 7, vec![0.5, f64::NEG_INFINITY], Some(3), None);
        assert_eq!(read(&bytes()), Some(known.clone()));
        let moved: Vec<u8> = [0].into_iter().chain(bytes()).collect();
        assert_eq!(read(&moved[1..]), Some(known));
    }

    #[test]
    fn what_is_cut_or_has_a_rest_is_not_read() {
        let whole = bytes();
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
        assert_eq!(read(&[&whole[..], &[0; 4]].concat()), None);
    }
}
