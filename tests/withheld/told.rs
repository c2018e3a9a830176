//! What stands beside one's own values, and what is said of their units, down to the baseline.

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::{Folder, words};
use crate::own::{cases, data_set, found, near, own_counts, published, skarholmen};

const MAP: &str = "map --area skarholmen --data data --out out";

fn layer_of_units(folder: &Folder) -> DataFrame {
    let file = folder.path("out/skarholmen/skarholmen_units.parquet");
    ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect()
}

/// The cells in the order of the area's units; those of the file stand in spatial order.
fn by_unit<T: Clone>(frame: &DataFrame, cells: &[T], units: &[String]) -> Vec<T> {
    let ids = texts(frame, "unit_id");
    units.iter().map(|unit| cells[ids.iter().position(|id| id == unit).unwrap()].clone()).collect()
}

/// Counts of the division of 2020 by unit, the first of which was redrawn.
fn older(folder: &Folder) -> Vec<String> {
    let units = skarholmen();
    let counts = [("10", "100"), ("20", "200"), ("30", "300"), ("40", "400")];
    let row = |(code, (n, of)): (&String, &(&str, &str))| format!("{code},{n},{of}\n");
    let rows: String = units.iter().zip(&counts).map(row).collect();
    let entry = format!(
        "geography = \"regso-2020\"\nlayout = \"units\"\nkey = \"code\"\ncodes_valid_in = \"regso-2025\"\nchanged_units = [\"{}\"]\n[dataset.fields.rate]\nkind = \"ratio\"\nnumerator = \"cases\"\ndenominator = \"people\"\nper = 100\nlabel = {{ sv = \"r\", en = \"r\" }}\n",
        units[0]
    );
    data_set(folder, ("cases.csv", &format!("code,cases,people\n{rows}")), &entry, "cases,people");
    units
}

/// 10, 20, 30 and 40: the first in other borders than it has now, so that it and the sum of 100 are estimates.
#[test]
fn counts_and_ratios_of_a_unit_redrawn_since_are_estimates_down_to_the_sum() {
    let folder = Folder::new();
    let units = older(&folder);
    let told = contains("counted in the borders of regso-2020, and redrawn since")
        .and(contains(units[0].clone()));
    folder.command(&words(MAP)).assert().success().stderr(told);
    for (indicator, sum) in [("cases", 100.0), ("rate", 10.0)] {
        let rows = published(&folder, indicator, &[]);
        let own: Vec<_> = rows.iter().filter(|row| row.role == "own").collect();
        let of = |place: &str| own.iter().find(|row| row.place == place).unwrap();
        assert_eq!(of("skarholmen").told[3], "E", "{indicator}");
        near(&of("skarholmen").told[0], sum);
        assert!(of("skarholmen").method.contains("units_redrawn"));
        assert_eq!((&of(&units[0]).told[3], &of(&units[1]).told[3]), (&json!("E"), &json!("A")));
        assert!(!of(&units[1]).method.contains("units_redrawn"));
    }
}

#[test]
fn a_table_of_another_division_is_left_out_with_a_warning_and_is_no_input() {
    let folder = Folder::new();
    let entry = "geography = \"deso-2018\"\nlayout = \"units\"\nkey = \"code\"\n";
    data_set(&folder, ("cases.csv", "code,cases\n0180C1010,5\n"), entry, "cases");
    let told =
        contains("cases: left out: its codes are of deso-2018, and this baseline is of regso-2025")
            .and(contains("scale carry"))
            .and(contains("--onto units"));
    folder.command(&words(MAP)).assert().success().stderr(told);
    let manifest = std::fs::read_to_string(folder.path("out/skarholmen/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    assert!(inputs.iter().any(|input| input["id"] == "population_regso"));
    assert!(inputs.iter().all(|input| input["id"] != "cases"));
    assert!(manifest["warnings"].to_string().contains("cases: left out"));
    assert!(cases(&folder, &[]).is_empty());
}

/// 40 (30 to 55) and 20 (15 to 30), exact 10 and 5: 75, from 60 to 100.
#[test]
fn bounds_beside_ones_own_counts_and_rates_reach_the_baseline_and_the_layer_of_units() {
    let folder = Folder::new();
    let units = skarholmen();
    let rows = ["40,30,55,8.5,7,10", "20,15,30,6,5,7", "10,,,3,,", "5,,,4,,"];
    let row = |(code, row): (&String, &&str)| format!("{code},{row}\n");
    let rows: String = units.iter().zip(&rows).map(row).collect();
    folder.file(
        "cases.csv",
        &format!("code,cases,cases_lower,cases_upper,rate,rate_lower,rate_upper\n{rows}"),
    );
    let ingest = "ingest --file cases.csv --id cases --theme health --key code --geography regso-2025 --year 2024 --publisher Own --licence own --extensive cases --intensive rate --into data";
    folder.command(&words(ingest)).assert().success();
    let known = cases(&folder, &[]);
    assert_eq!(found(&known, &units[0]), &json!([40.0, 30.0, 55.0, "A"]));
    assert_eq!(found(&known, &units[2]), &json!([10.0, null, null, "A"]));
    assert_eq!(found(&known, "skarholmen"), &json!([75.0, 60.0, 100.0, "A"]));
    let rates = published(&folder, "rate", &[]);
    let of = |place: &str| &rates.iter().find(|row| row.place == place).unwrap().told;
    assert_eq!(of(&units[0]), &json!([8.5, 7.0, 10.0, "A"]));
    assert_eq!(of("skarholmen"), &json!([null, 3.0, 8.5, "M"]), "a range, no mean");
    let frame = layer_of_units(&folder);
    let upper: Vec<Option<f64>> =
        frame.column("cases_upper").unwrap().f64().unwrap().iter().collect();
    assert_eq!(by_unit(&frame, &upper, &units), [Some(55.0), Some(30.0), None, None]);
    assert!(frame.column("cases_status").is_err(), "all of them are as published");
    assert!(frame.column("residents_upper").is_err(), "what says nothing has no column");
    folder.file("cases.csv", &format!("code,cases,cases_lower,cases_upper\n{},4,6,5\n", units[0]));
    let told = contains("row 2").and(contains("\"cases_lower\" is above \"cases_upper\""));
    let ingest = ingest.replace(" --intensive rate", "");
    folder.command(&words(&ingest)).assert().code(2).stderr(told);
}

#[test]
fn the_layer_of_units_says_the_status_where_one_is_not_as_published() {
    let folder = Folder::new();
    let units = older(&folder);
    folder.command(&words(MAP)).assert().success();
    let frame = layer_of_units(&folder);
    let statuses = texts(&frame, "cases_status");
    assert_eq!(by_unit(&frame, &statuses, &units), ["E", "A", "A", "A"]);
}

/// 81 of 263 (Newcombe 1998, table I): 25.53 to 36.62 %. All four units: 96 of 411, by hand at z = 1.96 19.53 to 27.68 %.
#[test]
fn shares_and_events_of_a_sample_have_their_intervals_and_complete_counts_have_none() {
    let folder = Folder::new();
    let units = skarholmen();
    let rows = ["81,263,5", "15,148,10", "0,0,0", ",,"];
    let row = |(code, row): (&String, &&str)| format!("{code},{row}\n");
    let rows: String = units.iter().zip(&rows).map(row).collect();
    folder.file("cases.csv", &format!("code,yes,asked,cases\n{rows}"));
    let ingest = "ingest --file cases.csv --id cases --theme health --key code --geography regso-2025 --year 2024 --publisher Own --licence own --extensive yes,asked,cases --ratio share=yes/asked*100 --ratio plain=yes/asked*100 --into data";
    let sampled = format!("{ingest} --sample share=share --sample cases=events");
    folder.command(&words(&sampled)).assert().success();
    let near = |found: &Value, known: [f64; 2]| {
        for (end, known) in [1, 2].into_iter().zip(known) {
            let found = found[end].as_f64().unwrap();
            assert!((found - known).abs() < 5e-3, "{found} is not {known}");
        }
    };
    let of = |indicator: &str, place: &str| {
        let rows = published(&folder, indicator, &[]);
        rows.into_iter().find(|row| row.place == place).unwrap()
    };
    let first = of("share", &units[0]);
    near(&first.told, [25.53, 36.62]);
    assert!(first.method.ends_with("; wilson"));
    near(&of("share", "skarholmen").told, [19.53, 27.68]);
    near(&of("cases", &units[0]).told, [1.6235, 11.6683]);
    near(&of("cases", &units[1]).told, [4.787, 18.391]);
    near(&of("cases", &units[2]).told, [0.0, 3.6889]);
    assert_eq!(of("plain", &units[0]).told[1], Value::Null, "a complete count has none");
    let wrong = format!("{ingest} --sample yes=share");
    let told = contains("sample = \"share\" belongs to a ratio");
    folder.command(&words(&wrong)).assert().code(2).stderr(told);
}

/// Noise of unknown size is said from its first year on, and no bound is made up.
#[test]
fn noise_without_a_known_size_marks_the_counts_from_its_year_on() {
    let folder = Folder::new();
    let units = skarholmen();
    let row = |code: &String, year: i32| format!("{code},{year},20\n");
    let rows = |year: i32| units.iter().map(|code| row(code, year)).collect::<String>();
    let text = format!("code,year,cases\n{}{}", rows(2024), rows(2025));
    let entry = "geography = \"regso-2025\"\nlayout = \"units\"\nkey = \"code\"\ndimensions = { year = \"year\" }\ndisclosure = { method = \"cell_key\", from = 2025 }\n";
    data_set(&folder, ("cases.csv", &text), entry, "cases");
    let rows = published(&folder, "cases", &[]);
    let own: Vec<_> = rows.iter().filter(|row| row.place == "skarholmen").collect();
    let methods: Vec<&str> = own.iter().map(|row| row.method.as_str()).collect();
    assert_eq!(methods, ["sum_of_units", "sum_of_units; cell_key"]);
    assert!(own.iter().all(|row| row.told == json!([80.0, null, null, "A"])));
}

/// Four counts, one of them withheld: 28 less 2 for each of the other three, at most nobody knows.
#[test]
fn a_withheld_count_among_noisy_ones_adds_nothing_to_the_noise() {
    let folder = Folder::new();
    let units = skarholmen();
    own_counts(
        &folder,
        &["10", "10", "8", ""],
        "disclosure = { method = \"cell_key\", bound = 2 }",
    );
    let text = std::fs::read_to_string(folder.path("data/cases.csv")).unwrap();
    let statuses = text.lines().enumerate().map(|(row, line)| match row {
        0 => format!("{line},cases_status\n"),
        4 => format!("{line},Q\n"),
        _ => format!("{line},A\n"),
    });
    let text: String = statuses.collect();
    assert!(text.contains(&units[3]));
    let entry = "geography = \"regso-2025\"\nlayout = \"units\"\nkey = \"code\"\ndisclosure = { method = \"cell_key\", bound = 2 }\n";
    data_set(&folder, ("cases.csv", &text), entry, "cases");
    assert_eq!(found(&cases(&folder, &[]), "skarholmen"), &json!([null, 22.0, null, "Q"]));
}

#[test]
fn a_median_is_neither_cut_nor_averaged_and_the_spread_between_units_has_no_mean() {
    let folder = Folder::new();
    let units = skarholmen();
    let row = |(code, median): (&String, i32)| format!("{code},{median}\n");
    let rows: String = units.iter().zip([200, 250, 300, 400]).map(row).collect();
    folder.file("income.csv", &format!("code,median_income\n{rows}"));
    let ingest = "ingest --file income.csv --id income --theme population --key code --geography regso-2025 --year 2024 --publisher Own --licence own --intensive median_income --into data";
    folder.command(&words(ingest)).assert().success();
    let equity = "equity --data data --area skarholmen --indicator median_income";
    let told = folder.json(&words(equity));
    assert!(told["notes"].to_string().contains("is a median"));
    let rows = told["rows"].as_array().unwrap();
    let of = |statistic: &str| {
        let found = rows.iter().filter(|row| row["statistic"] == statistic);
        found.map(|row| row["value"].clone()).collect::<Vec<_>>()
    };
    assert!(of("mean").iter().all(Value::is_null));
    assert_eq!((of("min"), of("max")), (vec![json!(200.0)], vec![json!(400.0)]));
    assert!(of("gini")[0].as_f64().unwrap() > 0.0, "a spread between units is no average");
    crate::folder::squares(&folder, "units.geojson", &[("a", [0.0, 0.0, 10.0, 10.0])]);
    folder.file("values.csv", "id,median_income\na,200\n");
    let clip = "clip units.geojson --area jarva --values values.csv --key id --out out.gpkg";
    for (option, why) in
        [("--intensive", "is not that of the whole"), ("--extensive", "do not add up")]
    {
        let command = format!("{clip} {option} median_income");
        let told =
            contains("is a median").and(contains(why)).and(contains("--range median_income"));
        folder.command(&words(&command)).assert().code(2).stderr(told);
    }
}

/// The unit with 3 of 90 cases is left out with the next smallest, 10 of 100, which the sum would tell from it.
#[test]
fn rates_of_units_with_small_counts_are_left_out_of_equity_where_asked_for() {
    let folder = Folder::new();
    let units = skarholmen();
    let counts = ["3,90", "10,100", "30,300", "44,400"];
    let row = |(code, row): (&String, &&str)| format!("{code},{row}\n");
    let rows: String = units.iter().zip(&counts).map(row).collect();
    folder.file("cases.csv", &format!("code,cases,people\n{rows}"));
    let ingest = "ingest --file cases.csv --id cases --theme health --key code --geography regso-2025 --year 2024 --publisher Own --licence own --extensive cases,people --ratio rate=cases/people*100 --into data";
    folder.command(&words(ingest)).assert().success();
    let equity = "equity --data data --area skarholmen --indicator rate";
    let of = |options: &str| {
        let told = folder.json(&words(&format!("{equity}{options}")));
        let rows = told["rows"].as_array().unwrap();
        let row = |statistic: &str| rows.iter().find(|row| row["statistic"] == statistic).unwrap();
        (row("min")["value"].clone(), row("min")["units"].clone(), told["notes"].to_string())
    };
    let (min, count, _) = of("");
    near(&min, 300.0 / 90.0);
    assert_eq!(count, 4);
    let (min, count, notes) = of(" --min-count 5");
    near(&min, 10.0);
    assert_eq!(count, 2);
    assert!(notes.contains("1 counts below 5 are withheld, with 1 beside them"), "{notes}");
    assert!(notes.contains("2 of 4 units have no value and are left out of: rate"), "{notes}");
}
