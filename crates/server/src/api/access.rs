//! Who may use the Management API: a token for it, with one of the scopes an operation asks for.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use m2mint_authority::registry::RegistryError;
use m2mint_authority::{LogBook, Registry, Site, TenantSnapshot};
use m2mint_domain::Timestamp;
use m2mint_domain::id::TenantId;
use m2mint_store::{Actor, ActorKind, Store};
use m2mint_verify::{Claims, JwkSet, Rules, check};

use crate::api::error::ApiError;
use crate::api::history::Who;
use crate::app::{AppState, host};

/// A caller with a valid token, who may do nothing yet: [`Access::any_of`] is the only way on.
pub(crate) struct Access {
    permitted: Permitted,
    scopes: Vec<String>,
}

/// A caller who holds a scope that the operation asks for, and the tenant it is about.
pub(crate) struct Permitted {
    site: Site,
    actor: Actor,
    state: AppState,
}

impl Access {
    /// Lets the caller on when their token holds any of `scopes`.
    ///
    /// # Errors
    ///
    /// 403 `insufficient_scope`, which names them.
    pub(crate) fn any_of(self, scopes: &[&str]) -> Result<Permitted, ApiError> {
        if scopes
            .iter()
            .any(|wanted| self.scopes.iter().any(|held| held == wanted))
        {
            return Ok(self.permitted);
        }
        Err(ApiError::insufficient_scope(scopes))
    }

    /// Lets the caller on when their token holds all of `scopes`.
    ///
    /// # Errors
    ///
    /// 403 `insufficient_scope`, which names the first one missing.
    pub(crate) fn all_of(self, scopes: &[&str]) -> Result<Permitted, ApiError> {
        match scopes
            .iter()
            .find(|wanted| !self.scopes.iter().any(|held| held == **wanted))
        {
            None => Ok(self.permitted),
            Some(missing) => Err(ApiError::insufficient_scope(&[missing])),
        }
    }
}

impl Permitted {
    /// The tenant.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.site.tenant.state().tenant().id
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
        &self.state.registry
    }

    /// The store, for what is not in the register.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.state.registry.store()
    }

    /// The issuer under which the caller asked.
    pub(crate) fn issuer(&self) -> &str {
        &self.site.issuer
    }

    pub(crate) fn log(&self) -> &Arc<LogBook> {
        self.state.authority.log()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.authority.clock().now()
    }

    /// The register as the store has it now: Management reads are never stale.
    pub(crate) async fn current(&self) -> Result<Arc<TenantSnapshot>, RegistryError> {
        self.state.registry.current(self.tenant()).await
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
    let keys = JwkSet::parse(site.tenant.keys().jwks().as_bytes())
        .map_err(|_| ApiError::invalid_token())?;
    let now = state.authority.clock().now().as_secs();
    let claims = check(&rules, &keys, token, now).map_err(|error| ApiError::from_token(&error))?;
    Ok(Bearer { site, claims })
}

impl FromRequestParts<AppState> for Access {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Bearer { site, claims } = bearer(state, &parts.uri, &parts.headers)?;
        let scopes: Vec<String> = claims.scopes().map(str::to_owned).collect();
        let id = claims
            .client_id()
            .unwrap_or(claims.sub().unwrap_or_default());
        let actor = Actor {
            kind: ActorKind::Client,
            id: id.into(),
        };
        let permitted = Permitted {
            site,
            actor,
            state: state.clone(),
        };
        Ok(Self { permitted, scopes })
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
