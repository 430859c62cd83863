//! `/api/v2/clients`: applications.

mod body;
pub(crate) mod cimd;
mod defaults;
mod login;
mod query;
mod schema;
mod show;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::clients::Retire;
use m2mint_domain::client::Client;
use serde_json::json;

use self::body::ClientBody;
use self::query::ClientFilter;
use self::schema::{CHANGED, CLIENT, CLIENTS, NEW};
use self::show::View;
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{
    self, Operation, Parameter, empty, get, parameter, patch, post, repeated,
};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED, PageQuery, Totals, in_order_of_time};
use crate::api::path::Path;
use crate::api::schema::{
    ANY_OBJECT, BOOLEAN, Schema, TEXT, list as list_of, object as object_of, optional, required,
};

const READ: &[&str] = &[
    "read:clients",
    "read:client_keys",
    "read:client_credentials",
    "read:client_summary",
];

const FILTERS: &[Parameter] = &[
    parameter("is_global", BOOLEAN),
    parameter("is_first_party", BOOLEAN),
    parameter("app_type", TEXT),
    parameter("external_client_id", TEXT.length(1, 120)),
    parameter("q", TEXT.length(1, 1_000)),
];

pub(crate) static LIST: Operation = get("/clients", "List clients")
    .any_of(READ)
    .query(&[NUMBERED, CHECKPOINTS, FIELDS, FILTERS])
    .answers(&[operation::json(200, &CLIENTS)]);

/// `GET /clients`, in the order they were registered, and the global client last.
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let filter = ClientFilter::read(&query)?;
    let view = View::reading(&at, current.state());
    view.check_fields(&query)?;
    let query = query.always_with("tenant");
    let mut clients: Vec<(String, &Client)> = filter
        .find(current.state())
        .into_iter()
        .map(|client| (place(client), client))
        .collect();
    clients.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let answer = query.answer(
        "clients",
        Totals::Before,
        &clients,
        |(place, _)| place,
        |(_, client)| view.show(client, &query),
    );
    view.finish(answer)
}

/// The place of a client in a list, as a text that sorts likewise and tells it apart.
fn place(client: &Client) -> String {
    let last = u8::from(client.is_global);
    format!(
        "{last}{} {}",
        in_order_of_time(client.created_at),
        client.id
    )
}

pub(crate) static CREATE: Operation = post("/clients", "Register a client")
    .any_of(&["create:clients"])
    .body(&NEW)
    .answers(&[operation::json(201, &CLIENT)]);

/// `POST /clients`: 201 with the client and its secret.
pub(crate) async fn create(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let binds = [
        "client_authentication_methods",
        "signed_request_object",
        "token_vault_privileged_access",
    ];
    if binds.iter().any(|member| fields.says(member)) {
        at.must_hold_any(&["create:client_credentials"])?;
    }
    let mut body = ClientBody::read(fields, at.registry())?;
    let secret = body.client_secret.take();
    let (client, secret) = at
        .registry()
        .create_client(at.tenant(), at.actor(), secret, |client| body.fill(client))
        .await?;
    let view = View::changing(&at, at.state());
    let shown = view.show_changed(&client, Some(secret.reveal()), &body.credentials);
    view.finish(object::json(StatusCode::CREATED, shown))
}

pub(crate) static SHOW: Operation = get("/clients/{id}", "Read a client")
    .any_of(READ)
    .query(&[FIELDS])
    .answers(&[operation::json(200, &CLIENT)]);

/// `GET /clients/{id}`
pub(crate) async fn show(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let view = View::reading(&at, current.state());
    view.check_fields(&query)?;
    let query = query.always_with("tenant");
    let entry = current.state().client(&id).ok_or_else(no_such_client)?;
    let shown = query.select(view.show(entry.client(), &query));
    view.finish(object::json(StatusCode::OK, shown))
}

pub(crate) static UPDATE: Operation = patch("/clients/{id}", "Change a client")
    .any_of(&[
        "update:clients",
        "update:client_keys",
        "update:client_credentials",
    ])
    .body(&CHANGED)
    .answers(&[operation::json(200, &CLIENT)]);

/// `PATCH /clients/{id}`: `client_secret` replaces all secrets by the one given.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
    fields: Fields,
) -> Result<Response, ApiError> {
    check_scopes(&at, &fields)?;
    let mut body = ClientBody::read(fields, at.registry())?;
    let secret = body.client_secret.take();
    let client = at
        .registry()
        .update_client(at.tenant(), at.actor(), &id, secret.as_ref(), |client| {
            body.change(client);
        })
        .await?;
    let view = View::changing(&at, at.state());
    let shown = match &secret {
        Some(secret) => view.show_changed(&client, Some(secret.reveal()), &[]),
        None => view.show(&client, &query),
    };
    view.finish(object::json(StatusCode::OK, shown))
}

/// Whoever sets a secret or a way to authenticate can become the client, so each takes a scope of its
/// own, and that scope is good for nothing else.
fn check_scopes(at: &Permitted, fields: &Fields) -> Result<(), ApiError> {
    const SPECIAL: [(&str, &[&str]); 5] = [
        ("client_secret", &["update:client_keys"]),
        ("encryption_key", &["update:client_keys"]),
        (
            "client_authentication_methods",
            &["update:client_credentials"],
        ),
        ("signed_request_object", &["update:client_credentials"]),
        (
            "token_vault_privileged_access",
            &["update:client_credentials"],
        ),
    ];
    let mut special = 0;
    for (member, scopes) in SPECIAL {
        if fields.says(member) {
            at.must_hold_any(scopes)?;
            special += 1;
        }
    }
    if fields.len() == special {
        return Ok(());
    }
    at.must_hold_any(&["update:clients", "update:client_keys"])
}

pub(crate) static DELETE: Operation = operation::delete("/clients/{id}", "Delete a client")
    .any_of(&["delete:clients"])
    .answers(&[empty(204)]);

/// `DELETE /clients/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_client(at.tenant(), at.actor(), &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

static NOTHING: Schema = object_of(&[]);

pub(crate) static ROTATE_SECRET: Operation =
    post("/clients/{id}/rotate-secret", "Replace a client's secret")
        .any_of(&["update:client_keys"])
        .body(&NOTHING)
        .answers(&[operation::json(200, &CLIENT)]);

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
    let view = View::changing(&at, at.state());
    let shown = view.show_changed(&client, Some(secret.reveal()), &[]);
    view.finish(object::json(StatusCode::OK, shown))
}

static CONNECTIONS_PAGE: Schema = object_of(&[
    required("connections", list_of(&ANY_OBJECT)),
    optional("next", TEXT),
]);

pub(crate) static CONNECTIONS: Operation =
    get("/clients/{id}/connections", "List a client's connections")
        .all_of(&["read:connections"])
        .query(&[
            CHECKPOINTS,
            FIELDS,
            &[repeated("strategy", TEXT.length(1, 100))],
        ])
        .answers(&[operation::json(200, &CONNECTIONS_PAGE)]);

/// `GET /clients/{id}/connections`: none. Connections are where users come from.
pub(crate) async fn connections(
    at: Permitted,
    Path(id): Path<String>,
    _query: PageQuery,
) -> Result<Response, ApiError> {
    at.must_hold_any(&["read:clients", "read:client_summary"])?;
    let current = at.current().await?;
    current.state().client(&id).ok_or_else(no_such_client)?;
    Ok(object::json(StatusCode::OK, json!({"connections": []})))
}

pub(crate) fn no_such_client() -> ApiError {
    ApiError::not_found("The client does not exist", Some("inexistent_client"))
}
