//! `/api/v2/resource-servers`: APIs.

use std::cell::Cell;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::resource_servers::find;
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::audience::{Audience, InvalidAudience};
use m2mint_domain::resource_server::ResourceServer;

use self::body::{ServerBody, show_server};
use self::wire::{CREATE_BODY, SERVER, SERVERS, UPDATE_BODY};
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, invalid, required};
use crate::api::history::SecretsShown;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, Parameter, empty, get, patch, post, repeated};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED_FROM_ONE, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::TEXT;

mod body;
mod wire;

/// The one secret that is kept in a form that can be shown again.
const SIGNING_SECRET: &str = "signing_secret";

const FILTERS: &[Parameter] = &[repeated("identifiers", TEXT.length(1, 600))];

pub(crate) static LIST: Operation = get("/resource-servers", "List resource servers")
    .any_of(&["read:resource_servers"])
    .query(&[NUMBERED_FROM_ONE, CHECKPOINTS, FIELDS, FILTERS])
    .answers(&[operation::json(200, &SERVERS)]);

/// `GET /resource-servers`: filter `identifiers` (comma separated).
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let wanted: Option<Vec<String>> = query
        .filter("identifiers")
        .map(|ids| ids.split(',').map(|id| canonical(&at, id)).collect());
    let mut servers: Vec<&Arc<ResourceServer>> = current
        .state()
        .resource_servers()
        .filter(|server| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|id| id == server.identifier.as_str()))
        })
        .collect();
    servers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let shown: Vec<(&str, Object)> = servers
        .iter()
        .map(|server| {
            let linked = current.state().own_client_of(server.identifier.as_str());
            Ok((server.id.as_str(), show_server(&at, server, linked)?))
        })
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
    .body(&CREATE_BODY)
    .answers(&[operation::json(201, &SERVER)]);

/// `POST /resource-servers`: 201.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let identifier = required(fields.string("identifier")?, "identifier")?;
    let identifier: Audience = canonical(&at, &identifier)
        .parse()
        .map_err(|error: InvalidAudience| invalid(&error.to_string(), &identifier, "identifier"))?;
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
    let shown = show_server(&at, &server, None)?;
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static SHOW: Operation = get("/resource-servers/{id}", "Read resource servers")
    .any_of(&["read:resource_servers"])
    .query(&[FIELDS])
    .answers(&[operation::json(200, &SERVER)]);

/// `GET /resource-servers/{id}`: by id or by encoded identifier.
pub(crate) async fn show(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let server = find(current.state(), &named(&at, &id)).ok_or_else(|| {
        ApiError::not_found(
            "The resource server does not exist",
            Some("inexistent_resource_server"),
        )
    })?;
    let linked = current.state().own_client_of(server.identifier.as_str());
    let shown = query.select(show_server(&at, server, linked)?);
    let secret_shown = shown.has(SIGNING_SECRET);
    Ok(noted(
        &at,
        object::json(StatusCode::OK, shown),
        secret_shown,
    ))
}

pub(crate) static UPDATE: Operation = patch("/resource-servers/{id}", "Change resource servers")
    .any_of(&["update:resource_servers"])
    .body(&UPDATE_BODY)
    .answers(&[operation::json(200, &SERVER)]);

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
            &named(&at, &id),
            body.signing_secret.as_deref(),
            |server| body.apply(server),
        )
        .await?;
    let current = at.current().await?;
    let linked = current.state().own_client_of(server.identifier.as_str());
    let shown = show_server(&at, &server, linked)?;
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static DELETE: Operation =
    operation::delete("/resource-servers/{id}", "Delete resource servers")
        .any_of(&["delete:resource_servers"])
        .answers(&[empty(204)]);

/// `DELETE /resource-servers/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_resource_server(at.tenant(), at.actor(), &named(&at, &id))
        .await
        .map_err(in_these_words)?;
    Ok(StatusCode::NO_CONTENT)
}

/// This operation's own text for what the server keeps.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::SystemResourceServer) = error {
        let text = "System resource servers cannot be deleted.";
        return ApiError::new(
            StatusCode::BAD_REQUEST,
            text,
            Some("operation_not_supported"),
        );
    }
    error.into()
}

/// The signing secret of an API, where it has one.
fn at_secret(at: &Permitted, server: &ResourceServer) -> Result<Option<String>, ApiError> {
    let secret = match &server.signing_secret {
        Some(_) => at.registry().signing_secret(at.tenant(), server)?,
        None => None,
    };
    Ok(secret
        .as_ref()
        .map(|secret| String::from_utf8_lossy(secret).into_owned()))
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
fn named(at: &Permitted, id: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
    canonical(at, &decoded)
}

/// A system API goes by any of the tenant's host names: tools build its identifier from the domain
/// they were given.
fn canonical(at: &Permitted, identifier: &str) -> String {
    let who = at.who();
    let tenant = who.site.tenant.state().tenant();
    let ours =
        |host: &str| *host == *who.site.host || tenant.hosts().any(|one| one.as_str() == host);
    for path in ["/api/v2/", "/me/"] {
        let host = identifier
            .strip_prefix("https://")
            .and_then(|rest| rest.strip_suffix(path));
        if host.is_some_and(ours) {
            return format!("https://{}{path}", tenant.domain);
        }
    }
    identifier.to_owned()
}
