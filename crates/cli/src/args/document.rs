//! Flags of the commands that speak of the register as a whole, or of any part of it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

/// `m2mint api`
#[derive(Args, Debug)]
#[command(allow_missing_positional = true)]
pub(crate) struct Api {
    /// Method, such as patch [default: get, or post with --body]
    pub(crate) method: Option<String>,
    /// Path, such as clients/ID; what does not begin with /api/v2/ or /m2mint/v1/ is of the former
    #[arg(required = true)]
    pub(crate) path: String,
    /// Body: JSON, @FILE, or - for standard input. Secrets do not belong on a command line: use the
    /// other two for them
    #[arg(long, short = 'd', value_name = "JSON")]
    pub(crate) body: Option<String>,
    /// Query parameter; repeat for more
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<Parameter>,
}

/// `name=value` of a query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            Some(_) | None => Err("a parameter is name=value".to_owned()),
        }
    }
}

/// `m2mint history`
#[derive(Args, Debug)]
pub(crate) struct History {
    /// Kind of object, such as client, `resource_server`, `client_grant` or action [default: all]
    pub(crate) kind: Option<String>,
    /// Object: its id [default: all of the kind]
    #[arg(requires = "kind")]
    pub(crate) id: Option<String>,
    /// How many changes, the newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) take: u32,
}

/// `m2mint import`
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// YAML file, or directory, in the layout of the Deploy CLI
    pub(crate) path: PathBuf,
    /// Only show what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete what the document does not have, of the kinds it speaks of
    #[arg(long)]
    pub(crate) delete: bool,
    /// JSON file with the values of ##KEYWORDS## and @@KEYWORDS@@; variables of the environment go
    /// before it
    #[arg(long, value_name = "FILE")]
    pub(crate) mappings: Option<PathBuf>,
}

/// How a document stands on disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// One file, and scripts beside it.
    Yaml,
    /// A file for each object.
    Directory,
}

/// `m2mint export`
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// YAML file, or directory, to write
    pub(crate) path: PathBuf,
    /// Form [default: yaml for a name that ends with .yaml or .yml, else directory]
    #[arg(long, value_name = "FORM")]
    pub(crate) format: Option<Format>,
    /// With the ids of objects, to keep them in another tenant
    #[arg(long)]
    pub(crate) ids: bool,
    /// With the secrets that the API shows; without, placeholders stand for them
    #[arg(long)]
    pub(crate) secrets: bool,
}
