//! `POST /m2mint/v1/import`: brings a tenant to what a document says, all of it or nothing.
//!
//! The document is that of Auth0's Deploy CLI as JSON. An import makes the calls of the Management
//! API that a person would make, with the caller's own token, so it can do no more than they could;
//! but it makes them on a draft of the register, which is committed at the end in one step. A dry
//! run stops before that.

mod call;
mod children;
mod compare;
mod kind;
mod plan;
mod present;
mod scripts;

use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use m2mint_authority::registry::RegistryError;
use m2mint_authority::registry::draft::Drafted;
use m2mint_domain::Change;
use m2mint_domain::client_grant::ClientGrant;
use m2mint_domain::id::ClientGrantId;
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required};
use crate::api::history::OwnGrant;
use crate::api::object;
use crate::api::operation::{Operation, json, post};
use crate::api::schema::{
    self, ANY, ANY_OBJECT, BOOLEAN, Schema, TEXT, choice, list, map, optional,
};
use crate::app::{AppState, Caller};

use self::call::Calls;
use self::plan::{Planner, Wish};

/// The whole path, for the deadline.
pub(crate) const PATH: &str = "/m2mint/v1/import";
/// The longest document, in bytes: some 100,000 clients.
const BODY_MAX: usize = 32 * 1024 * 1024;
/// How long an import may take.
pub(crate) const DEADLINE: Duration = Duration::from_mins(10);
/// How often an import begins anew because somebody else changed the register meanwhile.
const ATTEMPTS_MAX: usize = 5;

const BODY: Schema = schema::object(&[
    schema::required(
        "document",
        ANY_OBJECT.about("What the Deploy CLI calls assets: `clients`, `resourceServers`, …"),
    ),
    optional("dry_run", BOOLEAN.about("Only say what would change.")),
    optional(
        "delete",
        BOOLEAN.about("Delete what the document does not have, of the kinds it speaks of."),
    ),
]);

const CHANGE: Schema = schema::object(&[
    schema::required("change", choice(&["create", "update", "delete"])),
    schema::required("kind", TEXT),
    schema::required("name", TEXT),
    optional("id", TEXT),
    optional("before", map(&ANY)),
    optional("after", map(&ANY)),
    optional(
        "client_secret",
        TEXT.about("The secret made for a new client."),
    ),
]);

const PLAN: Schema = schema::object(&[
    schema::required("dry_run", BOOLEAN),
    schema::required("changes", list(&CHANGE)),
    schema::required(
        "skipped",
        list(&TEXT).about("What the document has and this server does not."),
    ),
]);

pub(crate) static IMPORT: Operation = post("/import", "Bring the tenant to what a document says")
    .all_of(&["read:tenant_settings"])
    .body(&BODY)
    .body_max(BODY_MAX)
    .answers(&[json(200, &PLAN)]);

/// `POST /import`: 200 with what was changed, or would be.
pub(crate) async fn import(
    at: Permitted,
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let dry_run = fields.boolean("dry_run")?.value().unwrap_or(false);
    let wish = Wish {
        dry_run,
        delete: fields.boolean("delete")?.value().unwrap_or(false),
    };
    let document = required(fields.object("document")?, "document")?.into_members();
    for _ in 0..ATTEMPTS_MAX {
        let draft = at.registry().draft(at.tenant()).await?;
        let calls = Calls::new(&state, &draft, caller, &headers);
        let planner = Planner::new(calls, &at.actor().id, wish);
        let plan = planner.run(&document).await?;
        let drafted = draft.drafted().await;
        if !dry_run {
            match draft.commit_draft(at.actor()).await {
                Ok(()) => {}
                Err(RegistryError::Moved) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let mut answer = object::json(StatusCode::OK, Value::from(plan.shown(dry_run)));
        if !dry_run && drafted.is_some_and(|drafted| changes_own_grant(&drafted, &at.actor().id)) {
            answer.extensions_mut().insert(OwnGrant);
        }
        return Ok(answer);
    }
    Err(RegistryError::Busy.into())
}

/// Whether an import changed what the client that asked for it may do.
fn changes_own_grant(drafted: &Drafted, own: &str) -> bool {
    let before = drafted.before.state();
    let is_own = |grant: &ClientGrant| {
        let holder = grant.holder.client_id();
        holder.is_some_and(|id| id.as_str() == own)
    };
    let known = |id: &ClientGrantId| before.client_grant(id.as_str());
    drafted.changes.iter().any(|change| match change {
        Change::PutClientGrant(grant) => is_own(grant),
        Change::DeleteClientGrant(id) => known(id).is_some_and(|grant| is_own(grant)),
        Change::PutOrganization(organization) => organization
            .client_grants
            .iter()
            .any(|id| known(id).is_some_and(|grant| is_own(grant))),
        Change::PutClient(_)
        | Change::DeleteClient(_)
        | Change::DeleteOrganization(_)
        | Change::PutResourceServer(_)
        | Change::DeleteResourceServer(_)
        | Change::PutSigningKey(_)
        | Change::DeleteSigningKey(_)
        | Change::PutTenant(_)
        | Change::PutDocument(_)
        | Change::DeleteDocument(..) => false,
    })
}
