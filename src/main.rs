//! Parse, run, show the causes of an error, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    scale::environment::isolate();
    scale::cli::main()
}
