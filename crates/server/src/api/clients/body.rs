//! What a body says of a client.

use std::collections::BTreeMap;

use m2mint_authority::registry::Registry;
use m2mint_authority::secret::Secret;
use m2mint_domain::audience::Audience;
use m2mint_domain::client::{Client, ComplianceLevel, SecurityMode};
use m2mint_domain::client_credential::{
    AuthenticationMethods, BoundCredentials, ClientCredential, CredentialMethod,
};
use m2mint_domain::credential::AuthMethod;
use m2mint_domain::id::{CredentialId, OrganizationId};
use m2mint_domain::quota::TokenQuota;
use serde_json::{Map, Value};

use super::defaults;
use super::login::{PLAIN, STRUCTURED};
use super::schema::ECHOED;
use crate::api::client_credentials::read_new;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, required};

/// Settings whose members are changed one by one. The others are replaced as a whole.
const MERGED: [&str; 9] = [
    "addons",
    "fedcm_login",
    "jwt_configuration",
    "mobile",
    "native_social_login",
    "oidc_backchannel_logout",
    "oidc_logout",
    "refresh_token",
    "session_transfer",
];

/// Two names of one setting.
const LOGOUT: [&str; 2] = ["oidc_logout", "oidc_backchannel_logout"];

/// What a body says of a client.
pub(super) struct ClientBody {
    name: Field<String>,
    description: Field<String>,
    app_type: Field<String>,
    grant_types: Field<Vec<String>>,
    is_first_party: Field<bool>,
    auth_method: Field<AuthMethod>,
    authentication: Field<AuthenticationMethods>,
    metadata: Field<BTreeMap<String, Option<String>>>,
    default_organization: Field<OrganizationId>,
    require_proof_of_possession: Field<bool>,
    compliance_level: Field<ComplianceLevel>,
    security_mode: Field<SecurityMode>,
    resource_server: Field<Audience>,
    token_quota: Field<TokenQuota>,
    signed_request_object: Field<BoundCredentials>,
    token_vault: Field<BoundCredentials>,
    extra: Vec<(&'static str, Value)>,
    /// Credentials that are defined in the body itself.
    pub(super) credentials: Vec<ClientCredential>,
    /// A secret that the client brings along.
    pub(super) client_secret: Option<Secret>,
}

impl ClientBody {
    /// Reads a body that its schema has checked. Credentials it defines are read by `registry`.
    pub(super) fn read(mut fields: Fields, registry: &Registry) -> Result<Self, ApiError> {
        for member in ECHOED {
            fields.ignore(member.name);
        }
        let mut made = Vec::new();
        let authentication = fields
            .object("client_authentication_methods")?
            .try_map(|methods| read_methods(methods, registry, &mut made))?;
        let signed_request_object = fields
            .object("signed_request_object")?
            .try_map(|bound| read_bound(bound, registry, &mut made))?;
        let token_vault = fields
            .object("token_vault_privileged_access")?
            .try_map(|bound| read_bound(bound, registry, &mut made))?;
        let body = Self {
            name: fields.string("name")?,
            description: fields.string("description")?,
            app_type: fields.string("app_type")?,
            grant_types: fields.strings("grant_types")?,
            is_first_party: fields.boolean("is_first_party")?,
            auth_method: fields.choice("token_endpoint_auth_method", AuthMethod::parse)?,
            authentication,
            metadata: fields.pairs("client_metadata")?,
            default_organization: fields
                .object("default_organization")?
                .try_map(read_default)?,
            require_proof_of_possession: fields.boolean("require_proof_of_possession")?,
            compliance_level: fields.choice("compliance_level", ComplianceLevel::parse)?,
            security_mode: fields.choice("third_party_security_mode", SecurityMode::parse)?,
            resource_server: fields
                .string("resource_server_identifier")?
                .try_map(|text| {
                    let parsed = text.parse();
                    parsed.map_err(|_| {
                        invalid("Invalid identifier", &text, "resource_server_identifier")
                    })
                })?,
            token_quota: fields.object("token_quota")?.try_map(read_quota)?,
            signed_request_object,
            token_vault,
            client_secret: fields
                .string("client_secret")?
                .value()
                .map(read_secret)
                .transpose()?,
            extra: PLAIN
                .iter()
                .chain(&STRUCTURED)
                .filter_map(|member| Some((member.name, fields.value(member.name)?)))
                .collect(),
            credentials: made,
        };
        fields.end()?;
        Ok(body)
    }

    /// A new client, as the body and Auth0's defaults make it.
    pub(super) fn fill(&self, client: &mut Client) {
        let app_type = self.app_type.clone().value();
        let strict = self.security_mode == Field::Value(SecurityMode::Strict);
        let grant_types = defaults::grant_types(app_type.as_deref(), strict);
        client.grant_types = grant_types.iter().map(|&one| one.to_owned()).collect();
        client.credentials.clone_from(&self.credentials);
        self.resource_server
            .when_said(|audience| client.resource_server = audience);
        self.write(client, true);
        defaults::complete(client);
    }

    /// Changes what the body says of a client. A way to authenticate that is set takes the place of
    /// a secret; the other way round both must be said, since it is the weaker one.
    pub(super) fn change(&self, client: &mut Client) {
        if let Field::Value(_) = self.authentication
            && self.auth_method == Field::Absent
        {
            client.auth_method = None;
        }
        self.write(client, false);
    }

    fn write(&self, client: &mut Client, is_new: bool) {
        if let Field::Value(name) = &self.name {
            client.name = name.as_str().into();
        }
        self.description.when_said(|text| client.description = text);
        self.app_type.when_said(|text| client.app_type = text);
        if let Field::Value(types) = &self.grant_types {
            client.grant_types.clone_from(types);
        }
        if let Field::Value(first_party) = self.is_first_party {
            client.is_first_party = first_party;
        }
        self.auth_method
            .when_said(|method| client.auth_method = method);
        self.authentication
            .when_said(|methods| client.authentication = methods.map(Box::new));
        self.default_organization
            .when_said(|id| client.default_organization = id);
        self.require_proof_of_possession
            .when_said(|required| client.require_proof_of_possession = required);
        self.compliance_level
            .when_said(|level| client.compliance_level = level);
        self.security_mode
            .when_said(|mode| client.security_mode = mode);
        self.token_quota
            .when_said(|quota| client.token_quota = quota);
        bind(
            &self.signed_request_object,
            &mut client.signed_request_object,
        );
        bind(&self.token_vault, &mut client.token_vault);
        match &self.metadata {
            Field::Absent => {}
            Field::Null => client.metadata.clear(),
            Field::Value(pairs) => {
                for (key, value) in pairs {
                    match value {
                        Some(value) => client.metadata.insert(key.clone(), value.clone()),
                        None => client.metadata.remove(key),
                    };
                }
            }
        }
        for (member, value) in &self.extra {
            write_extra(client, member, value, is_new);
        }
    }
}

/// Writes a setting that is kept and shown.
fn write_extra(client: &mut Client, member: &'static str, value: &Value, is_new: bool) {
    let place = if LOGOUT.contains(&member) {
        "oidc_logout"
    } else {
        member
    };
    let Value::Object(said) = value else {
        match value {
            Value::Null => client.extra.remove(place),
            Value::Array(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Object(_)
            | Value::String(_) => client.extra.insert(place, &value.to_string()),
        }
        return;
    };
    if !MERGED.contains(&member) {
        client.extra.insert(place, &value.to_string());
        return;
    }
    let kept = client.extra.json(place);
    let mut merged = kept
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| defaults::base(member, client, is_new, said));
    merge(&mut merged, said);
    if member == "jwt_configuration" {
        merged
            .entry("secret_encoded")
            .or_insert_with(|| false.into());
    }
    client
        .extra
        .insert(place, &Value::Object(merged).to_string());
}

/// Puts what is said over what is kept; `null` takes away.
fn merge(kept: &mut Map<String, Value>, said: &Map<String, Value>) {
    for (member, value) in said {
        match value {
            Value::Null => {
                kept.shift_remove(member);
            }
            Value::Array(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Object(_)
            | Value::String(_) => {
                kept.insert(member.clone(), value.clone());
            }
        }
    }
}

fn bind(said: &Field<BoundCredentials>, kept: &mut Option<Box<BoundCredentials>>) {
    match said {
        Field::Absent => {}
        Field::Null => *kept = None,
        Field::Value(said) => {
            let kept = kept.get_or_insert_default();
            if said.credentials.is_some() {
                kept.credentials.clone_from(&said.credentials);
            }
            for (member, json) in said.settings.iter() {
                kept.settings.insert(member, json);
            }
        }
    }
}

/// `{"private_key_jwt": {"credentials": […]}}`, or one of the two others.
fn read_methods(
    fields: Fields,
    registry: &Registry,
    made: &mut Vec<ClientCredential>,
) -> Result<AuthenticationMethods, ApiError> {
    const MEMBER: &str = "client_authentication_methods";
    let mut members = fields.into_members().into_iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else {
        return Err(ApiError::invalid_body(format!(
            "Payload validation error: 'Too many properties defined, maximum 1' on property {MEMBER}."
        )));
    };
    let method = CredentialMethod::parse(&name)
        .ok_or_else(|| invalid("Additional properties not allowed", &name, MEMBER))?;
    let mut fields = Fields::of(value, MEMBER)?;
    let list = required(fields.list("credentials")?, MEMBER)?;
    fields.end()?;
    Ok(AuthenticationMethods {
        method,
        credentials: read_credentials(list, registry, made)?,
    })
}

fn read_bound(
    mut fields: Fields,
    registry: &Registry,
    made: &mut Vec<ClientCredential>,
) -> Result<BoundCredentials, ApiError> {
    let credentials = fields
        .list("credentials")?
        .value()
        .map(|list| read_credentials(list, registry, made))
        .transpose()?;
    let others = fields.into_members();
    let mut settings = BoundCredentials {
        credentials,
        ..BoundCredentials::default()
    };
    for (member, value) in others.into_iter().filter(|(_, value)| !value.is_null()) {
        settings.settings.insert(&member, &value.to_string());
    }
    Ok(settings)
}

/// Credentials by their id, or by their definition: then they are new, and go to `made`.
fn read_credentials(
    list: Vec<Value>,
    registry: &Registry,
    made: &mut Vec<ClientCredential>,
) -> Result<Vec<CredentialId>, ApiError> {
    list.into_iter()
        .map(|value| {
            let mut fields = Fields::of(value, "credentials")?;
            if let Field::Value(id) = fields.string("id")? {
                return id
                    .parse()
                    .map_err(|_| invalid("Invalid id", &id, "credentials"));
            }
            let credential = registry.read_credential(&read_new(fields)?)?;
            let id = credential.id.clone();
            made.push(credential);
            Ok(id)
        })
        .collect()
}

/// `{"client_credentials": {"per_hour": …, "per_day": …, "enforce": …}}`
fn read_quota(mut fields: Fields) -> Result<TokenQuota, ApiError> {
    const MEMBER: &str = "token_quota.client_credentials";
    let mut quota = required(fields.object("client_credentials")?, MEMBER)?;
    fields.end()?;
    let read = TokenQuota {
        per_hour: quota.integer("per_hour")?.value(),
        per_day: quota.integer("per_day")?.value(),
        enforce: quota.boolean("enforce")?.value(),
    };
    quota.end()?;
    Ok(read)
}

/// `{"organization_id": …, "flows": ["client_credentials"]}`
fn read_default(mut fields: Fields) -> Result<OrganizationId, ApiError> {
    let member = "default_organization.organization_id";
    let id = required(fields.string("organization_id")?, member)?;
    required(fields.list("flows")?, "default_organization.flows")?;
    fields.end()?;
    id.parse().map_err(|_| invalid("Invalid id", &id, member))
}

fn read_secret(text: String) -> Result<Secret, ApiError> {
    let text = zeroize::Zeroizing::new(text);
    Secret::import(&text).map_err(|error| {
        ApiError::invalid_body(format!(
            "Payload validation error: '{error}' on property client_secret."
        ))
    })
}
