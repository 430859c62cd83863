//! Bindings: which actions run at a trigger, and in which order.

use m2mint_actions::limits::{BINDINGS_MAX, NAME_MAX};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::text::check_name;
use m2mint_domain::{State, Timestamp};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::action::{self, Action, ActionBindings, Binding, WholeAction};
use crate::documents::{self, Dated};
use crate::script::uuid;
use crate::trigger::{BindingPolicy, Trigger};

/// A binding as an administrator writes it.
#[derive(Clone, Debug)]
pub struct NewBinding {
    /// What is to be bound.
    pub reference: BindingRef,
    /// What people call it there; the action's name when nothing is said.
    pub display_name: Option<String>,
}

/// How a binding names what it binds.
#[derive(Clone, Debug)]
pub enum BindingRef {
    /// An action by its id.
    ActionId(String),
    /// An action by its name.
    ActionName(String),
    /// A binding that is there: it stays.
    BindingId(String),
}

/// A binding with the action it binds.
#[derive(Clone, Debug)]
pub struct BoundAction {
    /// The binding.
    pub binding: Binding,
    /// The action.
    pub action: WholeAction,
}

impl BoundAction {
    /// The bindings of a trigger, in their order.
    ///
    /// # Errors
    ///
    /// [`Refused::UnreadableDocument`].
    pub fn all(state: &State, trigger: &str) -> Result<Vec<Self>, Refused> {
        let of_binding = |binding: Binding| {
            let action = WholeAction::find(state, &binding.action_id)?;
            Ok(Self { binding, action })
        };
        let bindings = action::bindings(state, trigger)?;
        bindings.into_iter().map(of_binding).collect()
    }
}

impl Registry {
    /// Replaces the bindings of a trigger.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`] for an action or a binding, [`Refused::NotDeployed`],
    /// [`Refused::Invalid`], [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn set_action_bindings(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        trigger: &Trigger,
        new: &[NewBinding],
    ) -> Result<Vec<BoundAction>, RegistryError> {
        let now = self.clock.now();
        if BINDINGS_MAX < new.len() {
            return Err(RegistryError::Refused(Refused::TooMany {
                what: "actions at a trigger",
                max: BINDINGS_MAX,
            }));
        }
        if trigger.policy == BindingPolicy::Entity {
            let reason = "cannot update action bindings for an entity-bound trigger";
            return Err(RegistryError::Refused(Refused::invalid(
                "bindings", &reason,
            )));
        }
        let ids: Vec<String> = new.iter().map(|_| uuid(&*self.entropy)).collect();
        self.commit(tenant, actor, |state| {
            let before = action::bindings(state, trigger.id)?;
            let bound = new
                .iter()
                .zip(&ids)
                .map(|(new, id)| new.bind(state, trigger, &before, id, now))
                .collect::<Result<Vec<_>, _>>()?;
            let list = ActionBindings {
                trigger: trigger.id.to_owned(),
                bindings: bound.iter().map(|one| one.binding.clone()).collect(),
            };
            Ok((vec![documents::put(&Dated::new(list, now))?], bound))
        })
        .await
    }
}

impl NewBinding {
    fn bind(
        &self,
        state: &State,
        trigger: &Trigger,
        before: &[Binding],
        id: &str,
        now: Timestamp,
    ) -> Result<BoundAction, Refused> {
        let mut stays = None;
        let action = match &self.reference {
            BindingRef::ActionId(id) => documents::find::<Action>(state, id)?,
            BindingRef::ActionName(name) => documents::all::<Action>(state)?
                .into_iter()
                .find(|action| action.object.name == *name)
                .ok_or(Refused::NoSuchDocument(DocumentKind::Action))?,
            BindingRef::BindingId(id) => {
                let found = before.iter().find(|binding| binding.id == *id);
                let binding = found.ok_or(Refused::NoSuchDocument(DocumentKind::ActionBindings))?;
                stays = Some(binding);
                documents::find::<Action>(state, &binding.action_id)?
            }
        };
        let Action {
            id: action_id,
            name,
            supported_triggers,
            deployed,
            ..
        } = &action.object;
        if supported_triggers.iter().all(|one| one.id != trigger.id) {
            let reason = format!(
                "The action {name} does not support the trigger {}",
                trigger.id
            );
            return Err(Refused::invalid("bindings", &reason));
        }
        if deployed.is_none() {
            let action = name.clone();
            return Err(Refused::NotDeployed { action });
        }
        let display_name = match (&self.display_name, stays) {
            (Some(said), _) => said,
            (None, Some(binding)) => &binding.display_name,
            (None, None) => name,
        };
        check_name(display_name, NAME_MAX).map_err(|error| Refused::invalid("bindings", &error))?;
        let mut binding = match stays {
            Some(binding) => binding.clone(),
            None => Binding::new(id.to_owned(), action_id.clone(), now),
        };
        display_name.clone_into(&mut binding.display_name);
        Ok(BoundAction {
            binding,
            action: WholeAction::of(state, action)?,
        })
    }
}
