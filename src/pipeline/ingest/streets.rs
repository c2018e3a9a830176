//! An extract of OpenStreetMap on its way into the data folder: read once to see that it can be walked on, kept as it is.

use std::path::Path;

use super::{Ingested, Request, as_is, store};
use crate::formats::osm;
use crate::model::osm::Extract;
use crate::model::{Dataset, Layout};
use crate::network::streets::{Blocks, Mode, Passages, Profiles, build};
use crate::pipeline::PipelineError;
use crate::sources::{Service, ServiceTable, read_services};

/// What stands for the geography of streets.
pub(super) const STREETS: &str = "streets";

/// Reads, checks and stores the extract under its checksum, byte for byte.
pub(super) fn run(request: &Request<'_>, dataset: Dataset) -> Result<Ingested, PipelineError> {
    let mut dataset = Dataset { layout: Layout::Streets, ..dataset };
    as_is::check_declaration(request, &dataset, STREETS)?;
    if let Some(year) = as_is::year(request, STREETS)? {
        dataset.years = vec![year];
    }
    if dataset.years.is_empty() {
        return Err(super::unknown_year(request));
    }
    super::check_entry(&dataset)?;
    let ending = ending(request.file)?;
    let extract = read(request.file)?;
    let network = build(&extract, Mode::Walk)?;
    let table = ServiceTable::built_in()?;
    let services = read_services(request.file, &table, None)?;
    let mut notes = vec![format!(
        "on foot: {} junctions, {} streets; {:.1} % of their length in pieces that count",
        network.node_count(),
        network.edges().len(),
        network.pieces().usable_length * 100.0
    )];
    notes.push(counted(&services, &table));
    let file =
        store::write(request.into, &mut dataset, ending, |new| as_is::copy(request.file, new))?;
    Ok(Ingested { file, dataset, rows: extract.ways.len(), notes })
}

/// What the stored file ends in, so that it is read as what it is.
fn ending(file: &Path) -> Result<&'static str, PipelineError> {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let ends =
        |ending: &&(&str, &str)| name.as_deref().is_some_and(|name| name.ends_with(ending.0));
    let known = [(".pbf", "osm.pbf"), (".osm", "osm"), (".xml", "osm"), (".json", "json")];
    known.iter().find(ends).map(|(_, ending)| *ending).ok_or_else(|| PipelineError::Request {
        what: format!("{}: is no OpenStreetMap extract by its name", file.display()),
        help: "give an .osm.pbf, an .osm (XML) or the .json that Overpass answers with".to_owned(),
    })
}

fn read(file: &Path) -> Result<Extract<Passages, Blocks>, PipelineError> {
    let profiles = Profiles::built_in()?;
    let sift = osm::Sift {
        way: &|tags| profiles.passages(tags),
        node: &|tags| profiles.blocks(tags),
        within: None,
        multipolygons: osm::Multipolygons::Leave,
    };
    Ok(osm::read(file, &sift)?)
}

fn counted(services: &[Service], table: &ServiceTable) -> String {
    let count = |row| services.iter().filter(|service| service.category == row).count();
    let categories = table.categories().iter().enumerate();
    let found: Vec<String> = categories
        .map(|(row, category)| (count(row), category))
        .filter(|(count, _)| *count > 0)
        .map(|(count, category)| format!("{count} {}", category.id))
        .collect();
    if found.is_empty() {
        "the extract holds no services".to_owned()
    } else {
        format!("services: {}", found.join(", "))
    }
}
