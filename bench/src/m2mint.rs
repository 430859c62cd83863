//! The server under test: the only file that knows m2mint.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::requests::Credentials;
use crate::server::{Server, free_port};
use crate::sign::Algorithm;
use crate::token::Shape;

/// What a data directory was filled with.
pub(crate) struct Seeded {
    /// One resource server (RFC 9068 dialect) for each algorithm.
    pub(crate) audiences: Vec<(Algorithm, String)>,
    /// One resource server of the Auth0 dialect, where the same token may be asked for again.
    pub(crate) repeated: Option<(Algorithm, String)>,
    /// Each may ask at every audience.
    pub(crate) clients: Vec<Credentials>,
}

/// What is compared with the ideal endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    M2mint,
    /// The ideal endpoint itself: every ratio should be 1, and how far it is off is the noise.
    Ideal,
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::M2mint => "m2mint",
            Self::Ideal => "the ideal endpoint again",
        }
    }

    /// Fills an empty directory with clients.
    pub(crate) fn seed(self, directory: &Path, clients: usize) -> Result<Seeded> {
        match self {
            Self::M2mint => seed(directory, clients),
            Self::Ideal => Ok(made_up(clients)),
        }
    }

    /// Starts a server on a directory that was seeded, and waits until it listens.
    pub(crate) fn start(self, core: usize, directory: &Path) -> Result<Server> {
        match self {
            Self::M2mint => {
                let port = free_port()?;
                let log = directory.with_extension("log");
                Server::m2mint(core, port, &command_line(directory, port), &log)
            }
            Self::Ideal => Server::ideal(core, &Algorithm::ALL.map(Shape::usual)),
        }
    }
}

/// Runs the command line of m2mint in this process: the same code as the binary.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    // SEAM 1
    drop(arguments);
    eprintln!("m2mint is not linked into the bench");
    ExitCode::FAILURE
}

/// Everything after the word `m2mint`, for a server on this directory and port.
fn command_line(directory: &Path, port: u16) -> Vec<String> {
    // SEAM 2
    vec![
        "serve".to_owned(),
        "--data-dir".to_owned(),
        directory.display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ]
}

fn seed(directory: &Path, clients: usize) -> Result<Seeded> {
    // SEAM 3
    bail!(
        "cannot seed {} with {clients} clients: m2mint is not linked into the bench",
        directory.display()
    )
}

/// Clients for a server that does not look.
fn made_up(clients: usize) -> Seeded {
    Seeded {
        audiences: Algorithm::ALL
            .map(|algorithm| (algorithm, format!("https://{algorithm}.example/")))
            .into(),
        repeated: None,
        clients: (0..clients)
            .map(|number| Credentials {
                client_id: format!("{number:032}"),
                client_secret: format!("{number:064}"),
            })
            .collect(),
    }
}
