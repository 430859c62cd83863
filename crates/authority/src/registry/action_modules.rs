//! Modules that actions share: make, change, publish, go back, delete.

use m2mint_actions::limits::{
    DEPENDENCIES_MAX, MODULE_CODE_MAX, MODULES_MAX, NAME_MAX, VERSIONS_MAX,
};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::text::check_name;
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::action_module::{
    ActionModule, ActionModuleVersion, ModuleContent, ModuleUsers, WholeModule,
};
use crate::documents::{self, Dated};
use crate::script::{self, NewSecret, Package, Sealed, uuid};

/// What is said of a module. What is not said stays.
#[derive(Debug, Default)]
pub struct ModuleEdit {
    /// JavaScript.
    pub code: Option<String>,
    /// Packages.
    pub dependencies: Option<Vec<Package>>,
    /// All its secrets.
    pub secrets: Option<Vec<NewSecret>>,
}

impl Registry {
    /// Makes a module; with `publish`, its first version too.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a name that is taken, [`Refused::TooMany`],
    /// [`Refused::Invalid`]; see [`Registry::commit`] for the rest.
    pub async fn create_action_module(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        name: &str,
        edit: &ModuleEdit,
        publish: bool,
    ) -> Result<WholeModule, RegistryError> {
        let now = self.clock.now();
        let (id, version) = (uuid(&*self.entropy), uuid(&*self.entropy));
        let secrets = self.seal_module_secrets(tenant, &id, edit, now)?;
        self.commit(tenant, actor, |state| {
            check_module_name(state, name)?;
            if MODULES_MAX <= state.documents(DocumentKind::ActionModule).count() {
                let what = "action modules";
                let max = MODULES_MAX;
                return Err(Refused::TooMany { what, max });
            }
            let module = ActionModule {
                id: id.clone(),
                name: name.to_owned(),
                draft: ModuleContent::default(),
                newest: 0,
                latest: None,
            };
            let mut module = Dated::new(module, now);
            edit.apply(&mut module.object.draft, secrets.as_deref())?;
            let (mut changes, mut latest) = (Vec::new(), None);
            if publish {
                let made = module.publish(state, &version, now)?;
                changes.push(documents::put(&made)?);
                latest = Some(made);
            }
            changes.push(documents::put(&module)?);
            let whole = WholeModule {
                module,
                latest,
                used_by: 0,
            };
            Ok((changes, whole))
        })
        .await
    }

    /// Changes the draft of a module.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::Invalid`], [`Refused::TooMany`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn update_action_module(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: &ModuleEdit,
    ) -> Result<WholeModule, RegistryError> {
        let now = self.clock.now();
        let secrets = self.seal_module_secrets(tenant, id, edit, now)?;
        self.commit(tenant, actor, |state| {
            let mut module = documents::find::<ActionModule>(state, id)?;
            edit.apply(&mut module.object.draft, secrets.as_deref())?;
            module.updated_at = now;
            let change = documents::put(&module)?;
            Ok((vec![change], WholeModule::of(state, module)?))
        })
        .await
    }

    /// Deletes a module that no action uses, with its versions.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::DocumentInUse`]; see [`Registry::commit`] for the
    /// rest.
    pub async fn delete_action_module(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state| {
            documents::find::<ActionModule>(state, id)?;
            if !ModuleUsers::of(state)?.of_module(id).is_empty() {
                return Err(Refused::DocumentInUse {
                    kind: DocumentKind::ActionModule,
                    reason: "one or more actions use it",
                });
            }
            let kinds = [DocumentKind::ActionModuleVersion];
            let mut changes = documents::delete_children(state, &kinds, id);
            changes.push(documents::delete::<ActionModule>(id));
            Ok((changes, ()))
        })
        .await
    }

    /// Publishes what is written: a new version.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::DocumentExists`] when it is published already,
    /// [`Refused::TooMany`] versions; see [`Registry::commit`] for the rest.
    pub async fn publish_action_module(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<Dated<ActionModuleVersion>, RegistryError> {
        let (now, version) = (self.clock.now(), uuid(&*self.entropy));
        self.commit(tenant, actor, |state| {
            let whole = WholeModule::find(state, id)?;
            if whole.all_changes_published() {
                let kind = DocumentKind::ActionModuleVersion;
                return Err(Refused::DocumentExists(kind));
            }
            let mut module = whole.module;
            let made = module.publish(state, &version, now)?;
            let changes = vec![documents::put(&made)?, documents::put(&module)?];
            Ok((changes, made))
        })
        .await
    }

    /// Writes a version back into the draft of its module.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::DocumentExists`] when the draft is that version
    /// already; see [`Registry::commit`] for the rest.
    pub async fn roll_back_action_module(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        version: &str,
    ) -> Result<WholeModule, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut module = documents::find::<ActionModule>(state, id)?;
            let version = find_version(state, id, version)?;
            if version.object.content == module.object.draft {
                let kind = DocumentKind::ActionModuleVersion;
                return Err(Refused::DocumentExists(kind));
            }
            module.object.draft = version.object.content;
            module.updated_at = now;
            let change: Change = documents::put(&module)?;
            Ok((vec![change], WholeModule::of(state, module)?))
        })
        .await
    }

    fn seal_module_secrets(
        &self,
        tenant: &TenantId,
        id: &str,
        edit: &ModuleEdit,
        now: Timestamp,
    ) -> Result<Option<Vec<Sealed>>, RegistryError> {
        let Some(secrets) = &edit.secrets else {
            return Ok(None);
        };
        script::check_secrets(secrets, NAME_MAX).map_err(RegistryError::Refused)?;
        let owner = ActionModule::sealing_owner(id);
        script::seal(&self.vault, tenant, &owner, secrets, now)
            .map(Some)
            .map_err(RegistryError::Vault)
    }
}

impl ModuleEdit {
    fn apply(&self, draft: &mut ModuleContent, secrets: Option<&[Sealed]>) -> Result<(), Refused> {
        if let Some(code) = &self.code {
            code.clone_into(&mut draft.code);
        }
        if let Some(dependencies) = &self.dependencies {
            dependencies.clone_into(&mut draft.dependencies);
        }
        if let Some(secrets) = secrets {
            draft.secrets = script::replaced(&draft.secrets, secrets)?;
        }
        if MODULE_CODE_MAX < draft.code.chars().count() {
            let reason = format!("There may be no more than {MODULE_CODE_MAX} characters of code");
            return Err(Refused::invalid("code", &reason));
        }
        if DEPENDENCIES_MAX < draft.dependencies.len() {
            let reason = format!("There may be no more than {DEPENDENCIES_MAX} dependencies");
            return Err(Refused::invalid("dependencies", &reason));
        }
        Ok(())
    }
}

impl Dated<ActionModule> {
    /// Makes a version of the draft and points the module at it. Versions are never dropped on
    /// their own: an action may use any of them.
    fn publish(
        &mut self,
        state: &State,
        id: &str,
        now: Timestamp,
    ) -> Result<Dated<ActionModuleVersion>, Refused> {
        let module = &mut self.object;
        let before = documents::all_of::<ActionModuleVersion>(state, &module.id)?;
        if VERSIONS_MAX <= before.len() {
            return Err(Refused::TooMany {
                what: "versions of a module",
                max: VERSIONS_MAX,
            });
        }
        module.newest = module.newest.saturating_add(1);
        module.latest = Some(id.to_owned());
        let version = ActionModuleVersion {
            id: id.to_owned(),
            module_id: module.id.clone(),
            number: module.newest,
            content: module.draft.clone(),
        };
        Ok(Dated::new(version, now))
    }
}

/// A version of a module.
///
/// # Errors
///
/// [`Refused::NoSuchDocument`], [`Refused::UnreadableDocument`].
pub fn find_version(
    state: &State,
    module: &str,
    version: &str,
) -> Result<Dated<ActionModuleVersion>, Refused> {
    let version = documents::find::<ActionModuleVersion>(state, version)?;
    if version.object.module_id != module {
        return Err(Refused::NoSuchDocument(DocumentKind::ActionModuleVersion));
    }
    Ok(version)
}

fn check_module_name(state: &State, name: &str) -> Result<(), Refused> {
    check_name(name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    let modules = documents::all::<ActionModule>(state)?;
    if modules.iter().any(|module| module.object.name == name) {
        return Err(Refused::DocumentExists(DocumentKind::ActionModule));
    }
    Ok(())
}
