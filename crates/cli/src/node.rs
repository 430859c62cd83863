//! One process: store, keys, snapshots, authority, registry and log, put together from a
//! configuration.

use std::sync::Arc;

use m2mint_authority::clock::{Clock as _, SystemClock};
use m2mint_authority::entropy::SystemEntropy;
use m2mint_authority::host::Origins;
use m2mint_authority::keys::Vault;
use m2mint_authority::maintenance::Maintenance;
use m2mint_authority::{Authority, LogBook, LogStreamer, Registry, Snapshots};
use m2mint_domain::Timestamp;
use m2mint_domain::id::TenantId;
use m2mint_jose::MasterKey;
use m2mint_server::{App, HttpCarrier, Settings};
use m2mint_store::{Actor, ActorKind, Store, StoreUrl};
use tokio::task::{JoinHandle, JoinSet};

use crate::config::{self, Config};
use crate::data_dir::{self, DataDir};
use crate::failure::{Explain as _, Failure, Outcome};

/// Under this name the store keeps which master key it belongs to.
pub(crate) const FINGERPRINT: &str = "master_key_fingerprint";
/// Holds the master key itself, instead of a file.
pub(crate) const KEY_VARIABLE: &str = "M2MINT_MASTER_KEY";

/// Now, by the machine's clock.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// A change made by whoever sits at this machine.
pub(crate) fn operator() -> Actor {
    Actor {
        kind: ActorKind::CommandLine,
        id: "m2mint".into(),
    }
}

/// What to do when there is no master key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyPolicy {
    /// Fail.
    MustExist,
    /// Make one, if nothing was ever locked with another.
    MayCreate,
}

/// Where the master key comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum KeyPlace {
    /// The environment.
    Variable,
    /// A file.
    File(std::path::PathBuf),
}

impl KeyPlace {
    /// The variable when it is set, then the configured file, then the data directory's own.
    pub(crate) fn of(dir: &DataDir, config: &Config) -> Self {
        if config::env(KEY_VARIABLE).is_some() {
            return Self::Variable;
        }
        Self::File(
            config
                .master_key_file
                .clone()
                .unwrap_or_else(|| dir.master_key()),
        )
    }

    /// The key that is there; `None` when there is no such file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no master key.
    pub(crate) fn read(&self) -> Outcome<Option<MasterKey>> {
        let text = match self {
            Self::Variable => config::env(KEY_VARIABLE).unwrap_or_default(),
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => {
                    return Err(error)
                        .because(|| format!("the master key in {self} cannot be read"));
                }
            },
        };
        MasterKey::from_text(&text)
            .map(Some)
            .because(|| format!("{self} holds no master key"))
            .or_hint(|| "put the key back from your backup, whole and unchanged".to_owned())
    }

    fn create(&self) -> Outcome<MasterKey> {
        let Self::File(path) = self else {
            return Err(Failure::new(format!("{self} cannot be written")));
        };
        let key = MasterKey::generate(&mut m2mint_jose::random);
        data_dir::write_new_private(path, &format!("{}\n", key.to_text().as_str()))
            .because(|| format!("the master key cannot be written to {self}"))?;
        Ok(key)
    }
}

impl std::fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable => write!(f, "the variable {KEY_VARIABLE}"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A store, with the key that opens what is in it.
#[derive(Debug)]
pub(crate) struct Foundation {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<Vault>,
}

impl Foundation {
    /// Opens the store and makes sure that the master key is the one it was made with.
    ///
    /// # Errors
    ///
    /// There is no store, or it cannot be opened; the key is missing, wrong or no key. A new key is
    /// made only under [`KeyPolicy::MayCreate`], and never for a store that has seen another.
    pub(crate) async fn open(dir: &DataDir, config: &Config, policy: KeyPolicy) -> Outcome<Self> {
        let url = config.store_url(dir)?;
        if policy == KeyPolicy::MustExist {
            refuse_missing(dir, &url)?;
        }
        let store = m2mint_store::open(&url).await?;
        let place = KeyPlace::of(dir, config);
        let expected = store.setting(FINGERPRINT).await?;
        let master = match (place.read()?, &expected) {
            (Some(key), _) => key,
            (None, None) if store.tenants().await?.is_empty() => match policy {
                KeyPolicy::MayCreate => place.create()?,
                KeyPolicy::MustExist => return Err(unfinished(dir)),
            },
            (None, _) => return Err(missing_key(&place, &url)),
        };
        let vault = Vault::new(master);
        match expected {
            Some(expected) if expected != vault.fingerprint() => {
                return Err(wrong_key(&place, &url, &vault.fingerprint(), &expected));
            }
            Some(_) => {}
            None => store.set_setting(FINGERPRINT, &vault.fingerprint()).await?,
        }
        Ok(Self {
            store,
            vault: Arc::new(vault),
        })
    }

    /// The tenant to work on: the named one, or the only one.
    ///
    /// # Errors
    ///
    /// There is none, there is no such one, or there are several and none was named.
    pub(crate) async fn tenant(&self, named: Option<&TenantId>) -> Outcome<TenantId> {
        let mut tenants: Vec<TenantId> = self
            .store
            .tenants()
            .await?
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        let list = || {
            tenants
                .iter()
                .map(TenantId::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        match named {
            Some(named) if tenants.contains(named) => Ok(named.clone()),
            Some(named) => Err(
                Failure::new(format!("there is no tenant {named}")).hint(format!(
                    "there is: {}. --tenant names one of them, --data another directory",
                    list()
                )),
            ),
            None if 1 < tenants.len() => Err(Failure::usage("there are several tenants")
                .hint(format!("add --tenant and one of: {}", list()))),
            None => tenants.pop().ok_or_else(|| {
                Failure::new("there is no tenant yet")
                    .hint("make one: m2mint tenants create NAME --domain HOST")
            }),
        }
    }

    /// Makes a tenant, with its keys.
    ///
    /// # Errors
    ///
    /// There is one of that name or domain, or the store fails.
    pub(crate) async fn create_tenant(
        &self,
        id: TenantId,
        domain: m2mint_domain::host::HostName,
    ) -> Outcome {
        let snapshots = self.snapshots(Origins::default()).await?;
        let name = id.clone();
        self.registry(&snapshots)
            .create_tenant(id, domain, &operator())
            .await
            .because(|| format!("the tenant {name} cannot be made"))
    }

    async fn snapshots(&self, origins: Origins) -> Outcome<Arc<Snapshots>> {
        let (store, vault) = (Arc::clone(&self.store), Arc::clone(&self.vault));
        Ok(Arc::new(Snapshots::load(store, vault, origins).await?))
    }

    fn registry(&self, snapshots: &Arc<Snapshots>) -> Registry {
        Registry::new(
            Arc::clone(snapshots),
            Arc::clone(&self.store),
            Arc::clone(&self.vault),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        )
    }
}

/// Everything that answers requests, without a listener.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) authority: Arc<Authority>,
    registry: Arc<Registry>,
    maintenance: Arc<Maintenance>,
    store: Arc<dyn Store>,
    log: Arc<LogBook>,
    log_writer: JoinHandle<()>,
}

impl Node {
    /// Puts the parts together. Somebody must call [`Node::close`].
    ///
    /// # Errors
    ///
    /// The register cannot be read, or holds a key that does not open.
    pub(crate) async fn assemble(
        foundation: Foundation,
        config: &Config,
        origins: Origins,
    ) -> Outcome<Self> {
        let snapshots = foundation.snapshots(origins).await?;
        let registry = foundation
            .registry(&snapshots)
            .with_limits(config.limits.entities())
            .keeping_secrets(config.clients.keep_secrets);
        let registry = Arc::new(registry);
        registry.complete_tenants(&operator()).await?;
        let Foundation { store, vault } = foundation;
        let log = LogBook::new(Arc::clone(&store), config.log.durability);
        let authority = Arc::new(Authority::new(
            Arc::clone(&snapshots),
            vault,
            Arc::clone(&log),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        ));
        let maintenance = Maintenance::new(
            Arc::clone(&snapshots),
            Arc::clone(&store),
            Arc::new(SystemClock),
            config.log.retention(),
        );
        let log_writer = tokio::spawn(Arc::clone(&log).run());
        Ok(Self {
            snapshots,
            authority,
            registry,
            maintenance,
            store,
            log,
            log_writer,
        })
    }

    /// The product as a function from request to answer.
    pub(crate) fn app(&self, settings: Settings) -> App {
        App::new(
            Arc::clone(&self.authority),
            Arc::clone(&self.registry),
            Arc::clone(&self.maintenance),
            settings,
        )
    }

    /// Starts what goes on beside the requests: for a process that stays. It ends with the set.
    pub(crate) fn maintain(&self, settings: &Settings) -> JoinSet<()> {
        let carrier = HttpCarrier::new(settings.log_sink_reach());
        let streamer = LogStreamer::new(
            Arc::clone(&self.registry),
            Arc::clone(&self.snapshots),
            Arc::new(carrier),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        );
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&self.maintenance).run());
        tasks.spawn(streamer.run());
        tasks
    }

    /// Writes what is left of the log and lets go of the store.
    ///
    /// # Errors
    ///
    /// The log could not be written.
    pub(crate) async fn close(self) -> Outcome {
        let flushed = self.log.flush().await;
        self.log.close();
        self.maintenance.close().await;
        let ended = self.log_writer.await;
        self.store.close().await;
        flushed?;
        ended?;
        Ok(())
    }
}

/// A store is made by `init`, not by whoever mistypes a path.
fn refuse_missing(dir: &DataDir, url: &StoreUrl) -> Outcome {
    match url.path() {
        Some(path) if !path.exists() => {
            Err(
                Failure::new(format!("there is no database at {}", path.display())).hint(format!(
                    "`m2mint init --domain NAME --data {dir}` sets one up; --data says where it is",
                    dir = dir.path().display()
                )),
            )
        }
        Some(_) | None => Ok(()),
    }
}

/// Somebody began to set up, and was stopped before there was a key.
fn unfinished(dir: &DataDir) -> Failure {
    let dir = dir.path().display();
    Failure::new(format!("{dir} was not set up to the end"))
        .hint(format!("finish it: m2mint init --domain NAME --data {dir}"))
}

fn missing_key(place: &KeyPlace, url: &StoreUrl) -> Failure {
    Failure::new(format!("the master key is missing: there is no {place}")).hint(format!(
        "{url} was made with one, and a new one would not open it: put the old one back, name its \
         file in master_key_file, or give it in {KEY_VARIABLE}"
    ))
}

fn wrong_key(place: &KeyPlace, url: &StoreUrl, found: &str, expected: &str) -> Failure {
    Failure::new(format!(
        "the master key in {place} has the fingerprint {found}, and {url} was made with {expected}"
    ))
    .hint(format!(
        "put back the key with the fingerprint {expected}, or point --data at the directory that \
         this key belongs to"
    ))
}
