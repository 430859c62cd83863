//! Measures m2mint against an ideal endpoint, on two cores.

mod answer;
mod args;
mod histogram;
mod http;
mod ideal;
mod load;
mod m2mint;
mod machine;
mod management;
mod measure;
mod pin;
mod process;
mod raw;
mod report;
mod requests;
mod rounds;
mod sample;
mod server;
mod sign;
mod token;

use std::process::ExitCode;

use anyhow::Result;
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::args::{HELP, Task};

/// As in the binary of m2mint.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    match args::parse(std::env::args().skip(1))? {
        Task::Help => print!("{HELP}"),
        Task::Management { quick, json } => management::measure(quick, json)?,
        Task::Measure(options) => {
            let report = measure::measure(options)?;
            if options.json {
                println!("{}", report.to_json());
            } else {
                print!("{}", report.to_table());
            }
        }
        Task::Ideal { core, shapes } => {
            be_a_child(core)?;
            return ideal::serve(&shapes);
        }
        Task::M2mint { core, arguments } => {
            be_a_child(core)?;
            return Ok(m2mint::run(arguments.into_iter()));
        }
        Task::Sign { core } => {
            be_a_child(core)?;
            return sign::answer_rates();
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Before any thread starts: on the given core, and not longer than the parent.
fn be_a_child(core: usize) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    pin::pin_to(core)
}
