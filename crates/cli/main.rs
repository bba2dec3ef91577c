//! The `retake` program: arguments in, library calls, text and an exit code out. No logic of its own.

#![expect(clippy::print_stderr, reason = "this is the program: the libraries print nothing")]

mod commands;
mod exit;
mod output;
mod progress;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Synthetic photos of identity cards with exact truth, and the harness that scores analyzers on them.
///
/// Exit codes: 0 passed, 1 a gate failed or regressed, 2 could not run (bad input or usage), 3 the analyzer failed.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(commands::demo::Arguments),
    Generate(commands::generate::Arguments),
    Verify(commands::verify::Arguments),
    Lock(commands::lock::Arguments),
    Merge(commands::merge::Arguments),
    Show(commands::show::Arguments),
    Render(commands::render::Arguments),
    Sheet(commands::sheet::Arguments),
    Evaluate(commands::evaluate::Arguments),
    Report(commands::report::Arguments),
    Compare(commands::compare::Arguments),
    Gate(commands::gate::Arguments),
    History(commands::history::Arguments),
    Power(commands::power::Arguments),
    Shrink(commands::shrink::Arguments),
    Bench(commands::bench::Arguments),
    Recipes(commands::lists::Recipes),
    Defects(commands::lists::Defects),
    Designs(commands::lists::Designs),
    Analyzers(commands::lists::Analyzers),
}

impl Command {
    fn run(self) -> anyhow::Result<exit::Exit> {
        match self {
            Self::Demo(arguments) => arguments.run(),
            Self::Generate(arguments) => arguments.run(),
            Self::Verify(arguments) => arguments.run(),
            Self::Lock(arguments) => arguments.run(),
            Self::Merge(arguments) => arguments.run(),
            Self::Show(arguments) => arguments.run(),
            Self::Render(arguments) => arguments.run(),
            Self::Sheet(arguments) => arguments.run(),
            Self::Evaluate(arguments) => arguments.run(),
            Self::Report(arguments) => arguments.run(),
            Self::Compare(arguments) => arguments.run(),
            Self::Gate(arguments) => arguments.run(),
            Self::History(arguments) => arguments.run(),
            Self::Power(arguments) => arguments.run(),
            Self::Shrink(arguments) => arguments.run(),
            Self::Bench(arguments) => arguments.run(),
            Self::Recipes(arguments) => arguments.run(),
            Self::Defects(arguments) => arguments.run(),
            Self::Designs(arguments) => arguments.run(),
            Self::Analyzers(arguments) => arguments.run(),
        }
    }
}

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("retake: {}", output::explain(&error));
            exit::of_error(&error).into()
        }
    }
}
