//! What goes into the data folder byte for byte: streets and timetables, which have no columns to declare.

use std::fs::File;
use std::path::Path;

use super::{PipelineError, Request};
use crate::model::{Dataset, Layout};

/// Refuses a declaration of columns, and of another layout; `what` names the thing, such as streets.
pub(super) fn check_declaration(
    request: &Request<'_>,
    dataset: &Dataset,
    what: &str,
) -> Result<(), PipelineError> {
    let wrong = |reason: String, help: String| {
        let what = format!("{}: {reason}", request.file.display());
        Err(PipelineError::Request { what, help })
    };
    let layout = format!("{:?}", dataset.layout).to_lowercase();
    if request.schema.layout.is_some_and(|said: Layout| said != dataset.layout) {
        return wrong(
            "the schema says another layout".to_owned(),
            format!("write layout = \"{layout}\" in it"),
        );
    }
    let columns = !dataset.fields.is_empty() || !dataset.dimensions.is_empty();
    if columns || !request.rename.is_empty() || !request.drop.is_empty() {
        let help = "leave out what is declared of columns".to_owned();
        return wrong(format!("{what} have no columns"), help);
    }
    Ok(())
}

/// The year that is asked for, where one is.
pub(super) fn year(request: &Request<'_>, what: &str) -> Result<Option<i32>, PipelineError> {
    let Some(year) = request.year else { return Ok(None) };
    year.parse().map(Some).map_err(|_| PipelineError::Request {
        what: format!("{what} have no column \"{year}\""),
        help: "give --year with the year of the file".to_owned(),
    })
}

/// Copies the bytes.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::Output { path: to.to_owned(), source };
    let mut from = File::open(from).map_err(failed)?;
    let mut to = File::create(to).map_err(failed)?;
    std::io::copy(&mut from, &mut to).map_err(failed)?;
    Ok(())
}
