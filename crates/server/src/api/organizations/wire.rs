//! What bodies and answers about organizations look like.

use m2mint_domain::organization::OrganizationName;

use crate::api::page::pages;
use crate::api::quota::TOKEN_QUOTA;
use crate::api::schema::{
    BOOLEAN, Format, Schema, TEXT, choice, list, map, object, optional, required,
};

/// A slug.
const NAME_FORMAT: Format = Format {
    name: "organization-name",
    holds: |text| text.parse::<OrganizationName>().is_ok(),
    pattern: None,
};
/// An address of the web, without what would break out of an attribute.
const HTTPS: Format = Format {
    name: "strict-https-uri-or-null",
    holds: |text| {
        let rest = text.strip_prefix("https://").unwrap_or_default();
        !rest.is_empty()
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
    },
    pattern: None,
};
const COLOR_FORMAT: Format = Format {
    name: "html-color",
    holds: |text| {
        text.strip_prefix('#').is_some_and(|digits| {
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    },
    pattern: None,
};

const NAME: Schema = TEXT.length(1, 50).format(NAME_FORMAT);
const DISPLAY_NAME: Schema = TEXT.length(1, 255);
const COLOR: Schema = TEXT.format(COLOR_FORMAT);
const BRANDING: Schema = object(&[
    optional("logo_url", TEXT.length(0, 2_048).format(HTTPS).or_null()),
    optional(
        "colors",
        object(&[
            required("primary", COLOR),
            required("page_background", COLOR),
        ]),
    ),
]);
static METADATA_TEXT: Schema = TEXT.length(0, 255).or_null();
const METADATA: Schema = map(&METADATA_TEXT).at_most(25);
const THIRD_PARTY_ACCESS: Schema = choice(&["allow", "block"]);

static CONNECTION: Schema = object(&[
    required("connection_id", TEXT.length(1, 50)),
    optional("assign_membership_on_login", BOOLEAN),
    optional("show_as_button", BOOLEAN),
    optional("is_signup_enabled", BOOLEAN),
]);

pub(super) static CREATE_BODY: Schema = object(&[
    required("name", NAME),
    optional("display_name", DISPLAY_NAME),
    optional("branding", BRANDING),
    optional("metadata", METADATA),
    optional(
        "enabled_connections",
        list(&CONNECTION)
            .at_most(100)
            .about("There are no connections here: one that is named does not exist."),
    ),
    optional("token_quota", TOKEN_QUOTA),
    optional("third_party_client_access", THIRD_PARTY_ACCESS),
    optional("is_app_entitlement_active", BOOLEAN),
]);

pub(super) static UPDATE_BODY: Schema = object(&[
    optional("name", NAME),
    optional("display_name", DISPLAY_NAME),
    optional("branding", BRANDING),
    optional("metadata", METADATA),
    optional("token_quota", TOKEN_QUOTA.or_null()),
    optional("third_party_client_access", THIRD_PARTY_ACCESS),
    optional("is_app_entitlement_active", BOOLEAN),
]);

/// An organization.
pub(crate) static ORGANIZATION: Schema = object(&[
    optional("id", TEXT),
    optional("name", NAME),
    optional("display_name", DISPLAY_NAME),
    optional("branding", BRANDING),
    optional("metadata", METADATA),
    optional("token_quota", TOKEN_QUOTA),
    optional("third_party_client_access", THIRD_PARTY_ACCESS),
    optional("is_app_entitlement_active", BOOLEAN),
    optional(
        "client",
        object(&[required("use_for_member_access", BOOLEAN)]),
    ),
]);

pub(crate) static ORGANIZATION_PAGES: Schema = pages!("organizations", ORGANIZATION);

/// `field:1` upwards, `field:-1` downwards.
pub(super) const SORT: Schema = choice(&[
    "created_at:-1",
    "created_at:1",
    "display_name:-1",
    "display_name:1",
    "name:-1",
    "name:1",
]);
