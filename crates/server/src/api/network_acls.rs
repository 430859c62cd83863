//! `/api/v2/network-acls`: who may reach the tenant.

use axum::extract::Extension;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use m2mint_authority::documents::{self, Dated};
use m2mint_authority::network_acl::{NetworkAcl, Rule, parse_network};
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::host::HostName;
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields};
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, empty, get, patch, post, put};
use crate::api::page::{NUMBERED, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Format, Member, Schema, TEXT, either, integer, list, object, optional,
    required,
};
use crate::app::Caller;
use crate::edges;

/// How many values one property of a rule may name.
const VALUES_MAX: usize = 100;
/// The place of a rule that does not say one.
const PRIORITY: u8 = 50;

const IPV4: Format = Format {
    name: "ipv4 or cidr",
    holds: |text| parse_network(text).is_some_and(|network| network.addr().is_ipv4()),
    pattern: None,
};
const IPV6: Format = Format {
    name: "ipv6 or ipv6_cidr",
    holds: |text| parse_network(text).is_some_and(|network| network.addr().is_ipv6()),
    pattern: None,
};
const HOSTNAME: Format = Format {
    name: "hostname",
    holds: |text| text.parse::<HostName>().is_ok_and(|host| !host.has_port()),
    pattern: None,
};
const URL: Format = Format {
    name: "url",
    holds: |text| {
        text.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some()
        })
    },
    pattern: None,
};

static TEXTS_ITEM: Schema = TEXT.length(1, 512);
static IPV4_ITEM: Schema = TEXT.length(1, 64).format(IPV4);
static IPV6_ITEM: Schema = TEXT.length(1, 64).format(IPV6);
static HOSTNAME_ITEM: Schema = TEXT.length(1, 255).format(HOSTNAME);
static ASN_ITEM: Schema = integer(0, u32::MAX as i64);

const fn values(items: &'static Schema) -> Schema {
    list(items).at_least(1).at_most(VALUES_MAX).unique()
}

static SIGNALS: [Member; 12] = [
    optional("asns", values(&ASN_ITEM)),
    optional("auth0_managed", values(&TEXTS_ITEM)),
    optional("geo_country_codes", values(&TEXTS_ITEM)),
    optional("geo_subdivision_codes", values(&TEXTS_ITEM)),
    optional("ipv4_cidrs", values(&IPV4_ITEM)),
    optional("ipv6_cidrs", values(&IPV6_ITEM)),
    optional("ja3_fingerprints", values(&TEXTS_ITEM)),
    optional("ja4_fingerprints", values(&TEXTS_ITEM)),
    optional("user_agents", values(&TEXTS_ITEM)),
    optional("hostnames", values(&HOSTNAME_ITEM)),
    optional("connecting_ipv4_cidrs", values(&IPV4_ITEM)),
    optional("connecting_ipv6_cidrs", values(&IPV6_ITEM)),
];

static ACTION: [Member; 5] = [
    optional("block", BOOLEAN),
    optional("allow", BOOLEAN),
    optional("log", BOOLEAN),
    optional("redirect", BOOLEAN),
    optional("redirect_uri", TEXT.length(1, 2_000).format(URL)),
];

static RULE: [Member; 4] = [
    required("action", object(&ACTION)),
    optional("match", object(&SIGNALS)),
    optional("not_match", object(&SIGNALS)),
    required(
        "scope",
        crate::api::schema::choice(&[
            "management",
            "authentication",
            "tenant",
            "dynamic_client_registration",
        ]),
    ),
];

static NEW: Schema = object(&[
    required("description", TEXT.length(0, 255)),
    required("active", BOOLEAN),
    optional("priority", integer(1, 100)),
    required("rule", object(&RULE)),
]);

static CHANGES: Schema = object(&[
    optional("description", TEXT.length(0, 255)),
    optional("active", BOOLEAN),
    optional("priority", integer(1, 100)),
    optional("rule", object(&RULE)),
]);

static ACL: Schema = object(&[
    required("description", TEXT),
    required("active", BOOLEAN),
    required("priority", integer(1, 100)),
    required("rule", object(&RULE)),
    required("created_at", TEXT.format(DATE_TIME)),
    required("updated_at", TEXT.format(DATE_TIME)),
    required("id", TEXT),
]);

static PAGE: Schema = either(&[
    list(&ACL),
    object(&[
        required("total", integer(0, i64::MAX)),
        required("start", integer(0, i64::MAX)),
        required("limit", integer(0, i64::MAX)),
        required("network_acls", list(&ACL)),
    ]),
]);

pub(crate) static LIST: Operation = get("/network-acls", "List network ACLs")
    .any_of(&["read:network_acls"])
    .query(&[NUMBERED])
    .answers(&[operation::json(200, &PAGE)]);

/// `GET /network-acls`: in the order they are asked.
pub(crate) async fn list_all(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let mut acls = documents::all::<NetworkAcl>(current.state()).map_err(ApiError::from)?;
    acls.sort_by_key(|acl| acl.object.priority);
    Ok(query.answer(
        "network_acls",
        Totals::Before,
        &acls,
        |acl| &acl.object.id,
        show_acl,
    ))
}

pub(crate) static CREATE: Operation = post("/network-acls", "Create a network ACL")
    .any_of(&["create:network_acls"])
    .body(&NEW)
    .answers(&[operation::json(201, &ACL)]);

/// `POST /network-acls`: 201.
pub(crate) async fn create(
    at: Permitted,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    let draft = Said::read(fields)?.whole()?;
    let author = edges::author(at.site(), caller, &headers);
    let acl = at
        .registry()
        .create_network_acl(at.tenant(), at.actor(), &author, draft)
        .await
        .map_err(refused("The network ACL does not exist"))?;
    Ok(object::json(StatusCode::CREATED, show_acl(&acl)))
}

pub(crate) static SHOW: Operation = get("/network-acls/{id}", "Read a network ACL")
    .any_of(&["read:network_acls"])
    .answers(&[operation::json(200, &ACL)]);

/// `GET /network-acls/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    check_id(&id)?;
    let current = at.current().await?;
    let acl = documents::find::<NetworkAcl>(current.state(), &id)
        .map_err(RegistryError::Refused)
        .map_err(refused("Network access control list not found"))?;
    Ok(object::json(StatusCode::OK, show_acl(&acl)))
}

pub(crate) static UPDATE: Operation = patch("/network-acls/{id}", "Change a network ACL")
    .any_of(&["update:network_acls"])
    .body(&CHANGES)
    .answers(&[operation::json(200, &ACL)]);

/// `PATCH /network-acls/{id}`: 200. `rule` replaces the whole rule.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    check_id(&id)?;
    let said = Said::read(fields)?;
    let author = edges::author(at.site(), caller, &headers);
    let acl = at
        .registry()
        .update_network_acl(at.tenant(), at.actor(), &author, &id, |acl| said.apply(acl))
        .await
        .map_err(refused(NOT_UPDATED))?;
    Ok(object::json(StatusCode::OK, show_acl(&acl)))
}

pub(crate) static REPLACE: Operation = put("/network-acls/{id}", "Replace a network ACL")
    .any_of(&["update:network_acls"])
    .body(&NEW)
    .answers(&[operation::json(200, &ACL)]);

/// `PUT /network-acls/{id}`: 200.
pub(crate) async fn replace(
    at: Permitted,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    check_id(&id)?;
    let whole = Said::read(fields)?.whole()?;
    let author = edges::author(at.site(), caller, &headers);
    let acl = at
        .registry()
        .update_network_acl(at.tenant(), at.actor(), &author, &id, |acl| {
            *acl = whole.clone();
        })
        .await
        .map_err(refused(NOT_UPDATED))?;
    Ok(object::json(StatusCode::OK, show_acl(&acl)))
}

pub(crate) static DELETE: Operation =
    operation::delete("/network-acls/{id}", "Delete a network ACL")
        .any_of(&["delete:network_acls"])
        .answers(&[empty(200)]);

/// `DELETE /network-acls/{id}`: 200; 404 when there is none.
pub(crate) async fn delete(
    at: Permitted,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    check_id(&id)?;
    let author = edges::author(at.site(), caller, &headers);
    at.registry()
        .delete_network_acl(at.tenant(), at.actor(), &author, &id)
        .await
        .map_err(refused("This ACL does not exist"))?;
    Ok(StatusCode::OK)
}

const NOT_UPDATED: &str = "Network ACL not found and cannot be updated";

/// Auth0 says it in other words for each operation that there is none.
fn refused(missing: &'static str) -> impl Fn(RegistryError) -> ApiError {
    move |error| {
        if let RegistryError::Refused(Refused::NoSuchDocument(_)) = error {
            return ApiError::not_found(missing, None);
        }
        if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
            let message = "A Network ACL with this priority number has already been created";
            return ApiError::new(StatusCode::CONFLICT, message, None);
        }
        error.into()
    }
}

fn check_id(id: &str) -> Result<(), ApiError> {
    let random = id.strip_prefix("acl_").unwrap_or_default();
    if random.len() == 22 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::BAD_REQUEST,
        "Network ACL id is not a valid ACL ID in the form 'acl_XXXXXXXXXXXXXXXXXXXXXX'",
        Some("invalid_uri"),
    ))
}

/// What a body says.
struct Said {
    description: Option<String>,
    active: Option<bool>,
    priority: Option<u8>,
    rule: Option<Rule>,
}

impl Said {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let description = fields.string("description")?.value();
        let active = fields.boolean("active")?.value();
        let priority = fields.integer("priority")?.value();
        let rule = match fields.object("rule")? {
            Field::Value(rule) => Some(read_rule(rule.into_members().into())?),
            Field::Absent | Field::Null => None,
        };
        Ok(Self {
            description,
            active,
            priority: priority.and_then(|priority| u8::try_from(priority).ok()),
            rule,
        })
    }

    /// A whole one; what must be said was.
    fn whole(self) -> Result<NetworkAcl, ApiError> {
        Ok(NetworkAcl {
            id: String::new(),
            description: self.description.ok_or_else(ApiError::internal)?,
            active: self.active.ok_or_else(ApiError::internal)?,
            priority: self.priority.unwrap_or(PRIORITY),
            rule: self.rule.ok_or_else(ApiError::internal)?,
        })
    }

    fn apply(&self, acl: &mut NetworkAcl) {
        if let Some(description) = &self.description {
            acl.description.clone_from(description);
        }
        acl.active = self.active.unwrap_or(acl.active);
        acl.priority = self.priority.unwrap_or(acl.priority);
        if let Some(rule) = &self.rule {
            acl.rule.clone_from(rule);
        }
    }
}

fn read_rule(rule: Value) -> Result<Rule, ApiError> {
    let rule: Rule = serde_json::from_value(rule)
        .map_err(|_| ApiError::invalid_body("Payload validation error: 'not a rule'."))?;
    if rule.action.redirect && rule.action.redirect_uri.is_none() {
        let message =
            "Payload validation error: Action type of `redirect` requires a `redirect_uri`";
        return Err(ApiError::invalid_body(message));
    }
    Ok(rule)
}

fn show_acl(acl: &Dated<NetworkAcl>) -> Object {
    let NetworkAcl {
        id,
        description,
        active,
        priority,
        rule,
    } = &acl.object;
    let shown = Object::new()
        .with_some("match", rule.matches.as_ref().map(|one| json!(one)))
        .with_some("not_match", rule.not_match.as_ref().map(|one| json!(one)))
        .with("scope", json!(rule.scope))
        .with("action", json!(rule.action));
    Object::new()
        .with("description", description.as_str())
        .with("active", *active)
        .with("priority", *priority)
        .with("rule", shown)
        .with("created_at", date(acl.created_at))
        .with("updated_at", date(acl.updated_at))
        .with("id", id.as_str())
}
