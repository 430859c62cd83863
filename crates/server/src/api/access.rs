//! Who may use the Management API: a token for it, with one of the scopes an operation asks for.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use m2mint_authority::registry::RegistryError;
use m2mint_authority::{LogBook, Registry, Site, TenantSnapshot};
use m2mint_domain::id::TenantId;
use m2mint_domain::{State, Timestamp};
use m2mint_store::{Actor, ActorKind, Store};
use m2mint_verify::{Claims, Rules, check};

use crate::api::error::ApiError;
use crate::api::history::Who;
use crate::api::operation::{Operation, Scopes};
use crate::app::{AppState, Settings, host};

/// A caller whose token is valid and holds the scopes that the operation asks for, and the tenant it
/// is about.
///
/// Extracting one is the only way for a handler to reach the register, and what is asked for stands
/// in the operation, so no handler can forget it.
pub(crate) struct Permitted {
    site: Site,
    actor: Actor,
    scopes: Vec<String>,
    registry: Registry,
    state: AppState,
}

impl Permitted {
    /// The tenant.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.site.tenant.state().tenant().id
    }

    /// Whether the token holds a scope, for what depends on more than the operation.
    pub(crate) fn holds(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// Refuses a caller whose token holds none of `scopes`.
    ///
    /// # Errors
    ///
    /// 403 `insufficient_scope`, which names them.
    pub(crate) fn must_hold_any(&self, scopes: &[&str]) -> Result<(), ApiError> {
        if scopes.iter().any(|scope| self.holds(scope)) {
            return Ok(());
        }
        Err(ApiError::insufficient_scope(scopes))
    }

    /// The tenant, under the name that was asked.
    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// Who is changing something.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same for the log.
    pub(crate) fn who(&self) -> Who {
        Who {
            site: self.site.clone(),
            client_id: Some(self.actor.id.to_string()),
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The store, for what is not in the register.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.state.registry.store()
    }

    /// The issuer under which the caller asked.
    pub(crate) fn issuer(&self) -> &str {
        &self.site.issuer
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.state.node.settings
    }

    pub(crate) fn log(&self) -> &Arc<LogBook> {
        self.state.authority.log()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.authority.clock().now()
    }

    /// The register as this process had it when the request began.
    pub(crate) fn state(&self) -> &State {
        self.site.tenant.state()
    }

    /// The register as the store has it now: Management reads are never stale.
    pub(crate) async fn current(&self) -> Result<Arc<TenantSnapshot>, RegistryError> {
        self.registry.current(self.tenant()).await
    }
}

/// Who a valid token speaks for.
pub(crate) struct Bearer {
    pub(crate) site: Site,
    pub(crate) claims: Claims,
}

/// Checks the token of a request: issued by this tenant, for its Management API, and alive.
pub(crate) fn bearer(
    state: &AppState,
    uri: &http::Uri,
    headers: &HeaderMap,
) -> Result<Bearer, ApiError> {
    let site = host(uri, headers)
        .and_then(|host| state.authority.site(host))
        .ok_or_else(ApiError::unknown_host)?;
    let token = read_token(headers)?;
    let tenant = site.tenant.state().tenant();
    let mut issuers = state.authority.snapshots().issuers(&tenant.id).into_iter();
    let first = issuers.next().ok_or_else(ApiError::invalid_token)?;
    let mut rules = Rules::new(&*first, tenant.management_audience()).leeway(0);
    for issuer in issuers {
        rules = rules.or_issuer(&*issuer);
    }
    let keys = state.node.trusted_keys.of(&site)?;
    let now = state.authority.clock().now().as_secs();
    let claims = check(&rules, &keys, token, now).map_err(|error| ApiError::from_token(&error))?;
    Ok(Bearer { site, claims })
}

impl FromRequestParts<AppState> for Permitted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let operation = Operation::of(parts)?;
        let Bearer { site, claims } = bearer(state, &parts.uri, &parts.headers)?;
        let id = claims
            .client_id()
            .unwrap_or(claims.sub().unwrap_or_default());
        let actor = Actor {
            kind: ActorKind::Client,
            id: id.into(),
        };
        // Under `If-Match`, and in an import, changes go another way.
        let registry = match parts.extensions.get::<Registry>() {
            Some(registry) => registry.clone(),
            None => Registry::clone(&state.registry),
        };
        let permitted = Self {
            registry,
            site,
            actor,
            scopes: claims.scopes().map(str::to_owned).collect(),
            state: state.clone(),
        };
        let now = state.authority.clock().now();
        // Whoever is not believed uses up nothing of what the administrators have.
        let taken = state.node.management_rates.take(permitted.tenant(), now);
        taken.map_err(|_empty| ApiError::too_many_requests())?;
        match operation.scopes {
            Scopes::Any(scopes) => permitted.must_hold_any(scopes)?,
            Scopes::All(scopes) => {
                for scope in scopes {
                    permitted.must_hold_any(&[scope])?;
                }
            }
        }
        Ok(permitted)
    }
}

/// The one bearer token of a request (RFC 6750 §2.1).
fn read_token(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ApiError::missing_authentication());
    };
    let text = value.to_str().map_err(|_| ApiError::invalid_token())?;
    let (scheme, token) = text
        .split_once(' ')
        .ok_or_else(ApiError::missing_authentication)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::missing_authentication());
    }
    Ok(token.trim())
}
