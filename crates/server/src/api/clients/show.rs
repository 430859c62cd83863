//! A client as it is shown, by what the caller's token may read.

use std::cell::{Cell, RefCell};

use axum::response::Response;
use m2mint_authority::keys::VaultError;
use m2mint_authority::secret::Secret;
use m2mint_domain::State;
use m2mint_domain::audience::Audience;
use m2mint_domain::client::{CLIENT_CREDENTIALS, Client, ComplianceLevel, SecurityMode};
use m2mint_domain::client_credential::{BoundCredentials, ClientCredential};
use m2mint_domain::credential::AuthMethod;
use m2mint_domain::id::CredentialId;
use m2mint_domain::quota::TokenQuota;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace};
use m2mint_jose::{certificate, x509};
use serde_json::{Map, Value, json};

use super::defaults;
use crate::api::access::Permitted;
use crate::api::client_credentials::show_credential;
use crate::api::error::ApiError;
use crate::api::history::SecretsShown;
use crate::api::object::Object;
use crate::api::page::PageQuery;

/// What every token may read that may read clients at all.
const SUMMARY: [&str; 4] = ["client_id", "app_type", "name", "description"];
/// What takes `read:client_keys`.
const KEYS: [&str; 3] = ["client_secret", "signing_keys", "encryption_key"];
/// What takes that, or `read:client_credentials`.
const METHODS: &str = "client_authentication_methods";

/// What a token may read of clients.
#[derive(Clone, Copy, Debug)]
struct Sight {
    all: bool,
    keys: bool,
    methods: bool,
}

/// Shows clients to one caller.
pub(super) struct View<'a> {
    at: &'a Permitted,
    sight: Sight,
    signing_keys: Option<Value>,
    secret_shown: Cell<bool>,
    failed: RefCell<Option<VaultError>>,
}

impl<'a> View<'a> {
    /// For a request that reads.
    pub(super) fn reading(at: &'a Permitted, state: &State) -> Self {
        let keys = at.holds("read:client_keys");
        let sight = Sight {
            all: keys || at.holds("read:clients"),
            keys,
            methods: keys || at.holds("read:client_credentials"),
        };
        Self::with(at, state, sight)
    }

    /// For the answer to a change: all of it but the secrets, unless the caller may read them too.
    pub(super) fn changing(at: &'a Permitted, state: &State) -> Self {
        let sight = Sight {
            all: true,
            keys: at.holds("read:client_keys"),
            methods: true,
        };
        Self::with(at, state, sight)
    }

    fn with(at: &'a Permitted, state: &State, sight: Sight) -> Self {
        Self {
            at,
            sight,
            signing_keys: signing_keys(state),
            secret_shown: Cell::new(false),
            failed: RefCell::new(None),
        }
    }

    /// Refuses a query that names members the caller may not read.
    pub(super) fn check_fields(&self, query: &PageQuery) -> Result<(), ApiError> {
        let mut asked = query.named_fields();
        match asked.find(|member| !self.sight.shows(member)) {
            None => Ok(()),
            Some(_) => Err(ApiError::unreadable_fields()),
        }
    }

    /// A client with the secret that is kept of it.
    pub(super) fn show(&self, client: &Client, query: &PageQuery) -> Object {
        let wanted = self.sight.keys && query.shows("client_secret");
        if !wanted || client.authentication.is_some() {
            return self.sight.cut(self.full(client, None, &[]));
        }
        match self.at.registry().client_secret(self.at.tenant(), client) {
            Ok(secret) => {
                self.secret_shown
                    .set(self.secret_shown.get() || secret.is_some());
                let secret = secret.as_ref().map(Secret::reveal);
                self.sight.cut(self.full(client, secret, &[]))
            }
            Err(error) => {
                self.failed.replace(Some(error));
                Object::new()
            }
        }
    }

    /// A client right after a change, with a secret that the change brought in and credentials it
    /// defined.
    pub(super) fn show_changed(
        &self,
        client: &Client,
        secret: Option<&str>,
        made: &[ClientCredential],
    ) -> Object {
        let secret = secret.filter(|_| client.authentication.is_none());
        self.full(client, secret, made)
    }

    /// The answer, noted for the log when it shows a secret.
    pub(super) fn finish(self, mut answer: Response) -> Result<Response, ApiError> {
        if let Some(error) = self.failed.into_inner() {
            return Err(error.into());
        }
        if self.secret_shown.get() {
            answer.extensions_mut().insert(SecretsShown {
                reader: self.at.who(),
                members: &["client_secret"],
            });
        }
        Ok(answer)
    }

    fn addons(&self, client: &Client) -> Option<Value> {
        match self.at.registry().client_addons(self.at.tenant(), client) {
            Ok(json) => serde_json::from_str(&json?).ok(),
            Err(error) => {
                self.failed.replace(Some(error));
                None
            }
        }
    }

    /// A client in Auth0's order of members.
    fn full(&self, client: &Client, secret: Option<&str>, made: &[ClientCredential]) -> Object {
        let default_organization = client
            .default_organization
            .as_ref()
            .map(|id| json!({"organization_id": id.as_str(), "flows": [CLIENT_CREDENTIALS]}));
        let metadata = (!client.metadata.is_empty()).then(|| json!(client.metadata));
        let addons = self.addons(client);
        let ip_header_trusted =
            client.extra.json("is_token_endpoint_ip_header_trusted") == Some("true");
        let methods = client.authentication.as_ref().map(|methods| {
            let credentials = references(&methods.credentials, made);
            json!({methods.method.as_str(): {"credentials": credentials}})
        });
        let shown = Object::new()
            .with("tenant", self.at.tenant().as_str())
            .with("global", client.is_global)
            .with("is_token_endpoint_ip_header_trusted", ip_header_trusted)
            .with("name", &*client.name)
            .with_some("description", client.description.as_deref())
            .with_some("client_metadata", metadata)
            .with_some(
                "compliance_level",
                client.compliance_level.map(ComplianceLevel::as_str),
            )
            .with_some("token_quota", client.token_quota.as_ref().map(quota))
            .with_some(
                "third_party_security_mode",
                client.security_mode.map(SecurityMode::as_str),
            )
            .with_some(METHODS, methods)
            .with_some(
                "signed_request_object",
                client
                    .signed_request_object
                    .as_deref()
                    .map(|one| bound(one, made)),
            )
            .with_some(
                "token_vault_privileged_access",
                client.token_vault.as_deref().map(|one| bound(one, made)),
            )
            .with_some(
                "require_proof_of_possession",
                client.require_proof_of_possession,
            )
            .with("is_first_party", client.is_first_party)
            .with_some("oidc_backchannel_logout", logout_urls(client))
            .with_some("addons", addons)
            .with_extra(&client.extra)
            .with_default("oidc_conformant", false)
            .with_default("refresh_token", defaults::usual_refresh_token())
            .with_default("sso_disabled", false)
            .with_default("cross_origin_auth", false)
            .with_default("cross_origin_authentication", false)
            .with_default("encrypted", true)
            .with_some("signing_keys", self.signing_keys.clone())
            .with("client_id", client.id.as_str())
            .with_default("callback_url_template", false)
            .with_some("client_secret", secret)
            .with_default("jwt_configuration", defaults::jwt_configuration())
            .with_some("default_organization", default_organization)
            .with_some(
                "resource_server_identifier",
                client.resource_server.as_ref().map(Audience::as_str),
            )
            .with_some(
                "token_endpoint_auth_method",
                client.auth_method.map(AuthMethod::as_str),
            )
            .with_some("app_type", client.app_type.as_deref());
        let shown = if client.is_global {
            shown
        } else {
            shown.with("grant_types", client.grant_types.clone())
        };
        shown.with_default("custom_login_page_on", true)
    }
}

impl Sight {
    fn shows(self, member: &str) -> bool {
        if KEYS.contains(&member) {
            return self.keys;
        }
        if member == METHODS {
            return self.methods;
        }
        self.all || SUMMARY.contains(&member)
    }

    fn cut(self, object: Object) -> Object {
        object.keep(|member| self.shows(member))
    }
}

/// Credentials by their id; those that were just made, whole.
fn references(ids: &[CredentialId], made: &[ClientCredential]) -> Vec<Value> {
    ids.iter()
        .map(|id| match made.iter().find(|one| one.id == *id) {
            Some(credential) => show_credential(credential).into(),
            None => json!({"id": id.as_str()}),
        })
        .collect()
}

fn bound(bound: &BoundCredentials, made: &[ClientCredential]) -> Value {
    let settings = bound.settings.iter().map(|(member, json)| {
        let value = serde_json::from_str(json).unwrap_or(Value::Null);
        (member.to_owned(), value)
    });
    let mut shown: Map<String, Value> = settings.collect();
    if let Some(ids) = &bound.credentials {
        shown.insert("credentials".into(), references(ids, made).into());
    }
    Value::Object(shown)
}

fn quota(quota: &TokenQuota) -> Value {
    let TokenQuota {
        per_hour,
        per_day,
        enforce,
    } = *quota;
    let members = Object::new()
        .with_some("enforce", enforce)
        .with_some("per_day", per_day)
        .with_some("per_hour", per_hour);
    json!({"client_credentials": Value::from(members)})
}

/// The older name of `oidc_logout` shows its URLs only.
fn logout_urls(client: &Client) -> Option<Value> {
    let kept: Value = serde_json::from_str(client.extra.json("oidc_logout")?).ok()?;
    let urls = kept.get("backchannel_logout_urls");
    Some(match urls {
        Some(urls) => json!({"backchannel_logout_urls": urls}),
        None => json!({}),
    })
}

/// The certificate under which a client may verify what the tenant signs.
fn signing_keys(state: &State) -> Option<Value> {
    let der = &state
        .signing_key(KeyFamily::Rsa, KeyPlace::Current)?
        .certificate;
    let cert = certificate::pem(der);
    let subject = match x509::read_pem(&cert) {
        Ok(x509::PemBlock::Certificate(read)) => format!("/{}", read.subject.replace('\n', "/")),
        Ok(x509::PemBlock::PublicKey(_)) | Err(_) => return None,
    };
    let pkcs7 = certificate::pkcs7_pem(der);
    Some(json!([{"cert": cert, "pkcs7": pkcs7, "subject": subject}]))
}
