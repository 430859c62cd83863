//! Actions, versions and bindings as Auth0 shows them.

use m2mint_authority::action::{
    Action, ActionVersion, Complaint, ModuleUse, TriggerRef, WholeAction,
};
use m2mint_authority::documents::Dated;
use m2mint_authority::registry::action_bindings::BoundAction;
use m2mint_authority::registry::action_versions::VersionOfAction;
use m2mint_authority::script::{KeptSecret, Package};
use m2mint_domain::Timestamp;
use serde_json::{Value, json};

use crate::api::object::{Object, date};

/// When an action is looked at: in the answer to the request that wrote it, or later.
///
/// With Auth0 a build takes a moment, and tools wait for it to be done. Here it is done before the
/// answer leaves, and the answer still says what tools expect of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    /// It was made, and perhaps deployed, by this request.
    Made,
    /// Its draft was changed by this request.
    Changed,
    /// By any other request.
    Later,
}

/// With nine digits after the point, as everything about actions is shown.
pub(super) fn nanoseconds(at: Timestamp) -> String {
    with_zeros(at, "000000")
}

/// With six digits after the point, as everything about modules is shown.
pub(crate) fn microseconds(at: Timestamp) -> String {
    with_zeros(at, "000")
}

fn with_zeros(at: Timestamp, zeros: &str) -> String {
    let date = date(at);
    format!("{}{zeros}Z", date.trim_end_matches('Z'))
}

/// An action.
pub(crate) fn action(whole: &WholeAction, seen: Seen) -> Object {
    let WholeAction { action, deployed } = whole;
    let Action { draft, build, .. } = &action.object;
    let failed = !build.errors.is_empty();
    let status = match (seen, failed) {
        (Seen::Made | Seen::Changed, _) => "pending",
        (Seen::Later, true) => "failed",
        (Seen::Later, false) => "built",
    };
    let errors = (failed && seen == Seen::Later).then(|| errors(&build.errors));
    head(action)
        .with("code", draft.code.as_str())
        .with("dependencies", packages(&draft.dependencies, seen))
        .with("runtime", draft.runtime.as_str())
        .with("status", status)
        .with("secrets", secrets(&draft.secrets, nanoseconds))
        .with_some("modules", modules(&draft.modules))
        .with_some("errors", errors)
        .followed_by(live(deployed.as_ref(), seen != Seen::Made))
        .with("all_changes_deployed", whole.all_changes_deployed())
}

/// A version with its action.
pub(crate) fn version(of: &VersionOfAction) -> Object {
    content(&of.version, of.is_deployed(), true).with("action", within(&of.action))
}

/// A version with its action, in the answer to its deployment: as it was just before.
pub(crate) fn new_version(of: &VersionOfAction) -> Object {
    content(&of.version, false, false)
        .with("status", "built")
        .with("action", within(&of.action))
}

/// A binding.
pub(crate) fn binding(bound: &BoundAction, trigger: &str) -> Object {
    let BoundAction { binding, action } = bound;
    let WholeAction { action, deployed } = action;
    let created_at = nanoseconds(binding.created_at());
    let action = head(action)
        .followed_by(live(deployed.as_ref(), true))
        .with("all_changes_deployed", false);
    Object::new()
        .with("id", binding.id.as_str())
        .with("trigger_id", trigger)
        .with("action", action)
        .with("created_at", created_at.as_str())
        .with("updated_at", created_at.as_str())
        .with("display_name", binding.display_name.as_str())
}

/// An action as another object shows it: without its draft, and so without an answer to whether the
/// draft is deployed.
fn within(action: &Dated<Action>) -> Object {
    head(action).with("all_changes_deployed", false)
}

fn head(action: &Dated<Action>) -> Object {
    let Action {
        id,
        name,
        supported_triggers,
        ..
    } = &action.object;
    Object::new()
        .with("id", id.as_str())
        .with("name", name.as_str())
        .with("supported_triggers", triggers(supported_triggers))
        .with("created_at", nanoseconds(action.created_at))
        .with("updated_at", nanoseconds(action.updated_at))
}

/// What is deployed, twice: in the words of an earlier API, and in those of this one.
fn live(version: Option<&Dated<ActionVersion>>, done: bool) -> Object {
    let Some(version) = version else {
        return Object::new();
    };
    let ActionVersion {
        id,
        number,
        content: made_of,
        ..
    } = &version.object;
    let created_at = nanoseconds(version.created_at);
    let current = Object::new()
        .with("id", id.as_str())
        .with("code", made_of.code.as_str())
        .with("runtime", made_of.runtime.as_str())
        .with("status", if done { "BUILT" } else { "PENDING" })
        .with("number", *number)
        .with_some("build_time", done.then_some(created_at.as_str()))
        .with("created_at", created_at.as_str())
        .with("updated_at", created_at.as_str());
    Object::new()
        .with("current_version", current)
        .with("deployed_version", content(version, true, done))
}

fn content(version: &Dated<ActionVersion>, deployed: bool, done: bool) -> Object {
    let ActionVersion {
        id,
        number,
        supported_triggers,
        content,
        ..
    } = &version.object;
    let created_at = nanoseconds(version.created_at);
    let built_at = done.then_some(created_at.as_str());
    Object::new()
        .with("code", content.code.as_str())
        .with("dependencies", packages(&content.dependencies, Seen::Later))
        .with("id", id.as_str())
        .with("deployed", deployed)
        .with("number", *number)
        .with_some("built_at", built_at)
        .with("secrets", secrets(&content.secrets, nanoseconds))
        .with_some("modules", modules(&content.modules))
        .with("status", if done { "built" } else { "pending" })
        .with("created_at", created_at.as_str())
        .with("updated_at", created_at.as_str())
        .with("runtime", content.runtime.as_str())
        .with("supported_triggers", triggers(supported_triggers))
}

fn triggers(triggers: &[TriggerRef]) -> Value {
    let trigger = |one: &TriggerRef| json!({"id": one.id, "version": one.version});
    triggers.iter().map(trigger).collect()
}

/// The packages of a module.
pub(crate) fn module_packages(list: &[Package]) -> Value {
    packages(list, Seen::Later)
}

/// Where a package was said to come from is forgotten with the build.
fn packages(packages: &[Package], seen: Seen) -> Value {
    let package = |package: &Package| {
        let url = package.registry_url.as_deref();
        Value::from(
            Object::new()
                .with("name", package.name.as_str())
                .with("version", package.version.as_str())
                .with_some("registry_url", url.filter(|_| seen != Seen::Later)),
        )
    };
    packages.iter().map(package).collect()
}

pub(crate) fn secrets(secrets: &[KeptSecret], date: fn(Timestamp) -> String) -> Value {
    let secret = |secret: &KeptSecret| {
        let updated_at = date(secret.updated_at());
        json!({"name": secret.name, "updated_at": updated_at})
    };
    secrets.iter().map(secret).collect()
}

fn modules(modules: &[ModuleUse]) -> Option<Value> {
    let module = |used: &ModuleUse| {
        json!({
            "module_id": used.module_id,
            "module_name": used.module_name,
            "module_version_id": used.version_id,
            "module_version_number": used.number,
        })
    };
    (!modules.is_empty()).then(|| modules.iter().map(module).collect())
}

fn errors(errors: &[Complaint]) -> Value {
    let error = |error: &Complaint| json!({"id": error.id, "msg": error.msg});
    errors.iter().map(error).collect()
}
