//! `/api/v2/organizations/{id}/clients`: the clients an organization uses.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::organization_client::OrganizationClient;
use m2mint_authority::registry::RegistryError;
use m2mint_authority::registry::organization_clients::{find, of_organization};
use m2mint_domain::State;
use serde_json::Value;

use super::below_an_organization;
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must_be_said};
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{BOOLEAN, Schema, TEXT, list, object, open_object, optional, required};

const CLIENT_ID: Schema = TEXT.length(1, 255);

static CLIENT: Schema = object(&[
    required("client_id", TEXT),
    required("use_for_member_access", BOOLEAN),
    optional(
        "client",
        object(&[
            optional("name", TEXT),
            optional("is_first_party", BOOLEAN),
            optional("grant_types", list(&TEXT)),
            optional("organization_usage", TEXT),
        ]),
    ),
]);
static CLIENTS: Schema = object(&[optional("next", TEXT), required("clients", list(&CLIENT))]);
static ADDED: Schema = list(&CLIENT);
static NEW: Schema = object(&[
    required("client_id", CLIENT_ID),
    optional("use_for_member_access", BOOLEAN),
]);
static CREATE_BODY: Schema = object(&[required("clients", list(&NEW).at_least(1).at_most(100))]);
static UPDATE_BODY: Schema = object(&[optional("use_for_member_access", BOOLEAN)]);
static DELETE_BODY: Schema = open_object(&[required(
    "clients",
    list(&CLIENT_ID).at_least(1).at_most(100),
)]);

pub(crate) static LIST: Operation = get(
    "/organizations/{id}/clients",
    "List the clients of an organization",
)
.any_of(&["read:organization_clients"])
.query(&[CHECKPOINTS])
.answers(&[operation::json(200, &CLIENTS)]);

/// `GET …/clients`: by client id, whatever its case.
pub(crate) async fn list_all(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let clients = of_organization(current.state(), &id)
        .map_err(RegistryError::Refused)
        .map_err(below_an_organization)?;
    let mut keyed: Vec<(String, OrganizationClient)> = clients
        .into_iter()
        .map(|one| {
            let client = one.object.client();
            let key = format!("{} {client}", client.to_ascii_lowercase());
            (key, one.object)
        })
        .collect();
    keyed.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok(query.checkpointed().answer(
        "clients",
        Totals::After,
        &keyed,
        |(key, _)| key,
        |(_, client)| show_client(current.state(), client),
    ))
}

pub(crate) static ADD: Operation = post(
    "/organizations/{id}/clients",
    "Associate clients with an organization",
)
.any_of(&["create:organization_clients"])
.body(&CREATE_BODY)
.answers(&[operation::json(201, &ADDED)]);

/// `POST …/clients`: 201.
pub(crate) async fn add(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let mut clients = Vec::new();
    for value in must_be_said(fields.list("clients")?, "clients")? {
        let mut one = Fields::of(value, "clients")?;
        let client = must_be_said(one.string("client_id")?, "clients.client_id")?;
        let access = one.boolean("use_for_member_access")?.value();
        one.end()?;
        clients.push((client, access.unwrap_or_default()));
    }
    fields.end()?;
    let added = at
        .registry()
        .associate_clients(at.tenant(), at.actor(), &id, &clients)
        .await
        .map_err(below_an_organization)?;
    let current = at.current().await?;
    let shown: Value = added
        .iter()
        .map(|one| Value::from(show_client(current.state(), &one.object)))
        .collect();
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static REMOVE: Operation = operation::delete(
    "/organizations/{id}/clients",
    "Dissociate clients from an organization",
)
.any_of(&["delete:organization_clients"])
.body(&DELETE_BODY)
.answers(&[empty(204)]);

/// `DELETE …/clients`: 204, also for those that are not associated.
pub(crate) async fn remove(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let clients = must_be_said(fields.strings("clients")?, "clients")?;
    at.registry()
        .dissociate_clients(at.tenant(), at.actor(), &id, &clients)
        .await
        .map_err(below_an_organization)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static SHOW: Operation = get(
    "/organizations/{id}/clients/{client}",
    "Read a client of an organization",
)
.any_of(&["read:organization_clients"])
.answers(&[operation::json(200, &CLIENT)]);

/// `GET …/clients/{client}`
pub(crate) async fn show(
    at: Permitted,
    Path((id, client)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let found = find(current.state(), &id, &client)
        .map_err(RegistryError::Refused)
        .map_err(below_an_organization)?;
    let shown = show_client(current.state(), &found.object);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static UPDATE: Operation = patch(
    "/organizations/{id}/clients/{client}",
    "Change a client of an organization",
)
.any_of(&["update:organization_clients"])
.body(&UPDATE_BODY)
.answers(&[operation::json(200, &CLIENT)]);

/// `PATCH …/clients/{client}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path((id, client)): Path<(String, String)>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let access = fields.boolean("use_for_member_access")?.value();
    fields.end()?;
    let changed = at
        .registry()
        .update_organization_client(at.tenant(), at.actor(), &id, &client, access)
        .await
        .map_err(below_an_organization)?;
    let current = at.current().await?;
    let shown = show_client(current.state(), &changed.object);
    Ok(object::json(StatusCode::OK, shown))
}

/// An association with what is known of its client.
fn show_client(state: &State, associated: &OrganizationClient) -> Object {
    let client = state.client(associated.client()).map(|entry| {
        let client = entry.client();
        Object::new()
            .with("name", &*client.name)
            .with("is_first_party", client.is_first_party)
            .with("grant_types", client.grant_types.clone())
            .with_kept("organization_usage", &client.extra)
    });
    Object::new()
        .with("client_id", associated.client())
        .with("use_for_member_access", associated.use_for_member_access)
        .with_some("client", client)
}
