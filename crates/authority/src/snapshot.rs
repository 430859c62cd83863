//! What a request reads: host name → one tenant's register, whole and immutable, with a revision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::{ResourceServerId, TenantId};
use m2mint_domain::resource_server::{ResourceServer, SigningAlg};
use m2mint_domain::{Change, State};
use m2mint_jose::Signer;
use m2mint_store::{Revision, Store, StoreError};

use crate::action;
use crate::host::Origins;
use crate::keys::{KeyRing, Vault, VaultError, shared_secret_signer};
use crate::network_acl::NetworkAcls;
use crate::rate_limit_policy::RateLimits;
use crate::trigger::CREDENTIALS_EXCHANGE;

/// How many changes a node takes one by one before it loads the tenant anew instead.
const CATCH_UP_MAX: usize = 1_000;

type Hosts = HashMap<Box<str>, Host, RandomState>;
type SharedSecretSigners = rpds::HashTrieMapSync<ResourceServerId, Arc<Signer>>;

/// One tenant at one revision. A request holds one of these from its beginning to its end.
#[derive(Debug)]
pub struct TenantSnapshot {
    revision: Revision,
    state: State,
    keys: Arc<KeyRing>,
    shared_secrets: SharedSecretSigners,
    exchange_bound: bool,
    network_acls: Option<Arc<NetworkAcls>>,
    rate_limits: Option<Arc<RateLimits>>,
}

impl TenantSnapshot {
    /// Which revision of the register it is.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The register.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Who may reach the tenant; `None` where no rule is active.
    #[must_use]
    pub fn network_acls(&self) -> Option<&NetworkAcls> {
        self.network_acls.as_deref()
    }

    /// How often clients may ask; `None` where no policy says anything.
    #[must_use]
    pub fn rate_limits(&self) -> Option<&RateLimits> {
        self.rate_limits.as_deref()
    }

    /// What signs the tokens of `server`.
    #[must_use]
    pub fn signer(&self, server: &ResourceServer) -> Option<&Arc<Signer>> {
        match server.signing_alg {
            SigningAlg::Hs256 => self.shared_secrets.get(&server.id),
            alg @ (SigningAlg::Es256
            | SigningAlg::EdDsa
            | SigningAlg::Ps256
            | SigningAlg::Rs256
            | SigningAlg::Rs512) => self.keys.signer(alg),
        }
    }

    /// Whether an action is bound to the exchange of client credentials: it has to run before a
    /// token is minted.
    #[must_use]
    pub fn exchange_is_bound(&self) -> bool {
        self.exchange_bound
    }

    fn open(vault: &Vault, revision: Revision, state: State) -> Result<Self, VaultError> {
        let mut shared_secrets = SharedSecretSigners::new_sync();
        for server in state.resource_servers() {
            if let Some(signer) = shared_secret_signer(vault, &state.tenant().id, server)? {
                shared_secrets.insert_mut(server.id.clone(), signer);
            }
        }
        let keys = Arc::new(KeyRing::open(vault, &state)?);
        let exchange_bound = action::is_bound(&state, CREDENTIALS_EXCHANGE);
        let network_acls = NetworkAcls::compile(&state, None);
        let rate_limits = RateLimits::compile(&state);
        Ok(Self {
            revision,
            state,
            keys,
            shared_secrets,
            exchange_bound,
            network_acls,
            rate_limits,
        })
    }

    /// The snapshot after `changes`; parses only the keys that changed.
    pub(crate) fn after(
        &self,
        vault: &Vault,
        revision: Revision,
        changes: &[Change],
    ) -> Result<Self, VaultError> {
        let state = self.state.apply(changes);
        let keys = if self.keys.fits(&state) {
            Arc::clone(&self.keys)
        } else {
            Arc::new(KeyRing::open(vault, &state)?)
        };
        let mut shared_secrets = self.shared_secrets.clone();
        for change in changes {
            if let Change::PutResourceServer(server) = change {
                shared_secrets.remove_mut(&server.id);
                if let Some(signer) = shared_secret_signer(vault, &state.tenant().id, server)? {
                    shared_secrets.insert_mut(server.id.clone(), signer);
                }
            }
            if let Change::DeleteResourceServer(id) = change {
                shared_secrets.remove_mut(id);
            }
        }
        let rebound = changes
            .iter()
            .any(|change| change.subject().0 == DocumentKind::ActionBindings.as_str());
        let exchange_bound = if rebound {
            action::is_bound(&state, CREDENTIALS_EXCHANGE)
        } else {
            self.exchange_bound
        };
        let network_acls = if touch(changes, DocumentKind::NetworkAcl) {
            NetworkAcls::compile(&state, self.network_acls())
        } else {
            self.network_acls.clone()
        };
        let rate_limits = if touch(changes, DocumentKind::RateLimitPolicy) {
            RateLimits::compile(&state)
        } else {
            self.rate_limits.clone()
        };
        Ok(Self {
            revision,
            state,
            keys,
            shared_secrets,
            exchange_bound,
            network_acls,
            rate_limits,
        })
    }
}

/// Whether a document of this kind changes.
fn touch(changes: &[Change], kind: DocumentKind) -> bool {
    changes.iter().any(|change| {
        if let Change::PutDocument(document) = change {
            document.kind == kind
        } else {
            matches!(change, Change::DeleteDocument(deleted, _) if *deleted == kind)
        }
    })
}

/// Where a request goes: a tenant, asked under one of its names.
#[derive(Clone, Debug)]
pub struct Site {
    /// The tenant, as it is now.
    pub tenant: Arc<TenantSnapshot>,
    /// The issuer that this name stands for, with a slash at its end.
    pub issuer: Arc<str>,
    /// The name that was asked.
    pub host: Arc<str>,
}

/// What a host name leads to.
#[derive(Clone, Debug)]
struct Host {
    cell: Arc<TenantCell>,
    issuer: Arc<str>,
    name: Arc<str>,
}

/// The place where a tenant's newest snapshot stands.
#[derive(Debug)]
struct TenantCell {
    current: ArcSwap<TenantSnapshot>,
}

/// All tenants by host name.
#[derive(Debug, Default)]
struct Directory {
    hosts: Hosts,
    tenants: HashMap<TenantId, Arc<TenantCell>>,
}

/// Why the snapshot could not be brought up to date. The last good one stays in use.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The store did not answer.
    #[error("the store could not be read")]
    Store(#[source] StoreError),
    /// A key could not be opened.
    #[error("the register holds a key that cannot be used")]
    Vault(#[source] VaultError),
}

/// The newest snapshot of every tenant, and how they come to be.
#[derive(Debug)]
pub struct Snapshots {
    directory: ArcSwap<Directory>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    origins: Origins,
    /// Held while a snapshot is put in place, so that an older one never replaces a newer one.
    publishing: Mutex<()>,
}

impl Snapshots {
    /// Loads every tenant of the store.
    ///
    /// # Errors
    ///
    /// [`RefreshError`] when the store cannot be read or a key does not open.
    pub async fn load(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        origins: Origins,
    ) -> Result<Self, RefreshError> {
        let snapshots = Self {
            directory: ArcSwap::default(),
            store,
            vault,
            origins,
            publishing: Mutex::new(()),
        };
        snapshots.refresh().await?;
        Ok(snapshots)
    }

    /// The tenant that answers on `host`, as it is now: the `Host` header of the request, in any
    /// case. `None` for a name nobody registered.
    #[must_use]
    pub fn site(&self, host: &str) -> Option<Site> {
        let directory = self.directory.load();
        let found = match directory.hosts.get(host) {
            Some(found) => found,
            None => directory.hosts.get(host.to_ascii_lowercase().as_str())?,
        };
        Some(Site {
            tenant: found.cell.current.load_full(),
            issuer: Arc::clone(&found.issuer),
            host: Arc::clone(&found.name),
        })
    }

    /// A tenant, as it is now.
    #[must_use]
    pub fn tenant(&self, id: &TenantId) -> Option<Arc<TenantSnapshot>> {
        self.directory
            .load()
            .tenants
            .get(id)
            .map(|cell| cell.current.load_full())
    }

    /// The names of all tenants, sorted.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantId> {
        let mut ids: Vec<TenantId> = self.directory.load().tenants.keys().cloned().collect();
        ids.sort();
        ids
    }

    /// Every issuer `tenant` may write into a token, for whoever checks our own tokens.
    #[must_use]
    pub fn issuers(&self, tenant: &TenantId) -> Vec<Arc<str>> {
        let directory = self.directory.load();
        let Some(cell) = directory.tenants.get(tenant) else {
            return Vec::new();
        };
        let mut issuers: Vec<Arc<str>> = directory
            .hosts
            .values()
            .filter(|host| Arc::ptr_eq(&host.cell, cell))
            .map(|host| Arc::clone(&host.issuer))
            .collect();
        issuers.sort();
        issuers.dedup();
        issuers
    }

    /// Brings every tenant up to the store's revision; one cheap query when nothing changed.
    ///
    /// # Errors
    ///
    /// [`RefreshError`]; what could be refreshed was, and the rest stays as it was.
    pub async fn refresh(&self) -> Result<(), RefreshError> {
        let stored = self.store.tenants().await.map_err(RefreshError::Store)?;
        let mut failure = None;
        for (tenant, revision) in &stored {
            let behind = self
                .tenant(tenant)
                .is_none_or(|here| here.revision < *revision);
            if behind && let Err(error) = self.catch_up(tenant).await {
                failure = Some(error);
            }
        }
        let known = |id: &TenantId| stored.iter().any(|(tenant, _)| tenant == id);
        if !self.tenants().iter().all(known) {
            self.forget(known);
        }
        failure.map_or(Ok(()), Err)
    }

    /// Brings one tenant up to the store's revision.
    ///
    /// # Errors
    ///
    /// [`RefreshError`]; the last good snapshot stays in use.
    pub async fn catch_up(&self, tenant: &TenantId) -> Result<(), RefreshError> {
        while let Some(here) = self.tenant(tenant) {
            let changes = self
                .store
                .changes_since(tenant, here.revision, CATCH_UP_MAX)
                .await
                .map_err(RefreshError::Store)?;
            let Some(last) = changes.last() else {
                return Ok(());
            };
            if CATCH_UP_MAX <= changes.len() {
                break;
            }
            let revision = last.revision;
            let changes: Vec<Change> = changes.into_iter().map(|one| one.change).collect();
            self.publish(
                here.after(&self.vault, revision, &changes)
                    .map_err(RefreshError::Vault)?,
            );
        }
        if let Some((revision, state)) =
            self.store.load(tenant).await.map_err(RefreshError::Store)?
        {
            let next =
                TenantSnapshot::open(&self.vault, revision, state).map_err(RefreshError::Vault)?;
            self.publish(next);
        }
        Ok(())
    }

    /// Puts in place what a commit of this process made of `before`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when a key of the change does not open.
    pub(crate) fn publish_after(
        &self,
        before: &TenantSnapshot,
        revision: Revision,
        changes: &[Change],
    ) -> Result<(), VaultError> {
        self.publish(before.after(&self.vault, revision, changes)?);
        Ok(())
    }

    /// The only way in: never backwards.
    fn publish(&self, next: TenantSnapshot) {
        let _turn = self
            .publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let directory = self.directory.load();
        let id = next.state.tenant().id.clone();
        match directory.tenants.get(&id) {
            Some(cell) => {
                let here = cell.current.load();
                if next.revision <= here.revision {
                    return;
                }
                let hosts_change = !here.state.tenant().hosts().eq(next.state.tenant().hosts());
                let cell = Arc::clone(cell);
                drop(here);
                cell.current.store(Arc::new(next));
                if hosts_change {
                    self.directory
                        .store(Arc::new(self.rebuild(directory.tenants.clone())));
                }
            }
            None => {
                let cell = Arc::new(TenantCell {
                    current: ArcSwap::from_pointee(next),
                });
                let mut tenants = directory.tenants.clone();
                tenants.insert(id, cell);
                self.directory.store(Arc::new(self.rebuild(tenants)));
            }
        }
    }

    fn forget(&self, keep: impl Fn(&TenantId) -> bool) {
        let _turn = self
            .publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut tenants = self.directory.load().tenants.clone();
        tenants.retain(|id, _| keep(id));
        self.directory.store(Arc::new(self.rebuild(tenants)));
    }

    fn rebuild(&self, tenants: HashMap<TenantId, Arc<TenantCell>>) -> Directory {
        let mut hosts = Hosts::default();
        let mut add = |name: &m2mint_domain::host::HostName, cell: &Arc<TenantCell>| {
            for (text, issuer) in self.origins.issuers(name) {
                let host = Host {
                    cell: Arc::clone(cell),
                    issuer: issuer.into(),
                    name: text.as_str().into(),
                };
                hosts.entry(text.into()).or_insert(host);
            }
        };
        for cell in tenants.values() {
            for name in cell.current.load().state.tenant().hosts() {
                add(name, cell);
            }
        }
        for (name, tenant) in &self.origins.local_names {
            if let Some(cell) = tenants.get(tenant) {
                add(name, cell);
            }
        }
        Directory { hosts, tenants }
    }
}
