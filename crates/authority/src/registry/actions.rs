//! Actions: make, change, delete.

use m2mint_actions::limits::{ACTIONS_MAX, NAME_MAX, SECRET_NAME_MAX, TRIGGERS_PER_ACTION_MAX};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::text::check_name;
use m2mint_domain::{State, Timestamp};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::action::{
    Action, ActionBindings, BuildRecord, Content, ModuleUse, TriggerRef, WholeAction,
};
use crate::action_module::{ActionModule, ActionModuleVersion};
use crate::documents::{self, Dated};
use crate::script::{self, NewSecret, Package, Sealed, uuid};
use crate::trigger::Trigger;

/// The code of an action that is made without any.
const CODE: &str = "module.exports = () => {}";

/// What is said of an action. What is not said stays, or is Auth0's default in a new one.
#[derive(Debug, Default)]
pub struct ActionEdit {
    /// Its name.
    pub name: Option<String>,
    /// Triggers by name and, perhaps, version.
    pub supported_triggers: Option<Vec<(String, Option<String>)>>,
    /// JavaScript.
    pub code: Option<String>,
    /// Packages.
    pub dependencies: Option<Vec<Package>>,
    /// For which runtime it is written.
    pub runtime: Option<String>,
    /// All its secrets.
    pub secrets: Option<Vec<NewSecret>>,
    /// All its modules.
    pub modules: Option<Vec<ModuleRef>>,
}

/// A version of a module: each of the two by id, or else as people call it.
#[derive(Clone, Debug, Default)]
pub struct ModuleRef {
    /// The module's id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The version's id.
    pub version_id: Option<String>,
    /// Its number.
    pub number: Option<u32>,
}

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
            edit.apply(state, &mut action.object, &secrets, now)?;
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
            edit.apply(state, &mut action.object, &secrets, now)?;
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

impl ActionEdit {
    /// Writes what was said, checks the whole, and builds it.
    fn apply(
        &self,
        state: &State,
        action: &mut Action,
        secrets: &Option<Vec<Sealed>>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if let Some(name) = &self.name {
            name.clone_into(&mut action.name);
            check_action_name(state, action)?;
        }
        if let Some(triggers) = &self.supported_triggers {
            action.supported_triggers = read_triggers(triggers)?;
        }
        let draft = &mut action.draft;
        if let Some(code) = &self.code {
            code.clone_into(&mut draft.code);
        }
        if let Some(dependencies) = &self.dependencies {
            dependencies.clone_into(&mut draft.dependencies);
        }
        if let Some(secrets) = secrets {
            draft.secrets = script::replaced(&draft.secrets, secrets)?;
        }
        if let Some(modules) = &self.modules {
            draft.modules = modules
                .iter()
                .map(|module| module.find(state))
                .collect::<Result<_, _>>()?;
        }
        if let Some(runtime) = &self.runtime {
            runtime.clone_into(&mut draft.runtime);
        } else if draft.runtime.is_empty() {
            let first = action.supported_triggers.first();
            let trigger = first.and_then(|one| Trigger::find(&one.id, Some(&one.version)));
            trigger
                .map_or("node22", |trigger| trigger.default_runtime)
                .clone_into(&mut draft.runtime);
        }
        draft.check()?;
        action.build = BuildRecord::of(&draft.build(state), now);
        Ok(())
    }
}

impl ModuleRef {
    fn find(&self, state: &State) -> Result<ModuleUse, Refused> {
        let module = match (&self.id, &self.name) {
            (Some(id), _) => documents::find::<ActionModule>(state, id)?,
            (None, Some(name)) => documents::all::<ActionModule>(state)?
                .into_iter()
                .find(|module| module.object.name == *name)
                .ok_or(Refused::NoSuchDocument(DocumentKind::ActionModule))?,
            (None, None) => {
                return Err(Refused::invalid("modules", &"A module needs a module_id"));
            }
        };
        let versions = documents::all_of::<ActionModuleVersion>(state, &module.object.id)?;
        let version = versions
            .into_iter()
            .map(|version| version.object)
            .find(|version| match (&self.version_id, self.number) {
                (Some(id), _) => version.id == *id,
                (None, Some(number)) => version.number == number,
                (None, None) => false,
            })
            .ok_or(Refused::NoSuchDocument(DocumentKind::ActionModuleVersion))?;
        Ok(ModuleUse {
            module_id: module.object.id,
            module_name: module.object.name,
            version_id: version.id,
            number: version.number,
        })
    }
}

/// An action that nothing was said of yet.
fn new_action(id: &str, now: Timestamp) -> Action {
    let draft = Content {
        code: CODE.to_owned(),
        dependencies: Vec::new(),
        runtime: String::new(),
        secrets: Vec::new(),
        modules: Vec::new(),
    };
    Action {
        id: id.to_owned(),
        name: String::new(),
        supported_triggers: Vec::new(),
        draft,
        build: BuildRecord::none(now),
        newest: 0,
        deployed: None,
    }
}

fn check_action_name(state: &State, action: &Action) -> Result<(), Refused> {
    check_name(&action.name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    let taken =
        |other: &Dated<Action>| other.object.name == action.name && other.object.id != action.id;
    if documents::all::<Action>(state)?.iter().any(taken) {
        return Err(Refused::DocumentExists(DocumentKind::Action));
    }
    Ok(())
}

fn read_triggers(said: &[(String, Option<String>)]) -> Result<Vec<TriggerRef>, Refused> {
    if TRIGGERS_PER_ACTION_MAX < said.len() {
        let reason = format!("There may be no more than {TRIGGERS_PER_ACTION_MAX} triggers");
        return Err(Refused::invalid("supported_triggers", &reason));
    }
    said.iter()
        .map(|(id, version)| {
            let row = Trigger::find(id, version.as_deref()).ok_or_else(|| {
                let version = version.as_deref().unwrap_or("of any version");
                let reason = format!("There is no trigger {id} {version}");
                Refused::invalid("supported_triggers", &reason)
            })?;
            Ok(TriggerRef {
                id: row.id.to_owned(),
                version: row.version.to_owned(),
            })
        })
        .collect()
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
