//! What bodies and answers about client grants look like.

use crate::api::page::pages;
use crate::api::schema::{BOOLEAN, Schema, TEXT, choice, list, object, optional, required};

const SCOPE: Schema = TEXT.length(1, 280);
const DETAILS_TYPE: Schema = TEXT.length(1, 255);
const USAGES: Schema = choice(&["allow", "deny", "require"]);
pub(super) const SUBJECT_TYPES: Schema = choice(&["client", "user"]);
pub(super) const HOLDERS: Schema = choice(&["third_party_clients"]);

pub(super) static CREATE_BODY: Schema = object(&[
    optional("client_id", TEXT.about("Either this or default_for.")),
    required("audience", TEXT.length(1, 600)),
    optional("default_for", HOLDERS),
    optional("organization_usage", USAGES),
    optional("allow_any_organization", BOOLEAN),
    optional("scope", list(&SCOPE)),
    optional("subject_type", SUBJECT_TYPES),
    optional("authorization_details_types", list(&DETAILS_TYPE)),
    optional("allow_all_scopes", BOOLEAN),
]);

pub(super) static UPDATE_BODY: Schema = object(&[
    optional("scope", list(&SCOPE).or_null()),
    optional("organization_usage", USAGES.or_null()),
    optional("allow_any_organization", BOOLEAN.or_null()),
    optional("authorization_details_types", list(&DETAILS_TYPE)),
    optional("allow_all_scopes", BOOLEAN.or_null()),
])
.at_least(1);

/// A client grant.
pub(crate) static GRANT: Schema = object(&[
    optional("id", TEXT),
    optional("client_id", TEXT),
    optional("audience", TEXT),
    optional("scope", list(&SCOPE)),
    optional("organization_usage", USAGES),
    optional("allow_any_organization", BOOLEAN),
    optional("subject_type", SUBJECT_TYPES),
    optional("authorization_details_types", list(&DETAILS_TYPE)),
    optional("default_for", HOLDERS),
    optional("is_system", BOOLEAN),
    optional("allow_all_scopes", BOOLEAN),
]);

pub(crate) static GRANTS: Schema = pages!("client_grants", GRANT);

/// A client grant as its association with an organization names it.
pub(crate) static ASSOCIATED: Schema = object(&[
    required("grant_id", TEXT),
    optional("client_id", TEXT),
    optional("audience", TEXT),
    optional("scope", list(&SCOPE)),
    optional("organization_usage", USAGES),
    optional("allow_any_organization", BOOLEAN),
    optional("default_for", HOLDERS),
    optional("authorization_details_types", list(&DETAILS_TYPE)),
    optional("allow_all_scopes", BOOLEAN),
]);
