//! `/api/v2/attack-protection/…`: settings for logins with a password, kept and shown. Nobody logs
//! in here, so none of them does anything; secrets of captcha providers are not even kept.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::attack_protection::AttackProtection;
use m2mint_authority::documents;
use m2mint_authority::registry::attack_protection::merge;
use m2mint_domain::State;
use m2mint_domain::document::DocumentKind;
use serde_json::{Map, Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{self, Operation, Operations, get, patch};
use crate::api::schema::{
    BOOLEAN, Format, Member, Schema, TEXT, choice, integer, list, object as shape, open_object,
    optional, required,
};

/// Where the groups are.
const PREFIX: &str = "/attack-protection/";
/// The most addresses of a list.
const ADDRESSES_MAX: usize = 1_000;
/// Members of captcha providers that are never kept.
const SECRETS: [&str; 2] = ["secret", "api_key"];

const ADDRESS: Format = Format {
    name: "ipv4, ipv6, cidr or ipv6_cidr",
    holds: |text| m2mint_authority::network_acl::parse_network(text).is_some(),
    pattern: None,
};
static ADDRESS_ITEM: Schema = TEXT.length(1, 64).format(ADDRESS);
const ALLOWLIST: Schema = list(&ADDRESS_ITEM).at_most(ADDRESSES_MAX);

const POLICY: Schema = choice(&["never", "when_risky", "always"]);
static BOT_DETECTION: Schema = shape(&[
    optional("bot_detection_level", choice(&["low", "medium", "high"])),
    optional("challenge_password_policy", POLICY),
    optional("challenge_passwordless_policy", POLICY),
    optional("challenge_password_reset_policy", POLICY),
    optional("allowlist", ALLOWLIST),
    optional("monitoring_mode_enabled", BOOLEAN),
]);

static BOT_DETECTION_SHOWN: Schema = shape(&[
    required("bot_detection_level", choice(&["low", "medium", "high"])),
    required("challenge_password_policy", POLICY),
    required("challenge_passwordless_policy", POLICY),
    required("challenge_password_reset_policy", POLICY),
    required("allowlist", ALLOWLIST),
    required("monitoring_mode_enabled", BOOLEAN),
]);

static BREACH_SHIELD: Schema = choice(&["block", "user_notification", "admin_notification"]);
static STAGE_SHIELD: Schema = choice(&["block", "admin_notification"]);
static FREQUENCY: Schema = choice(&["immediately", "daily", "weekly", "monthly"]);
static BREACH_STAGE: [Member; 1] = [optional("shields", list(&STAGE_SHIELD).at_most(10))];
static BREACHED_PASSWORDS: Schema = shape(&[
    optional("enabled", BOOLEAN),
    optional("shields", list(&BREACH_SHIELD).at_most(10)),
    optional("admin_notification_frequency", list(&FREQUENCY).at_most(10)),
    optional("method", choice(&["standard", "enhanced"])),
    optional(
        "stage",
        shape(&[
            optional("pre-user-registration", shape(&BREACH_STAGE)),
            optional("pre-change-password", shape(&BREACH_STAGE)),
        ]),
    ),
]);

static BRUTE_SHIELD: Schema = choice(&["block", "user_notification"]);
static BRUTE_FORCE: Schema = shape(&[
    optional("enabled", BOOLEAN),
    optional("shields", list(&BRUTE_SHIELD).at_most(10)),
    optional("allowlist", ALLOWLIST),
    optional(
        "mode",
        choice(&["count_per_identifier_and_ip", "count_per_identifier"]),
    ),
    optional("max_attempts", integer(1, 100)),
]);

const SHORT: Schema = TEXT.length(0, 100);
const KEYED: Schema = shape(&[required("site_key", SHORT), required("secret", SHORT)]);
static CAPTCHA: Schema = shape(&[
    optional(
        "active_provider_id",
        choice(&[
            "arkose",
            "auth_challenge",
            "friendly_captcha",
            "hcaptcha",
            "recaptcha_v2",
            "recaptcha_enterprise",
            "simple_captcha",
        ]),
    ),
    optional(
        "arkose",
        shape(&[
            required("site_key", SHORT),
            required("secret", SHORT),
            optional("client_subdomain", SHORT),
            optional("verify_subdomain", SHORT),
            optional("fail_open", BOOLEAN),
        ]),
    ),
    optional("auth_challenge", shape(&[required("fail_open", BOOLEAN)])),
    optional("hcaptcha", KEYED),
    optional("friendly_captcha", KEYED),
    optional(
        "recaptcha_enterprise",
        shape(&[
            required("site_key", SHORT),
            required("api_key", SHORT),
            required("project_id", SHORT),
        ]),
    ),
    optional("recaptcha_v2", KEYED),
    optional("simple_captcha", shape(&[])),
]);
static CAPTCHA_SHOWN: Schema = open_object(&[optional("active_provider_id", TEXT)]);

static PHONE_PROVIDER: Schema = shape(&[required("type", choice(&["exponential", "none"]))]);

const LOGIN_STAGE: Schema = shape(&[
    optional("max_attempts", integer(1, 2_500)),
    optional("rate", integer(34_560, 86_400_000)),
]);
const OTHER_STAGE: Schema = shape(&[
    optional("max_attempts", integer(1, 72_000)),
    optional("rate", integer(1_200, 86_400_000)),
]);
static IP_SHIELD: Schema = choice(&["block", "admin_notification"]);
static SUSPICIOUS_IPS: Schema = shape(&[
    optional("enabled", BOOLEAN),
    optional("shields", list(&IP_SHIELD).at_most(10)),
    optional("allowlist", ALLOWLIST),
    optional(
        "stage",
        shape(&[
            optional("pre-login", LOGIN_STAGE),
            optional("pre-user-registration", OTHER_STAGE),
            optional("pre-custom-token-exchange", OTHER_STAGE),
        ]),
    ),
]);

/// One group of settings.
struct Group {
    show: Operation,
    update: Operation,
    /// What holds when nothing was said.
    defaults: fn() -> Value,
}

const fn group(
    path: &'static str,
    said: &'static Schema,
    answers: &'static [operation::Answer],
    defaults: fn() -> Value,
) -> Group {
    Group {
        show: get(path, "Read attack protection settings")
            .any_of(&["read:attack_protection"])
            .answers(answers),
        update: patch(path, "Change attack protection settings")
            .any_of(&["update:attack_protection"])
            .body(said)
            .answers(answers),
        defaults,
    }
}

/// All six, with Auth0's defaults.
static GROUPS: [Group; 6] = [
    group(
        "/attack-protection/bot-detection",
        &BOT_DETECTION,
        &[operation::json(200, &BOT_DETECTION_SHOWN)],
        || {
            json!({
                "challenge_password_policy": "never",
                "challenge_passwordless_policy": "never",
                "challenge_password_reset_policy": "never",
                "allowlist": [],
                "bot_detection_level": "medium",
                "monitoring_mode_enabled": false,
            })
        },
    ),
    group(
        "/attack-protection/breached-password-detection",
        &BREACHED_PASSWORDS,
        &[operation::json(200, &BREACHED_PASSWORDS)],
        || {
            json!({
                "enabled": false,
                "shields": [],
                "admin_notification_frequency": [],
                "method": "standard",
                "stage": {
                    "pre-user-registration": {"shields": []},
                    "pre-change-password": {"shields": []},
                },
            })
        },
    ),
    group(
        "/attack-protection/brute-force-protection",
        &BRUTE_FORCE,
        &[operation::json(200, &BRUTE_FORCE)],
        || {
            json!({
                "enabled": true,
                "shields": ["block", "user_notification"],
                "mode": "count_per_identifier_and_ip",
                "allowlist": [],
                "max_attempts": 10,
            })
        },
    ),
    group(
        "/attack-protection/captcha",
        &CAPTCHA,
        &[operation::json(200, &CAPTCHA_SHOWN)],
        || {
            json!({
                "active_provider_id": "auth_challenge",
                "simple_captcha": {},
                "auth_challenge": {"fail_open": false},
            })
        },
    ),
    group(
        "/attack-protection/phone-provider-protection",
        &PHONE_PROVIDER,
        &[operation::json(200, &PHONE_PROVIDER)],
        || json!({"type": "none"}),
    ),
    group(
        "/attack-protection/suspicious-ip-throttling",
        &SUSPICIOUS_IPS,
        &[operation::json(200, &SUSPICIOUS_IPS)],
        || {
            json!({
                "enabled": true,
                "shields": ["admin_notification", "block"],
                "allowlist": [],
                "stage": {
                    "pre-login": {"max_attempts": 100, "rate": 864_000},
                    "pre-user-registration": {"max_attempts": 50, "rate": 1_200},
                    "pre-custom-token-exchange": {"max_attempts": 10, "rate": 600_000},
                },
            })
        },
    ),
];

/// Routes all groups.
pub(crate) fn routed(operations: Operations) -> Operations {
    GROUPS.iter().fold(operations, |operations, group| {
        operations
            .with(&group.show, async move |at: Permitted| {
                show(group, at).await
            })
            .with(&group.update, async move |at: Permitted, fields: Fields| {
                update(group, at, fields).await
            })
    })
}

/// `GET /attack-protection/{group}`
async fn show(group: &'static Group, at: Permitted) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let said = said(current.state(), group)?;
    Ok(object::json(StatusCode::OK, with_defaults(group, &said)))
}

/// `PATCH /attack-protection/{group}`: 200 with all settings.
async fn update(
    group: &'static Group,
    at: Permitted,
    fields: Fields,
) -> Result<Response, ApiError> {
    let mut members = fields.into_members();
    for provider in members.values_mut().filter_map(Value::as_object_mut) {
        for secret in SECRETS {
            provider.remove(secret);
        }
    }
    let said = at
        .registry()
        .update_attack_protection(at.tenant(), at.actor(), group.name(), &members)
        .await?;
    Ok(object::json(StatusCode::OK, with_defaults(group, &said)))
}

impl Group {
    fn name(&self) -> &'static str {
        self.show
            .path
            .strip_prefix(PREFIX)
            .unwrap_or(self.show.path)
    }
}

fn said(state: &State, group: &Group) -> Result<Map<String, Value>, ApiError> {
    let Some(document) = state.document(DocumentKind::AttackProtection, group.name()) else {
        return Ok(Map::new());
    };
    let kept = documents::read::<AttackProtection>(document).map_err(ApiError::from)?;
    Ok(kept.object.settings)
}

fn with_defaults(group: &Group, said: &Map<String, Value>) -> Value {
    let mut all = (group.defaults)();
    if let Some(all) = all.as_object_mut() {
        merge(all, said);
    }
    all
}
