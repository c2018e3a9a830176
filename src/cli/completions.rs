//! `scale completions` and `scale man`: what shells and `man` know of the commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::output;
use crate::Error;
use crate::pipeline::PipelineError;
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale completions bash > ~/.local/share/bash-completion/completions/scale\n  scale completions fish > ~/.config/fish/completions/scale.fish"
)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  scale man ~/.local/share/man/man1 && man scale-map")]
pub struct ManArguments {
    /// Folder for the pages, one a command
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "scale",
        &mut script,
    );
    output::line(String::from_utf8_lossy(&script).trim_end());
    ExitCode::SUCCESS
}

pub fn man(arguments: &ManArguments) -> Result<ExitCode, Error> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let mut all = without_help(super::Arguments::command());
    all.build();
    pages(&arguments.folder, "scale", &all, &failed)?;
    Ok(ExitCode::SUCCESS)
}

/// `scale help map` says what the page of `scale map` does: it has none of its own.
fn without_help(command: clap::Command) -> clap::Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

/// The page of a command, then those of all below it, to which it refers.
fn pages(
    folder: &Path,
    name: &str,
    command: &clap::Command,
    failed: &dyn Fn(PathBuf, std::io::Error) -> PipelineError,
) -> Result<(), PipelineError> {
    page(folder, name, command, failed)?;
    for below in command.get_subcommands() {
        pages(folder, &format!("{name}-{}", below.get_name()), below, failed)?;
    }
    Ok(())
}

fn page(
    folder: &Path,
    name: &str,
    command: &clap::Command,
    failed: &dyn Fn(PathBuf, std::io::Error) -> PipelineError,
) -> Result<(), PipelineError> {
    let path = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    let man = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    man.render(&mut text).map_err(|error| failed(path.clone(), error))?;
    let write =
        |new: &Path| std::fs::write(new, &text).map_err(|error| failed(new.to_owned(), error));
    replace_file(&path, write, failed)?;
    output::line(&path.display().to_string());
    Ok(())
}
