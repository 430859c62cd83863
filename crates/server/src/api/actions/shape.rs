//! What the JSON of actions looks like, on the way in and on the way out.

use m2mint_actions::limits::{
    CODE_MAX, DEPENDENCIES_MAX, MODULES_PER_ACTION_MAX, NAME_MAX, SECRET_NAME_MAX,
    SECRET_VALUE_MAX, SECRETS_MAX, TRIGGERS_PER_ACTION_MAX,
};
use m2mint_authority::trigger::{IDS, RUNTIMES};

use crate::api::schema::{
    ANY_OBJECT, BOOLEAN, DATE_TIME, Schema, TEXT, choice, integer, list, object, open_object,
    optional, required,
};

pub(crate) const DATE: Schema = TEXT.format(DATE_TIME);
pub(crate) const NUMBER: Schema = integer(0, i64::MAX);
pub(crate) const TRIGGER_ID: Schema = choice(IDS);
const STATUS: Schema = choice(&[
    "pending", "building", "packaged", "built", "retrying", "failed",
]);

// ---- on the way in

const COMPATIBLE: Schema = open_object(&[required("id", TRIGGER_ID), required("version", TEXT)]);
const TRIGGER: Schema = object(&[
    required("id", TRIGGER_ID),
    optional("version", TEXT),
    optional("status", TEXT.about("Ignored.")),
    optional("runtimes", list(&TEXT).about("Ignored.")),
    optional("default_runtime", TEXT.about("Ignored.")),
    optional("compatible_triggers", list(&COMPATIBLE).about("Ignored.")),
    optional(
        "binding_policy",
        choice(&["trigger-bound", "entity-bound"]).about("Ignored."),
    ),
]);
const DEPENDENCY_IN: Schema = object(&[
    required("name", TEXT.length(1, 214)),
    required("version", TEXT.length(1, 256)),
    optional(
        "registry_url",
        TEXT.length(0, 2_048)
            .about("Shown until the build is done."),
    ),
]);
const SECRET_IN: Schema = open_object(&[
    required("name", TEXT.length(1, SECRET_NAME_MAX)),
    optional(
        "value",
        TEXT.length(0, SECRET_VALUE_MAX)
            .about("Never shown again. Left out: the value that is kept stays."),
    ),
]);
const MODULE_IN: Schema = object(&[
    optional("module_id", TEXT),
    optional("module_name", TEXT),
    optional("module_version_id", TEXT),
    optional("module_version_number", integer(1, u32::MAX as i64)),
]);

const NAME: Schema = TEXT.length(1, NAME_MAX);
const TRIGGERS_IN: Schema = list(&TRIGGER).at_least(1).at_most(TRIGGERS_PER_ACTION_MAX);
const CODE: Schema = TEXT.length(0, CODE_MAX);
const DEPENDENCIES_IN: Schema = list(&DEPENDENCY_IN).at_most(DEPENDENCIES_MAX);
const RUNTIME: Schema = choice(RUNTIMES);
const SECRETS_IN: Schema = list(&SECRET_IN).at_most(SECRETS_MAX);
const MODULES_IN: Schema = list(&MODULE_IN).at_most(MODULES_PER_ACTION_MAX);

pub(crate) static CREATE: Schema = object(&[
    required("name", NAME),
    required("supported_triggers", TRIGGERS_IN),
    optional("code", CODE),
    optional("dependencies", DEPENDENCIES_IN),
    optional("runtime", RUNTIME),
    optional("secrets", SECRETS_IN),
    optional("modules", MODULES_IN),
    optional("deploy", BOOLEAN),
]);

pub(crate) static UPDATE: Schema = object(&[
    optional("name", NAME),
    optional("supported_triggers", TRIGGERS_IN),
    optional("code", CODE),
    optional("dependencies", DEPENDENCIES_IN),
    optional("runtime", RUNTIME),
    optional("secrets", SECRETS_IN.about("Replaces all secrets.")),
    optional("modules", MODULES_IN),
]);

pub(crate) static DEPLOY_VERSION: Schema = object(&[optional("update_draft", BOOLEAN)]).or_null();

pub(crate) static TEST: Schema = object(&[required("payload", ANY_OBJECT)]);

const REFERENCE: Schema = open_object(&[
    optional("type", choice(&["binding_id", "action_id", "action_name"])),
    required("value", TEXT),
]);
const BINDING_IN: Schema = object(&[
    required("ref", REFERENCE),
    optional("display_name", NAME),
    optional("secrets", list(&SECRET_IN).at_most(SECRETS_MAX)),
]);

pub(crate) static SET_BINDINGS: Schema = object(&[optional(
    "bindings",
    list(&BINDING_IN).about("The whole list, in the order the actions run."),
)]);

// ---- on the way out

const TRIGGER_REF: Schema = object(&[required("id", TRIGGER_ID), required("version", TEXT)]);
const TRIGGER_REFS: Schema = list(&TRIGGER_REF);
const DEPENDENCY: Schema = object(&[
    required("name", TEXT),
    required("version", TEXT),
    optional("registry_url", TEXT),
]);
pub(crate) const DEPENDENCIES: Schema = list(&DEPENDENCY);
const SECRET: Schema = object(&[required("name", TEXT), required("updated_at", DATE)]);
pub(crate) const SECRETS: Schema = list(&SECRET);
const MODULE: Schema = object(&[
    required("module_id", TEXT),
    required("module_name", TEXT),
    required("module_version_id", TEXT),
    required("module_version_number", NUMBER),
]);
const MODULES: Schema = list(&MODULE);
const ERROR: Schema = object(&[
    required("id", TEXT),
    required("msg", TEXT),
    optional("url", TEXT),
]);

const CURRENT_VERSION: Schema = object(&[
    required("id", TEXT),
    required("code", TEXT),
    required("runtime", TEXT),
    required("status", choice(&["PENDING", "BUILT"])),
    required("number", NUMBER),
    optional("build_time", DATE),
    required("created_at", DATE),
    required("updated_at", DATE),
]);

const DEPLOYED_VERSION: Schema = object(&[
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("id", TEXT),
    required("deployed", BOOLEAN),
    required("number", NUMBER),
    optional("built_at", DATE),
    required("secrets", SECRETS),
    optional("modules", MODULES),
    required("status", STATUS),
    required("created_at", DATE),
    required("updated_at", DATE),
    required("runtime", TEXT),
    required("supported_triggers", TRIGGER_REFS),
]);

/// An action as another object shows it.
const ACTION_WITHIN: Schema = object(&[
    required("id", TEXT),
    required("name", TEXT),
    required("supported_triggers", TRIGGER_REFS),
    required("created_at", DATE),
    required("updated_at", DATE),
    optional("current_version", CURRENT_VERSION),
    optional("deployed_version", DEPLOYED_VERSION),
    required("all_changes_deployed", BOOLEAN),
]);

pub(crate) static VERSION: Schema = object(&[
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("id", TEXT),
    required("deployed", BOOLEAN),
    required("number", NUMBER),
    optional("built_at", DATE),
    required("secrets", SECRETS),
    optional("modules", MODULES),
    required("status", STATUS),
    required("created_at", DATE),
    required("updated_at", DATE),
    required("runtime", TEXT),
    required("supported_triggers", TRIGGER_REFS),
    required("action", ACTION_WITHIN),
]);

pub(crate) static ACTION: Schema = object(&[
    required("id", TEXT),
    required("name", TEXT),
    required("supported_triggers", TRIGGER_REFS),
    required("created_at", DATE),
    required("updated_at", DATE),
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("runtime", TEXT),
    required("status", STATUS),
    required("secrets", SECRETS),
    optional("modules", MODULES),
    optional("errors", list(&ERROR).about("Why it was not built.")),
    optional("current_version", CURRENT_VERSION),
    optional("deployed_version", DEPLOYED_VERSION),
    required("all_changes_deployed", BOOLEAN),
]);

const BINDING: Schema = object(&[
    required("id", TEXT),
    required("trigger_id", TRIGGER_ID),
    required("action", ACTION_WITHIN),
    required("created_at", DATE),
    required("updated_at", DATE),
    required("display_name", TEXT),
]);

pub(crate) static ACTIONS: Schema = object(&[
    required("actions", list(&ACTION)),
    optional("total", NUMBER),
    optional("page", NUMBER),
    required("per_page", NUMBER),
]);

pub(crate) static VERSIONS: Schema = object(&[
    required("versions", list(&VERSION)),
    optional("total", NUMBER),
    optional("page", NUMBER),
    required("per_page", NUMBER),
]);

pub(crate) static BINDINGS: Schema = object(&[
    required("bindings", list(&BINDING)),
    optional("total", NUMBER),
    optional("page", NUMBER),
    required("per_page", NUMBER),
]);

/// The answer to a change has no page.
pub(crate) static BINDINGS_SET: Schema = object(&[required("bindings", list(&BINDING))]);

const TRIGGER_ROW: Schema = object(&[
    required("id", TRIGGER_ID),
    required("version", TEXT),
    required("status", choice(&["CURRENT", "DEPRECATED"])),
    required("runtimes", list(&TEXT)),
    required("default_runtime", TEXT),
    required("binding_policy", choice(&["trigger-bound", "entity-bound"])),
    required("compatible_triggers", list(&TRIGGER_REF)),
]);

pub(crate) static TRIGGERS: Schema = object(&[required("triggers", list(&TRIGGER_ROW))]);

pub(crate) static TESTED: Schema = object(&[required("payload", ANY_OBJECT)]);

const RESULT: Schema = object(&[
    required("action_name", TEXT),
    optional("error", ERROR),
    required("started_at", DATE),
    optional("ended_at", DATE),
]);

pub(crate) static EXECUTION: Schema = object(&[
    required("id", TEXT),
    required("trigger_id", TRIGGER_ID),
    required(
        "status",
        choice(&[
            "unspecified",
            "pending",
            "final",
            "partial",
            "canceled",
            "suspended",
        ]),
    ),
    required("results", list(&RESULT)),
    required("created_at", DATE),
    required("updated_at", DATE),
]);
