//! What bodies and answers about tenant settings look like.

use crate::api::quota::TOKEN_QUOTA;
use crate::api::schema::{
    ANY_OBJECT, BOOLEAN, Format, NUMBER, Schema, TEXT, choice, integer, list, map, object,
    optional, required,
};

/// Settings of user login, and of what this server does not have: kept and shown, without effect
/// here.
pub(super) const EXTRA: &[&str] = &[
    "acr_values_supported",
    "allowed_logout_urls",
    "authorization_response_iss_parameter_supported",
    "client_id_metadata_document_supported",
    "country_codes",
    "customize_mfa_in_postlogin_action",
    "default_directory",
    "default_redirection_uri",
    "device_flow",
    "dynamic_client_registration_security_mode",
    "enable_ai_guide",
    "enabled_locales",
    "ephemeral_session_lifetime",
    "idle_ephemeral_session_lifetime",
    "idle_session_lifetime",
    "include_session_metadata_in_tenant_logs",
    "legacy_sandbox_version",
    "mtls",
    "oidc_logout",
    "phone_consolidated_experience",
    "picture_url",
    "pushed_authorization_requests_supported",
    "sandbox_version",
    "security_headers",
    "session_cookie",
    "session_lifetime",
    "sessions",
    "skip_non_verifiable_callback_uri_confirmation_prompt",
    "support_email",
    "support_url",
    "universal_login",
];

/// Of the same kind, but a change says only what is new.
pub(super) const PAGES: &[&str] = &["change_password", "error_page", "guardian_mfa_page"];

/// Lifetimes that may be said in minutes, and where they are kept, in hours.
pub(super) const MINUTES: &[(&str, &str)] = &[
    ("session_lifetime_in_minutes", "session_lifetime"),
    ("idle_session_lifetime_in_minutes", "idle_session_lifetime"),
    (
        "ephemeral_session_lifetime_in_minutes",
        "ephemeral_session_lifetime",
    ),
    (
        "idle_ephemeral_session_lifetime_in_minutes",
        "idle_ephemeral_session_lifetime",
    ),
];

/// The members of an answer, in Auth0's order.
pub(super) const ORDER: &[&str] = &[
    "allowed_logout_urls",
    "acr_values_supported",
    "change_password",
    "default_audience",
    "default_directory",
    "default_redirection_uri",
    "default_token_quota",
    "device_flow",
    "enabled_locales",
    "error_page",
    "flags",
    "friendly_name",
    "guardian_mfa_page",
    "idle_session_lifetime",
    "ephemeral_session_lifetime",
    "idle_ephemeral_session_lifetime",
    "picture_url",
    "sandbox_version",
    "legacy_sandbox_version",
    "session_lifetime",
    "support_email",
    "support_url",
    "sessions",
    "oidc_logout",
    "allow_organization_name_in_authentication_api",
    "customize_mfa_in_postlogin_action",
    "pushed_authorization_requests_supported",
    "authorization_response_iss_parameter_supported",
    "mtls",
    "skip_non_verifiable_callback_uri_confirmation_prompt",
    "security_headers",
    "universal_login",
    "resource_parameter_profile",
    "phone_consolidated_experience",
    "client_id_metadata_document_supported",
    "dynamic_client_registration_security_mode",
    "enable_ai_guide",
    "include_session_metadata_in_tenant_logs",
    "session_cookie",
    "country_codes",
    "sandbox_versions_available",
];

/// Names each flag once: for bodies, for answers, and in Auth0's order.
macro_rules! flags {
    ($($name:literal,)*) => {
        /// The flags, in Auth0's order.
        pub(super) const FLAG_ORDER: &[&str] = &[$($name,)*];
        const FLAGS: Schema = object(&[$(optional($name, BOOLEAN),)*]);
    };
}

flags! {
    "allow_changing_enable_sso",
    "allow_legacy_delegation_grant_types",
    "allow_legacy_ro_grant_types",
    "allow_legacy_tokeninfo_endpoint",
    "allow_other_legacy_grant_types",
    "cannot_change_enforce_client_authentication_on_passwordless_start",
    "change_pwd_flow_v1",
    "custom_domains_provisioning",
    "disable_impersonation",
    "disable_management_api_sms_obfuscation",
    "enable_adfs_waad_email_verification",
    "enable_apis_section",
    "enable_client_connections",
    "enable_custom_domain_in_emails",
    "enable_dynamic_client_registration",
    "enable_idtoken_api2",
    "enable_legacy_logs_search_v2",
    "enable_legacy_profile",
    "enable_public_signup_user_exists_error",
    "enable_sso",
    "enforce_client_authentication_on_passwordless_start",
    "genai_trial",
    "improved_signup_bot_detection_in_classic",
    "new_universal_login_experience_enabled",
    "non_oidc_conformant_updated_at",
    "trust_azure_adfs_email_verified_connection_property",
    "universal_login",
    "use_scope_descriptions_for_consent",
    "no_disclose_enterprise_connections",
    "revoke_refresh_token_grant",
    "dashboard_insights_view",
    "dashboard_log_streams_next",
    "disable_fields_map_fix",
    "require_signed_request_object",
    "dashboard_new_onboarding",
    "mfa_show_factor_list_on_enrollment",
    "remove_alg_from_jwks",
    "disable_clickjack_protection_headers",
    "enable_pipeline2",
}

const LOCALES: Schema = choice(&[
    "am", "ar", "ar-EG", "ar-SA", "az", "bg", "bn", "bs", "ca-ES", "cnr", "cs", "cy", "da", "de",
    "el", "en", "en-CA", "es", "es-419", "es-AR", "es-MX", "et", "eu-ES", "fa", "fi", "fr",
    "fr-CA", "fr-FR", "gl-ES", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka",
    "kk", "kn", "ko", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb", "nl", "nn", "no", "pa",
    "pl", "pt", "pt-BR", "pt-PT", "ro", "ru", "sk", "sl", "so", "sq", "sr", "sv", "sw", "ta", "te",
    "th", "tl", "tr", "uk", "ur", "vi", "zgh", "zh-CN", "zh-HK", "zh-MO", "zh-TW",
]);

/// Nothing, or an absolute address of the web.
const ADDRESS_FORMAT: Format = Format {
    name: "absolute-uri-or-empty",
    holds: |text| text.is_empty() || has_host(text, &["https://", "http://"]),
    pattern: None,
};
const HTTPS_FORMAT: Format = Format {
    name: "absolute-https-uri-or-empty",
    holds: |text| text.is_empty() || has_host(text, &["https://"]),
    pattern: None,
};
const EMAIL_FORMAT: Format = Format {
    name: "email-or-empty",
    holds: |text| {
        text.is_empty()
            || text.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
            })
    },
    pattern: None,
};
const COUNTRY_FORMAT: Format = Format {
    name: "country",
    holds: |text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    pattern: Some("^[A-Z]{2}$"),
};

fn has_host(text: &str, schemes: &[&str]) -> bool {
    schemes
        .iter()
        .filter_map(|scheme| text.strip_prefix(scheme))
        .any(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

const ADDRESS: Schema = TEXT.length(0, 2_048).format(ADDRESS_FORMAT);
const HOURS: Schema = integer(1, i64::MAX);
const COUNTRY: Schema = TEXT.length(2, 2).format(COUNTRY_FORMAT);
const URL: Schema = TEXT.length(1, 2_048);
const ACR: Schema = TEXT.length(1, 255);
const VERSION: Schema = TEXT.length(0, 8);
const PAGE: Schema = object(&[optional("enabled", BOOLEAN), optional("html", TEXT)]);
const ERROR_PAGE: Schema = object(&[
    optional("html", TEXT),
    optional("show_log_link", BOOLEAN),
    optional("url", ADDRESS),
]);
const QUOTAS: Schema = object(&[
    optional("clients", TOKEN_QUOTA),
    optional("organizations", TOKEN_QUOTA),
])
.at_least(1);
const DEVICE_FLOW: Schema = object(&[
    optional("charset", choice(&["base20", "digits"])),
    optional("mask", TEXT.length(0, 20)),
]);
const SESSION_COOKIE: Schema =
    object(&[required("mode", choice(&["non-persistent", "persistent"]))]);
const SESSIONS: Schema = object(&[optional("oidc_logout_prompt_enabled", BOOLEAN)]);
const OIDC_LOGOUT: Schema = object(&[optional(
    "rp_logout_end_session_endpoint_discovery",
    BOOLEAN,
)]);
const MTLS: Schema = object(&[optional("enable_endpoint_aliases", BOOLEAN)]);
const COUNTRIES: Schema = object(&[
    optional("list", list(&COUNTRY).at_most(300)),
    optional("mode", choice(&["allow", "deny"])),
]);
const DIRECTIVE: Schema = list(&TEXT.length(0, 2_048)).at_most(100);
const POLICY_FLAG: Schema = choice(&["upgrade-insecure-requests", "block-all-mixed-content"]);
const POLICY: Schema = object(&[
    optional("mode", choice(&["enforcing", "reporting"])),
    optional("directives", map(&DIRECTIVE).at_most(30)),
    optional("flags", list(&POLICY_FLAG).at_most(2)),
    optional(
        "reporting",
        object(&[
            optional("report_uri", TEXT),
            optional("report_to_group", TEXT),
        ])
        .or_null(),
    ),
]);
const REPORTING: Schema = object(&[
    optional(
        "report_to",
        object(&[
            optional("group", TEXT),
            optional("max_age", integer(i64::MIN, i64::MAX)),
            optional(
                "endpoints",
                list(&object(&[optional("url", TEXT)])).at_most(100),
            ),
        ])
        .or_null(),
    ),
    optional("reporting_endpoints", map(&TEXT).at_most(100)),
]);
const SECURITY_HEADERS: Schema = object(&[
    optional(
        "content_security_policy",
        object(&[
            optional("enabled", BOOLEAN),
            optional("policies", list(&POLICY).at_most(100)),
            optional("reporting_infrastructure", REPORTING.or_null()),
        ])
        .or_null(),
    ),
    optional(
        "x_xss_protection",
        object(&[
            optional("enabled", BOOLEAN),
            optional("mode", choice(&["block"])),
            optional("report_uri", TEXT),
        ])
        .or_null(),
    ),
]);
const PROFILES: Schema = choice(&["audience", "compatibility"]);
const MODES: Schema = choice(&["permissive", "strict"]);

pub(super) static UPDATE_BODY: Schema = object(&[
    // Not in the published document, but in answers, and so in what tools write back.
    optional("universal_login", ANY_OBJECT.or_null()),
    optional("change_password", PAGE.or_null()),
    optional("device_flow", DEVICE_FLOW.or_null()),
    optional("guardian_mfa_page", PAGE.or_null()),
    optional("default_audience", TEXT.length(0, 600)),
    optional("default_directory", TEXT.length(0, 255)),
    optional("error_page", ERROR_PAGE.or_null()),
    optional("default_token_quota", QUOTAS.or_null()),
    optional("flags", FLAGS),
    optional("friendly_name", TEXT.length(0, 255)),
    optional("picture_url", ADDRESS),
    optional("support_email", TEXT.length(0, 320).format(EMAIL_FORMAT)),
    optional("support_url", ADDRESS),
    optional("allowed_logout_urls", list(&URL).at_most(100)),
    optional("session_lifetime", HOURS),
    optional("session_lifetime_in_minutes", HOURS),
    optional("idle_session_lifetime", HOURS),
    optional("idle_session_lifetime_in_minutes", HOURS),
    optional("ephemeral_session_lifetime", HOURS),
    optional("ephemeral_session_lifetime_in_minutes", HOURS),
    optional("idle_ephemeral_session_lifetime", HOURS),
    optional("idle_ephemeral_session_lifetime_in_minutes", HOURS),
    optional("sandbox_version", VERSION),
    optional("legacy_sandbox_version", VERSION),
    optional(
        "default_redirection_uri",
        TEXT.length(0, 2_048).format(HTTPS_FORMAT),
    ),
    optional("enabled_locales", list(&LOCALES).at_least(1).unique()),
    optional("security_headers", SECURITY_HEADERS.or_null()),
    optional("session_cookie", SESSION_COOKIE.or_null()),
    optional("sessions", SESSIONS.or_null()),
    optional("oidc_logout", OIDC_LOGOUT),
    optional("customize_mfa_in_postlogin_action", BOOLEAN.or_null()),
    optional(
        "allow_organization_name_in_authentication_api",
        BOOLEAN.or_null(),
    ),
    optional("acr_values_supported", list(&ACR).at_most(100).or_null()),
    optional("mtls", MTLS.or_null()),
    optional("pushed_authorization_requests_supported", BOOLEAN.or_null()),
    optional(
        "authorization_response_iss_parameter_supported",
        BOOLEAN.or_null(),
    ),
    optional(
        "skip_non_verifiable_callback_uri_confirmation_prompt",
        BOOLEAN.or_null(),
    ),
    optional("resource_parameter_profile", PROFILES),
    optional("client_id_metadata_document_supported", BOOLEAN),
    optional("enable_ai_guide", BOOLEAN),
    optional("phone_consolidated_experience", BOOLEAN),
    optional("include_session_metadata_in_tenant_logs", BOOLEAN),
    optional("dynamic_client_registration_security_mode", MODES),
    optional("country_codes", COUNTRIES.or_null()),
])
.at_least(1);

/// The settings of a tenant.
pub(super) static SETTINGS: Schema = object(&[
    optional("allowed_logout_urls", list(&URL)),
    optional("acr_values_supported", list(&ACR)),
    optional("change_password", PAGE),
    optional("default_audience", TEXT),
    optional("default_directory", TEXT),
    optional("default_redirection_uri", TEXT),
    optional("default_token_quota", QUOTAS),
    optional("device_flow", DEVICE_FLOW),
    optional("enabled_locales", list(&LOCALES)),
    optional("error_page", ERROR_PAGE),
    optional("flags", FLAGS),
    optional("friendly_name", TEXT),
    optional("guardian_mfa_page", PAGE),
    optional("idle_session_lifetime", NUMBER),
    optional("ephemeral_session_lifetime", NUMBER),
    optional("idle_ephemeral_session_lifetime", NUMBER),
    optional("picture_url", TEXT),
    optional("sandbox_version", TEXT),
    optional("legacy_sandbox_version", TEXT),
    optional("session_lifetime", NUMBER),
    optional("support_email", TEXT),
    optional("support_url", TEXT),
    optional("sessions", SESSIONS),
    optional("oidc_logout", OIDC_LOGOUT),
    optional("allow_organization_name_in_authentication_api", BOOLEAN),
    optional("customize_mfa_in_postlogin_action", BOOLEAN),
    optional("pushed_authorization_requests_supported", BOOLEAN),
    optional("authorization_response_iss_parameter_supported", BOOLEAN),
    optional("mtls", MTLS),
    optional(
        "skip_non_verifiable_callback_uri_confirmation_prompt",
        BOOLEAN,
    ),
    optional("security_headers", SECURITY_HEADERS),
    optional("universal_login", ANY_OBJECT),
    optional("resource_parameter_profile", PROFILES),
    optional("phone_consolidated_experience", BOOLEAN),
    optional("client_id_metadata_document_supported", BOOLEAN),
    optional("dynamic_client_registration_security_mode", MODES),
    optional("enable_ai_guide", BOOLEAN),
    optional("include_session_metadata_in_tenant_logs", BOOLEAN),
    optional("session_cookie", SESSION_COOKIE),
    optional("country_codes", COUNTRIES),
    optional("sandbox_versions_available", list(&TEXT)),
]);
