//! What slope does to speed on foot and by bicycle.

use super::Mode;

/// Steepness and the slope of fastest walking in Tobler's function.
const TOBLER_DECAY: f64 = 3.5;
const TOBLER_FASTEST: f64 = 0.05;

/// Share of the level speed that a bicycle loses with each 1 of slope uphill, and gains downhill: 1.44 and 0.86 km/h
/// for each per cent, at 21.6 km/h on the level.
const CYCLING_LOSS: f64 = 100.0 * 1.44 / 21.6;
const CYCLING_GAIN: f64 = 100.0 * 0.86 / 21.6;
/// Where the hill is too steep to ride, the bicycle is pushed: at 15 km/h on the level that is 3.75 km/h.
const CYCLING_SLOWEST: f64 = 0.25;
/// Downhill riders brake: no faster than this, however steep.
const CYCLING_FASTEST: f64 = 1.25;

/// How much longer a way takes than a level one of the same length; `slope` is the rise over the run, 0.1 for 10 %
/// uphill. 1 on the level.
///
/// Walking: Tobler (1993), "Three presentations on geographical analysis and modeling", speed ∝ exp(−3.5·|slope +
/// 0.05|), scaled so that the level has the walking speed of the profile. Cycling: Parkin & Rotheram (2010), "Design
/// speeds and acceleration characteristics of bicycle traffic", linear in the slope and steeper uphill than downhill;
/// the bounds, where their observations end, are choices of this program. Cars do not slow down.
pub(super) fn slowness(mode: Mode, slope: f64) -> f64 {
    match mode {
        Mode::Walk => (TOBLER_DECAY * ((slope + TOBLER_FASTEST).abs() - TOBLER_FASTEST)).exp(),
        Mode::Bicycle if slope > 0.0 => 1.0 / (1.0 - CYCLING_LOSS * slope).max(CYCLING_SLOWEST),
        Mode::Bicycle => 1.0 / (1.0 - CYCLING_GAIN * slope).min(CYCLING_FASTEST),
        Mode::Car => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_level_changes_nothing() {
        for mode in Mode::ALL {
            assert!(near(slowness(mode, 0.0), 1.0));
        }
    }

    /// Tobler's own figures: 6 km/h at −5 %, 6·exp(−0.175) = 5.04 km/h on the level.
    #[test]
    fn walking_is_fastest_a_little_downhill() {
        assert!(near(slowness(Mode::Walk, -0.05), (-0.175_f64).exp()));
        assert!(near(slowness(Mode::Walk, 0.1), 0.35_f64.exp()));
        assert!(near(slowness(Mode::Walk, -0.1), 1.0), "as far below −5 % as the level is above");
    }

    #[test]
    fn a_bicycle_loses_more_uphill_than_it_gains_downhill_and_both_end() {
        assert!(near(1.0 / slowness(Mode::Bicycle, 0.03), 1.0 - 3.0 * 1.44 / 21.6));
        assert!(near(1.0 / slowness(Mode::Bicycle, -0.03), 1.0 + 3.0 * 0.86 / 21.6));
        assert!(near(slowness(Mode::Bicycle, 0.5), 4.0));
        assert!(near(slowness(Mode::Bicycle, -0.5), 0.8));
    }
}
