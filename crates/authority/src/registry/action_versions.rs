//! Versions of actions: deploy what is written, and go back to what was.

use m2mint_actions::limits::VERSIONS_MAX;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::action::{Action, ActionVersion, BuildRecord, Content, TriggerRef};
use crate::documents::{self, Dated};
use crate::script::uuid;

/// What deploying an action makes.
pub(super) struct Deployment {
    /// The new version, and old ones that go. The action itself is not among them.
    pub(super) changes: Vec<Change>,
    pub(super) version: Dated<ActionVersion>,
}

/// A version with the action it is of.
#[derive(Clone, Debug)]
pub struct VersionOfAction {
    /// The version.
    pub version: Dated<ActionVersion>,
    /// The action.
    pub action: Dated<Action>,
}

impl VersionOfAction {
    /// Whether it is the one that is deployed.
    #[must_use]
    pub fn is_deployed(&self) -> bool {
        self.action.object.deployed.as_ref() == Some(&self.version.object.id)
    }

    /// A version by its id.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`] for the action or the version; [`Refused::UnreadableDocument`].
    pub fn find(state: &State, action: &str, version: &str) -> Result<Self, Refused> {
        let action = documents::find::<Action>(state, action)?;
        let version = documents::find::<ActionVersion>(state, version)?;
        if version.object.action_id != action.object.id {
            return Err(Refused::NoSuchDocument(DocumentKind::ActionVersion));
        }
        Ok(Self { version, action })
    }

    /// The versions of an action, newest first.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`] for the action; [`Refused::UnreadableDocument`].
    pub fn all(state: &State, action: &str) -> Result<Vec<Self>, Refused> {
        let action = documents::find::<Action>(state, action)?;
        let mut versions = versions(state, &action.object.id)?;
        versions.reverse();
        let with_action = |version| Self {
            version,
            action: action.clone(),
        };
        Ok(versions.into_iter().map(with_action).collect())
    }
}

impl Registry {
    /// Deploys what is written: a new version.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::NotBuilt`]; see [`Registry::commit`] for the rest.
    pub async fn deploy_action(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<VersionOfAction, RegistryError> {
        let (now, version) = (self.clock.now(), uuid(&*self.entropy));
        self.commit(tenant, actor, |state| {
            let mut action = documents::find::<Action>(state, id)?;
            let what = action.object.draft();
            let made = action.deploy(state, &version, what, now)?;
            finish(made, action)
        })
        .await
    }

    /// Deploys an earlier version again, as a new one; `update_draft` writes it into the draft too.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::NotBuilt`] when a module it uses is gone; see
    /// [`Registry::commit`] for the rest.
    pub async fn deploy_action_version(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        earlier: &str,
        update_draft: bool,
    ) -> Result<VersionOfAction, RegistryError> {
        let (now, version) = (self.clock.now(), uuid(&*self.entropy));
        self.commit(tenant, actor, |state| {
            let found = VersionOfAction::find(state, id, earlier)?;
            let mut action = found.action;
            let content = found.version.object.content;
            if update_draft {
                action.object.draft = content.clone();
                action.object.build = BuildRecord::of(&content.build(state), now);
                action.updated_at = now;
            }
            let triggers = found.version.object.supported_triggers;
            let made = action.deploy(state, &version, (triggers, content), now)?;
            finish(made, action)
        })
        .await
    }
}

impl Dated<Action> {
    /// Makes a version of `content`, which has to build, and points the action at it.
    pub(super) fn deploy(
        &mut self,
        state: &State,
        id: &str,
        (supported_triggers, content): (Vec<TriggerRef>, Content),
        now: Timestamp,
    ) -> Result<Deployment, Refused> {
        content
            .build(state)
            .map_err(|wrong| Refused::NotBuilt { reason: wrong.msg })?;
        let action = &mut self.object;
        action.newest = action.newest.saturating_add(1);
        action.deployed = Some(id.to_owned());
        let version = Dated::new(
            ActionVersion {
                id: id.to_owned(),
                action_id: action.id.clone(),
                number: action.newest,
                supported_triggers,
                content,
            },
            now,
        );
        let before = versions(state, &action.id)?;
        // None of them is deployed any more, so the oldest may go.
        let too_many = (before.len() + 1).saturating_sub(VERSIONS_MAX);
        let mut changes: Vec<Change> = before
            .iter()
            .take(too_many)
            .map(|version| documents::delete::<ActionVersion>(&version.object.id))
            .collect();
        changes.push(documents::put(&version)?);
        Ok(Deployment { changes, version })
    }
}

fn finish(
    made: Deployment,
    action: Dated<Action>,
) -> Result<(Vec<Change>, VersionOfAction), Refused> {
    let Deployment {
        mut changes,
        version,
    } = made;
    changes.push(documents::put(&action)?);
    Ok((changes, VersionOfAction { version, action }))
}

/// The versions of an action, oldest first.
fn versions(state: &State, action: &str) -> Result<Vec<Dated<ActionVersion>>, Refused> {
    let mut versions = documents::all_of::<ActionVersion>(state, action)?;
    versions.sort_unstable_by_key(|version| version.object.number);
    Ok(versions)
}
