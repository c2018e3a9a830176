//! The tables behind a `GeoPackage`, asked in SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gdal::Dataset;
use gdal::vector::{LayerAccess, sql};

use crate::formats::geopackage::STYLES;
use crate::formats::ogr;

/// A row of an answer, as text.
pub(super) type Row = Vec<Option<String>>;

/// An open `GeoPackage` and the names of its tables.
pub(in crate::pipeline::check) struct Database {
    pub(super) file: PathBuf,
    dataset: Dataset,
    tables: BTreeSet<String>,
}

impl Database {
    /// Opens the file for reading.
    ///
    /// # Errors
    /// A sentence, when it is no `GeoPackage`.
    pub(in crate::pipeline::check) fn open(file: &Path) -> Result<Self, String> {
        let dataset = ogr::open(file, "a GeoPackage").map_err(|error| error.to_string())?;
        Self::of(file, dataset)
    }

    /// Opens the file as any `SQLite` database, for what is wrong with one that does not open otherwise.
    ///
    /// # Errors
    /// A sentence, when it is no database.
    pub(super) fn open_plain(file: &Path) -> Result<Self, String> {
        let address = format!("SQLITE:{}", file.display());
        let dataset = ogr::open(Path::new(&address), "a database");
        Self::of(file, dataset.map_err(|error| error.to_string())?)
    }

    fn of(file: &Path, dataset: Dataset) -> Result<Self, String> {
        let mut database = Self { file: file.to_owned(), dataset, tables: BTreeSet::new() };
        let names =
            database.rows("SELECT lower(name) FROM sqlite_master WHERE type <> 'trigger'")?;
        database.tables = names.into_iter().flatten().flatten().collect();
        Ok(database)
    }

    /// Number of rows of each table that `gpkg_contents` lists, styles of QGIS aside.
    ///
    /// # Errors
    /// A sentence, when a table that is listed is not there.
    pub(in crate::pipeline::check) fn rows_by_layer(
        &self,
    ) -> Result<BTreeMap<String, usize>, String> {
        let names = self.rows("SELECT table_name FROM gpkg_contents ORDER BY 1")?;
        let count = |name: String| {
            let rows = self.number(&format!("SELECT count(*) FROM {}", quoted(&name)))?;
            Ok((name, rows))
        };
        let names = names.into_iter().flatten().flatten().filter(|name| name != STYLES);
        names.map(count).collect()
    }

    /// Whether there is a table of that name, whatever its case.
    pub(super) fn has_table(&self, name: &str) -> bool {
        self.tables.contains(&name.to_lowercase())
    }

    /// Whether the table has a column of that name, whatever its case.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub(super) fn has_column(&self, table: &str, column: &str) -> Result<bool, String> {
        let names = self.rows(&format!("SELECT name FROM pragma_table_info({})", text(table)))?;
        Ok(names.iter().flatten().flatten().any(|name| name.eq_ignore_ascii_case(column)))
    }

    /// The answer to a question, its cells as text.
    ///
    /// # Errors
    /// What `SQLite` says, for a damaged file or one with other columns than it should have.
    pub(super) fn rows(&self, query: &str) -> Result<Vec<Row>, String> {
        let failed = |error: gdal::errors::GdalError| format!("cannot be asked: {error}");
        let answer = self.dataset.execute_sql(query, None, sql::Dialect::DEFAULT);
        let Some(mut answer) = answer.map_err(failed)? else { return Ok(Vec::new()) };
        let width = answer.defn().fields().count();
        let row = |feature: gdal::vector::Feature<'_>| {
            (0..width).map(|at| feature.field_as_string(at).map_err(failed)).collect()
        };
        answer.features().map(row).collect()
    }

    /// The one number a question has for an answer; 0 for none.
    ///
    /// # Errors
    /// As [`Database::rows`].
    pub(super) fn number(&self, query: &str) -> Result<usize, String> {
        let rows = self.rows(query)?;
        let cell = rows.first().and_then(|row| row.first()).cloned().flatten();
        Ok(cell.and_then(|cell| cell.parse().ok()).unwrap_or(0))
    }
}

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
