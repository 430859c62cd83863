//! Flags of the commands that run, set up or look at a server.

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use clap_complete::Shell;
use m2mint_domain::host::HostName;

/// `m2mint quickstart`
#[derive(Args, Debug)]
pub(crate) struct Quickstart {
    /// End after the first call, with 0 when it worked
    #[arg(long)]
    pub(crate) once: bool,
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Let the secret of an earlier run go on working for a day
    #[arg(long)]
    pub(crate) keep: bool,
}

/// `m2mint init`
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Host name clients will use; it becomes the tenant's issuer
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<HostName>,
}

/// `m2mint serve`
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Development mode: sets itself up, speaks plain HTTP, answers on loopback only
    #[arg(long)]
    pub(crate) dev: bool,
    /// With --dev: HTTPS, by a certificate authority of our own
    #[arg(long, requires = "dev")]
    pub(crate) tls_dev: bool,
    /// Address to listen on, instead of server.listen
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Host name of the tenant that --dev or --init makes
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<HostName>,
    /// Store, instead of store.url: sqlite:PATH or memory:
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Set up the data directory first, if it is not; needs --domain
    #[arg(long, conflicts_with = "dev")]
    pub(crate) init: bool,
}

/// `m2mint test`
#[derive(Debug, Subcommand)]
pub(crate) enum Test {
    /// Get a token as an application and show what is in it
    Token(TestToken),
}

/// `m2mint test token`
#[derive(Args, Debug)]
pub(crate) struct TestToken {
    /// Application: client id or name
    #[arg(long, value_name = "APP")]
    pub(crate) app: String,
    /// API: its identifier, the token's audience [default: the tenant's]
    #[arg(long, value_name = "API")]
    pub(crate) api: Option<String>,
    /// Scope to ask for; repeat for more [default: all that are granted]
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
    /// Organization on whose behalf: id or name
    #[arg(long, value_name = "ORG")]
    pub(crate) org: Option<String>,
    /// Read the client secret from standard input, instead of `M2MINT_CLIENT_SECRET` or the terminal
    #[arg(long, conflicts_with = "token_stdin")]
    pub(crate) secret_stdin: bool,
}

/// `m2mint logs`
#[derive(Debug, Subcommand)]
pub(crate) enum Logs {
    /// Show the newest log events
    List(LogsList),
    /// Show log events as they come
    Tail(LogsTail),
}

/// `m2mint logs list`
#[derive(Args, Debug)]
pub(crate) struct LogsList {
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// Only of these types, such as feccft (a token was refused)
    #[arg(long = "type", value_name = "CODE", value_delimiter = ',')]
    pub(crate) types: Vec<String>,
    /// Only about this application: its client id
    #[arg(long, value_name = "CLIENT_ID")]
    pub(crate) app: Option<String>,
}

/// `m2mint logs tail`
#[derive(Args, Debug)]
pub(crate) struct LogsTail {
    /// How many earlier ones to begin with
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) lines: u32,
}

/// `m2mint completions`
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Shell
    pub(crate) shell: Shell,
}
