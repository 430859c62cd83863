//! `/api/v2/organizations/{id}/members`, `/connections`, `/enabled_connections`, `/invitations`:
//! there are no users and no connections here. What tools read is empty, what they write does not
//! exist.

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object::Object;
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED_FROM_ONE, PageQuery, Totals, pages};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, Schema, TEXT, choice, list, object, open_object, optional, required,
};

static CONNECTION: Schema = object(&[
    optional("connection_id", TEXT),
    optional("assign_membership_on_login", BOOLEAN),
    optional("show_as_button", BOOLEAN),
    optional("is_signup_enabled", BOOLEAN),
]);
static CONNECTIONS: Schema = pages!("connections", CONNECTION);
static ENABLED_CONNECTIONS: Schema = pages!("enabled_connections", CONNECTION);
const CONNECTION_NAME: Schema = TEXT.length(1, 50);
const ACCESS_LEVEL: Schema = choice(&["none", "readonly", "limited", "full"]);
static NEW_CONNECTION: Schema = object(&[
    required("connection_id", TEXT.length(1, 50)),
    optional("organization_connection_name", CONNECTION_NAME),
    optional("assign_membership_on_login", BOOLEAN),
    optional("show_as_button", BOOLEAN),
    optional("is_signup_enabled", BOOLEAN),
    optional("organization_access_level", ACCESS_LEVEL),
    optional("is_enabled", BOOLEAN),
]);
static CHANGED_CONNECTION: Schema = object(&[
    optional("organization_connection_name", CONNECTION_NAME.or_null()),
    optional("assign_membership_on_login", BOOLEAN),
    optional("show_as_button", BOOLEAN),
    optional("is_signup_enabled", BOOLEAN),
    optional("organization_access_level", ACCESS_LEVEL.or_null()),
    optional("is_enabled", BOOLEAN.or_null()),
]);

static MEMBER: Schema = object(&[
    optional("user_id", TEXT),
    optional("picture", TEXT),
    optional("name", TEXT),
    optional("email", TEXT),
]);
static MEMBERS: Schema = pages!("members", MEMBER);
const USER_ID: Schema = TEXT.length(1, 300);
static USERS: Schema = open_object(&[required("members", list(&USER_ID).at_least(1).at_most(100))]);

static INVITATION: Schema = object(&[
    optional("id", TEXT),
    optional("organization_id", TEXT),
    optional("client_id", TEXT),
    optional("created_at", TEXT),
    optional("expires_at", TEXT),
]);
static INVITATIONS: Schema = pages!("invitations", INVITATION);
static NEW_INVITATION: Schema = open_object(&[
    required(
        "inviter",
        open_object(&[required("name", TEXT.length(1, 300))]),
    ),
    required(
        "invitee",
        open_object(&[required("email", TEXT.length(1, 320))]),
    ),
    required("client_id", TEXT),
]);

/// A list of nothing, under the name of what would be in it.
macro_rules! nothing {
    ($list:ident, $handler:ident, $path:literal, $about:literal, $scope:literal, $entity:literal,
     $pages:path) => {
        pub(crate) static $list: Operation = get($path, $about)
            .any_of(&[$scope])
            .query(&[NUMBERED_FROM_ONE, CHECKPOINTS, FIELDS])
            .answers(&[operation::json(200, &$pages)]);

        #[doc = concat!("`GET ", $path, "`: none, if there is such an organization.")]
        pub(crate) async fn $handler(
            at: Permitted,
            Path(id): Path<String>,
            query: PageQuery,
        ) -> Result<Response, ApiError> {
            must_exist(&at, &id).await?;
            let none: [&str; 0] = [];
            Ok(query.answer($entity, Totals::After, &none, |id| id, |_| Object::new()))
        }
    };
}

nothing!(
    LIST_CONNECTIONS,
    connections,
    "/organizations/{id}/connections",
    "List the connections of an organization: none",
    "read:organization_connections",
    "connections",
    CONNECTIONS
);
nothing!(
    LIST_ENABLED,
    enabled_connections,
    "/organizations/{id}/enabled_connections",
    "List the enabled connections of an organization: none",
    "read:organization_connections",
    "enabled_connections",
    ENABLED_CONNECTIONS
);
nothing!(
    LIST_MEMBERS,
    members,
    "/organizations/{id}/members",
    "List the members of an organization: none",
    "read:organization_members",
    "members",
    MEMBERS
);
nothing!(
    LIST_INVITATIONS,
    invitations,
    "/organizations/{id}/invitations",
    "List the invitations of an organization: none",
    "read:organization_invitations",
    "invitations",
    INVITATIONS
);

/// The organization in a path, whatever else is in it.
#[derive(Deserialize)]
pub(crate) struct Named {
    id: String,
}

pub(crate) static ADD_CONNECTION: Operation = post(
    "/organizations/{id}/connections",
    "Add a connection to an organization: none on this server",
)
.any_of(&["create:organization_connections"])
.body(&NEW_CONNECTION);

pub(crate) static SHOW_CONNECTION: Operation = get(
    "/organizations/{id}/connections/{connection}",
    "Read a connection of an organization: none on this server",
)
.any_of(&["read:organization_connections"]);

pub(crate) static UPDATE_CONNECTION: Operation = patch(
    "/organizations/{id}/connections/{connection}",
    "Change a connection of an organization: none on this server",
)
.any_of(&["update:organization_connections"])
.body(&CHANGED_CONNECTION);

pub(crate) static ENABLE_CONNECTION: Operation = post(
    "/organizations/{id}/enabled_connections",
    "Enable a connection for an organization: none on this server",
)
.any_of(&["create:organization_connections"])
.body(&NEW_CONNECTION);

pub(crate) static SHOW_ENABLED: Operation = get(
    "/organizations/{id}/enabled_connections/{connection}",
    "Read an enabled connection of an organization: none on this server",
)
.any_of(&["read:organization_connections"]);

pub(crate) static UPDATE_ENABLED: Operation = patch(
    "/organizations/{id}/enabled_connections/{connection}",
    "Change an enabled connection of an organization: none on this server",
)
.any_of(&["update:organization_connections"])
.body(&CHANGED_CONNECTION);

/// What is asked of one connection: 404.
pub(crate) async fn no_connection(
    at: Permitted,
    Path(Named { id }): Path<Named>,
    _body: Fields,
) -> Result<StatusCode, ApiError> {
    must_exist(&at, &id).await?;
    Err(no_such_connection())
}

pub(crate) static ADD_MEMBERS: Operation = post(
    "/organizations/{id}/members",
    "Add members to an organization: no users on this server",
)
.any_of(&["create:organization_members"])
.body(&USERS);

/// `POST …/members`: 404.
pub(crate) async fn no_user(
    at: Permitted,
    Path(Named { id }): Path<Named>,
    _body: Fields,
) -> Result<StatusCode, ApiError> {
    must_exist(&at, &id).await?;
    Err(ApiError::not_found("The user does not exist.", None))
}

pub(crate) static INVITE: Operation = post(
    "/organizations/{id}/invitations",
    "Invite a user to an organization: no users on this server",
)
.any_of(&["create:organization_invitations"])
.body(&NEW_INVITATION);

/// `POST …/invitations`: 400.
pub(crate) async fn no_invitations(
    at: Permitted,
    Path(Named { id }): Path<Named>,
    _body: Fields,
) -> Result<StatusCode, ApiError> {
    must_exist(&at, &id).await?;
    Err(ApiError::new(
        StatusCode::BAD_REQUEST,
        "This server has no users to invite.",
        Some("operation_not_supported"),
    ))
}

pub(crate) static SHOW_INVITATION: Operation = get(
    "/organizations/{id}/invitations/{invitation}",
    "Read an invitation to an organization: none on this server",
)
.any_of(&["read:organization_invitations"]);

/// `GET …/invitations/{invitation}`: 404.
pub(crate) async fn no_invitation(
    at: Permitted,
    Path(Named { id }): Path<Named>,
) -> Result<StatusCode, ApiError> {
    must_exist(&at, &id).await?;
    Err(ApiError::not_found("The invitation does not exist.", None))
}

pub(crate) static REMOVE_CONNECTION: Operation = operation::delete(
    "/organizations/{id}/connections/{connection}",
    "Remove a connection from an organization: none on this server",
)
.any_of(&["delete:organization_connections"])
.answers(&[empty(204)]);

pub(crate) static DISABLE_CONNECTION: Operation = operation::delete(
    "/organizations/{id}/enabled_connections/{connection}",
    "Disable a connection for an organization: none on this server",
)
.any_of(&["delete:organization_connections"])
.answers(&[empty(204)]);

pub(crate) static REMOVE_MEMBERS: Operation = operation::delete(
    "/organizations/{id}/members",
    "Remove members from an organization: none on this server",
)
.any_of(&["delete:organization_members"])
.body(&USERS)
.answers(&[empty(204)]);

pub(crate) static REMOVE_INVITATION: Operation = operation::delete(
    "/organizations/{id}/invitations/{invitation}",
    "Withdraw an invitation to an organization: none on this server",
)
.any_of(&["delete:organization_invitations"])
.answers(&[empty(204)]);

/// What deletes something that is not there anyhow: 204.
pub(crate) async fn gone(
    at: Permitted,
    Path(Named { id }): Path<Named>,
    _body: Fields,
) -> Result<StatusCode, ApiError> {
    must_exist(&at, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn no_such_connection() -> ApiError {
    ApiError::not_found("The connection does not exist.", None)
}

async fn must_exist(at: &Permitted, organization: &str) -> Result<(), ApiError> {
    let current = at.current().await?;
    current
        .state()
        .organization(organization)
        .map(drop)
        .ok_or_else(|| ApiError::not_found("The organization does not exist.", None))
}
