//! What follows from an own demography whose counts are protected.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::own::{BY_UNIT, Figure, data_set, near, published, skarholmen};

/// Residents of each of the four units: all, 0–19, 20–64, 65–79, 80 and over, men, women.
fn demography(folder: &Folder, units: &[[&str; 7]; 4], disclosure: &str) {
    const SPLITS: [(&str, &str); 7] = [
        ("_T", "_T"),
        ("_T", "Y0T19"),
        ("_T", "Y20T64"),
        ("_T", "Y65T79"),
        ("_T", "Y_GE80"),
        ("M", "_T"),
        ("F", "_T"),
    ];
    let mut table = "code,sex,age,residents\n".to_owned();
    for (code, counts) in skarholmen().iter().zip(units) {
        for ((sex, age), count) in SPLITS.iter().zip(counts) {
            writeln!(table, "{code},{sex},{age},{count}").unwrap();
        }
    }
    let entry = format!(
        "{BY_UNIT}derive = \"demography\"\ndimensions = {{ sex = \"sex\", age = \"age\" }}\ndisclosure = {disclosure}\n"
    );
    data_set(folder, ("people.csv", &table), &entry, "residents");
}

/// What is published of both sexes and the age that the indicator is about, in a place.
fn told(folder: &Folder, indicator: &str, place: &str) -> (Value, String) {
    let is = |row: &Figure| {
        row.place == place && row.sex == "_T" && row.source.starts_with("Own: cases")
    };
    let age = |row: &Figure| indicator != "residents" || row.age == "_T";
    let all = published(folder, indicator, &[]);
    let row = all.into_iter().find(|row| is(row) && age(row)).unwrap();
    (row.told, row.method)
}

fn ends(found: &Value, lower: f64, value: f64, upper: f64) {
    near(&found[0], value);
    near(&found[1], lower);
    near(&found[2], upper);
}

const NOISY: &str = "{ method = \"cell_key\", bound = 2 }";
const SUPPRESSED: &str = "{ method = \"suppression\", below = 5 }";

/// Four units of 100 ± 2: 400 ± 8 in all, 80 ± 8 below 20, 240 ± 8 from 20 to 64, 60 ± 8 and 20 ± 8 above, 192 ± 8 men and
/// 208 ± 8 women. Each class errs by itself.
#[test]
fn noise_reaches_shares_ratios_and_densities() {
    let folder = Folder::new();
    demography(&folder, &[["100", "20", "60", "15", "5", "48", "52"]; 4], NOISY);
    let of = |indicator: &str| told(&folder, indicator, "skarholmen");
    ends(&of("residents").0, 392.0, 400.0, 408.0);
    let (young, method) = of("share_aged_0_19");
    ends(&young, 72.0 / 4.08, 20.0, 88.0 / 3.92);
    assert_eq!((&young[3], method.as_str()), (&json!("A"), "ratio_of_sums; cell_key"));
    ends(&of("share_aged_65_plus").0, 64.0 / 4.08, 20.0, 96.0 / 3.92);
    ends(&of("dependency_ratio").0, 136.0 / 2.48, 160.0 / 2.4, 184.0 / 2.32);
    ends(&of("sex_ratio").0, 184.0 / 2.16, 192.0 / 2.08, 100.0);
    let density = of("density_land").0;
    let value = density[0].as_f64().unwrap();
    ends(&density, value * 0.98, value, value * 1.02);
    let unit = told(&folder, "share_aged_0_19", &skarholmen()[0]).0;
    ends(&unit, 18.0 / 1.02, 20.0, 22.0 / 0.98);
}

/// 16 ± 8 of 16 ± 8 are a third at the least, and never more than all.
#[test]
fn a_share_of_noisy_counts_is_never_more_than_all() {
    let folder = Folder::new();
    demography(&folder, &[["4", "4", "0", "0", "0", "2", "2"]; 4], NOISY);
    let young = told(&folder, "share_aged_0_19", "skarholmen").0;
    ends(&young, 100.0 / 3.0, 100.0, 100.0);
    // Nobody knows that there is somebody from 20 to 64.
    let dependency = told(&folder, "dependency_ratio", "skarholmen").0;
    assert_eq!((&dependency[0], &dependency[2]), (&Value::Null, &Value::Null));
}

/// Of four units with 5 of 100 above 80, one is withheld: 15 to 19 of 400.
#[test]
fn withheld_counts_of_an_age_make_its_share_a_bound() {
    let folder = Folder::new();
    let open = ["100", "20", "60", "15", "5", "48", "52"];
    let withheld = ["100", "20", "60", "15", "", "48", "52"];
    demography(&folder, &[withheld, open, open, open], SUPPRESSED);
    let of = |place: &str| told(&folder, "share_aged_80_plus", place).0;
    assert_eq!(of("skarholmen"), json!([null, 3.75, 4.75, "Q"]));
    assert_eq!(of(&skarholmen()[0]), json!([null, 0.0, 4.0, "Q"]));
    assert_eq!(of(&skarholmen()[1]), json!([5.0, null, null, "A"]));
    let young = told(&folder, "share_aged_0_19", "skarholmen").0;
    assert_eq!(young, json!([20.0, null, null, "A"]), "nothing of it is withheld");
}
