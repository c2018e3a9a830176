//! `scale plan`: the steps of a pipeline, why each would run, and their graph.

use std::process::ExitCode;

use clap::ValueEnum;

use super::chosen::{Chosen, plan, store};
use super::{Global, output};
use crate::Error;
use crate::pipeline::plan::{Plan, dot, mermaid};
use crate::pipeline::run::{self, Options, State};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale plan pipelines/baseline.toml\n  scale plan pipelines/baseline.toml --format mermaid"
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// A table, or the graph for Mermaid or Graphviz
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Mermaid,
    Dot,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let chosen = &arguments.chosen;
    let plan = plan(global, chosen)?;
    match arguments.format {
        Format::Mermaid => output::line(mermaid(&plan).trim_end()),
        Format::Dot => output::line(dot(&plan).trim_end()),
        Format::Table => {
            let (store, _gone_afterwards) = store(global)?;
            let options = Options { store: &store, out: &chosen.out, share: None, memory: None };
            show(global, &plan, &options)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The parts of the plan, each with its state and the reason.
pub fn show(global: &Global, plan: &Plan, options: &Options<'_>) -> Result<(), Error> {
    let states = run::states(plan, options)?;
    let parts = plan.tasks.iter().zip(&states);
    if global.json {
        let part = |(task, state): (&_, &State)| part_json(plan, task, state);
        let all: Vec<serde_json::Value> = parts.map(part).collect();
        output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        return Ok(());
    }
    let rows = parts.map(|(task, state)| {
        let step = &plan.steps[task.step];
        let (word, why) = words(state);
        vec![
            step.declared.id.clone(),
            task.part.clone(),
            step.kind.declared.name.to_owned(),
            word.to_owned(),
            why,
        ]
    });
    output::table(&["step", "part", "kind", "state", "why"], &[], rows.collect());
    Ok(())
}

fn words(state: &State) -> (&'static str, String) {
    match state {
        State::Fresh => ("fresh", String::new()),
        State::Unpublished => {
            ("publish", "the published folder lacks files or holds others".to_owned())
        }
        State::Stale(why) => ("run", why.join("; ")),
    }
}

fn part_json(plan: &Plan, task: &crate::pipeline::plan::Task, state: &State) -> serde_json::Value {
    let step = &plan.steps[task.step];
    let (word, _) = words(state);
    let why = match state {
        State::Stale(why) => why.clone(),
        _ => Vec::new(),
    };
    let needs: Vec<String> = task.needs.iter().map(|&need| plan.name(&plan.tasks[need])).collect();
    serde_json::json!({
        "step": step.declared.id, "part": task.part, "kind": step.kind.declared.name, "state": word, "why": why,
        "needs": needs, "key": task.key,
    })
}
