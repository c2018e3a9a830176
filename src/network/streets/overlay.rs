//! One table of profiles over another.

use toml::{Table, Value};

/// Tables of speeds in a profile that change with the profile's own.
const SPEEDS: [&str; 2] = ["highway", "also"];

/// Lays a table over another, key by key; what is no table replaces what was there.
///
/// Where a profile is given another `speed`, the speeds of its classes change in proportion before those that are named
/// are laid over them.
pub(super) fn lay(below: &mut Table, above: Table) {
    if let Some(factor) = change_of_speed(below, &above) {
        for speeds in SPEEDS {
            let Some(Value::Table(speeds)) = below.get_mut(speeds) else { continue };
            for (_, speed) in speeds.iter_mut() {
                if let Some(old) = number(speed) {
                    *speed = Value::Float(old * factor);
                }
            }
        }
    }
    for (key, value) in above {
        match below.get_mut(&key) {
            Some(below) => lay_value(below, value),
            None => {
                below.insert(key, value);
            }
        }
    }
}

/// The same for any two values.
pub(super) fn lay_value(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Table(below), Value::Table(above)) => lay(below, above),
        (below, above) => *below = above,
    }
}

fn change_of_speed(below: &Table, above: &Table) -> Option<f64> {
    let [old, new] = [below, above].map(|table| table.get("speed").and_then(number));
    Some(new? / old.filter(|old| *old > 0.0)?)
}

#[allow(clippy::cast_precision_loss)] // speeds
fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use crate::model::osm::Tags;
    use crate::network::streets::{Mode, Profile, Profiles};

    fn on(profile: &Profile, tags: &[(&str, &str)]) -> f32 {
        profile.passage(Tags(tags)).forward
    }

    #[test]
    fn a_table_of_one_key_leaves_all_others_as_they_are() {
        let table = Profiles::parse("[bicycle.highway]\ncycleway = 20").unwrap();
        let built_in = Profiles::built_in().unwrap();
        assert_eq!(on(&table.bicycle, &[("highway", "cycleway")]), 20.0);
        assert_eq!(on(&table.bicycle, &[("highway", "residential")]), 15.0);
        assert_eq!(
            (table.walk, table.car, table.stress),
            (built_in.walk, built_in.car, built_in.stress)
        );
    }

    #[test]
    fn a_new_speed_changes_the_classes_that_are_not_named() {
        let table = Profiles::parse("[bicycle]\nspeed = 18\nhighway = { track = 10 }").unwrap();
        // 18 for 15 is 6 for 5: a path of 12 km/h becomes one of 14.4.
        let speed = |class| on(&table.bicycle, &[("highway", class)]);
        assert_eq!([speed("cycleway"), speed("path"), speed("track")], [18.0, 14.4, 10.0]);
        // A list is replaced as a whole.
        let open = Profiles::parse("[walk]\nclosed = []").unwrap();
        assert_eq!(on(&open.walk, &[("highway", "footway"), ("foot", "private")]), 5.0);
    }

    #[test]
    fn rough_ground_slows_bicycles_and_the_worst_tag_counts() {
        let table = Profiles::built_in().unwrap();
        let path = ("highway", "path");
        let bicycle = |tags: &[(&str, &str)]| on(&table.bicycle, tags);
        assert_eq!(bicycle(&[path, ("surface", "asphalt")]), 12.0);
        assert!((bicycle(&[path, ("surface", "gravel")]) - 8.4).abs() < 1e-5);
        assert_eq!(bicycle(&[path, ("surface", "gravel"), ("smoothness", "very_bad")]), 6.0);
        assert_eq!(bicycle(&[path, ("smoothness", "impassable")]), 0.0);
        assert_eq!(on(&table.walk, &[path, ("surface", "gravel")]), 5.0);
        let fast = Profiles::parse("[bicycle.slows.surface]\ngravel = 1").unwrap();
        assert_eq!(on(&fast.bicycle, &[path, ("surface", "gravel")]), 12.0);
    }

    #[test]
    fn cars_are_slow_in_driveways_and_stay_out_of_emergency_ways() {
        let car = |service| {
            let tags = [("highway", "service"), ("service", service)];
            on(&Profiles::built_in().unwrap().car, &tags)
        };
        assert_eq!([car("alley"), car("driveway"), car("emergency_access")], [15.0, 10.5, 0.0]);
    }

    #[test]
    fn a_wheelchair_keeps_off_steps_and_rough_ground_unless_a_tag_says_it_may() {
        let table = Profiles::built_in().unwrap();
        let steps = [("highway", "steps"), ("foot", "yes")];
        let footway = ("highway", "footway");
        let wheelchair = |tags: &[(&str, &str)]| on(&table.wheelchair, tags);
        assert_eq!((on(&table.walk, &steps), wheelchair(&steps)), (5.0, 0.0));
        assert_eq!(wheelchair(&[steps[0], ("wheelchair", "yes")]), 5.0);
        assert_eq!(wheelchair(&[footway, ("surface", "gravel")]), 0.0);
        assert_eq!(wheelchair(&[footway, ("surface", "paving_stones")]), 5.0);
        assert_eq!(wheelchair(&[footway, ("wheelchair", "no")]), 0.0);
        // What lies over walking lies under the wheelchair too.
        let slow = Profiles::parse("[walk]\nspeed = 4").unwrap();
        assert_eq!(on(&slow.wheelchair, &[footway]), 4.0);
        assert_eq!(slow.of(Mode::Walk).speed, 4.0);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (text, word) in [
            ("[walk]\nspeeed = 4", "speeed"),
            ("[bicyle]\nspeed = 4", "bicyle"),
            ("[bicycle.slows.surface]\ngravel = 7", "bicycle.slows: a factor of 7"),
            ("[wheelchair]\nspeed = 300", "wheelchair: a speed of 300 km/h"),
        ] {
            let error = Profiles::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
