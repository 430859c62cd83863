//! Modules as Auth0 shows them.

use m2mint_authority::action_module::{
    ActionModule, ActionModuleVersion, ModuleContent, ModuleUser, WholeModule,
};
use m2mint_authority::documents::Dated;

use crate::api::actions::{self, microseconds};
use crate::api::object::Object;

/// A module with its latest version.
pub(super) fn whole_module(whole: &WholeModule) -> Object {
    let latest = whole.latest.as_ref().map(|version| {
        let ActionModuleVersion {
            id,
            number,
            content,
            ..
        } = &version.object;
        Object::new()
            .with("id", id.as_str())
            .with("version_number", *number)
            .followed_by(show_content(content))
    });
    show_module(whole, Object::new().with_some("latest_version", latest))
}

/// A module in a list: with the number of its latest version only.
pub(super) fn listed_module(whole: &WholeModule) -> Object {
    let number = whole.latest.as_ref().map(|version| version.object.number);
    show_module(
        whole,
        Object::new().with_some("latest_version_number", number),
    )
}

fn show_module(whole: &WholeModule, latest: Object) -> Object {
    let module = &whole.module;
    let ActionModule {
        id, name, draft, ..
    } = &module.object;
    Object::new()
        .with("id", id.as_str())
        .with("name", name.as_str())
        .followed_by(show_content(draft))
        .with("all_changes_published", whole.all_changes_published())
        .with("actions_using_module_total", whole.used_by)
        .with("created_at", microseconds(module.created_at))
        .with("updated_at", microseconds(module.updated_at))
        .followed_by(latest)
}

fn show_content(content: &ModuleContent) -> Object {
    let dependencies = actions::module_packages(&content.dependencies);
    Object::new()
        .with("code", content.code.as_str())
        .with("dependencies", dependencies)
        .with("secrets", actions::secrets(&content.secrets, microseconds))
}

/// A version.
pub(super) fn module_version(version: &Dated<ActionModuleVersion>) -> Object {
    let ActionModuleVersion {
        id,
        module_id,
        number,
        content,
    } = &version.object;
    let dependencies = actions::module_packages(&content.dependencies);
    Object::new()
        .with("id", id.as_str())
        .with("module_id", module_id.as_str())
        .with("version_number", *number)
        .with("code", content.code.as_str())
        .with("secrets", actions::secrets(&content.secrets, microseconds))
        .with("dependencies", dependencies)
        .with("created_at", microseconds(version.created_at))
}

/// An action that uses a module.
pub(super) fn module_user(user: &ModuleUser) -> Object {
    Object::new()
        .with("action_id", user.action_id.as_str())
        .with("action_name", user.action_name.as_str())
        .with("module_version_id", user.version_id.as_str())
        .with("module_version_number", user.number)
}
