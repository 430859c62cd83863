//! What the JSON of modules looks like, on the way in and on the way out.

use m2mint_actions::limits::{
    DEPENDENCIES_MAX, MODULE_CODE_MAX, NAME_MAX, SECRET_VALUE_MAX, SECRETS_MAX,
};

use crate::api::actions::{DATE, NUMBER, SECRETS};
use crate::api::schema::{BOOLEAN, Format, Schema, TEXT, list, object, optional, required};

const NO_NUL: Format = Format {
    name: "no-nul",
    holds: |text| !text.contains('\0'),
    pattern: Some("^[^\\u0000]*$"),
};

const NAME: Schema = TEXT.length(1, NAME_MAX).format(NO_NUL);
const CODE: Schema = TEXT.length(0, MODULE_CODE_MAX).format(NO_NUL);
const SECRET: Schema = object(&[
    required("name", NAME),
    required("value", TEXT.length(0, SECRET_VALUE_MAX).format(NO_NUL)),
]);
const SECRETS_IN: Schema = list(&SECRET).at_most(SECRETS_MAX);
const DEPENDENCY: Schema = object(&[
    required("name", NAME),
    required("version", TEXT.length(1, 50).format(NO_NUL)),
]);
const DEPENDENCIES_IN: Schema = list(&DEPENDENCY).at_most(DEPENDENCIES_MAX);

pub(super) static CREATE: Schema = object(&[
    required("name", NAME),
    required("code", CODE),
    optional("secrets", SECRETS_IN),
    optional("dependencies", DEPENDENCIES_IN),
    optional(
        "api_version",
        TEXT.length(0, 20).format(NO_NUL).about("Ignored."),
    ),
    optional("publish", BOOLEAN),
]);

pub(super) static UPDATE: Schema = object(&[
    optional("code", CODE),
    optional("secrets", SECRETS_IN.about("Replaces all secrets.")),
    optional("dependencies", DEPENDENCIES_IN),
]);

pub(super) static ROLL_BACK: Schema = object(&[required("module_version_id", TEXT)]);

const DEPENDENCIES: Schema = list(&object(&[
    required("name", TEXT),
    required("version", TEXT),
]));

const LATEST: Schema = object(&[
    required("id", TEXT),
    required("version_number", NUMBER),
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("secrets", SECRETS),
]);

pub(super) static MODULE: Schema = object(&[
    required("id", TEXT),
    required("name", TEXT),
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("secrets", SECRETS),
    required("all_changes_published", BOOLEAN),
    required("actions_using_module_total", NUMBER),
    required("created_at", DATE),
    required("updated_at", DATE),
    optional("latest_version", LATEST),
]);

const LISTED: Schema = object(&[
    required("id", TEXT),
    required("name", TEXT),
    required("code", TEXT),
    required("dependencies", DEPENDENCIES),
    required("secrets", SECRETS),
    required("all_changes_published", BOOLEAN),
    required("actions_using_module_total", NUMBER),
    required("created_at", DATE),
    required("updated_at", DATE),
    optional("latest_version_number", NUMBER),
]);

pub(super) static MODULES: Schema = object(&[
    required("modules", list(&LISTED)),
    required("total", NUMBER),
    required("page", NUMBER),
    required("per_page", NUMBER),
]);

pub(super) static VERSION: Schema = object(&[
    required("id", TEXT),
    required("module_id", TEXT),
    required("version_number", NUMBER),
    required("code", TEXT),
    required("secrets", SECRETS),
    required("dependencies", DEPENDENCIES),
    required("created_at", DATE),
]);

pub(super) static VERSIONS: Schema = object(&[
    required("versions", list(&VERSION)),
    required("total", NUMBER),
    required("page", NUMBER),
    required("per_page", NUMBER),
]);

const USER: Schema = object(&[
    required("action_id", TEXT),
    required("action_name", TEXT),
    required("module_version_id", TEXT),
    required("module_version_number", NUMBER),
]);

pub(super) static USERS: Schema = object(&[
    required("actions", list(&USER)),
    optional("total", NUMBER),
    optional("page", NUMBER),
    required("per_page", NUMBER),
]);
