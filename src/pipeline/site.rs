//! Where a pipeline works: its data and its areas, read when a step first needs them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::areas::{AreaDefinition, AreasFile, read_polygons};
use crate::formats::OpenOptions;
use crate::model::Crs;
use crate::pipeline::PipelineError;
use crate::pipeline::block::area_of;
use crate::pipeline::file::PipelineFile;
use crate::pipeline::ground::{Ground, definition, is_toml, no_areas, own_crs, read_toml};
use crate::sources::{AREAS, CATALOG, Snapshot, sha256_hex, sha256_of};

/// What the data of a pipeline lie over.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DataFrom {
    BuiltIn,
    Nothing,
    Folder(PathBuf),
}

/// Where the areas come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreasFrom {
    /// Those of the data.
    Data,
    File(PathBuf),
}

/// Data and areas of a pipeline.
pub struct Site {
    data: DataFrom,
    data_steps: Vec<String>,
    areas: AreasFrom,
    crs: Option<Crs>,
    ids: Vec<String>,
    /// Those and all others that the pipeline names.
    all_ids: Vec<String>,
    /// Checksum of each area's definition.
    definitions: BTreeMap<String, String>,
    /// Checksum of the definitions of all areas, those that are not worked on among them.
    all_definitions: String,
    data_sum: Option<String>,
    grounds: Mutex<BTreeMap<Vec<PathBuf>, Arc<Ground>>>,
}

impl Site {
    /// Reads which areas there are; the data are left until they are needed.
    ///
    /// # Errors
    /// [`PipelineError::Area`] for an area that is not there; those of reading the files.
    pub fn new(file: &PipelineFile, only: &[String]) -> Result<Self, PipelineError> {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let data = match file.data.text("from") {
            None | Some("built-in") => DataFrom::BuiltIn,
            Some("nothing") => DataFrom::Nothing,
            Some(path) => DataFrom::Folder(folder.join(path)),
        };
        let areas = match file.areas.text("from") {
            None | Some("built-in") => AreasFrom::Data,
            Some(path) => AreasFrom::File(folder.join(path)),
        };
        let crs = file.areas.text("crs").map(Crs::parse).transpose()?;
        let mut site = Self {
            data_sum: data_sum(&data)?,
            data_steps: file.data.steps("steps").to_vec(),
            data,
            areas,
            crs,
            ids: Vec::new(),
            all_ids: Vec::new(),
            definitions: BTreeMap::new(),
            all_definitions: String::new(),
            grounds: Mutex::default(),
        };
        site.find_areas(file.areas.texts("ids"))?;
        if !only.is_empty() {
            site.ids.clear();
            site.find_areas(only)?;
        }
        Ok(site)
    }

    /// The site of a single command: built-in data under a folder, areas of a file, those areas.
    ///
    /// # Errors
    /// Those of [`Site::new`].
    pub fn of_command(
        data: Option<&Path>,
        areas: Option<&Path>,
        asked: &[String],
    ) -> Result<Self, PipelineError> {
        let mut site = Self {
            data: data.map_or(DataFrom::BuiltIn, |folder| DataFrom::Folder(folder.to_owned())),
            data_steps: Vec::new(),
            areas: areas.map_or(AreasFrom::Data, |file| AreasFrom::File(file.to_owned())),
            crs: None,
            ids: Vec::new(),
            all_ids: Vec::new(),
            definitions: BTreeMap::new(),
            all_definitions: String::new(),
            data_sum: None,
            grounds: Mutex::default(),
        };
        site.find_areas(asked)?;
        Ok(site)
    }

    fn find_areas(&mut self, asked: &[String]) -> Result<(), PipelineError> {
        let Some(known) = self.known_areas()? else {
            return if asked.is_empty() { Ok(()) } else { Err(no_areas()) };
        };
        let drawn = match &self.areas {
            AreasFrom::File(file) if !is_toml(file) => Some(sha256_of(file)?),
            _ => None,
        };
        let mut sums = BTreeMap::new();
        for area in &known.areas {
            sums.insert(area.id.clone(), definition_sum(&known, area, drawn.as_deref())?);
        }
        let all: Vec<&str> = sums.values().map(String::as_str).collect();
        self.all_definitions = sha256_hex(all.join("\n").as_bytes());
        let all: Vec<String> = known.areas.iter().map(|area| area.id.clone()).collect();
        let asked = if asked.is_empty() { &all } else { asked };
        for id in asked {
            let id = &definition(&known, id)?.id;
            self.definitions.extend(sums.get(id).map(|sum| (id.clone(), sum.clone())));
            for ids in [&mut self.ids, &mut self.all_ids] {
                if !ids.contains(id) {
                    ids.push(id.clone());
                }
            }
        }
        Ok(())
    }

    /// The definitions of all areas; none where neither data nor pipeline hold any.
    fn known_areas(&self) -> Result<Option<AreasFile>, PipelineError> {
        match &self.areas {
            AreasFrom::File(file) if is_toml(file) => read_toml(file).map(Some),
            AreasFrom::File(file) => {
                let (areas, _) = read_polygons(file, &OpenOptions::default(), &own_crs(file)?)?;
                let geography = "polygons".to_owned();
                Ok(Some(AreasFile { geography, areas, folder: PathBuf::new() }))
            }
            AreasFrom::Data => Ok(self.snapshot()?.areas().cloned()),
        }
    }

    fn snapshot(&self) -> Result<Snapshot, PipelineError> {
        Ok(match &self.data {
            DataFrom::BuiltIn => Snapshot::embedded()?,
            DataFrom::Nothing => Snapshot::empty(),
            DataFrom::Folder(folder) => Snapshot::with_folder(folder)?,
        })
    }

    /// Ids of the ingest steps whose data sets lie over the others.
    #[must_use]
    pub fn data_steps(&self) -> &[String] {
        &self.data_steps
    }

    /// Ids of the areas to work on.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Ids of the areas to work on, and of all others that the pipeline is about.
    #[must_use]
    pub fn all_ids(&self) -> &[String] {
        &self.all_ids
    }

    /// Whether a part is of an area.
    #[must_use]
    pub fn has(&self, part: &str) -> bool {
        self.definitions.contains_key(area_of(part))
    }

    /// What a result follows from beside the step itself: the definition of its area, if it is of one, or those of all areas,
    /// and the data. What uses the data may show all areas side by side, so that the definitions of the others belong to them.
    pub(in crate::pipeline) fn ingredients(
        &self,
        area: Option<&str>,
        uses_data: bool,
        together: bool,
    ) -> (Option<String>, Option<String>) {
        let all = || self.definitions.iter().map(|(id, sum)| format!("{id} {sum}\n"));
        let area = area.and_then(|id| self.definitions.get(id)).map(|own| {
            if together {
                sha256_hex((own.clone() + "\n" + &all().collect::<String>()).as_bytes())
            } else {
                own.clone()
            }
        });
        let mut data = vec![format!("{:?}", self.crs.as_ref().map(Crs::id))];
        data.extend(self.data_sum.clone());
        data.extend(area.is_some().then(|| self.all_definitions.clone()));
        let data = uses_data.then(|| sha256_hex(data.join("\n").as_bytes()));
        (area, data)
    }

    /// The data with those folders laid over them, and the areas; decoded once.
    ///
    /// # Errors
    /// Those of [`Ground::load`].
    pub fn ground(&self, over: &[PathBuf]) -> Result<Arc<Ground>, PipelineError> {
        let mut grounds = self.grounds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = grounds.get(over) {
            return Ok(Arc::clone(known));
        }
        let mut snapshot = self.snapshot()?;
        for folder in over {
            snapshot.lay_over(folder)?;
        }
        let from = match &self.areas {
            AreasFrom::File(file) => Some(file.as_path()),
            AreasFrom::Data => None,
        };
        let ground = Arc::new(Ground::load(snapshot, from, self.crs.as_ref())?);
        grounds.insert(over.to_vec(), Arc::clone(&ground));
        Ok(ground)
    }
}

/// Checksum of an area's definition and of the polygons that it names.
fn definition_sum(
    file: &AreasFile,
    area: &AreaDefinition,
    drawn: Option<&str>,
) -> Result<String, PipelineError> {
    let mut sums = vec![file.geography.clone(), serde_json::to_string(area).unwrap_or_default()];
    sums.extend(drawn.map(str::to_owned));
    for source in area.join.iter().chain(&area.intersect).chain(&area.cut) {
        let path = file.folder.join(source);
        if path.is_file() {
            sums.push(sha256_of(&path)?);
        }
    }
    Ok(sha256_hex(sums.join("\n").as_bytes()))
}

/// The catalogue names each file with its checksum, so that its own checksum stands for the whole folder.
fn data_sum(data: &DataFrom) -> Result<Option<String>, PipelineError> {
    Ok(match data {
        DataFrom::BuiltIn => None,
        DataFrom::Nothing => Some("nothing".to_owned()),
        DataFrom::Folder(folder) => {
            let areas = folder.join(AREAS);
            let areas = if areas.is_file() { sha256_of(&areas)? } else { String::new() };
            // A folder without a catalogue is told when it is opened.
            Snapshot::with_folder(folder)?;
            Some(format!("{} {areas}", sha256_of(&folder.join(CATALOG))?))
        }
    })
}
