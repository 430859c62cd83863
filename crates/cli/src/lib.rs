//! The command line of m2mint: serves, sets up, looks after, and is a client of the Management API.
//!
//! Everything that reads the environment, a configuration file or the terminal lives here, and is
//! passed down as small values. The floors below never look for themselves.
//!
//! A resource command (`apps`, `apis`, `grants`, `orgs`, `keys`, `logs`, `api`, `history`, `import`,
//! `export`) is an HTTP request to the
//! Management API, whichever way it goes: over the network to a running server, or in this process
//! to the same code over a data directory.

mod args;
mod certificate;
mod command;
mod config;
mod data_dir;
mod deploy;
mod dev;
mod dev_tls;
mod diff;
mod failure;
mod jwt;
mod node;
mod output;
mod resource;
mod runtime;
mod session;
mod terminal;
mod text;
mod transport;

use std::process::ExitCode;

use crate::failure::Failure;
use crate::session::Session;
use crate::text::Lang;

/// Runs one command: `args` is everything behind the word `m2mint`.
///
/// Exits with 0 when it was done, with 1 when it could not be, and with 2 when the arguments make
/// no sense. What went wrong is on the standard error.
pub fn run(args: impl Iterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.collect();
    let lang = Lang::choose(&args, config::env);
    let cli = match args::parse(lang, args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help is no error, and knows so itself.
            let code = u8::try_from(error.exit_code()).unwrap_or(failure::USAGE);
            // Nobody is left to tell when the terminal is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    // Whoever was first has chosen the same provider.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match command::run(&Session::new(cli.global, lang), cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprint!("{failure}");
    ExitCode::from(failure.exit_code())
}
