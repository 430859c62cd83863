//! The commands, one a file.

use clap_complete::generate;
use serde_json::json;

use crate::args::{self, Command, process};
use crate::failure::Outcome;
use crate::output::{line, value};
use crate::session::Session;

mod api;
mod apis;
mod apps;
mod doctor;
mod export;
mod grants;
mod history;
mod import;
mod init;
mod keys;
mod logs;
mod orgs;
mod quickstart;
mod serve;
mod tenants;
mod test_token;

/// Runs one command.
///
/// # Errors
///
/// Why it could not be done.
pub(crate) fn run(session: &Session, command: Command) -> Outcome {
    match command {
        Command::Quickstart(args) => quickstart::run(session, &args),
        Command::Init(args) => init::run(session, args),
        Command::Serve(args) => serve::run(session, args),
        Command::Apis(verb) => apis::run(session, verb),
        Command::Apps(verb) => apps::run(session, verb),
        Command::Grants(verb) => grants::run(session, verb),
        Command::Orgs(verb) => orgs::run(session, verb),
        Command::Keys(verb) => keys::run(session, verb),
        Command::Tenants(verb) => tenants::run(session, verb),
        Command::Test(process::Test::Token(args)) => test_token::run(session, &args),
        Command::Logs(verb) => logs::run(session, verb),
        Command::History(args) => history::run(session, &args),
        Command::Api(args) => api::run(session, &args),
        Command::Import(args) => import::run(session, &args),
        Command::Export(args) => export::run(session, &args),
        Command::Doctor => doctor::run(session),
        Command::Completions(process::Completions { shell }) => {
            let mut script = Vec::new();
            generate(
                shell,
                &mut args::command(session.lang),
                "m2mint",
                &mut script,
            );
            line(String::from_utf8_lossy(&script).trim_end())
        }
        Command::Version => {
            let version = env!("CARGO_PKG_VERSION");
            if session.out.is_json() {
                return value(&json!({ "version": version }));
            }
            line(&format!("m2mint {version}"))
        }
    }
}
