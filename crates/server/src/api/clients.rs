//! `/api/v2/clients`: applications.

use std::collections::BTreeMap;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::clients::Retire;
use m2mint_authority::secret::Secret;
use m2mint_domain::client::{CLIENT_CREDENTIALS, Client};
use m2mint_domain::credential::AuthMethod;
use m2mint_domain::id::OrganizationId;
use serde_json::json;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, keep_extra, required};
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED};
use crate::api::page::{PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{ANY, ANY_OBJECT};

/// Members for features of user login: kept and shown, without effect here.
const EXTRA: &[&str] = &[
    "addons",
    "allowed_clients",
    "allowed_logout_urls",
    "allowed_origins",
    "callbacks",
    "client_aliases",
    "cross_origin_authentication",
    "cross_origin_loc",
    "custom_login_page",
    "custom_login_page_on",
    "custom_login_page_preview",
    "encryption_key",
    "form_template",
    "initiate_login_uri",
    "is_token_endpoint_ip_header_trusted",
    "jwt_configuration",
    "logo_uri",
    "mobile",
    "native_social_login",
    "oidc_backchannel_logout",
    "oidc_conformant",
    "oidc_logout",
    "organization_discovery_methods",
    "organization_require_behavior",
    "organization_usage",
    "refresh_token",
    "require_pushed_authorization_requests",
    "session_transfer",
    "sso",
    "sso_disabled",
    "web_origins",
];

/// Members that would change how tokens are issued, in ways this server does not know yet.
const UNSUPPORTED: &[&str] = &[
    "client_authentication_methods",
    "compliance_level",
    "require_proof_of_possession",
    "resource_server_identifier",
    "signed_request_object",
    "third_party_security_mode",
    "token_exchange",
    "token_quota",
];

/// What a body says of a client.
struct ClientBody {
    name: Field<String>,
    description: Field<String>,
    app_type: Field<String>,
    grant_types: Field<Vec<String>>,
    is_first_party: Field<bool>,
    auth_method: Field<AuthMethod>,
    metadata: Field<BTreeMap<String, Option<String>>>,
    default_organization: Field<OrganizationId>,
    client_secret: Option<Secret>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl ClientBody {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        for member in UNSUPPORTED {
            fields.unsupported(member)?;
        }
        let body = Self {
            name: fields.string("name")?,
            description: fields.string("description")?,
            app_type: fields.string("app_type")?,
            grant_types: fields.strings("grant_types")?,
            is_first_party: fields.boolean("is_first_party")?,
            auth_method: fields.choice("token_endpoint_auth_method", AuthMethod::parse)?,
            metadata: fields.pairs("client_metadata")?,
            default_organization: fields
                .object("default_organization")?
                .try_map(read_default)?,
            client_secret: fields
                .string("client_secret")?
                .value()
                .map(read_secret)
                .transpose()?,
            extra: fields.extra(EXTRA),
        };
        fields.end()?;
        Ok(body)
    }

    fn apply(&self, client: &mut Client) {
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
        self.default_organization
            .when_said(|id| client.default_organization = id);
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
        keep_extra(&mut client.extra, &self.extra);
    }
}

pub(crate) static LIST: Operation = get("/clients", "List clients")
    .any_of(&["read:clients", "read:client_keys", "read:client_summary"])
    .query(&[NUMBERED, CHECKPOINTS, FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /clients`: filters `app_type`, `is_first_party`, `is_global`.
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    // There is no legacy global client here: asking for it alone gives nothing.
    let none = query.flag("is_global") == Some(true);
    let app_types: Option<Vec<&str>> = query
        .filter("app_type")
        .map(|types| types.split(',').collect());
    let first_party = query.flag("is_first_party");
    let mut clients: Vec<&Client> = current
        .state()
        .clients()
        .filter(|client| !none && first_party.is_none_or(|wanted| wanted == client.is_first_party))
        .filter(|client| {
            app_types.as_ref().is_none_or(|types| {
                client
                    .app_type
                    .as_deref()
                    .is_some_and(|one| types.contains(&one))
            })
        })
        .collect();
    clients.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(query.answer(
        "clients",
        Totals::Before,
        &clients,
        |client| client.id.as_str(),
        |client| show_client(&at, client, None),
    ))
}

pub(crate) static CREATE: Operation = post("/clients", "Create clients")
    .any_of(&["create:clients"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(201, &ANY)]);

/// `POST /clients`: 201 with the client and, this once, its secret.
pub(crate) async fn create(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let mut body = ClientBody::read(fields)?;
    required(body.name.clone(), "name")?;
    let secret = body.client_secret.take();
    let default_grants = default_grant_types(body.app_type.clone().value().as_deref());
    let (client, secret) = at
        .registry()
        .create_client(at.tenant(), at.actor(), secret, |client| {
            client.grant_types = default_grants
                .iter()
                .map(|&grant| grant.to_owned())
                .collect();
            body.apply(client);
        })
        .await?;
    let secret = secret.as_ref().map(Secret::reveal);
    Ok(object::json(
        StatusCode::CREATED,
        show_client(&at, &client, secret),
    ))
}

pub(crate) static SHOW: Operation = get("/clients/{id}", "Read clients")
    .any_of(&["read:clients", "read:client_keys", "read:client_summary"])
    .query(&[FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /clients/{id}`
pub(crate) async fn show(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let entry = current.state().client(&id).ok_or_else(no_such_client)?;
    let shown = query.select(show_client(&at, entry.client(), None));
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static UPDATE: Operation = patch("/clients/{id}", "Change clients")
    .any_of(&["update:clients", "update:client_keys"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(200, &ANY)]);

/// `PATCH /clients/{id}`: `client_secret` replaces all secrets by the one given.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    // Whoever sets a secret can become the client, so it takes the scope that rotates secrets.
    if fields.says("client_secret") {
        at.must_hold_any(&["update:client_keys"])?;
    }
    let mut body = ClientBody::read(fields)?;
    let secret = body.client_secret.take();
    let client = at
        .registry()
        .update_client(at.tenant(), at.actor(), &id, secret.as_ref(), |client| {
            body.apply(client);
        })
        .await?;
    let shown = secret.as_ref().map(Secret::reveal);
    Ok(object::json(
        StatusCode::OK,
        show_client(&at, &client, shown),
    ))
}

pub(crate) static DELETE: Operation = operation::delete("/clients/{id}", "Delete clients")
    .any_of(&["delete:clients"])
    .answers(&[empty(204)]);

/// `DELETE /clients/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_client(at.tenant(), at.actor(), &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static ROTATE_SECRET: Operation =
    post("/clients/{id}/rotate-secret", "Rotate secret clients")
        .any_of(&["update:client_keys"])
        .body(&ANY_OBJECT)
        .answers(&[operation::json(200, &ANY)]);

/// `POST /clients/{id}/rotate-secret`: the old secrets stop working at once, as at Auth0. For a
/// rotation with an overlap see [`crate::api::secrets`].
pub(crate) async fn rotate_secret(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    fields.end()?;
    let (client, secret) = at
        .registry()
        .rotate_secret(at.tenant(), at.actor(), &id, None, Retire::Now)
        .await?;
    Ok(object::json(
        StatusCode::OK,
        show_client(&at, &client, Some(secret.reveal())),
    ))
}

/// A client in Auth0's order of members. Its secret is there only in the answer that made it.
fn show_client(at: &Permitted, client: &Client, secret: Option<&str>) -> Object {
    let default_organization = client
        .default_organization
        .as_ref()
        .map(|id| json!({"organization_id": id.as_str(), "flows": [CLIENT_CREDENTIALS]}));
    let metadata = (!client.metadata.is_empty()).then(|| json!(client.metadata));
    let ip_header_trusted =
        client.extra.json("is_token_endpoint_ip_header_trusted") == Some("true");
    Object::new()
        .with("tenant", at.tenant().as_str())
        .with("global", false)
        .with("is_token_endpoint_ip_header_trusted", ip_header_trusted)
        .with("name", &*client.name)
        .with_some("description", client.description.as_deref())
        .with_some("client_metadata", metadata)
        .with("is_first_party", client.is_first_party)
        .with_extra(&client.extra)
        .with_default("oidc_conformant", false)
        .with_default("sso_disabled", false)
        .with_default("cross_origin_auth", false)
        .with_default("cross_origin_authentication", false)
        .with_default("encrypted", true)
        .with("client_id", client.id.as_str())
        .with_default("callback_url_template", false)
        .with_some("client_secret", secret)
        .with_default(
            "jwt_configuration",
            json!({"secret_encoded": false, "lifetime_in_seconds": 36_000}),
        )
        .with_some("default_organization", default_organization)
        .with_some(
            "token_endpoint_auth_method",
            client.auth_method.map(AuthMethod::as_str),
        )
        .with_some("app_type", client.app_type.as_deref())
        .with("grant_types", client.grant_types.clone())
        .with_default("custom_login_page_on", true)
}

/// What Auth0 gives a client that says nothing of grant types.
fn default_grant_types(app_type: Option<&str>) -> &'static [&'static str] {
    match app_type {
        Some("native" | "spa") => &["authorization_code", "implicit", "refresh_token"],
        Some("resource_server") => &[],
        Some(_) | None => &[
            "authorization_code",
            "implicit",
            "refresh_token",
            CLIENT_CREDENTIALS,
        ],
    }
}

/// `{"organization_id": …, "flows": ["client_credentials"]}`
fn read_default(mut fields: Fields) -> Result<OrganizationId, ApiError> {
    let member = "default_organization.organization_id";
    let id = required(fields.string("organization_id")?, member)?;
    for flow in required(fields.strings("flows")?, "default_organization.flows")? {
        if flow != CLIENT_CREDENTIALS {
            let member = "default_organization.flows";
            return Err(crate::api::field::invalid(
                "No enum match for",
                &flow,
                member,
            ));
        }
    }
    fields.end()?;
    id.parse()
        .map_err(|_| crate::api::field::invalid("Invalid id", &id, member))
}

fn read_secret(text: String) -> Result<Secret, ApiError> {
    let text = zeroize::Zeroizing::new(text);
    Secret::import(&text).map_err(|error| {
        ApiError::invalid_body(format!(
            "Payload validation error: '{error}' on property client_secret."
        ))
    })
}

pub(crate) fn no_such_client() -> ApiError {
    ApiError::not_found("The client does not exist", Some("inexistent_client"))
}
