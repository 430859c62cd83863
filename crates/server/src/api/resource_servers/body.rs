//! A resource server, read from a body and written into an answer.

use m2mint_domain::id::ClientId;
use m2mint_domain::lifetime::TokenLifetime;
use m2mint_domain::proof_of_possession::{PossessionMechanism, ProofOfPossession, RequiredFor};
use m2mint_domain::resource_server::{
    ClientPolicy, ResourceServer, Scopes, SigningAlg, TokenDialect,
};
use m2mint_domain::scope::ScopeList;
use m2mint_domain::token_encryption::{EncryptionAlg, TokenEncryption};
use m2mint_jose::EncryptionKey;
use serde_json::{Value, json};

use super::wire::EXTRA;
use super::{SIGNING_SECRET, at_secret};
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra, required};
use crate::api::object::Object;

/// What a body says of a resource server.
pub(super) struct ServerBody {
    name: Field<String>,
    scopes: Field<Scopes>,
    signing_alg: Field<SigningAlg>,
    pub(super) signing_secret: Option<String>,
    token_lifetime: Field<TokenLifetime>,
    token_lifetime_for_web: Field<TokenLifetime>,
    token_dialect: Field<TokenDialect>,
    enforce_policies: Field<bool>,
    client_policy: Option<ClientPolicy>,
    token_encryption: Field<TokenEncryption>,
    proof_of_possession: Field<ProofOfPossession>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl ServerBody {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let (client_policy, user_policy) = match fields.object("subject_type_authorization")? {
            Field::Value(policies) => read_policies(policies)?,
            Field::Absent | Field::Null => (None, None),
        };
        let mut extra = fields.extra(EXTRA);
        extra.extend(user_policy.map(|policy| ("user_policy", Some(json!(policy).to_string()))));
        let body = Self {
            name: fields.string("name")?,
            scopes: fields.list("scopes")?.try_map(read_scopes)?,
            signing_alg: fields.choice("signing_alg", SigningAlg::parse)?,
            signing_secret: fields.string(SIGNING_SECRET)?.value(),
            token_lifetime: read_lifetime(&mut fields, "token_lifetime")?,
            token_lifetime_for_web: read_lifetime(&mut fields, "token_lifetime_for_web")?,
            token_dialect: fields.choice("token_dialect", TokenDialect::parse)?,
            enforce_policies: fields.boolean("enforce_policies")?,
            client_policy,
            token_encryption: fields
                .object("token_encryption")?
                .try_map(read_encryption)?,
            proof_of_possession: fields
                .object("proof_of_possession")?
                .try_map(read_possession)?,
            extra,
        };
        fields.end()?;
        Ok(body)
    }

    pub(super) fn apply(&self, server: &mut ResourceServer) {
        self.name.when_said(|name| server.name = name);
        self.scopes.when_said(|scopes| server.scopes = scopes);
        if let Field::Value(alg) = self.signing_alg {
            server.signing_alg = alg;
        }
        if let Field::Value(lifetime) = self.token_lifetime {
            server.token_lifetime = lifetime;
        }
        if let Field::Value(lifetime) = self.token_lifetime_for_web {
            server.token_lifetime_for_web = lifetime;
        }
        self.token_dialect
            .when_said(|dialect| server.token_dialect = dialect);
        self.enforce_policies
            .when_said(|enforced| server.enforce_policies = enforced);
        if let Some(policy) = self.client_policy {
            server.client_policy = policy;
        }
        self.token_encryption
            .when_said(|encryption| server.token_encryption = encryption);
        self.proof_of_possession
            .when_said(|possession| server.proof_of_possession = possession);
        keep_extra(&mut server.extra, &self.extra);
    }
}

/// A resource server in Auth0's order of members.
pub(super) fn show_server(
    at: &Permitted,
    server: &ResourceServer,
    linked: Option<&ClientId>,
) -> Result<Object, ApiError> {
    let scopes: Option<Value> = server.scopes.as_ref().map(|scopes| {
        scopes
            .iter()
            .map(|(value, description)| {
                Value::from(
                    Object::new()
                        .with("value", value)
                        .with_some("description", description),
                )
            })
            .collect()
    });
    let secret = at_secret(at, server)?;
    let extra = &server.extra;
    let user_policy: Value = extra
        .json("user_policy")
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| "allow_all".into());
    let object = Object::new()
        .with("id", server.id.as_str())
        .with_some("name", server.name.as_deref())
        .with("identifier", server.identifier.as_str())
        .with_some("client_id", linked.map(ClientId::as_str))
        .with_kept("allow_offline_access", extra)
        .with_default("allow_offline_access", false)
        .with_kept("skip_consent_for_verifiable_first_party_clients", extra)
        .with_default("skip_consent_for_verifiable_first_party_clients", false)
        .with_kept("allow_online_access", extra)
        .with_kept("allow_online_access_with_ephemeral_sessions", extra)
        .with(
            "subject_type_authorization",
            json!({
                "client": {"policy": server.client_policy.as_str()},
                "user": {"policy": user_policy},
            }),
        )
        .with("token_lifetime", server.token_lifetime.as_secs())
        .with(
            "token_lifetime_for_web",
            server.token_lifetime_for_web.as_secs(),
        )
        .with("signing_alg", server.signing_alg.as_str())
        .with_some(SIGNING_SECRET, secret)
        .with_some("scopes", scopes)
        .with_some("is_system", server.is_system.then_some(true))
        .with_some("enforce_policies", server.enforce_policies)
        .with_some(
            "token_dialect",
            server.token_dialect.map(TokenDialect::as_str),
        )
        .with_some(
            "token_encryption",
            server.token_encryption.as_ref().map(show_encryption),
        )
        .with_kept("consent_policy", extra)
        .with_kept("authorization_details", extra)
        .with_some(
            "proof_of_possession",
            server.proof_of_possession.map(show_possession),
        )
        .with_kept("authorization_policy", extra)
        .with_kept("verification_location", extra);
    Ok(object)
}

/// The PEM is not shown again, as Auth0 does not.
fn show_encryption(encryption: &TokenEncryption) -> Object {
    let key = Object::new()
        .with_some("name", encryption.name.as_deref())
        .with("alg", encryption.alg.as_str())
        .with_some("kid", encryption.kid.as_deref())
        .with("thumbprint_sha256", &*encryption.thumbprint);
    Object::new()
        .with("encryption_key", key)
        .with("format", "compact-nested-jwe")
}

fn show_possession(possession: ProofOfPossession) -> Object {
    Object::new()
        .with("mechanism", possession.mechanism.as_str())
        .with("required", possession.required)
        .with_some(
            "required_for",
            possession.required_for.map(RequiredFor::as_str),
        )
}

/// `[{"value": …, "description": …}]`
fn read_scopes(list: Vec<Value>) -> Result<Scopes, ApiError> {
    let mut pairs: Vec<(String, Option<String>)> = Vec::with_capacity(list.len());
    for value in list {
        let mut fields = Fields::of(value, "scopes")?;
        let value = required(fields.string("value")?, "scopes.value")?;
        let description = fields.string("description")?.value();
        fields.end()?;
        // The last word on a scope counts, where it first stood.
        match pairs.iter_mut().find(|(known, _)| *known == value) {
            Some(known) => known.1 = description,
            None => pairs.push((value, description)),
        }
    }
    let values = ScopeList::of(pairs.iter().map(|(value, _)| value.as_str()))
        .map_err(|error| invalid(&error.to_string(), "scopes", "scopes.value"))?;
    let descriptions = pairs.into_iter().map(|(_, description)| description);
    Ok(Scopes::new(values, descriptions.collect()))
}

fn read_lifetime(
    fields: &mut Fields,
    member: &'static str,
) -> Result<Field<TokenLifetime>, ApiError> {
    fields.integer(member)?.try_map(|secs| {
        TokenLifetime::from_secs(secs)
            .map_err(|error| invalid(&error.to_string(), &secs.to_string(), member))
    })
}

/// `{"client": {"policy": …}, "user": {"policy": …}}`
fn read_policies(mut fields: Fields) -> Result<(Option<ClientPolicy>, Option<String>), ApiError> {
    let client = match fields.object("client")?.value() {
        Some(mut client) => client.choice("policy", ClientPolicy::parse)?.value(),
        None => None,
    };
    let user = match fields.object("user")?.value() {
        Some(mut user) => user.string("policy")?.value(),
        None => None,
    };
    fields.end()?;
    Ok((client, user))
}

/// `{"format": …, "encryption_key": {"name", "alg", "kid", "pem"}}`
fn read_encryption(mut fields: Fields) -> Result<TokenEncryption, ApiError> {
    const PEM: &str = "token_encryption.encryption_key.pem";
    fields.ignore("format");
    let mut key = required(
        fields.object("encryption_key")?,
        "token_encryption.encryption_key",
    )?;
    fields.end()?;
    let alg = required(key.choice("alg", EncryptionAlg::parse)?, "alg")?;
    let pem = required(key.string("pem")?, PEM)?;
    let parsed = EncryptionKey::from_pem(&pem).map_err(|error| {
        ApiError::invalid_body(format!(
            "Payload validation error: '{error}' on property {PEM}."
        ))
    })?;
    let encryption = TokenEncryption {
        name: key.string("name")?.value(),
        alg,
        kid: key.string("kid")?.value(),
        pem: pem.into(),
        thumbprint: parsed.thumbprint().into(),
    };
    key.end()?;
    Ok(encryption)
}

/// `{"mechanism", "required", "required_for"}`
fn read_possession(mut fields: Fields) -> Result<ProofOfPossession, ApiError> {
    let possession = ProofOfPossession {
        mechanism: required(
            fields.choice("mechanism", PossessionMechanism::parse)?,
            "proof_of_possession.mechanism",
        )?,
        required: required(fields.boolean("required")?, "proof_of_possession.required")?,
        required_for: fields.choice("required_for", RequiredFor::parse)?.value(),
    };
    fields.end()?;
    // A client without a secret has no certificate either.
    if possession.mechanism == PossessionMechanism::Mtls
        && possession.required_for == Some(RequiredFor::PublicClients)
    {
        let rule = "mtls allows only all_clients";
        let member = "proof_of_possession.required_for";
        return Err(invalid(rule, "public_clients", member));
    }
    Ok(possession)
}
