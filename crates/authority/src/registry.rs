//! Changing the register: check, store, publish. Every write there is ends in [`Registry::commit`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use m2mint_domain::id::{CredentialId, Id, Kind, TenantId};
use m2mint_domain::resource_server::ResourceServer;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SigningKey};
use m2mint_domain::state::ClientEntry;
use m2mint_domain::tenant::Tenant;
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::{Actor, Commit, Revision, Store, StoreError};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::entropy::{Draw, EntropySource};
use crate::keys::{Vault, VaultError};
use crate::script;
use crate::snapshot::{RefreshError, Snapshots, TenantSnapshot};

pub mod action_bindings;
pub mod action_modules;
pub mod action_versions;
pub mod actions;
pub mod attack_protection;
pub mod client_credentials;
pub mod client_grants;
pub mod clients;
pub mod custom_domains;
pub mod custom_signing_keys;
pub mod discovery_domains;
pub mod draft;
pub mod error;
pub mod keys;
pub mod limits;
pub mod log_streams;
pub mod network_acls;
pub mod organization_clients;
pub mod organizations;
pub mod rate_limit_policies;
pub mod resource_servers;
mod system_apis;
pub mod tenants;
pub mod token_exchange_profiles;

pub use clients::SecretsKept;
pub use error::{Refused, RegistryError};
pub use limits::EntityLimits;

use draft::Draft;

/// How often a commit is tried when others keep being first.
const ATTEMPTS_MAX: usize = 32;

/// Changes the register.
///
/// The promise: on the node that took a change, the next token request sees it; on other nodes
/// within one second. What was acknowledged is on disk.
///
/// Cheap to clone. [`Registry::only_at`] and [`Registry::draft`] give one that commits in another way.
#[derive(Clone, Debug)]
pub struct Registry {
    snapshots: Arc<Snapshots>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn EntropySource>,
    turns: Arc<Mutex<Turns>>,
    mode: Mode,
    /// The id of the next object that is made; drawn at random otherwise.
    name: Option<Arc<str>>,
    limits: EntityLimits,
    secrets_kept: SecretsKept,
}

/// What becomes of changes.
#[derive(Clone, Debug)]
enum Mode {
    /// They are committed.
    Direct,
    /// They are committed if the register is at this revision.
    OnlyAt(Revision),
    /// They are put together, and committed at the end.
    Draft(Arc<Draft>),
}

/// Whose turn it is to write, by tenant.
type Turns = HashMap<TenantId, Arc<tokio::sync::Mutex<()>>>;

impl Registry {
    /// A registry that writes to `store` and publishes to `snapshots`.
    #[must_use]
    pub fn new(
        snapshots: Arc<Snapshots>,
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn EntropySource>,
    ) -> Self {
        Self {
            snapshots,
            store,
            vault,
            clock,
            entropy,
            turns: Arc::default(),
            mode: Mode::Direct,
            name: None,
            limits: EntityLimits::default(),
            secrets_kept: SecretsKept::default(),
        }
    }

    /// The same registry, but it commits on this revision only: for a writer who has looked at the
    /// register and means what they saw.
    #[must_use]
    pub fn only_at(&self, revision: Revision) -> Self {
        Self {
            mode: Mode::OnlyAt(revision),
            ..self.clone()
        }
    }

    /// The same registry, but what is made next gets this id: for imports that keep ids.
    #[must_use]
    pub fn naming(&self, id: &str) -> Self {
        Self {
            name: Some(id.into()),
            ..self.clone()
        }
    }

    /// The id of an object that is made: the one chosen, or a random one.
    fn fresh_id<K: Kind>(&self) -> Result<Id<K>, Refused> {
        match &self.name {
            Some(name) => name.parse().map_err(|error| Refused::invalid("id", &error)),
            None => Ok(Id::random(&mut Draw(&*self.entropy))),
        }
    }

    /// The same, with another rule for what is kept of client secrets.
    #[must_use]
    pub fn keeping_secrets(mut self, kept: SecretsKept) -> Self {
        self.secrets_kept = kept;
        self
    }

    /// The same for objects that a UUID names.
    fn fresh_uuid(&self) -> Result<String, Refused> {
        let Some(name) = &self.name else {
            return Ok(script::uuid(&*self.entropy));
        };
        if script::is_uuid(name) {
            return Ok(name.to_string());
        }
        Err(Refused::invalid("id", &"is no UUID in lower case"))
    }

    /// The same registry with limits on how many objects a tenant may have.
    #[must_use]
    pub fn with_limits(mut self, limits: EntityLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The store that this registry writes to.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// A short text that tells master keys apart and says nothing about them.
    #[must_use]
    pub fn master_key_fingerprint(&self) -> String {
        self.vault.fingerprint()
    }

    /// When each secret of a client was last used: what is on disk, and what this process knows.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    pub async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientEntry,
    ) -> Result<HashMap<CredentialId, Timestamp>, StoreError> {
        let stored = self.store.secret_uses(tenant, client.id()).await?;
        let mut uses: HashMap<CredentialId, Timestamp> = stored.into_iter().collect();
        for secret in client.secrets() {
            if let Some(here) = secret.last_used() {
                let newest = uses.get(secret.id()).map_or(here, |known| here.max(*known));
                uses.insert(secret.id().clone(), newest);
            }
        }
        Ok(uses)
    }

    /// The tenant as the store has it now: for reads that must not be stale.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Refused`] for a tenant there is not, [`RegistryError::Store`] and
    /// [`RegistryError::Vault`] when it cannot be brought up to date.
    pub async fn current(&self, tenant: &TenantId) -> Result<Arc<TenantSnapshot>, RegistryError> {
        if let Mode::Draft(draft) = &self.mode {
            return draft.current(tenant).await;
        }
        self.snapshots
            .catch_up(tenant)
            .await
            .map_err(|error| match error {
                RefreshError::Store(source) => RegistryError::Store(source),
                RefreshError::Vault(source) => RegistryError::Vault(source),
            })?;
        self.snapshots
            .tenant(tenant)
            .ok_or(RegistryError::Refused(Refused::NoSuchTenant))
    }

    /// Commits what `decide` makes of the current state, and publishes it.
    ///
    /// `decide` is pure and may be called several times: when another writer was first, it is asked
    /// again about what is then current. Its second value is handed back.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Refused`] with what `decide` refuses, [`RegistryError::Moved`] when the
    /// register is not at the only revision asked for, [`RegistryError::Busy`] when others were first
    /// too often, and [`RegistryError::Store`] or [`RegistryError::Vault`]; in all cases
    /// nothing was changed.
    pub async fn commit<T>(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        decide: impl Fn(&State) -> Result<(Vec<Change>, T), Refused>,
    ) -> Result<T, RegistryError> {
        if let Mode::Draft(draft) = &self.mode {
            return draft.take(&self.vault, tenant, decide).await;
        }
        // Writers of this process take turns, so they conflict with other processes only.
        let turn = self.turn(tenant);
        let _turn = turn.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let before = self.current(tenant).await?;
            if let Mode::OnlyAt(only) = self.mode
                && only != before.revision()
            {
                return Err(RegistryError::Moved);
            }
            let (changes, value) = decide(before.state()).map_err(RegistryError::Refused)?;
            if changes.is_empty() {
                return Ok(value);
            }
            self.limits
                .check(before.state(), &changes)
                .map_err(RegistryError::Refused)?;
            match self.store_and_publish(&before, actor, changes).await {
                Ok(()) => return Ok(value),
                Err(RegistryError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(RegistryError::Busy)
    }

    async fn store_and_publish(
        &self,
        before: &TenantSnapshot,
        actor: &Actor,
        changes: Vec<Change>,
    ) -> Result<(), RegistryError> {
        let commit = Commit {
            tenant: before.state().tenant().id.clone(),
            expected: before.revision(),
            changes,
            actor: actor.clone(),
            at: self.clock.now(),
        };
        let revision = self
            .store
            .commit(&commit)
            .await
            .map_err(RegistryError::Store)?;
        self.snapshots
            .publish_after(before, revision, &commit.changes)
            .map_err(RegistryError::Vault)
    }

    fn turn(&self, tenant: &TenantId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(tenant.clone()).or_default())
    }

    /// The signing secret of an HS256 API, in clear: for the answer that shows it.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it does not open.
    pub fn signing_secret(
        &self,
        tenant: &TenantId,
        server: &ResourceServer,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(sealed) = &server.signing_secret else {
            return Ok(None);
        };
        self.vault
            .open_signing_secret(tenant, server.id.as_str(), sealed)
            .map(Some)
    }

    /// Makes signing keys where it hurts nobody: an RSA key takes tens of milliseconds.
    async fn generate_keys(
        &self,
        tenant: &Arc<Tenant>,
        wanted: Vec<(KeyFamily, KeyPlace)>,
        now: Timestamp,
    ) -> Result<Vec<SigningKey>, RegistryError> {
        let (vault, entropy) = (Arc::clone(&self.vault), Arc::clone(&self.entropy));
        let tenant = Arc::clone(tenant);
        let generate = move || {
            wanted
                .into_iter()
                .map(|(family, place)| vault.generate(&*entropy, &tenant, family, place, now))
                .collect::<Result<Vec<_>, VaultError>>()
        };
        tokio::task::spawn_blocking(generate)
            .await
            .map_err(|_| RegistryError::Busy)?
            .map_err(RegistryError::Vault)
    }
}
