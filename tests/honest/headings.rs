//! What the code says of its methods.

/// A reader finds the same headings in every file that holds a method.
#[test]
fn every_method_says_the_same_things_of_itself() {
    const HEADINGS: [&str; 6] =
        ["What it does", "Assumes", "Units", "When it misleads", "Example", "References"];
    /// Words, bytes and the list of modules.
    const NO_METHODS: [&str; 4] = ["mod.rs", "reason.rs", "saved.rs", "verdict_tests.rs"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = [
        "publish/protect/mod.rs",
        "pipeline/beside.rs",
        "pipeline/equity.rs",
        "pipeline/refuse.rs",
        "indicators/sample.rs",
    ]
    .map(|file| root.join(file))
    .to_vec();
    for folder in ["interpolate", "compare"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            files.push(entry.unwrap().path());
        }
    }
    for path in files {
        let is_method =
            path.ends_with("protect/mod.rs") || !NO_METHODS.iter().any(|name| path.ends_with(name));
        if is_method {
            let text = std::fs::read_to_string(&path).unwrap();
            let found: Vec<&str> =
                text.lines().filter_map(|line| line.strip_prefix("//! # ")).collect();
            assert_eq!(found, HEADINGS, "{}", path.display());
        }
    }
}
