//! Classes of a graduated map and their colours.
//!
//! Class breaks are ascending upper bounds, each of them a value that was given; a class holds what lies above the bound
//! before it, up to and with its own. There are fewer classes where there are fewer distinct values.

/// Nine colours from light to dark, evenly apart in lightness and told apart with any of the three colour blindnesses.
///
/// # References
/// Viridis, by Nathaniel Smith, Stéfan van der Walt and Eric Firing, <https://bids.github.io/colormap/>, CC0 1.0: each
/// thirty-second of its 256 colours, from its end.
pub const RAMP: [&str; 9] = [
    "#fde725", "#aadc32", "#5cc863", "#27ad81", "#21908d", "#2c728e", "#3b528b", "#472d7b",
    "#440154",
];

/// A grey that the ramp does not hold, for what has no value.
pub const MISSING: &str = "#c8c8c8";

/// So many colours of the ramp, from light to dark, evenly apart; its middle for one.
#[must_use]
pub fn colours(n: usize) -> Vec<String> {
    let last = RAMP.len() - 1;
    match n {
        0 => Vec::new(),
        1 => vec![RAMP[last / 2].to_owned()],
        _ => (0..n).map(|place| between(place * last, n - 1)).collect(),
    }
}

/// The colour at `place / parts` steps along the ramp.
fn between(place: usize, parts: usize) -> String {
    let (step, rest) = (place / parts, place % parts);
    let (from, to) = (channels(RAMP[step]), channels(RAMP[(step + 1).min(RAMP.len() - 1)]));
    let mixed = from.iter().zip(to).map(|(from, to)| {
        let channel = (from * (parts - rest) + to * rest + parts / 2) / parts;
        format!("{channel:02x}")
    });
    format!("#{}", mixed.collect::<String>())
}

fn channels(colour: &str) -> [usize; 3] {
    let code = usize::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or_default();
    [code >> 16, code >> 8 & 0xff, code & 0xff]
}

/// The class of a value; what lies above the last bound belongs to the last class.
#[must_use]
pub fn class_of(bounds: &[f64], value: f64) -> usize {
    bounds.partition_point(|bound| *bound < value).min(bounds.len().saturating_sub(1))
}

/// Classes that hold about as many values each. Values that are not finite are left out.
#[must_use]
pub fn quantiles(values: &[f64], classes: usize) -> Vec<f64> {
    let sorted = sorted(values);
    let rank = |class: usize| (sorted.len() * class).div_ceil(classes);
    let mut bounds: Vec<f64> = (1..=classes)
        .filter_map(|class| sorted.get(rank(class).checked_sub(1)?).copied())
        .collect();
    bounds.dedup();
    bounds
}

/// Classes with the least sum of squared differences from the mean of each: natural breaks.
///
/// The optimum is exact, by dynamic programming over the distinct values; the search for each border is halved, so the
/// time grows as k · n log n. Where borders are equally good, the lowest is taken. Values that are not finite are left out.
///
/// # References
/// Fisher WD (1958) On grouping for maximum homogeneity, *Journal of the American Statistical Association* 53:789–798;
/// Jenks GF (1977) *Optimal data classification for choropleth maps*; the halving: Grønlund et al. (2017) Fast exact
/// k-means, k-medians and Bregman divergence clustering in 1D, <https://arxiv.org/abs/1701.07204>.
#[must_use]
pub fn jenks(values: &[f64], classes: usize) -> Vec<f64> {
    let sorted = sorted(values);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let classes = classes.min(distinct.len());
    if classes == 0 {
        return Vec::new();
    }
    let running = Spread::of(&sorted);
    let mut least: Vec<f64> = (0..distinct.len()).map(|to| running.within(0, to)).collect();
    let mut begun = Vec::with_capacity(classes);
    for class in 1..classes {
        let mut search = Search {
            spread: &running,
            before: &least,
            least: vec![f64::INFINITY; distinct.len()],
            start: vec![class; distinct.len()],
        };
        search.fill((class, distinct.len()), (class, distinct.len() - 1));
        begun.push(search.start);
        least = search.least;
    }
    let mut end = distinct.len() - 1;
    let mut bounds = vec![distinct[end]];
    for start in begun.iter().rev() {
        end = start[end] - 1;
        bounds.push(distinct[end]);
    }
    bounds.reverse();
    bounds
}

fn sorted(values: &[f64]) -> Vec<f64> {
    // Minus zero plus zero is zero: the two would else be two values.
    let mut sorted: Vec<f64> =
        values.iter().filter(|value| value.is_finite()).map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Running sums over the distinct values, from which the squares within any run of them follow.
struct Spread {
    /// Before each distinct value and after the last: how many values, their sum, their sum of squares.
    sums: Vec<[f64; 3]>,
}

impl Spread {
    /// Values are centred and scaled first, so that the squares neither overflow nor cancel more than they must.
    #[allow(clippy::cast_precision_loss)] // a number of values
    fn of(sorted: &[f64]) -> Self {
        let scale = sorted.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let centre = sorted.iter().map(|value| value / scale).sum::<f64>() / sorted.len() as f64;
        let mut sums = vec![[0.0; 3]];
        let mut sum = [0.0; 3];
        for (at, value) in sorted.iter().enumerate() {
            let centred = value / scale - centre;
            sum = [sum[0] + 1.0, sum[1] + centred, sum[2] + centred * centred];
            #[allow(clippy::float_cmp)] // distinct means not the same number
            if sorted.get(at + 1) != Some(value) {
                sums.push(sum);
            }
        }
        Self { sums }
    }

    /// Squared differences from the mean of the distinct values `from` to `to`, both with.
    fn within(&self, from: usize, to: usize) -> f64 {
        let (low, high) = (self.sums[from], self.sums[to + 1]);
        let [count, sum, squares] = [high[0] - low[0], high[1] - low[1], high[2] - low[2]];
        (squares - sum * sum / count).max(0.0)
    }
}

/// One more class: for each distinct value, where the class that ends with it begins at best.
struct Search<'a> {
    spread: &'a Spread,
    before: &'a [f64],
    least: Vec<f64>,
    start: Vec<usize>,
}

impl Search<'_> {
    /// The best start never falls as the end rises: the middle one bounds those of both halves.
    fn fill(&mut self, (from, to): (usize, usize), (lowest, highest): (usize, usize)) {
        if from >= to {
            return;
        }
        let middle = usize::midpoint(from, to);
        for start in lowest..=highest.min(middle) {
            let squares = self.before[start - 1] + self.spread.within(start, middle);
            if squares < self.least[middle] {
                (self.least[middle], self.start[middle]) = (squares, start);
            }
        }
        let best = self.start[middle];
        self.fill((from, middle), (lowest, best));
        self.fill((middle + 1, to), (best, highest));
    }
}

#[cfg(test)]
#[path = "classes_tests.rs"]
mod tests;
