//! Actions: make, change, delete.

mod edit;

use m2mint_actions::limits::{ACTIONS_MAX, SECRET_NAME_MAX};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::{State, Timestamp};
use m2mint_store::Actor;

use self::edit::new_action;
pub use self::edit::{ActionEdit, ModuleRef};
use super::{Refused, Registry, RegistryError};
use crate::action::{Action, ActionBindings, WholeAction};
use crate::documents::{self, Dated};
use crate::script::{self, Sealed, uuid};

impl Registry {
    /// Makes an action and builds it; with `deploy`, what was built is deployed at once.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a name that is taken, [`Refused::TooMany`],
    /// [`Refused::Invalid`], [`Refused::NoSuchDocument`] for a module; see [`Registry::commit`] for
    /// the rest.
    pub async fn create_action(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        edit: &ActionEdit,
        deploy: bool,
    ) -> Result<WholeAction, RegistryError> {
        let now = self.clock.now();
        let id = self.fresh_uuid().map_err(RegistryError::Refused)?;
        let version = uuid(&*self.entropy);
        let secrets = self.seal_action_secrets(tenant, &id, edit, now)?;
        self.commit(tenant, actor, |state| {
            if ACTIONS_MAX <= state.documents(DocumentKind::Action).count() {
                let what = "actions";
                let max = ACTIONS_MAX;
                return Err(Refused::TooMany { what, max });
            }
            let mut action = Dated::new(new_action(&id, now), now);
            edit.apply(state, &mut action.object, secrets.as_deref(), now)?;
            let mut changes = Vec::new();
            let mut deployed = None;
            if deploy && action.object.build.errors.is_empty() {
                let what = action.object.draft();
                let made = action.deploy(state, &version, what, now)?;
                changes.extend(made.changes);
                deployed = Some(made.version);
            }
            changes.push(documents::put(&action)?);
            Ok((changes, WholeAction { action, deployed }))
        })
        .await
    }

    /// Changes an action's draft and builds it. What is deployed stays deployed.
    ///
    /// # Errors
    ///
    /// As [`Registry::create_action`], and [`Refused::NoSuchDocument`]; [`Refused::DocumentInUse`]
    /// when it is bound to a trigger it would no longer support.
    pub async fn update_action(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: &ActionEdit,
    ) -> Result<WholeAction, RegistryError> {
        let now = self.clock.now();
        let secrets = self.seal_action_secrets(tenant, id, edit, now)?;
        self.commit(tenant, actor, |state| {
            let mut action = documents::find::<Action>(state, id)?;
            edit.apply(state, &mut action.object, secrets.as_deref(), now)?;
            let supports = |trigger: &str| {
                let mut supported = action.object.supported_triggers.iter();
                supported.any(|one| one.id == trigger)
            };
            for bindings in bound_lists(state, id)? {
                if !supports(&bindings.object.trigger) {
                    return Err(Refused::DocumentInUse {
                        kind: DocumentKind::Action,
                        reason: "it is bound to a trigger it would no longer support",
                    });
                }
            }
            action.updated_at = now;
            let change = documents::put(&action)?;
            Ok((vec![change], WholeAction::of(state, action)?))
        })
        .await
    }

    /// Deletes an action with its versions; `force` takes it from the triggers it is bound to.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; [`Refused::DocumentInUse`] when it is bound; see
    /// [`Registry::commit`] for the rest.
    pub async fn delete_action(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        force: bool,
    ) -> Result<(), RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            documents::find::<Action>(state, id)?;
            let mut changes = Vec::new();
            for mut bindings in bound_lists(state, id)? {
                if !force {
                    return Err(Refused::DocumentInUse {
                        kind: DocumentKind::Action,
                        reason: "it is bound to a trigger",
                    });
                }
                let kept = &mut bindings.object.bindings;
                kept.retain(|binding| binding.action_id != id);
                bindings.updated_at = now;
                changes.push(documents::put(&bindings)?);
            }
            let kinds = [DocumentKind::ActionVersion];
            changes.extend(documents::delete_children(state, &kinds, id));
            changes.push(documents::delete::<Action>(id));
            Ok((changes, ()))
        })
        .await
    }

    /// Sealing is not pure, so it is done before the rules are asked.
    fn seal_action_secrets(
        &self,
        tenant: &TenantId,
        id: &str,
        edit: &ActionEdit,
        now: Timestamp,
    ) -> Result<Option<Vec<Sealed>>, RegistryError> {
        let Some(secrets) = &edit.secrets else {
            return Ok(None);
        };
        script::check_secrets(secrets, SECRET_NAME_MAX).map_err(RegistryError::Refused)?;
        script::seal(
            &self.vault,
            tenant,
            &Action::sealing_owner(id),
            secrets,
            now,
        )
        .map(Some)
        .map_err(RegistryError::Vault)
    }
}

/// The lists of bindings that name an action.
fn bound_lists(state: &State, id: &str) -> Result<Vec<Dated<ActionBindings>>, Refused> {
    let mut lists = documents::all::<ActionBindings>(state)?;
    lists.retain(|list| {
        let mut bindings = list.object.bindings.iter();
        bindings.any(|binding| binding.action_id == id)
    });
    Ok(lists)
}
