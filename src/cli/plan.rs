//! `scale plan`: the steps of a pipeline, why each would run, and their graph.

use std::process::ExitCode;

use clap::ValueEnum;

use super::chosen::{Chosen, plan, store};
use super::{Global, output};
use crate::Error;
use crate::pipeline::plan::{Plan, Share, dot, mermaid};
use crate::pipeline::run::{self, Options, State};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale plan pipelines/baseline.toml\n  scale plan pipelines/baseline.toml --format mermaid\n  scale --json plan country.toml --parts 16"
)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// A table, or the graph for Mermaid or Graphviz
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Say what each of N machines would make with `scale run --part K/N`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    parts: Option<u16>,
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
    if let Some(count) = arguments.parts {
        show_shares(global, &plan, usize::from(count));
        return Ok(ExitCode::SUCCESS);
    }
    match arguments.format {
        Format::Mermaid => output::line(mermaid(&plan).trim_end()),
        Format::Dot => output::line(dot(&plan).trim_end()),
        Format::Table => {
            let (store, _gone_afterwards) = store(global)?;
            let options = Options {
                store: &store,
                shared: None,
                out: &chosen.out,
                share: None,
                memory: None,
                merging: false,
            };
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

/// What is in each share; one without a part is not shown.
fn show_shares(global: &Global, plan: &Plan, count: usize) {
    let shares = plan.shares(count);
    let numbered = shares.iter().zip(1..).filter(|(share, _)| !share.tasks.is_empty());
    if global.json {
        let all: Vec<serde_json::Value> =
            numbered.map(|(share, number)| share_json(plan, share, number, count)).collect();
        output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        return;
    }
    let rows = numbered.map(|(share, number)| {
        let names: Vec<String> = share.tasks.iter().map(|&at| plan.name(&plan.tasks[at])).collect();
        vec![format!("{number}/{count}"), format!("{:.3}", share.cost), names.join(", ")]
    });
    output::table(&["part", "cost", "makes"], &[1], rows.collect());
}

fn share_json(plan: &Plan, share: &Share, number: usize, count: usize) -> serde_json::Value {
    let task = |&at: &usize| {
        let task = &plan.tasks[at];
        let step = &plan.steps[task.step];
        let buffer_m = (step.kind.buffer_m)(&step.declared.values);
        serde_json::json!({
            "step": step.declared.id, "part": task.part, "kind": step.kind.declared.name,
            "buffer_m": buffer_m, "key": task.key,
        })
    };
    let tasks: Vec<serde_json::Value> = share.tasks.iter().map(task).collect();
    serde_json::json!({ "part": format!("{number}/{count}"), "cost": share.cost, "tasks": tasks })
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
