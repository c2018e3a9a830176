//! A pipeline worked out: which parts of which steps there are, in which order, and the hash of all that each follows from.

mod draw;
mod ingredients;
mod inputs;
mod shares;

use std::collections::BTreeMap;

pub use draw::{dot, mermaid};
pub use ingredients::Ingredients;
pub use inputs::{InputFile, Inputs};
pub use shares::Share;

use super::PipelineError;
use super::block::{Block, area_of};
use super::file::{Declared, FileRef, PipelineFile, Value, Values};
use super::site::Site;
use super::steps::{self, Split, StepKind};

/// A step with its kind's code.
#[derive(Debug)]
pub struct Step {
    pub declared: Declared,
    pub kind: &'static StepKind,
}

/// One part of a step: what is run, kept and repeated as a whole.
#[derive(Debug)]
pub struct Task {
    /// Place of its step in the plan.
    pub step: usize,
    /// The area, the number of the block, both (`area/0003`), or nothing for a step that is not split.
    pub part: String,
    pub ingredients: Ingredients,
    /// The hash of the ingredients.
    pub key: String,
    /// Places of the tasks that it rests on, in the plan.
    pub needs: Vec<usize>,
}

/// Steps in an order in which each comes after those that it needs, and their parts.
pub struct Plan {
    pub title: Option<String>,
    pub site: Site,
    pub steps: Vec<Step>,
    pub tasks: Vec<Task>,
    pub inputs: Vec<InputFile>,
}

impl Plan {
    /// Works out a pipeline; `only` picks areas instead of those that the file names.
    ///
    /// # Errors
    /// [`PipelineError`] for input files that are missing, areas that are not there, and steps that do not fit together.
    pub fn new(file: PipelineFile, only: &[String]) -> Result<Self, PipelineError> {
        let site = Site::new(&file, only)?;
        let mut inputs = Inputs::default();
        let mut steps: Vec<Step> = Vec::new();
        let mut known = Known::default();
        for declared in file.steps {
            let kind = steps::of(declared.kind);
            let step = Step { declared, kind };
            let split = split(&step, &steps, &known.tasks)?;
            let own = OwnValues::of(&step, &mut inputs)?;
            let before = |at: &usize| step.declared.needs.contains(&steps[*at].declared.id);
            let before: Vec<usize> = (0..steps.len()).filter(before).collect();
            known.places.push(BTreeMap::new());
            for part in parts(split, &site) {
                // A block's number may be the id of an area, too: only the split tells which it is.
                let by_areas = matches!(split, Split::Areas | Split::AreaBlocks(_));
                let area = by_areas.then(|| area_of(&part).to_owned());
                let needs = known.needs(&before, area.as_ref());
                let all = (steps.as_slice(), known.tasks.as_slice());
                let task = task(&site, all, (&step, &own), (part, area.as_deref()), needs);
                known.add(task, area);
            }
            steps.push(step);
        }
        Ok(Self { title: file.title, site, steps, tasks: known.tasks, inputs: inputs.into_list() })
    }

    /// The plan of a single command: one step of that kind, whose result is not kept, so that nothing is hashed.
    #[must_use]
    pub fn single(kind: &'static StepKind, values: Values, site: Site) -> Self {
        let id = kind.declared.name.to_owned();
        let parts = parts((kind.split)(&values), &site);
        let declared = Declared { id, kind: &kind.declared, values, needs: Vec::new() };
        let task = |part| Task {
            step: 0,
            part,
            ingredients: Ingredients::default(),
            key: String::new(),
            needs: Vec::new(),
        };
        let tasks = parts.into_iter().map(task).collect();
        Self { title: None, site, steps: vec![Step { declared, kind }], tasks, inputs: Vec::new() }
    }

    /// The tasks of a step, by their places.
    pub fn tasks_of(&self, step: usize) -> impl Iterator<Item = usize> {
        self.tasks.iter().enumerate().filter(move |(_, task)| task.step == step).map(|(at, _)| at)
    }

    /// How the step of a task is split, as far as its values say.
    #[must_use]
    pub fn split_of(&self, task: &Task) -> Split {
        let step = &self.steps[task.step];
        (step.kind.split)(&step.declared.values)
    }

    /// Whether the task's result is put into a folder that users see.
    #[must_use]
    pub fn is_published(&self, task: &Task) -> bool {
        self.steps[task.step].kind.declared.name == "publish"
    }

    /// Bytes of the files that a step reads from outside.
    #[must_use]
    pub fn bytes_read(&self, step: usize) -> u64 {
        let id = Some(self.steps[step].declared.id.as_str());
        let reads =
            |file: &&InputFile| file.read_by.iter().any(|reader| reader.split('.').next() == id);
        self.inputs.iter().filter(reads).map(|file| file.bytes).sum()
    }

    /// The id of a task's step, and its part where it has one.
    #[must_use]
    pub fn name(&self, task: &Task) -> String {
        let id = &self.steps[task.step].declared.id;
        if task.part.is_empty() { id.clone() } else { format!("{id} {}", task.part) }
    }
}

/// What is the same for all parts of a step: its values with files named by their content.
struct OwnValues {
    json: serde_json::Value,
    files: BTreeMap<String, String>,
}

impl OwnValues {
    fn of(step: &Step, inputs: &mut Inputs) -> Result<Self, PipelineError> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let Declared { id, values, .. } = &step.declared;
        for (key, file) in values.all_files() {
            if let FileRef::Path(path) = file {
                let mut name = format!("{key} {}", file_name(path));
                let sum = inputs.add(id, key, path)?;
                // Files of one name in two folders.
                while files.get(&name).is_some_and(|other| *other != sum) {
                    name.push('\'');
                }
                files.insert(name, sum);
            }
        }
        Ok(Self { json: shown(values), files })
    }
}

/// Values as they decide a result: files by their names.
fn shown(values: &Values) -> serde_json::Value {
    let value = |value: &Value| match value {
        Value::File(file) => named(file),
        Value::Files(list) => list.iter().map(named).collect(),
        Value::Entries(entries) => {
            entries.iter().map(|(name, values)| (name.clone(), shown(values))).collect()
        }
        other => serde_json::to_value(other).unwrap_or_default(),
    };
    values.0.iter().map(|(key, of)| (key.clone(), value(of))).collect()
}

/// A file by its name alone: where it lies does not change what it says.
fn named(file: &FileRef) -> serde_json::Value {
    match file {
        FileRef::Path(path) => file_name(path).into(),
        FileRef::Step { step, name: None } => format!("step:{step}").into(),
        FileRef::Step { step, name: Some(name) } => format!("step:{step}/{name}").into(),
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How a step is split; one that gathers others is split as they are.
fn split(step: &Step, steps: &[Step], tasks: &[Task]) -> Result<Split, PipelineError> {
    let said = (step.kind.split)(&step.declared.values);
    if said != Split::AsNeeds {
        return Ok(said);
    }
    let of_area = |need: &String| {
        let at = steps.iter().position(|step| step.declared.id == *need);
        let declared = at.map(|at| &steps[at]);
        let areas = declared.is_some_and(|step| {
            let split = (step.kind.split)(&step.declared.values);
            matches!(split, Split::Areas | Split::AreaBlocks(_))
        });
        areas
            || at.is_some_and(|at| {
                tasks.iter().any(|task| task.step == at && task.ingredients.area.is_some())
            })
    };
    let split: Vec<bool> = step.declared.needs.iter().map(of_area).collect();
    match (split.contains(&true), split.contains(&false)) {
        (true, true) => Err(PipelineError::Request {
            what: format!(
                "steps.{} gathers steps of single areas and of all at once",
                step.declared.id
            ),
            help: "publish them by two steps, into two folders".to_owned(),
        }),
        (true, false) => Ok(Split::Areas),
        _ => Ok(Split::Whole),
    }
}

fn parts(split: Split, site: &Site) -> Vec<String> {
    match split {
        Split::Whole | Split::AsNeeds => vec![String::new()],
        Split::Areas => site.ids().to_vec(),
        Split::Blocks(count) => (0..count).map(|number| Block::part(None, number)).collect(),
        Split::AreaBlocks(count) => {
            let blocks = |id: &String| {
                (0..count).map(|number| Block::part(Some(id), number)).collect::<Vec<_>>()
            };
            site.ids().iter().flat_map(blocks).collect()
        }
    }
}

/// The tasks so far, found by their step and area: a part looks at what it rests on, and not at all others.
#[derive(Default)]
struct Known {
    tasks: Vec<Task>,
    /// Of each step the places of its tasks: of those of an area under it, of the others under `None`.
    places: Vec<BTreeMap<Option<String>, Vec<usize>>>,
}

impl Known {
    fn add(&mut self, task: Task, area: Option<String>) {
        self.places[task.step].entry(area).or_default().push(self.tasks.len());
        self.tasks.push(task);
    }

    /// Places of what a part rests on, in the order of the plan: all parts of the steps that it needs, but of what is split
    /// by areas an area rests on its own parts alone.
    fn needs(&self, steps: &[usize], area: Option<&String>) -> Vec<usize> {
        let mut needs: Vec<usize> = Vec::new();
        for places in steps.iter().map(|step| &self.places[*step]) {
            if area.is_some() {
                let own = [None, area.cloned()];
                needs.extend(own.iter().filter_map(|of| places.get(of)).flatten());
            } else {
                needs.extend(places.values().flatten());
            }
        }
        needs.sort_unstable();
        needs
    }
}

fn task(
    site: &Site,
    (steps, tasks): (&[Step], &[Task]),
    (step, own): (&Step, &OwnValues),
    (part, area): (String, Option<&str>),
    needs: Vec<usize>,
) -> Task {
    let named = |at: &usize| {
        let Task { step, part, key, .. } = &tasks[*at];
        let id = &steps[*step].declared.id;
        let name = if part.is_empty() { id.clone() } else { format!("{id} {part}") };
        (name, key.clone())
    };
    let uses = needs.iter().map(named).collect();
    let together = super::steps::decides_together(&step.declared.values);
    let (area, data) = site.ingredients(area, step.kind.declared.uses_data, together);
    let ingredients = Ingredients {
        code: crate::environment::CODE.to_owned(),
        kind: step.kind.declared.name.to_owned(),
        step: step.declared.id.clone(),
        part: part.clone(),
        values: own.json.clone(),
        files: own.files.clone(),
        uses,
        area,
        data,
    };
    let key = ingredients.key();
    Task { step: steps.len(), part, ingredients, key, needs }
}
