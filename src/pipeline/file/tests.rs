#![allow(clippy::unwrap_used)]

use std::error::Error as _;

use super::*;

const STEP: Kind = Kind {
    name: "access",
    doc: "",
    keys: &[&[
        Key::new("streets", Shape::File, "the streets").required(),
        Key::new("limit", Shape::Quantity(Unit::Time, 1.0, 120.0), "the longest trip"),
        Key::new("mode", Shape::Choice(&["walk", "bicycle"]), "how"),
        Key::new("out", Shape::Name, "the file"),
        Key::new("from", Shape::Steps, "steps"),
    ]],
    uses_data: true,
    check: |values| match values.text("mode") {
        Some("bicycle") => vec![("mode", "no bicycles on Sundays".to_owned())],
        _ => Vec::new(),
    },
};
const INGEST: Kind = Kind {
    name: "ingest",
    doc: "",
    keys: &[&[Key::new("file", Shape::File, "the file").required()]],
    uses_data: false,
    check: |_| Vec::new(),
};

fn parse(text: &str) -> Result<PipelineFile, PipelineFileError> {
    PipelineFile::parse(Path::new("folder/p.toml"), text, &[], &[&STEP, &INGEST])
}

/// All faults, a line each.
fn faults(text: &str) -> Vec<String> {
    let error = parse(text).unwrap_err();
    let mut told = Vec::new();
    let mut cause = error.source();
    while let Some(fault) = cause {
        told.push(fault.to_string());
        cause = fault.source();
    }
    assert_eq!(told.len(), error.count);
    told
}

#[test]
fn a_pipeline_without_faults_is_read_whole() {
    let text = "scale = 1\n[parameters]\nminutes = 15\n[data]\nsteps = \"cars\"\n\
                [steps.walks]\nkind = \"access\"\nstreets = \"a.pbf\"\nlimit = \"{minutes} min\"\n\
                [steps.cars]\nkind = \"ingest\"\nfile = \"step:walks/x.csv\"\n";
    let error = faults(text);
    assert_eq!(error, ["line 6, column 8: these steps wait for each other: walks, cars"]);
    let file = parse(&text.replace("step:walks/x.csv", "cars.csv")).unwrap();
    let ids: Vec<&str> = file.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["cars", "walks"], "data come before what uses them");
    assert_eq!(file.steps[1].values.number("limit"), Some(15.0));
    let path = FileRef::Path("folder/a.pbf".into());
    assert_eq!(file.steps[1].values.file("streets"), Some(&path), "paths start at the file");
}

#[test]
fn every_fault_is_told_at_once_with_its_place_and_a_suggestion() {
    let text = r#"scale = 1
titel = "x"
[parameters]
minutes = [1]
[steps.walks]
kind = "acces"
[steps.cut]
kind = "access"
streams = "a.pbf"
limit = "500 m"
out = "../x.gpkg"
[steps.more]
kind = "access"
streets = "step:cutt"
limit = 300
mode = "bicycle"
from = ["{nowhere}"]
"#;
    assert_eq!(
        faults(text),
        [
            "line 2, column 1: a pipeline has no \"titel\"; did you mean \"title\"?",
            "line 4, column 11: parameters.minutes is a text, a number, true or false",
            "line 6, column 8: steps.walks.kind is \"acces\"; it is one of access, ingest; did you mean \"access\"?",
            "line 7, column 8: steps.cut needs the key \"streets\": the streets",
            "line 9, column 1: steps.cut has no key \"streams\"; did you mean \"streets\"?",
            "line 10, column 9: steps.cut.limit: \"500 m\" is in the wrong unit; it is measured in min, s, h",
            "line 11, column 7: steps.cut.out is \"../x.gpkg\"; it is the name of a file, without folders",
            "line 14, column 11: steps.more.streets names the step \"cutt\", which is not there; did you mean \"cut\"?",
            "line 15, column 9: steps.more.limit is 300 min; it lies from 1 to 120 min",
            "line 16, column 8: steps.more: no bicycles on Sundays",
            "line 17, column 9: there is no parameter \"nowhere\"",
        ]
    );
}

#[test]
fn text_that_is_no_toml_is_a_fault_with_its_place() {
    let told = faults("scale = 1\n[steps.a\nkind = \"access\"\nstreets = \"a\"\n");
    assert_eq!(told, ["line 2, column 9: unclosed table, expected `]`"]);
}

#[test]
fn a_file_of_another_form_is_refused() {
    let steps = "[steps.a]\nkind = \"access\"\nstreets = \"a\"\n";
    assert_eq!(
        faults(&format!("scale = 2\n{steps}")),
        ["line 1, column 9: this program reads scale = 1"]
    );
    let told = faults(steps);
    assert_eq!(
        told,
        ["line 1, column 1: the file does not say scale = 1, the form it is written in"]
    );
}

#[test]
fn data_come_from_ingest_steps() {
    let text = "scale = 1\n[data]\nsteps = [\"walks\", \"gone\"]\n[steps.walks]\nkind = \"access\"\nstreets = \"a\"\n";
    assert_eq!(
        faults(text),
        [
            "line 3, column 9: data.steps names \"walks\", which is a step of kind access, not ingest",
            "line 3, column 9: data.steps names the step \"gone\", which is not there"
        ]
    );
}

#[test]
fn a_parameter_is_set_by_its_name() {
    let text = "scale = 1\n[parameters]\nminutes = 15\n[steps.a]\nkind = \"access\"\nstreets = \"a\"\nlimit = \"{minutes}\"\n";
    let set = |name: &str| {
        let set = [(name.to_owned(), "20".to_owned())];
        PipelineFile::parse(Path::new("p.toml"), text, &set, &[&STEP])
    };
    assert_eq!(set("minutes").unwrap().steps[0].values.number("limit"), Some(20.0));
    let told = set("minuts").unwrap_err().source().unwrap().to_string();
    assert!(told.ends_with("has no parameter \"minuts\"; did you mean \"minutes\"?"), "{told}");
}

#[test]
fn ids_are_plain_names() {
    let told = faults("scale = 1\n[steps.\"../a\"]\nkind = \"access\"\nstreets = \"a\"\n");
    assert_eq!(
        told,
        ["line 2, column 8: \"../a\" is no id: use a to z, 0 to 9, - and _, at most 60"]
    );
}
