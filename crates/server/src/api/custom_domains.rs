//! `/api/v2/custom-domains`: further host names of the tenant.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::custom_domain::CustomDomain;
use m2mint_authority::documents::{self, Dated};
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::Timestamp;
use m2mint_domain::tenant::Tenant;
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, required as must};
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, Parameter, empty, get, parameter, patch, post};
use crate::api::page::{CHECKPOINTS, FIELDS, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Format, Schema, TEXT, choice, either, list, map, object, optional, required,
};

const PATTERN: &str = "^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])\\.)*\
                       ([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])$";
const NAME: Format = Format {
    name: "hostname",
    holds: is_name,
    pattern: Some(PATTERN),
};
const HOSTNAME: Format = Format {
    name: "hostname",
    holds: is_name,
    pattern: None,
};
const KIND: Schema = choice(&["auth0_managed_certs", "self_managed_certs"]);
const TLS_POLICY: Schema = choice(&["recommended"]);
const IP_HEADER: Schema = choice(&[
    "true-client-ip",
    "cf-connecting-ip",
    "x-forwarded-for",
    "x-azure-clientip",
    "",
])
.or_null();
static METADATA_VALUE: Schema = TEXT.length(0, 255).or_null();
const METADATA: Schema = map(&METADATA_VALUE).at_most(10);

static NEW: Schema = object(&[
    required("domain", TEXT.length(3, 255).format(NAME)),
    required("type", KIND),
    optional("verification_method", choice(&["txt"])),
    optional("tls_policy", TLS_POLICY),
    optional("custom_client_ip_header", IP_HEADER),
    optional("domain_metadata", METADATA),
    optional(
        "relying_party_identifier",
        TEXT.length(0, 255).format(HOSTNAME),
    ),
]);

static CHANGES: Schema = object(&[
    optional("tls_policy", TLS_POLICY),
    optional("custom_client_ip_header", IP_HEADER),
    optional("domain_metadata", METADATA),
    optional(
        "relying_party_identifier",
        TEXT.length(0, 255).format(HOSTNAME).or_null(),
    ),
]);

static NEW_DEFAULT: Schema = object(&[required("domain", TEXT.length(3, 255))]);

const METHOD: Schema = object(&[
    required("name", choice(&["CNAME"])),
    required("record", TEXT),
    required("domain", TEXT),
]);

const VERIFICATION: Schema = object(&[
    required("methods", list(&METHOD)),
    required("status", choice(&["verified", "pending"])),
    optional("last_verified_at", TEXT.format(DATE_TIME)),
]);

static DOMAIN: Schema = object(&[
    required("custom_domain_id", TEXT),
    required("domain", TEXT),
    required("primary", BOOLEAN),
    required("is_default", BOOLEAN),
    required("status", choice(&["pending_verification", "ready"])),
    required("type", KIND),
    required("verification", VERIFICATION),
    optional("custom_client_ip_header", IP_HEADER),
    optional("tls_policy", TLS_POLICY),
    optional("domain_metadata", METADATA),
    optional("relying_party_identifier", TEXT),
]);

/// The same, as `fields` cut it.
static LISTED: Schema = object(&[
    optional("custom_domain_id", TEXT),
    optional("domain", TEXT),
    optional("primary", BOOLEAN),
    optional("is_default", BOOLEAN),
    optional("status", choice(&["pending_verification", "ready"])),
    optional("type", KIND),
    optional("verification", VERIFICATION),
    optional("custom_client_ip_header", IP_HEADER),
    optional("tls_policy", TLS_POLICY),
    optional("domain_metadata", METADATA),
    optional("relying_party_identifier", TEXT),
]);

static PAGE: Schema = either(&[
    list(&LISTED),
    object(&[
        required("custom_domains", list(&LISTED)),
        optional("next", TEXT),
    ]),
]);

static DEFAULT_DOMAIN: [Schema; 2] = [DOMAIN, object(&[required("domain", TEXT)])];
static SHOWN_DEFAULT: Schema = either(&DEFAULT_DOMAIN);
static TESTED: Schema = object(&[required("success", BOOLEAN), optional("message", TEXT)]);

const SEARCH: &[Parameter] = &[
    parameter("q", TEXT.length(0, 1_000)),
    parameter("sort", choice(&["domain:1"])),
];

fn is_name(text: &str) -> bool {
    !text.contains('_')
        && text
            .parse::<m2mint_domain::host::HostName>()
            .is_ok_and(|host| !host.has_port() && !text.starts_with('['))
}

pub(crate) static LIST: Operation = get("/custom-domains", "List custom domains")
    .any_of(&["read:custom_domains"])
    .query(&[CHECKPOINTS, FIELDS, SEARCH])
    .answers(&[operation::json(200, &PAGE)]);

/// `GET /custom-domains`: an array; an object with `take` or `from`. `q` knows `domain:` with an
/// asterisk at its end, and `status:`.
pub(crate) async fn list_all(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let mut domains = documents::all::<CustomDomain>(state).map_err(ApiError::from)?;
    if let Some(asked) = query.filter("q").filter(|asked| !asked.is_empty()) {
        let terms = read_search(asked)?;
        domains.retain(|domain| terms.iter().all(|term| term.fits(&domain.object)));
    }
    domains.sort_by(|a, b| a.object.domain.cmp(&b.object.domain));
    Ok(query.answer(
        "custom_domains",
        Totals::After,
        &domains,
        |domain| &domain.object.domain,
        |domain| show_domain(state.tenant(), domain),
    ))
}

pub(crate) static CREATE: Operation = post("/custom-domains", "Create a custom domain")
    .any_of(&["create:custom_domains"])
    .body(&NEW)
    .answers(&[operation::json(201, &DOMAIN)]);

/// `POST /custom-domains`: 201. The name works once it is verified.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let mut draft = CustomDomain {
        id: String::new(),
        domain: must(fields.string("domain")?, "domain")?,
        kind: must(fields.string("type")?, "type")?,
        verified_at: None,
        is_default: false,
        tls_policy: None,
        custom_client_ip_header: None,
        metadata: std::collections::BTreeMap::new(),
        relying_party_identifier: None,
    };
    let said = Said::read(fields)?;
    said.apply(&mut draft);
    if draft.kind == "auth0_managed_certs" {
        draft.tls_policy.get_or_insert_with(|| "recommended".into());
    }
    let domain = at
        .registry()
        .create_custom_domain(at.tenant(), at.actor(), draft)
        .await
        .map_err(refused)?;
    let current = at.current().await?;
    let shown = show_domain(current.state().tenant(), &domain);
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static SHOW: Operation = get("/custom-domains/{id}", "Read a custom domain")
    .any_of(&["read:custom_domains"])
    .answers(&[operation::json(200, &DOMAIN)]);

/// `GET /custom-domains/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let domain = documents::find(state, &id).map_err(ApiError::from)?;
    Ok(object::json(
        StatusCode::OK,
        show_domain(state.tenant(), &domain),
    ))
}

pub(crate) static UPDATE: Operation = patch("/custom-domains/{id}", "Change a custom domain")
    .any_of(&["update:custom_domains"])
    .body(&CHANGES)
    .answers(&[operation::json(200, &DOMAIN)]);

/// `PATCH /custom-domains/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let said = Said::read(fields)?;
    let domain = at
        .registry()
        .update_custom_domain(at.tenant(), at.actor(), &id, |domain| said.apply(domain))
        .await
        .map_err(refused)?;
    let current = at.current().await?;
    let shown = show_domain(current.state().tenant(), &domain);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static DELETE: Operation =
    operation::delete("/custom-domains/{id}", "Delete a custom domain")
        .any_of(&["delete:custom_domains"])
        .answers(&[empty(204)]);

/// `DELETE /custom-domains/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_custom_domain(at.tenant(), at.actor(), &id)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static VERIFY: Operation = post("/custom-domains/{id}/verify", "Verify a custom domain")
    .any_of(&["create:custom_domains"])
    .answers(&[operation::json(201, &DOMAIN)]);

/// `POST /custom-domains/{id}/verify`: 201. From now on the tenant answers on the name.
pub(crate) async fn verify(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let domain = at
        .registry()
        .verify_custom_domain(at.tenant(), at.actor(), &id)
        .await
        .map_err(refused)?;
    let current = at.current().await?;
    let shown = show_domain(current.state().tenant(), &domain);
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static TEST: Operation = post("/custom-domains/{id}/test", "Test a custom domain")
    .any_of(&["read:custom_domains"])
    .answers(&[operation::json(200, &TESTED)]);

/// `POST /custom-domains/{id}/test`: whether this server answers on the name. It does not ask DNS.
pub(crate) async fn test(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let domain: Dated<CustomDomain> = documents::find(state, &id).map_err(ApiError::from)?;
    if domain.object.verified_at.is_none() {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "The custom domain is not ready",
            None,
        ));
    }
    let mut hosts = state.tenant().hosts();
    let success = hosts.any(|host| host.as_str() == domain.object.domain);
    let message = if success {
        "This server answers on the domain. Whether the domain leads here is for DNS to say."
    } else {
        "This server does not answer on the domain any more."
    };
    let answer = json!({"success": success, "message": message});
    Ok(object::json(StatusCode::OK, answer))
}

pub(crate) static SHOW_DEFAULT: Operation =
    get("/custom-domains/default", "Read the default domain")
        .any_of(&["read:custom_domains"])
        .answers(&[operation::json(200, &SHOWN_DEFAULT)]);

/// `GET /custom-domains/default`: a custom domain, or the canonical name alone.
pub(crate) async fn show_default(at: Permitted) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let domains = documents::all::<CustomDomain>(state).map_err(ApiError::from)?;
    let chosen = domains.iter().find(|domain| domain.object.is_default);
    Ok(object::json(
        StatusCode::OK,
        default_or_canonical(state.tenant(), chosen),
    ))
}

pub(crate) static UPDATE_DEFAULT: Operation =
    patch("/custom-domains/default", "Choose the default domain")
        .any_of(&["update:custom_domains"])
        .body(&NEW_DEFAULT)
        .answers(&[operation::json(200, &SHOWN_DEFAULT)]);

/// `PATCH /custom-domains/default`: 200. A verified domain, or the canonical one.
pub(crate) async fn update_default(
    at: Permitted,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let name = must(fields.string("domain")?, "domain")?;
    let chosen = at
        .registry()
        .set_default_domain(at.tenant(), at.actor(), &name)
        .await
        .map_err(refused)?;
    let current = at.current().await?;
    let shown = default_or_canonical(current.state().tenant(), chosen.as_ref());
    Ok(object::json(StatusCode::OK, shown))
}

/// What a body says of a domain, apart from its name.
struct Said {
    tls_policy: Field<String>,
    ip_header: Field<String>,
    metadata: Field<std::collections::BTreeMap<String, Option<String>>>,
    party: Field<String>,
}

impl Said {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        Ok(Self {
            tls_policy: fields.string("tls_policy")?,
            ip_header: fields.string("custom_client_ip_header")?,
            metadata: fields.pairs("domain_metadata")?,
            party: fields.string("relying_party_identifier")?,
        })
    }

    fn apply(&self, domain: &mut CustomDomain) {
        self.tls_policy.when_said(|said| domain.tls_policy = said);
        self.ip_header
            .when_said(|said| domain.custom_client_ip_header = said);
        self.metadata.when_said(|said| {
            let said = said.unwrap_or_default().into_iter();
            domain.metadata = said
                .filter_map(|(key, value)| Some((key, value?)))
                .collect();
        });
        self.party
            .when_said(|said| domain.relying_party_identifier = said);
    }
}

fn refused(error: RegistryError) -> ApiError {
    let conflict = |message: &'static str| {
        ApiError::new(
            StatusCode::CONFLICT,
            message,
            Some("custom_domain_conflict"),
        )
    };
    if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
        return conflict("Custom domain already exists");
    }
    if let RegistryError::Refused(Refused::DocumentInUse { .. }) = error {
        return conflict(
            "Cannot delete the default custom domain. Please set another domain as default before \
             deleting this one.",
        );
    }
    if let RegistryError::Refused(Refused::HostTaken { .. }) = error {
        return conflict("Another tenant of this server answers on this domain");
    }
    if let RegistryError::Refused(Refused::Invalid { reason, .. }) = error {
        return ApiError::invalid_body(reason);
    }
    error.into()
}

/// One condition of a search.
enum Term {
    Domain { text: String, begins: bool },
    Status(String),
}

impl Term {
    fn fits(&self, domain: &CustomDomain) -> bool {
        match self {
            Self::Domain { text, begins: true } => domain.domain.starts_with(text.as_str()),
            Self::Domain { text, .. } => domain.domain == *text,
            Self::Status(text) => status(domain) == text,
        }
    }
}

fn read_search(asked: &str) -> Result<Vec<Term>, ApiError> {
    let unknown = || {
        ApiError::invalid_query(
            "Query validation error: 'known are domain:NAME, domain:NAME* and status:STATUS, joined \
             by AND' on property q.",
        )
    };
    asked
        .split(" AND ")
        .map(|term| {
            let (field, value) = term.trim().split_once(':').ok_or_else(unknown)?;
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            match field {
                "domain" => Ok(match value.strip_suffix('*') {
                    Some(text) => Term::Domain {
                        text: text.to_owned(),
                        begins: true,
                    },
                    None => Term::Domain {
                        text: value,
                        begins: false,
                    },
                }),
                "status" => Ok(Term::Status(value)),
                _ => Err(unknown()),
            }
        })
        .collect()
}

const fn status(domain: &CustomDomain) -> &'static str {
    if domain.verified_at.is_some() {
        "ready"
    } else {
        "pending_verification"
    }
}

fn default_or_canonical(tenant: &Tenant, chosen: Option<&Dated<CustomDomain>>) -> Value {
    chosen.map_or_else(
        || json!({"domain": tenant.domain.as_str()}),
        |domain| show_domain(tenant, domain).into(),
    )
}

/// The record to set in DNS is one that makes the name lead here.
fn show_domain(tenant: &Tenant, domain: &Dated<CustomDomain>) -> Object {
    let domain = &domain.object;
    let verified = domain.verified_at.map(Timestamp::from_millis);
    let verification = Object::new()
        .with(
            "methods",
            json!([{
                "name": "CNAME",
                "record": tenant.domain.without_port(),
                "domain": domain.domain,
            }]),
        )
        .with(
            "status",
            if verified.is_some() {
                "verified"
            } else {
                "pending"
            },
        )
        .with_some("last_verified_at", verified.map(date));
    let metadata = (!domain.metadata.is_empty()).then(|| json!(domain.metadata));
    Object::new()
        .with("custom_domain_id", domain.id.as_str())
        .with("domain", domain.domain.as_str())
        .with("primary", true)
        .with("is_default", domain.is_default)
        .with("status", status(domain))
        .with("type", domain.kind.as_str())
        .with("verification", verification)
        .with_some(
            "custom_client_ip_header",
            domain.custom_client_ip_header.as_deref(),
        )
        .with_some("tls_policy", domain.tls_policy.as_deref())
        .with_some("domain_metadata", metadata)
        .with_some(
            "relying_party_identifier",
            domain.relying_party_identifier.as_deref(),
        )
}
