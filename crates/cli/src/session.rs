//! What every command has in hand: the global flags, the output, and the way to the API.

use std::path::PathBuf;
use std::sync::Arc;

use m2mint_domain::id::TenantId;
use url::Url;

use crate::args::Global;
use crate::config::{self, Config};
use crate::data_dir::DataDir;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::runtime;
use crate::terminal;
use crate::text::Lang;
use crate::transport::Transport;

/// One run of the program.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) lang: Lang,
    pub(crate) out: Output,
    pub(crate) dir: DataDir,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) url: Option<Arc<Url>>,
    config: Option<PathBuf>,
    cacert: Option<PathBuf>,
    token_stdin: bool,
    yes: bool,
}

impl Session {
    pub(crate) fn new(global: Global, lang: Lang) -> Self {
        let Global {
            config,
            data,
            tenant,
            json,
            url,
            token_stdin,
            cacert,
            yes,
            lang: _,
        } = global;
        Self {
            lang,
            out: Output::new(json),
            dir: DataDir::at(data),
            tenant,
            url: url.map(Arc::new),
            config,
            cacert,
            token_stdin,
            yes,
        }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// See [`Config::load`].
    pub(crate) fn config(&self) -> Outcome<Config> {
        Config::load(self.config.as_deref(), &self.dir)
    }

    /// The Management API: of the server at `--url`, or of the data directory.
    ///
    /// # Errors
    ///
    /// There is no token for the server; or see [`Transport::local`].
    pub(crate) async fn connect(&self) -> Outcome<Transport> {
        let Some(url) = &self.url else {
            return Transport::local(&self.dir, &self.config()?, self.tenant.as_ref()).await;
        };
        let token = if self.token_stdin {
            terminal::standard_input("token")?
        } else {
            config::env("M2MINT_TOKEN").ok_or_else(|| {
                Failure::usage("there is no token for the server").hint(
                    "put a token for its Management API in M2MINT_TOKEN, or give it with --token-stdin",
                )
            })?
        };
        Transport::remote(url, Some(token), self.cacert.as_deref())
    }

    /// The token endpoint: as [`Session::connect`], and a server is not shown a token.
    ///
    /// # Errors
    ///
    /// See [`Transport::remote`] and [`Transport::local`].
    pub(crate) async fn connect_as_client(&self) -> Outcome<Transport> {
        match &self.url {
            Some(url) => {
                let token = config::env("M2MINT_TOKEN");
                Transport::remote(url, token, self.cacert.as_deref())
            }
            None => self.connect().await,
        }
    }

    /// Only a data directory will do.
    ///
    /// # Errors
    ///
    /// `--url` was given.
    pub(crate) fn refuse_url(&self, command: &str) -> Outcome {
        match self.url {
            Some(_) => Err(Failure::usage(format!(
                "{command} works on a data directory, not on --url"
            ))
            .hint("run it on the machine that has the data directory")),
            None => Ok(()),
        }
    }

    /// Standard input is for something else than the token.
    ///
    /// # Errors
    ///
    /// `--token-stdin` was given.
    pub(crate) fn refuse_token_on_stdin(&self) -> Outcome {
        if self.token_stdin {
            return Err(
                Failure::usage("standard input cannot hold both a body and the token")
                    .hint("put the token in M2MINT_TOKEN"),
            );
        }
        Ok(())
    }

    /// Asks before something that cannot be undone.
    ///
    /// # Errors
    ///
    /// See [`terminal::confirm`].
    pub(crate) fn confirm(&self, question: &str) -> Outcome {
        terminal::confirm(self.yes, question)
    }

    /// Runs one exchange with the API, and writes what is left to write whether it succeeds or not.
    ///
    /// # Errors
    ///
    /// What it fails with; or see [`Session::connect`].
    pub(crate) fn with_api<T>(
        &self,
        work: impl AsyncFnOnce(&Transport) -> Outcome<T>,
    ) -> Outcome<T> {
        runtime::block_on(async {
            let transport = self.connect().await?;
            let done = work(&transport).await;
            let closed = transport.close().await;
            let value = done?;
            closed?;
            Ok(value)
        })
    }
}
