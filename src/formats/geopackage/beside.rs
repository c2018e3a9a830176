//! Tables beside the layers: styles and projects as QGIS keeps them, metadata as the standard does.
//!
//! Sources: OGC 12-128r14, clauses F.8 (metadata) and 2.3 (extensions); the tables `layer_styles` and `qgis_projects` as
//! QGIS 3 makes them, <https://docs.qgis.org/latest/en/docs/user_manual/introduction/qgis_configuration.html>.

use std::fmt::Write as _;

use crate::environment::timestamp;

/// Where QGIS keeps the styles of layers.
pub const STYLES: &str = "layer_styles";
/// Where QGIS keeps projects.
pub const PROJECTS: &str = "qgis_projects";
/// Where the standard keeps metadata.
pub const METADATA: &str = "gpkg_metadata";

const CREATE_STYLES: &str = "CREATE TABLE \"layer_styles\" (\"id\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \
    \"f_table_catalog\" TEXT(256), \"f_table_schema\" TEXT(256), \"f_table_name\" TEXT(256), \
    \"f_geometry_column\" TEXT(256), \"styleName\" TEXT(30), \"styleQML\" TEXT, \"styleSLD\" TEXT, \
    \"useAsDefault\" BOOLEAN, \"description\" TEXT, \"owner\" TEXT(30), \"ui\" TEXT(30), \
    \"update_time\" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))";

const CREATE_PROJECTS: &str =
    "CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)";

const CREATE_METADATA: &str = "CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, \
    md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, \
    mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')";

const CREATE_REFERENCE: &str = "CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, \
    column_name TEXT, row_id_value INTEGER, \
    timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), \
    md_file_id INTEGER NOT NULL, md_parent_id INTEGER, \
    CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id), \
    CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))";

/// A file without layers that have shapes has no such table yet.
const CREATE_EXTENSIONS: &str = "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, \
    extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, \
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))";

/// What a file holds beside its layers.
#[derive(Debug, Default)]
pub struct Beside {
    pub styles: Vec<Style>,
    pub projects: Vec<Project>,
    pub metadata: Vec<Metadata>,
}

/// A style of a layer.
#[derive(Debug)]
pub struct Style {
    pub layer: String,
    pub name: String,
    pub description: String,
    pub qml: String,
    /// Whether the layer is shown in it when it is opened.
    pub is_default: bool,
}

/// A project, by the name that QGIS lists it under.
#[derive(Debug)]
pub struct Project {
    pub name: String,
    /// The bytes of a `.qgz` archive.
    pub archive: Vec<u8>,
}

/// Metadata of a layer.
#[derive(Debug)]
pub struct Metadata {
    pub layer: String,
    /// The schema of the document.
    pub standard: &'static str,
    pub xml: String,
}

impl Beside {
    /// The SQL that makes the tables and fills them; nothing where there is nothing to hold.
    pub(super) fn statements(&self) -> Vec<String> {
        let mut all = Vec::new();
        if !self.styles.is_empty() {
            all.push(CREATE_STYLES.to_owned());
            all.push(format!(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) \
                 VALUES ('{STYLES}', 'attributes', '{STYLES}', {}, 0)",
                text(&timestamp())
            ));
            all.extend(self.styles.iter().map(Style::statement));
        }
        if !self.projects.is_empty() {
            all.push(CREATE_PROJECTS.to_owned());
            all.extend(self.projects.iter().map(Project::statement));
        }
        if !self.metadata.is_empty() {
            all.extend([CREATE_METADATA, CREATE_REFERENCE, CREATE_EXTENSIONS].map(str::to_owned));
            all.extend(["gpkg_metadata", "gpkg_metadata_reference"].map(registered));
            let each = self.metadata.iter().enumerate();
            all.extend(each.flat_map(|(row, metadata)| metadata.statements(row + 1)));
        }
        all
    }
}

impl Style {
    fn statement(&self) -> String {
        format!(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, \
             styleQML, styleSLD, useAsDefault, description, owner, update_time) VALUES ('', '', {layer}, \
             coalesce((SELECT column_name FROM gpkg_geometry_columns WHERE table_name = {layer}), ''), {name}, {qml}, \
             '', {is_default}, {description}, '', {time})",
            layer = text(&self.layer),
            name = text(&self.name),
            qml = text(&self.qml),
            is_default = u8::from(self.is_default),
            description = text(&self.description),
            time = text(&timestamp()),
        )
    }
}

impl Project {
    fn statement(&self) -> String {
        let time = timestamp();
        let metadata = format!(
            "{{\"last_modified_time\": \"{}\", \"last_modified_user\": \"\"}}",
            time.split('.').next().unwrap_or_default()
        );
        // QGIS keeps the archive as hexadecimal text.
        let mut content = String::with_capacity(self.archive.len() * 2);
        for byte in &self.archive {
            let _ = write!(content, "{byte:02x}");
        }
        let (name, metadata) = (text(&self.name), text(&metadata));
        format!("INSERT INTO qgis_projects VALUES ({name}, {metadata}, '{content}')")
    }
}

impl Metadata {
    fn statements(&self, id: usize) -> [String; 2] {
        let (standard, xml) = (text(self.standard), text(&self.xml));
        let (layer, time) = (text(&self.layer), text(&timestamp()));
        [
            format!(
                "INSERT INTO gpkg_metadata VALUES ({id}, 'dataset', {standard}, 'text/xml', {xml})"
            ),
            format!(
                "INSERT INTO gpkg_metadata_reference VALUES ('table', {layer}, NULL, NULL, {time}, {id}, NULL)"
            ),
        ]
    }
}

fn registered(table: &str) -> String {
    format!(
        "INSERT INTO gpkg_extensions VALUES ('{table}', NULL, 'gpkg_metadata', \
         'http://www.geopackage.org/spec120/#extension_metadata', 'read-write')"
    )
}

/// A text as SQL takes it.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
