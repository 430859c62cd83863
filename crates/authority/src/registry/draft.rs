//! Drafts: many changes that take effect together or not at all.

use std::sync::Arc;

use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;
use tokio::sync::Mutex;

use super::{Mode, Refused, Registry, RegistryError};
use crate::keys::Vault;
use crate::snapshot::TenantSnapshot;

/// Changes under way, and the register as it would be with them.
#[derive(Debug)]
pub(super) struct Draft {
    tenant: TenantId,
    base: Arc<TenantSnapshot>,
    work: Mutex<Work>,
}

#[derive(Debug)]
struct Work {
    snapshot: Arc<TenantSnapshot>,
    changes: Vec<Change>,
}

impl Registry {
    /// A registry whose changes are put together and seen by nobody else, until they are committed
    /// with [`Registry::commit_draft`]. Dropping it drops them.
    ///
    /// # Errors
    ///
    /// As [`Registry::current`].
    pub async fn draft(&self, tenant: &TenantId) -> Result<Self, RegistryError> {
        let base = self.current(tenant).await?;
        let work = Work {
            snapshot: Arc::clone(&base),
            changes: Vec::new(),
        };
        let draft = Draft {
            tenant: tenant.clone(),
            base,
            work: Mutex::new(work),
        };
        Ok(Self {
            mode: Mode::Draft(Arc::new(draft)),
            ..self.clone()
        })
    }

    /// The register before the draft and with it, and the changes between; `None` for a registry
    /// that is no draft.
    pub async fn drafted(&self) -> Option<Drafted> {
        let Mode::Draft(draft) = &self.mode else {
            return None;
        };
        let work = draft.work.lock().await;
        Some(Drafted {
            before: Arc::clone(&draft.base),
            after: Arc::clone(&work.snapshot),
            changes: work.changes.clone(),
        })
    }

    /// Commits all changes of a draft at once, if nobody changed the register since it began.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Moved`] when somebody did: begin anew. See [`Registry::commit`] for the rest.
    pub async fn commit_draft(&self, actor: &Actor) -> Result<(), RegistryError> {
        let Mode::Draft(draft) = &self.mode else {
            return Ok(());
        };
        let changes = draft.work.lock().await.changes.clone();
        self.only_at(draft.base.revision())
            .commit(&draft.tenant, actor, |_| Ok((changes.clone(), ())))
            .await
    }
}

/// What a draft would do.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// The register as it is.
    pub before: Arc<TenantSnapshot>,
    /// The register as it would be.
    pub after: Arc<TenantSnapshot>,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

impl Draft {
    pub(super) async fn current(
        &self,
        tenant: &TenantId,
    ) -> Result<Arc<TenantSnapshot>, RegistryError> {
        self.check(tenant)?;
        Ok(Arc::clone(&self.work.lock().await.snapshot))
    }

    /// Decides on the register with all earlier changes of the draft, and adds to them.
    pub(super) async fn take<T>(
        &self,
        vault: &Vault,
        tenant: &TenantId,
        decide: impl Fn(&State) -> Result<(Vec<Change>, T), Refused>,
    ) -> Result<T, RegistryError> {
        self.check(tenant)?;
        let mut work = self.work.lock().await;
        let (changes, value) = decide(work.snapshot.state()).map_err(RegistryError::Refused)?;
        let next = work
            .snapshot
            .after(vault, self.base.revision(), &changes)
            .map_err(RegistryError::Vault)?;
        work.snapshot = Arc::new(next);
        work.changes.extend(changes);
        Ok(value)
    }

    /// A draft is of one tenant.
    fn check(&self, tenant: &TenantId) -> Result<(), RegistryError> {
        if *tenant == self.tenant {
            return Ok(());
        }
        Err(RegistryError::Refused(Refused::NoSuchTenant))
    }
}
