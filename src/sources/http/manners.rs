//! How often, how long, how much.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// Bounds of the client.
#[derive(Debug, Clone)]
pub struct Manners {
    pub attempts: u32,
    /// The first wait; each further one is about twice as long.
    pub first_wait: Duration,
    /// No wait is longer; a host that asks for more is not waited for.
    pub longest_wait: Duration,
    /// Between the starts of two requests to a host.
    pub interval: Duration,
    /// As slow as a host can make it by what it says of its limits.
    pub longest_interval: Duration,
    pub connect: Duration,
    pub first_byte: Duration,
    /// Between two pieces of a body.
    pub stall: Duration,
    /// Of one answer, decompressed.
    pub max_bytes: u64,
    /// Bytes that one compressed byte may become.
    pub max_ratio: u64,
    /// Makes the jitter of waits; the same seed, the same waits.
    pub seed: u64,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(2),
            interval: Duration::from_millis(400),
            longest_interval: Duration::from_secs(10),
            connect: Duration::from_secs(15),
            // Overpass works up to three minutes before its first byte.
            first_byte: Duration::from_mins(4),
            stall: Duration::from_mins(1),
            max_bytes: 4 << 30,
            max_ratio: 200,
            seed: u64::from(std::process::id()),
        }
    }
}

impl Manners {
    /// Exponential back-off with jitter: between half and all of `first_wait` times 2 to the power of attempts before.
    #[must_use]
    pub fn wait(&self, address: &str, attempt: u32) -> Duration {
        let whole = self
            .first_wait
            .saturating_mul(1 << attempt.saturating_sub(1).min(16))
            .min(self.longest_wait);
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(attempt.to_le_bytes());
        hash.update(address.as_bytes());
        let byte = hash.finalize().first().copied().unwrap_or_default();
        whole.mul_f64(0.5 + f64::from(byte) / 510.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_their_jitter_and_a_seed_repeats_them() {
        let manners = Manners { seed: 7, ..Manners::default() };
        for attempt in 1..=5 {
            let (wait, whole) = (manners.wait("a", attempt), 1_u64 << (attempt - 1));
            let whole = Duration::from_secs(whole);
            assert!(whole / 2 <= wait && wait <= whole, "{attempt}: {wait:?}");
            assert_eq!(wait, manners.wait("a", attempt));
        }
        assert!(manners.wait("a", 40) <= manners.longest_wait);
        let other = Manners { seed: 8, ..manners.clone() };
        assert_ne!(manners.wait("a", 1), other.wait("a", 1));
    }
}
