//! The shapes of a client's settings for user login: kept and shown, without effect here.

use crate::api::schema::{
    ANY_OBJECT, BOOLEAN, Member, Schema, TEXT, choice, either, integer, list, object, open_object,
    optional, required,
};

/// The longest URL, in characters.
const URL: Schema = TEXT.length(0, 2048);
const URLS: Schema = list(&URL).at_most(1000);
const FILLED: Schema = TEXT.length(1, 600);

/// Members whose value is a flag, a text or a list of texts.
pub(super) const PLAIN: [Member; 24] = [
    optional("allowed_clients", list(&FILLED).at_most(1000)),
    optional("allowed_logout_urls", URLS),
    optional("allowed_origins", URLS),
    optional("callbacks", URLS),
    optional("client_aliases", list(&FILLED).at_most(100)),
    optional("cross_origin_authentication", BOOLEAN),
    optional("cross_origin_loc", URL),
    optional("custom_login_page", TEXT),
    optional("custom_login_page_on", BOOLEAN),
    optional("custom_login_page_preview", TEXT),
    optional("form_template", TEXT),
    optional("initiate_login_uri", URL),
    optional("is_token_endpoint_ip_header_trusted", BOOLEAN),
    optional("logo_uri", URL),
    optional("oidc_conformant", BOOLEAN),
    optional(
        "organization_require_behavior",
        choice(&["no_prompt", "pre_login_prompt", "post_login_prompt"]),
    ),
    optional("organization_usage", choice(&["deny", "allow", "require"])),
    optional("par_request_expiry", integer(10, 600).or_null()),
    optional(
        "redirection_policy",
        choice(&["allow_always", "open_redirect_protection"]),
    ),
    optional("require_pushed_authorization_requests", BOOLEAN),
    optional(
        "skip_non_verifiable_callback_uri_confirmation_prompt",
        BOOLEAN,
    ),
    optional("sso", BOOLEAN),
    optional("sso_disabled", BOOLEAN),
    optional("web_origins", URLS),
];

/// Members whose value has members of its own.
pub(super) const STRUCTURED: [Member; 17] = [
    optional("addons", ADDONS),
    optional("agent_id", TEXT.length(1, 64)),
    optional(
        "async_approval_notification_channels",
        list(&choice(&["guardian-push", "email"]))
            .at_least(1)
            .at_most(10),
    ),
    optional("encryption_key", ENCRYPTION_KEY.or_null()),
    optional("express_configuration", EXPRESS),
    optional("fedcm_login", FEDCM),
    optional("identity_assertion_authorization_grant", ANY_OBJECT),
    optional("jwt_configuration", JWT),
    optional("mobile", MOBILE),
    optional("my_organization_configuration", MY_ORGANIZATION),
    optional("native_social_login", NATIVE_SOCIAL),
    optional("oidc_backchannel_logout", LOGOUT),
    optional("oidc_logout", LOGOUT),
    optional(
        "organization_discovery_methods",
        list(&choice(&["email", "organization_name"]))
            .at_least(1)
            .at_most(10),
    ),
    optional("refresh_token", REFRESH_TOKEN.or_null()),
    optional("session_transfer", SESSION_TRANSFER.or_null()),
    optional("token_exchange", TOKEN_EXCHANGE),
];

const ENCRYPTION_KEY: Schema = open_object(&[
    optional("pub", TEXT),
    optional("cert", TEXT),
    optional("subject", TEXT),
]);

const JWT: Schema = open_object(&[
    optional("lifetime_in_seconds", integer(0, i64::MAX)),
    optional("secret_encoded", BOOLEAN),
    optional("scopes", ANY_OBJECT),
    optional("alg", choice(&["HS256", "RS256", "RS512", "PS256"])),
]);

const REFRESH_TOKEN: Schema = object(&[
    required("rotation_type", choice(&["rotating", "non-rotating"])),
    required("expiration_type", choice(&["expiring", "non-expiring"])),
    optional("leeway", integer(0, i64::MAX)),
    optional("token_lifetime", integer(1, 157_788_000)),
    optional("infinite_token_lifetime", BOOLEAN),
    optional("idle_token_lifetime", integer(1, i64::MAX)),
    optional("infinite_idle_token_lifetime", BOOLEAN),
    optional("policies", list(&POLICY).at_least(1).at_most(100).or_null()),
]);

const POLICY: Schema = object(&[
    required("audience", TEXT.length(1, 600)),
    required("scope", list(&TEXT.length(1, 280)).at_most(1000)),
]);

const MOBILE: Schema = open_object(&[
    optional("android", ANDROID.or_null()),
    optional("ios", IOS.or_null()),
]);

const ANDROID: Schema = open_object(&[
    optional("app_package_name", TEXT),
    optional(
        "sha256_cert_fingerprints",
        list(&FILLED).at_least(1).at_most(100),
    ),
]);

const IOS: Schema = open_object(&[
    optional("team_id", TEXT),
    optional("app_bundle_identifier", TEXT),
]);

const SOCIAL: Schema = object(&[optional("enabled", BOOLEAN)])
    .at_least(1)
    .or_null();

const NATIVE_SOCIAL: Schema = object(&[
    optional("apple", SOCIAL),
    optional("facebook", SOCIAL),
    optional("google", SOCIAL),
])
.at_least(1);

const FEDCM: Schema = object(&[optional(
    "google",
    object(&[optional("is_enabled", BOOLEAN)])
        .at_least(1)
        .or_null(),
)])
.at_least(1);

const LOGOUT: Schema = open_object(&[
    optional("backchannel_logout_urls", list(&URL).at_most(100)),
    optional(
        "backchannel_logout_initiators",
        open_object(&[
            optional("mode", choice(&["custom", "all"])),
            optional("selected_initiators", list(&INITIATOR).at_most(100)),
        ]),
    ),
    optional(
        "backchannel_logout_session_metadata",
        open_object(&[optional("include", BOOLEAN)]).or_null(),
    ),
]);

const INITIATOR: Schema = choice(&[
    "rp-logout",
    "idp-logout",
    "password-changed",
    "session-expired",
    "session-revoked",
    "account-deleted",
    "email-identifier-changed",
    "mfa-phone-unenrolled",
    "account-deactivated",
]);

const SESSION_TRANSFER: Schema = object(&[
    optional("can_create_session_transfer_token", BOOLEAN),
    optional("enforce_cascade_revocation", BOOLEAN),
    optional(
        "allowed_authentication_methods",
        list(&choice(&["cookie", "query"])).at_most(10).or_null(),
    ),
    optional("enforce_device_binding", choice(&["ip", "asn", "none"])),
    optional("allow_refresh_token", BOOLEAN),
    optional("enforce_online_refresh_tokens", BOOLEAN),
    optional(
        "delegation",
        object(&[
            optional("allow_delegated_access", BOOLEAN),
            optional("enforce_device_binding", choice(&["ip", "asn"])),
        ])
        .or_null(),
    ),
]);

const TOKEN_EXCHANGE: Schema = object(&[optional(
    "allow_any_profile_of_type",
    list(&choice(&[
        "custom_authentication",
        "on_behalf_of_token_exchange",
    ]))
    .at_most(10),
)]);

const EXPRESS: Schema = object(&[
    required("initiate_login_uri_template", URL),
    required("user_attribute_profile_id", FILLED),
    required("connection_profile_id", FILLED),
    required("enable_client", BOOLEAN),
    required("enable_organization", BOOLEAN),
    optional(
        "linked_clients",
        list(&object(&[required("client_id", FILLED)])).at_most(100),
    ),
    required("okta_oin_client_id", FILLED),
    required("admin_login_domain", FILLED),
    optional("oin_submission_id", TEXT.length(1, 200)),
]);

const MY_ORGANIZATION: Schema = object(&[
    optional("connection_profile_id", FILLED),
    optional("user_attribute_profile_id", FILLED),
    required(
        "allowed_strategies",
        list(&choice(&[
            "pingfederate",
            "adfs",
            "waad",
            "google-apps",
            "okta",
            "oidc",
            "samlp",
        ]))
        .at_most(10),
    ),
    required(
        "connection_deletion_behavior",
        choice(&["allow", "allow_if_empty"]),
    ),
    optional("invitation_landing_client_id", FILLED),
]);

const WHOLE: Schema = integer(i64::MIN, i64::MAX);

const ADDONS: Schema = object(&[
    optional(
        "aws",
        open_object(&[
            optional("principal", TEXT),
            optional("role", TEXT),
            optional("lifetime_in_seconds", integer(900, 43_200)),
        ])
        .or_null(),
    ),
    optional(
        "azure_blob",
        open_object(&[
            optional("accountName", TEXT),
            optional("storageAccessKey", TEXT),
            optional("containerName", TEXT),
            optional("blobName", TEXT),
            optional("expiration", integer(0, i64::MAX)),
            optional("signedIdentifier", TEXT),
            optional("blob_read", BOOLEAN),
            optional("blob_write", BOOLEAN),
            optional("blob_delete", BOOLEAN),
            optional("container_read", BOOLEAN),
            optional("container_write", BOOLEAN),
            optional("container_delete", BOOLEAN),
            optional("container_list", BOOLEAN),
        ])
        .or_null(),
    ),
    optional(
        "azure_sb",
        open_object(&[
            optional("namespace", TEXT),
            optional("sasKeyName", TEXT),
            optional("sasKey", TEXT),
            optional("entityPath", TEXT),
            optional("expiration", WHOLE),
        ])
        .or_null(),
    ),
    optional("rms", open_object(&[required("url", URL)]).or_null()),
    optional("mscrm", open_object(&[required("url", URL)]).or_null()),
    optional("slack", open_object(&[required("team", TEXT)]).or_null()),
    optional(
        "sentry",
        open_object(&[optional("org_slug", TEXT), optional("base_url", TEXT)]).or_null(),
    ),
    optional("box", ANY_OBJECT.or_null()),
    optional("cloudbees", ANY_OBJECT.or_null()),
    optional("concur", ANY_OBJECT.or_null()),
    optional("dropbox", ANY_OBJECT.or_null()),
    optional("echosign", DOMAIN),
    optional("egnyte", DOMAIN),
    optional(
        "firebase",
        open_object(&[
            optional("secret", TEXT),
            optional("private_key_id", TEXT),
            optional("private_key", TEXT),
            optional("client_email", TEXT),
            optional("lifetime_in_seconds", WHOLE),
        ])
        .or_null(),
    ),
    optional("newrelic", ACCOUNT),
    optional(
        "office365",
        open_object(&[optional("domain", TEXT), optional("connection", TEXT)]).or_null(),
    ),
    optional(
        "salesforce",
        open_object(&[optional("entity_id", URL)]).or_null(),
    ),
    optional("salesforce_api", SALESFORCE),
    optional("salesforce_sandbox_api", SALESFORCE),
    optional(
        "samlp",
        open_object(&[
            optional("mappings", ANY_OBJECT),
            optional("audience", TEXT),
            optional("recipient", TEXT),
            optional("createUpnClaim", BOOLEAN),
            optional("mapUnknownClaimsAsIs", BOOLEAN),
            optional("passthroughClaimsWithNoMapping", BOOLEAN),
            optional("mapIdentities", BOOLEAN),
            optional("signatureAlgorithm", TEXT),
            optional("digestAlgorithm", TEXT),
            optional("issuer", TEXT),
            optional("destination", TEXT),
            optional("lifetimeInSeconds", WHOLE),
            optional("signResponse", BOOLEAN),
            optional("nameIdentifierFormat", TEXT),
            optional("nameIdentifierProbes", list(&FILLED).at_most(100)),
            optional("authnContextClassRef", TEXT),
        ])
        .or_null(),
    ),
    optional(
        "layer",
        open_object(&[
            required("providerId", TEXT),
            required("keyId", TEXT),
            required("privateKey", TEXT),
            optional("principal", TEXT),
            optional("expiration", integer(0, i64::MAX)),
        ])
        .or_null(),
    ),
    optional(
        "sap_api",
        open_object(&[
            optional("clientid", TEXT),
            optional("usernameAttribute", TEXT),
            optional("tokenEndpointUrl", URL),
            optional("scope", TEXT),
            optional("servicePassword", TEXT),
            optional("nameIdentifierFormat", TEXT),
        ])
        .or_null(),
    ),
    optional(
        "sharepoint",
        open_object(&[
            optional("url", TEXT),
            optional("external_url", either(&[list(&TEXT), TEXT])),
        ])
        .or_null(),
    ),
    optional(
        "springcm",
        open_object(&[optional("acsurl", TEXT)]).or_null(),
    ),
    optional(
        "wams",
        open_object(&[optional("masterkey", TEXT)]).or_null(),
    ),
    optional("wsfed", ANY_OBJECT.or_null()),
    optional(
        "zendesk",
        open_object(&[optional("accountName", TEXT)]).or_null(),
    ),
    optional("zoom", ACCOUNT),
    optional(
        "sso_integration",
        open_object(&[optional("name", TEXT), optional("version", TEXT)]).or_null(),
    ),
    optional("oag", object(&[]).or_null()),
]);

const ACCOUNT: Schema = open_object(&[optional("account", TEXT)]).or_null();
const DOMAIN: Schema = open_object(&[optional("domain", TEXT)]).or_null();
const SALESFORCE: Schema = open_object(&[
    optional("clientid", TEXT),
    optional("principal", TEXT),
    optional("communityName", TEXT),
    optional("community_url_section", TEXT),
])
.or_null();
