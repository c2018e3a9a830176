//! The snapshot compiled into the program.

/// Every file of `data/` by name.
pub(super) const FILES: &[(&str, &[u8])] = &[
    ("actors.schema.json", include_bytes!("../../data/actors.schema.json")),
    ("areas.toml", include_bytes!("../../data/areas.toml")),
    ("catalog.toml", include_bytes!("../../data/catalog.toml")),
    ("consumption_footprint_2019.csv", include_bytes!("../../data/consumption_footprint_2019.csv")),
    ("figures_consumption.csv", include_bytes!("../../data/figures_consumption.csv")),
    ("figures_health.csv", include_bytes!("../../data/figures_health.csv")),
    ("figures_population.csv", include_bytes!("../../data/figures_population.csv")),
    ("figures_travel.csv", include_bytes!("../../data/figures_travel.csv")),
    ("geographies.csv", include_bytes!("../../data/geographies.csv")),
    ("land_surface_regso_2025.csv", include_bytes!("../../data/land_surface_regso_2025.csv")),
    ("partners.csv", include_bytes!("../../data/partners.csv")),
    ("population_regso_2024.csv", include_bytes!("../../data/population_regso_2024.csv")),
    ("population_sickla_2023.csv", include_bytes!("../../data/population_sickla_2023.csv")),
    ("regso_2025.parquet", include_bytes!("../../data/regso_2025.parquet")),
    ("socioeconomic_type_2022.csv", include_bytes!("../../data/socioeconomic_type_2022.csv")),
    ("stations.csv", include_bytes!("../../data/stations.csv")),
    ("survey_participation_2021.csv", include_bytes!("../../data/survey_participation_2021.csv")),
];

/// The bytes of a file of the snapshot.
pub(super) fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_is_compiled_in() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "README.md")
            .collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
