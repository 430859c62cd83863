//! The command line: nouns, verbs and flags, and nothing of what they do.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use m2mint_domain::id::TenantId;
use url::Url;

use crate::text::Lang;

pub(crate) mod document;
pub(crate) mod process;
pub(crate) mod register;
pub(crate) mod value;

/// Everything on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "m2mint",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Configuration file [default: m2mint.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "M2MINT_DATA",
        default_value = "./m2mint-data"
    )]
    pub(crate) data: PathBuf,
    /// Tenant [default: the only one]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) tenant: Option<TenantId>,
    /// JSON on standard output, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Work on a running server, with the token in `M2MINT_TOKEN`, instead of on the data directory
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<Url>,
    /// Read the token for --url from standard input
    #[arg(long, global = true, requires = "url")]
    pub(crate) token_stdin: bool,
    /// Trust this certificate authority too, with --url
    #[arg(long, global = true, value_name = "PEM", requires = "url")]
    pub(crate) cacert: Option<PathBuf>,
    /// Do not ask before deleting, rotating or revoking
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Language of the help, of quickstart and of doctor
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
}

/// The nouns. What each is for stands in [`crate::text`], in every language.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Quickstart(process::Quickstart),
    Init(process::Init),
    Serve(process::Serve),
    #[command(subcommand)]
    Apis(register::Apis),
    #[command(subcommand)]
    Apps(register::Apps),
    #[command(subcommand)]
    Grants(register::Grants),
    #[command(subcommand)]
    Orgs(register::Orgs),
    #[command(subcommand)]
    Keys(register::Keys),
    #[command(subcommand)]
    Tenants(register::Tenants),
    #[command(subcommand)]
    Test(process::Test),
    #[command(subcommand)]
    Logs(process::Logs),
    History(document::History),
    Api(document::Api),
    Import(document::Import),
    Export(document::Export),
    Doctor,
    Completions(process::Completions),
    Version,
}

/// Parses what stands behind the word `m2mint`.
///
/// # Errors
///
/// What to print instead: the help, or what makes no sense. It knows its own exit code.
pub(crate) fn parse(lang: Lang, args: Vec<String>) -> Result<Cli, clap::Error> {
    let words = std::iter::once("m2mint".to_owned())
        .chain(args)
        .map(OsString::from);
    let matches = command(lang).try_get_matches_from(words)?;
    Cli::from_arg_matches(&matches)
}

/// The whole command line, described in `lang`.
pub(crate) fn command(lang: Lang) -> clap::Command {
    Cli::command().about(lang.about()).mut_subcommands(|noun| {
        match lang.about_command(noun.get_name()) {
            Some(about) => noun.about(about),
            None => noun,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        command(Lang::En).debug_assert();
        command(Lang::Ja).debug_assert();
    }

    #[test]
    fn every_noun_is_explained() {
        for noun in command(Lang::En).get_subcommands() {
            assert!(noun.get_about().is_some(), "{}", noun.get_name());
        }
    }

    #[test]
    fn a_slip_is_answered_with_what_was_meant() {
        let words = ["app", "list"].map(str::to_owned).to_vec();
        let error = parse(Lang::En, words).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("'apps'"), "{error}");
    }

    #[test]
    fn a_key_may_begin_with_a_hyphen() {
        let words = ["keys", "revoke", "-xO0eAz3QmVbJt8eWq2Ls", "--yes"];
        let parsed = parse(Lang::En, words.map(str::to_owned).to_vec()).unwrap();
        let Command::Keys(register::Keys::Revoke(register::KeyName { kid })) = parsed.command
        else {
            panic!("another command");
        };
        assert_eq!(kid, "-xO0eAz3QmVbJt8eWq2Ls");
        assert!(parsed.global.yes);
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                let name = arg.get_id().as_str();
                let secretive = name.contains("secret") || name.contains("token");
                let takes_value = arg.get_action().takes_values();
                let harmless = matches!(name, "secret_id" | "token_lifetime" | "token_dialect");
                assert!(!secretive || !takes_value || harmless, "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&command(Lang::En));
    }
}
