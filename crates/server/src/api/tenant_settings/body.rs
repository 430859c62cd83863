//! Tenant settings, read from a body and written into an answer.

use m2mint_domain::audience::Audience;
use m2mint_domain::extra::Extra;
use m2mint_domain::quota::DefaultTokenQuota;
use m2mint_domain::tenant::{ResourceParameter, Tenant};
use serde_json::{Map, Value, json};

use super::wire::{EXTRA, FLAG_ORDER, MINUTES, ORDER, PAGES};
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra};
use crate::api::object::Object;
use crate::api::quota::{read_defaults, show_defaults};

const DEFAULT_AUDIENCE: &str = "default_audience";
const FLAGS: &str = "flags";
const NAMES: &str = "allow_organization_name_in_authentication_api";
const REMOVE_ALG: &str = "remove_alg_from_jwks";

/// The flags of a tenant that nobody changed.
const FLAG_DEFAULTS: &[(&str, bool)] = &[
    ("allow_changing_enable_sso", false),
    ("disable_impersonation", true),
    ("enable_sso", true),
    ("new_universal_login_experience_enabled", true),
    ("universal_login", true),
    ("revoke_refresh_token_grant", false),
    ("disable_clickjack_protection_headers", false),
];

/// What a body says of the settings.
pub(super) struct SettingsBody {
    default_audience: Field<Option<Audience>>,
    default_token_quota: Field<DefaultTokenQuota>,
    resource_parameter: Field<ResourceParameter>,
    organization_names: Field<bool>,
    friendly_name: Field<String>,
    flags: Map<String, Value>,
    pages: Vec<(&'static str, Field<Map<String, Value>>)>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl SettingsBody {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let flags = fields.object(FLAGS)?.value();
        let mut pages = Vec::new();
        for page in PAGES {
            let said = fields.object(page)?;
            pages.push((*page, said.try_map(|page| Ok(page.into_members()))?));
        }
        let mut extra = fields.extra(EXTRA);
        for (_, json) in extra
            .iter_mut()
            .filter(|(member, _)| *member == "default_redirection_uri")
        {
            // An empty one takes it away.
            *json = json.take().filter(|json| json != "\"\"");
        }
        for (minutes, hours) in MINUTES {
            if let Field::Value(said) = fields.integer(minutes)? {
                extra.push((hours, Some(in_hours(said))));
            }
        }
        let body = Self {
            default_audience: fields
                .string(DEFAULT_AUDIENCE)?
                .try_map(|text| read_audience(&text))?,
            default_token_quota: fields
                .object("default_token_quota")?
                .try_map(read_defaults)?,
            resource_parameter: fields
                .choice("resource_parameter_profile", ResourceParameter::parse)?,
            organization_names: fields.boolean(NAMES)?,
            friendly_name: fields.string("friendly_name")?,
            flags: flags.map(Fields::into_members).unwrap_or_default(),
            pages,
            extra,
        };
        fields.end()?;
        Ok(body)
    }

    pub(super) fn apply(&self, tenant: &mut Tenant) {
        self.default_audience
            .when_said(|audience| tenant.default_audience = audience.flatten());
        self.default_token_quota
            .when_said(|quotas| tenant.default_token_quota = quotas.unwrap_or_default());
        if let Field::Value(parameter) = self.resource_parameter {
            tenant.resource_parameter = parameter;
        }
        self.organization_names
            .when_said(|names| tenant.allow_organization_names = names == Some(true));
        self.friendly_name
            .when_said(|name| tenant.friendly_name = name);
        if let Some(removed) = self.flags.get(REMOVE_ALG) {
            tenant.remove_alg_from_jwks = removed.as_bool();
        }
        if !self.flags.is_empty() {
            merge(&mut tenant.extra, FLAGS, &self.flags);
        }
        for (page, said) in &self.pages {
            match said {
                Field::Absent => {}
                Field::Null => tenant.extra.remove(page),
                Field::Value(members) => merge(&mut tenant.extra, page, members),
            }
        }
        keep_extra(&mut tenant.extra, &self.extra);
    }
}

/// Writes members of an object over those that are kept of it.
fn merge(extra: &mut Extra, member: &str, said: &Map<String, Value>) {
    let mut kept = kept_object(extra, member);
    for (name, value) in said {
        kept.insert(name.clone(), value.clone());
    }
    extra.insert(member, &Value::Object(kept).to_string());
}

fn kept_object(extra: &Extra, member: &str) -> Map<String, Value> {
    let kept = extra.json(member);
    kept.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

/// Minutes in hours, as Auth0 shows them: a fraction where there must be one.
fn in_hours(minutes: u32) -> String {
    if minutes.is_multiple_of(60) {
        return (minutes / 60).to_string();
    }
    json!(f64::from(minutes) / 60.0).to_string()
}

/// An empty text takes the default audience away.
fn read_audience(text: &str) -> Result<Option<Audience>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| invalid("Invalid identifier", text, DEFAULT_AUDIENCE))
}

/// The settings in Auth0's order of members. What was never set is left out, but for what Auth0
/// shows of a new tenant and for what has an effect here; `more` names flags that are on besides.
pub(super) fn show_settings(tenant: &Tenant, more: &[&str]) -> Object {
    let default_audience = tenant.default_audience.as_ref();
    let all = Object::new()
        .with(
            DEFAULT_AUDIENCE,
            default_audience.map_or("", Audience::as_str),
        )
        .with_some(
            "default_token_quota",
            show_defaults(tenant.default_token_quota),
        )
        .with(FLAGS, show_flags(tenant, more))
        .with_some("friendly_name", tenant.friendly_name.as_deref())
        .with(NAMES, tenant.allow_organization_names)
        .with(
            "resource_parameter_profile",
            tenant.resource_parameter.as_str(),
        )
        .with_extra(&tenant.extra)
        .with_default("enabled_locales", json!(["en"]))
        .with_default("sandbox_version", "22")
        .with_default(
            "oidc_logout",
            json!({"rp_logout_end_session_endpoint_discovery": true}),
        )
        .with_default("universal_login", json!({}))
        .with_default("phone_consolidated_experience", false)
        .with_default("client_id_metadata_document_supported", false);
    all.in_order(ORDER)
}

fn show_flags(tenant: &Tenant, more: &[&str]) -> Object {
    let mut flags = kept_object(&tenant.extra, FLAGS);
    flags.remove(REMOVE_ALG);
    let defaults = FLAG_DEFAULTS.iter().copied();
    for (name, value) in defaults.chain(more.iter().map(|name| (*name, true))) {
        flags.entry(name).or_insert(value.into());
    }
    let removed = tenant.remove_alg_from_jwks;
    flags
        .into_iter()
        .fold(Object::new(), |shown, (name, value)| {
            shown.with(&name, value)
        })
        .with_some(REMOVE_ALG, removed)
        .in_order(FLAG_ORDER)
}
