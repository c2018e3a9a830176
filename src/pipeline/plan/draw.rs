//! The graph of a plan, for Mermaid and Graphviz.

use std::fmt::Write as _;

use super::Plan;

/// A flowchart in the language of Mermaid.
#[must_use]
pub fn mermaid(plan: &Plan) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, step) in plan.steps.iter().enumerate() {
        let label = label(plan, at);
        let _ = writeln!(text, "  {}[\"{label}\"]", node(&step.declared.id));
    }
    for (from, to) in edges(plan) {
        let _ = writeln!(text, "  {} --> {}", node(from), node(to));
    }
    text
}

/// A directed graph in the language of Graphviz.
#[must_use]
pub fn dot(plan: &Plan) -> String {
    let mut text = "digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "  \"{}\" [label=\"{}\"];", step.declared.id, label(plan, at));
    }
    for (from, to) in edges(plan) {
        let _ = writeln!(text, "  \"{from}\" -> \"{to}\";");
    }
    text.push_str("}\n");
    text
}

fn label(plan: &Plan, at: usize) -> String {
    let declared = &plan.steps[at].declared;
    let parts = plan.tasks_of(at).count();
    let parts = if parts > 1 { format!(", {parts} parts") } else { String::new() };
    format!("{} ({}{parts})", declared.id, declared.kind.name)
}

fn edges(plan: &Plan) -> impl Iterator<Item = (&str, &str)> {
    plan.steps.iter().flat_map(|step| {
        step.declared.needs.iter().map(|need| (need.as_str(), step.declared.id.as_str()))
    })
}

/// A name that Mermaid takes for one: it has no hyphens, and `end` is a word of its own.
fn node(id: &str) -> String {
    format!("step_{}", id.replace('-', "__"))
}
