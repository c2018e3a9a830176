//! Distributions that intervals of rates and of agreement rest on: χ² and Student's t.
//!
//! # What it does
//! Quantiles by halving on the incomplete gamma and beta functions, each as a series or a continued fraction.
//!
//! # Assumes
//! Degrees of freedom above 0, probabilities between 0 and 1.
//!
//! # Units
//! None.
//!
//! # When it misleads
//! At the furthest ends, where what is left of the probability is rounding.
//!
//! # Example
//! χ² with 2 degrees stays below 5.9915 with probability 0.95; Student's t with 10 within 2.2281.
//!
//! # References
//! Abramowitz & Stegun (1964), 6.5.29, 6.5.31, 26.5.8 and 26.7.1.

use std::f64::consts::PI;

/// Steps of a series or continued fraction; far fewer are needed.
const MOST_STEPS: u32 = 100_000;

/// The number that a χ² variable of so many degrees of freedom (any number above 0) stays below with probability `p`.
#[must_use]
pub fn chi_square_quantile(p: f64, degrees: f64) -> f64 {
    let mut high = degrees.max(1.0);
    while lower_gamma(degrees / 2.0, high / 2.0) < p && high < f64::MAX / 4.0 {
        high *= 2.0;
    }
    root(high, |x| lower_gamma(degrees / 2.0, x / 2.0) < p)
}

/// The number that a variable of Student's t stays within, to both sides of zero, with probability `level`.
#[must_use]
pub fn student_quantile(level: f64, degrees: f64) -> f64 {
    // Probability beyond ±t is the incomplete beta function at ν/(ν + t²).
    let beyond = |t: f64| incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5);
    let mut high = 2.0;
    while beyond(high) > 1.0 - level && high < 1e12 {
        high *= 2.0;
    }
    root(high, |t| beyond(t) > 1.0 - level)
}

/// Up to where a condition holds, between 0 and `high`.
fn root(high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0_f64, high);
    // Halving ends where no number lies between the two.
    for _ in 0..2000 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised lower incomplete gamma function.
fn lower_gamma(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let scale = (shape * x.ln() - x - ln_gamma(shape)).exp();
    if x < shape + 1.0 {
        let (mut term, mut sum, mut next) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..MOST_STEPS {
            next += 1.0;
            term *= x / next;
            sum += term;
            if term <= sum * f64::EPSILON {
                break;
            }
        }
        return (scale * sum).min(1.0);
    }
    // Lentz's method for 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − …)).
    let mut base = x + 1.0 - shape;
    let (mut c, mut d) = (f64::MAX, 1.0 / base);
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let step = f64::from(step);
        let factor = -step * (step - shape);
        base += 2.0;
        d = 1.0 / away_from_zero(factor * d + base);
        c = away_from_zero(base + factor / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    (1.0 - scale * fraction).clamp(0.0, 1.0)
}

/// The regularised incomplete beta function.
fn incomplete_beta(share: f64, a: f64, b: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return if share <= 0.0 { 0.0 } else { 1.0 };
    }
    if share > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - share, b, a);
    }
    let logarithm = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let scale = (logarithm + a * share.ln() + b * (1.0 - share).ln()).exp();
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * share / (a + 1.0)));
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let step = f64::from(step);
        let twice = a + 2.0 * step;
        let even = step * (b - step) * share / ((twice - 1.0) * twice);
        let odd = -(a + step) * (a + b + step) * share / (twice * (twice + 1.0));
        let before = fraction;
        for factor in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + factor * d);
            c = away_from_zero(1.0 + factor / c);
            fraction *= d * c;
        }
        if (fraction - before).abs() <= fraction.abs() * f64::EPSILON {
            break;
        }
    }
    (scale * fraction / a).clamp(0.0, 1.0)
}

fn away_from_zero(number: f64) -> f64 {
    if number.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { number }
}

/// ln Γ(x) for x above 0: Stirling's series from 15 on, reached by Γ(x + 1) = x·Γ(x).
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 15.0 {
        product *= x;
        x += 1.0;
    }
    let square = x * x;
    let series = (1.0 / 12.0
        - (1.0 / 360.0
            - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square)
            / square)
        / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, known: f64, slack: f64) -> bool {
        (found - known).abs() <= slack * known.abs()
    }

    /// Table values, for example Abramowitz & Stegun, tables 26.8 and 26.10.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, degrees, known) in [
            (0.975, 1.0, 5.023_886_187),
            (0.975, 2.0, 7.377_758_908),
            (0.025, 10.0, 3.246_972_780),
            (0.95, 30.0, 43.772_971_825),
            (0.025, 100.0, 74.221_927_474),
        ] {
            let found = chi_square_quantile(p, degrees);
            assert!(near(found, known, 1e-9), "{p} {degrees}: {found}");
        }
        for (degrees, known) in [
            (1.0, 12.706_204_736),
            (4.0, 2.776_445_105),
            (9.0, 2.262_157_163),
            (30.0, 2.042_272_456),
        ] {
            let found = student_quantile(0.95, degrees);
            assert!(near(found, known, 1e-9), "{degrees}: {found}");
        }
    }

    /// Γ(5) = 24, Γ(1/2) = √π.
    #[test]
    fn the_logarithm_of_gamma_is_known_at_halves_and_wholes() {
        assert!(near(ln_gamma(5.0), 24.0_f64.ln(), 1e-14));
        assert!(near(ln_gamma(0.5), PI.sqrt().ln(), 1e-14));
        assert!(ln_gamma(1.0).abs() < 1e-14);
    }

    #[test]
    fn t_becomes_normal_and_the_tails_of_both_halves_meet() {
        assert!(near(student_quantile(0.95, 1e7), 1.959_964, 1e-6));
        // Series and fraction meet where one takes over, at x = a + 1.
        let (below, above) = (lower_gamma(7.5, 8.5 - 1e-12), lower_gamma(7.5, 8.5));
        assert!((below - above).abs() < 1e-12);
    }
}
