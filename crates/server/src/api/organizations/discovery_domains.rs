//! `/api/v2/organizations/{id}/discovery-domains`: domains that lead to an organization.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::discovery_domain::{DiscoveryDomain, DomainStatus};
use m2mint_authority::documents::Dated;
use m2mint_authority::registry::discovery_domains::{
    DomainSettings, find, find_named, of_organization,
};
use m2mint_authority::registry::{Refused, RegistryError};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must_be_said};
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{BOOLEAN, Format, Schema, TEXT, choice, list, object, optional, required};

const STATUSES: Schema = choice(&["pending", "verified"]);
/// Labels of letters, digits and inner hyphens.
const DOMAIN_FORMAT: Format = Format {
    name: "domain",
    holds: |text| {
        text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    },
    pattern: Some(
        r"^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])$",
    ),
};
const DOMAIN_NAME: Schema = TEXT.length(3, 255).format(DOMAIN_FORMAT);

static DOMAIN: Schema = object(&[
    required("id", TEXT),
    required("domain", DOMAIN_NAME),
    required("status", STATUSES),
    required("verification_host", TEXT),
    required("verification_txt", TEXT),
    required("use_for_organization_discovery", BOOLEAN),
]);
static DOMAINS: Schema = object(&[optional("next", TEXT), required("domains", list(&DOMAIN))]);
static CREATE_BODY: Schema = object(&[
    required("domain", DOMAIN_NAME),
    optional("status", STATUSES),
    optional("use_for_organization_discovery", BOOLEAN),
]);
static UPDATE_BODY: Schema = object(&[
    optional("status", STATUSES),
    optional("use_for_organization_discovery", BOOLEAN),
]);

pub(crate) static LIST: Operation = get(
    "/organizations/{id}/discovery-domains",
    "List the domains of an organization",
)
.any_of(&["read:organization_discovery_domains"])
.query(&[CHECKPOINTS])
.answers(&[operation::json(200, &DOMAINS)]);

/// `GET …/discovery-domains`: oldest first.
pub(crate) async fn list_all(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let domains = of_organization(current.state(), &id)
        .map_err(RegistryError::Refused)
        .map_err(in_these_words)?;
    // Ids are random: the page goes by age.
    let keyed: Vec<(String, DiscoveryDomain)> = domains
        .into_iter()
        .map(|one| {
            let key = format!("{:020} {}", one.created_at.as_millis(), one.object.id);
            (key, one.object)
        })
        .collect();
    Ok(query.checkpointed().answer(
        "domains",
        Totals::After,
        &keyed,
        |(key, _)| key,
        |(_, domain)| show_domain(domain),
    ))
}

pub(crate) static CREATE: Operation = post(
    "/organizations/{id}/discovery-domains",
    "Give an organization a domain",
)
.any_of(&["create:organization_discovery_domains"])
.body(&CREATE_BODY)
.answers(&[operation::json(201, &DOMAIN)]);

/// `POST …/discovery-domains`: 201.
pub(crate) async fn create(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let domain = must_be_said(fields.string("domain")?, "domain")?;
    let settings = read_settings(fields)?;
    let made = at
        .registry()
        .create_discovery_domain(at.tenant(), at.actor(), &id, &domain, settings)
        .await
        .map_err(in_these_words)?;
    Ok(object::json(StatusCode::CREATED, show_domain(&made.object)))
}

pub(crate) static SHOW: Operation = get(
    "/organizations/{id}/discovery-domains/{domain}",
    "Read a domain of an organization",
)
.any_of(&["read:organization_discovery_domains"])
.answers(&[operation::json(200, &DOMAIN)]);

/// `GET …/discovery-domains/{domain}`
pub(crate) async fn show(
    at: Permitted,
    Path((id, domain)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    answer(find(current.state(), &id, &domain))
}

pub(crate) static SHOW_NAMED: Operation = get(
    "/organizations/{id}/discovery-domains/name/{name}",
    "Read a domain of an organization by its name",
)
.any_of(&["read:organization_discovery_domains"])
.answers(&[operation::json(200, &DOMAIN)]);

/// `GET …/discovery-domains/name/{name}`
pub(crate) async fn show_named(
    at: Permitted,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    answer(find_named(current.state(), &id, &name))
}

pub(crate) static UPDATE: Operation = patch(
    "/organizations/{id}/discovery-domains/{domain}",
    "Change a domain of an organization",
)
.any_of(&["update:organization_discovery_domains"])
.body(&UPDATE_BODY)
.answers(&[operation::json(200, &DOMAIN)]);

/// `PATCH …/discovery-domains/{domain}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path((id, domain)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let settings = read_settings(fields)?;
    let changed = at
        .registry()
        .update_discovery_domain(at.tenant(), at.actor(), &id, &domain, settings)
        .await
        .map_err(in_these_words)?;
    Ok(object::json(StatusCode::OK, show_domain(&changed.object)))
}

pub(crate) static DELETE: Operation = operation::delete(
    "/organizations/{id}/discovery-domains/{domain}",
    "Take a domain from an organization",
)
.any_of(&["delete:organization_discovery_domains"])
.answers(&[empty(204)]);

/// `DELETE …/discovery-domains/{domain}`: 204, also when there is none.
pub(crate) async fn delete(
    at: Permitted,
    Path((id, domain)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_discovery_domain(at.tenant(), at.actor(), &id, &domain)
        .await
        .map_err(in_these_words)?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(found: Result<Dated<DiscoveryDomain>, Refused>) -> Result<Response, ApiError> {
    let found = found
        .map_err(RegistryError::Refused)
        .map_err(in_these_words)?;
    Ok(object::json(StatusCode::OK, show_domain(&found.object)))
}

fn read_settings(mut fields: Fields) -> Result<DomainSettings, ApiError> {
    let settings = DomainSettings {
        status: fields.choice("status", DomainStatus::parse)?.value(),
        use_for_organization_discovery: fields.boolean("use_for_organization_discovery")?.value(),
    };
    fields.end()?;
    Ok(settings)
}

fn show_domain(domain: &DiscoveryDomain) -> Object {
    Object::new()
        .with("id", &*domain.id)
        .with("domain", &*domain.domain)
        .with("status", domain.status.as_str())
        .with("verification_host", domain.verification_host())
        .with("verification_txt", &*domain.verification_txt)
        .with(
            "use_for_organization_discovery",
            domain.use_for_organization_discovery,
        )
}

/// These endpoints' own texts.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
        return ApiError::new(
            StatusCode::CONFLICT,
            "An organization discovery domain with this domain is already registered to this \
             organization.",
            None,
        );
    }
    super::below_an_organization(error)
}
