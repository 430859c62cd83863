//! `/api/v2/resource-servers`: APIs.

use std::cell::Cell;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::resource_servers::find;
use m2mint_domain::audience::Audience;
use m2mint_domain::lifetime::TokenLifetime;
use m2mint_domain::resource_server::{
    ClientPolicy, ResourceServer, Scopes, SigningAlg, TokenDialect,
};
use m2mint_domain::scope::ScopeList;
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra, required};
use crate::api::history::SecretsShown;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED};
use crate::api::page::{PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{ANY, ANY_OBJECT};

/// Members for features of user login: kept and shown, without effect here.
const EXTRA: &[&str] = &[
    "allow_offline_access",
    "allow_online_access",
    "authorization_details",
    "consent_policy",
    "skip_consent_for_verifiable_first_party_clients",
    "verification_location",
];

/// Members that would change how tokens are issued, in ways this server does not know yet.
const UNSUPPORTED: &[&str] = &[
    "agent_subject_claims",
    "authorization_policy",
    "proof_of_possession",
    "token_encryption",
];

/// The one secret that is kept in a form that can be shown again.
const SIGNING_SECRET: &str = "signing_secret";

/// What a body says of a resource server.
struct ServerBody {
    name: Field<String>,
    scopes: Field<Scopes>,
    signing_alg: Field<SigningAlg>,
    signing_secret: Option<String>,
    token_lifetime: Field<TokenLifetime>,
    token_lifetime_for_web: Field<TokenLifetime>,
    token_dialect: Field<TokenDialect>,
    enforce_policies: Field<bool>,
    client_policy: Option<ClientPolicy>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl ServerBody {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        for member in UNSUPPORTED {
            fields.unsupported(member)?;
        }
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
            signing_secret: fields.string("signing_secret")?.value(),
            token_lifetime: read_lifetime(&mut fields, "token_lifetime")?,
            token_lifetime_for_web: read_lifetime(&mut fields, "token_lifetime_for_web")?,
            token_dialect: fields.choice("token_dialect", TokenDialect::parse)?,
            enforce_policies: fields.boolean("enforce_policies")?,
            client_policy,
            extra,
        };
        fields.end()?;
        Ok(body)
    }

    fn apply(&self, server: &mut ResourceServer) {
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
        keep_extra(&mut server.extra, &self.extra);
    }
}

pub(crate) static LIST: Operation = get("/resource-servers", "List resource servers")
    .any_of(&["read:resource_servers"])
    .query(&[NUMBERED, CHECKPOINTS, FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /resource-servers`: filter `identifiers` (comma separated).
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let wanted: Option<Vec<&str>> = query
        .filter("identifiers")
        .map(|ids| ids.split(',').collect());
    let mut servers: Vec<&Arc<ResourceServer>> = current
        .state()
        .resource_servers()
        .filter(|server| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&server.identifier.as_str()))
        })
        .collect();
    servers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let shown: Vec<(&str, Object)> = servers
        .iter()
        .map(|server| Ok((server.id.as_str(), show_server(&at, server)?)))
        .collect::<Result<_, ApiError>>()?;
    let secret_shown = Cell::new(false);
    let answer = query.answer(
        "resource_servers",
        Totals::Before,
        &shown,
        |(id, _)| id,
        |(_, object)| {
            secret_shown.set(secret_shown.get() || object.has(SIGNING_SECRET));
            object.clone()
        },
    );
    Ok(noted(
        &at,
        answer,
        query.shows(SIGNING_SECRET) && secret_shown.get(),
    ))
}

pub(crate) static CREATE: Operation = post("/resource-servers", "Create resource servers")
    .any_of(&["create:resource_servers"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(201, &ANY)]);

/// `POST /resource-servers`: 201.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let identifier = required(fields.string("identifier")?, "identifier")?;
    let identifier: Audience =
        identifier
            .parse()
            .map_err(|error: m2mint_domain::audience::InvalidAudience| {
                invalid(&error.to_string(), &identifier, "identifier")
            })?;
    let body = ServerBody::read(fields)?;
    let server = at
        .registry()
        .create_resource_server(
            at.tenant(),
            at.actor(),
            identifier,
            body.signing_secret.as_deref(),
            |server| body.apply(server),
        )
        .await?;
    Ok(object::json(
        StatusCode::CREATED,
        show_server(&at, &server)?,
    ))
}

pub(crate) static SHOW: Operation = get("/resource-servers/{id}", "Read resource servers")
    .any_of(&["read:resource_servers"])
    .query(&[FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /resource-servers/{id}`: by id or by encoded identifier.
pub(crate) async fn show(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let server = find(current.state(), &decoded(&id)).ok_or_else(|| {
        ApiError::not_found(
            "The resource server does not exist",
            Some("inexistent_resource_server"),
        )
    })?;
    let shown = query.select(show_server(&at, server)?);
    let secret_shown = shown.has(SIGNING_SECRET);
    Ok(noted(
        &at,
        object::json(StatusCode::OK, shown),
        secret_shown,
    ))
}

pub(crate) static UPDATE: Operation = patch("/resource-servers/{id}", "Change resource servers")
    .any_of(&["update:resource_servers"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(200, &ANY)]);

/// `PATCH /resource-servers/{id}`: 200. `scopes` replaces the list.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    // Tools echo what cannot be changed.
    fields.ignore("identifier");
    let body = ServerBody::read(fields)?;
    let server = at
        .registry()
        .update_resource_server(
            at.tenant(),
            at.actor(),
            &decoded(&id),
            body.signing_secret.as_deref(),
            |server| body.apply(server),
        )
        .await?;
    Ok(object::json(StatusCode::OK, show_server(&at, &server)?))
}

pub(crate) static DELETE: Operation =
    operation::delete("/resource-servers/{id}", "Delete resource servers")
        .any_of(&["delete:resource_servers"])
        .answers(&[empty(204)]);

/// `DELETE /resource-servers/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_resource_server(at.tenant(), at.actor(), &decoded(&id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An answer that tells the log when it shows a signing secret.
fn noted(at: &Permitted, mut answer: Response, secret_shown: bool) -> Response {
    if secret_shown {
        answer.extensions_mut().insert(SecretsShown {
            reader: at.who(),
            members: &[SIGNING_SECRET],
        });
    }
    answer
}

/// Identifiers come encoded once and, from some tools, twice; the router has decoded one of them.
fn decoded(id: &str) -> String {
    percent_encoding::percent_decode_str(id)
        .decode_utf8_lossy()
        .into_owned()
}

/// A resource server in Auth0's order of members.
fn show_server(at: &Permitted, server: &ResourceServer) -> Result<Object, ApiError> {
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
    let secret = match &server.signing_secret {
        Some(_) => at.registry().signing_secret(at.tenant(), server)?,
        None => None,
    };
    let secret = secret
        .as_ref()
        .map(|secret| String::from_utf8_lossy(secret).into_owned());
    let user_policy: Value = server
        .extra
        .json("user_policy")
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| "allow_all".into());
    let mut extra = server.extra.clone();
    extra.remove("user_policy");
    let object = Object::new()
        .with("id", server.id.as_str())
        .with_some("name", server.name.as_deref())
        .with("identifier", server.identifier.as_str())
        .with_some("is_system", server.is_system.then_some(true))
        .with_some("client_id", at.own_client_of(server.identifier.as_str()))
        .with_some("scopes", scopes)
        .with_extra(&extra)
        .with_default("allow_offline_access", false)
        .with_default("skip_consent_for_verifiable_first_party_clients", false)
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
        .with_some("enforce_policies", server.enforce_policies)
        .with_some(
            "token_dialect",
            server.token_dialect.map(TokenDialect::as_str),
        );
    Ok(object)
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
    Ok(Scopes::new(
        values,
        pairs
            .into_iter()
            .map(|(_, description)| description)
            .collect(),
    ))
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
    let member = "subject_type_authorization";
    let policy = |fields: Field<Fields>| -> Result<Option<String>, ApiError> {
        let Some(mut fields) = fields.value() else {
            return Ok(None);
        };
        let policy = fields.string("policy")?.value();
        fields.end()?;
        Ok(policy)
    };
    let client = policy(fields.object("client")?)?;
    let user = policy(fields.object("user")?)?;
    fields.end()?;
    if let Some(user) = &user
        && !["allow_all", "deny_all", "require_client_grant"].contains(&user.as_str())
    {
        return Err(invalid("No enum match for", user, member));
    }
    let client = client
        .map(|text| {
            ClientPolicy::parse(&text).ok_or_else(|| invalid("No enum match for", &text, member))
        })
        .transpose()?;
    Ok((client, user))
}
