//! Who may have what: the decision about a token request, made from the register alone.

use std::sync::Arc;

use crate::client::Client;
use crate::client_grant::{ClientGrant, GrantedScope, OrganizationUsage, SubjectType};
use crate::id::{ClientId, OrganizationId};
use crate::organization::Organization;
use crate::proof_of_possession::PossessionMechanism;
use crate::resource_server::{ClientPolicy, ResourceServer};
use crate::scope::ScopeList;
use crate::state::client_entry::Granted;
use crate::state::{ClientEntry, State};
use crate::tenant::Tenant;

/// What an authenticated client asks for (RFC 6749 §4.4.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenRequest<'a> {
    /// The API the token is for. `None`: the tenant's default.
    pub audience: Option<&'a str>,
    /// The scopes wanted. `None`: all that were granted.
    pub scope: Option<&'a ScopeList>,
    /// The organization to act for, by id or, where the tenant allows it, by name.
    pub organization: Option<&'a str>,
}

/// Proof that a request is allowed: only [`authorize()`] builds one, and only from one a token is
/// minted.
#[derive(Clone, Debug)]
pub struct Permit {
    client: Arc<ClientEntry>,
    resource_server: Arc<ResourceServer>,
    scope: ScopeList,
    organization: Option<PermittedOrganization>,
}

/// The organization a token is for.
#[derive(Clone, Debug)]
pub struct PermittedOrganization {
    /// The organization.
    pub organization: Arc<Organization>,
    /// Whether the token names it too, besides its id.
    pub show_name: bool,
}

impl Permit {
    /// Who may have the token.
    #[must_use]
    pub fn client(&self) -> &ClientEntry {
        &self.client
    }

    /// Which API it is for.
    #[must_use]
    pub fn resource_server(&self) -> &Arc<ResourceServer> {
        &self.resource_server
    }

    /// What it may allow.
    #[must_use]
    pub fn scope(&self) -> &ScopeList {
        &self.scope
    }

    /// On whose behalf.
    #[must_use]
    pub fn organization(&self) -> Option<&PermittedOrganization> {
        self.organization.as_ref()
    }
}

/// Why a request is not allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Denial {
    /// The client may not use this grant type.
    GrantTypeNotAllowed,
    /// The request names no audience and the tenant has no default one.
    NoAudience,
    /// No API has that identifier.
    UnknownAudience {
        /// What was asked for.
        audience: String,
    },
    /// The client has no grant for the API, or the API refuses all clients.
    NotGranted {
        /// Who asked.
        client_id: ClientId,
        /// For what.
        audience: String,
        /// Whether the client belongs to someone else.
        third_party: bool,
    },
    /// Scopes were asked for that the grant does not hold.
    ScopeNotGranted {
        /// Those scopes, separated by `, `.
        scopes: String,
    },
    /// The grant requires an organization, and neither the request nor the client names one.
    OrganizationRequired,
    /// The grant allows no organization, and the request names one.
    OrganizationNotAllowed,
    /// The organization does not exist, or the grant is not for it.
    OrganizationInvalid {
        /// What was asked for.
        organization: String,
    },
    /// The request names an organization in words, and the tenant wants ids.
    OrganizationMustBeId,
    /// The client's tokens must be bound to a key, and the request proves that it has none.
    ProofRequired,
    /// The API takes no token that is bound to nothing, and this one would be.
    PossessionRequired {
        /// For what.
        audience: String,
        /// What would have to be proven.
        mechanism: PossessionMechanism,
    },
}

/// Decides whether `client` may have what it asks for.
///
/// The client must have been authenticated before; this looks at permissions only, in the order of
/// Auth0's answers: grant type, audience, grant, scopes, organization, proof of possession.
///
/// # Errors
///
/// The first [`Denial`] in that order.
pub fn authorize(
    state: &State,
    client: &Arc<ClientEntry>,
    request: &TokenRequest<'_>,
) -> Result<Permit, Denial> {
    let tenant = state.tenant();
    if !client.uses_client_credentials() {
        return Err(Denial::GrantTypeNotAllowed);
    }
    let audience = request
        .audience
        .or(tenant
            .default_audience
            .as_ref()
            .map(crate::audience::Audience::as_str))
        .ok_or(Denial::NoAudience)?;
    let resource_server =
        state
            .resource_server_for(audience)
            .ok_or_else(|| Denial::UnknownAudience {
                audience: audience.to_owned(),
            })?;
    let grant = client
        .granted(audience, SubjectType::Client)
        .or_else(|| default_grant(state, client, audience))
        .filter(|_| resource_server.client_policy == ClientPolicy::RequireClientGrant)
        .ok_or_else(|| Denial::NotGranted {
            client_id: client.id().clone(),
            audience: audience.to_owned(),
            third_party: !client.client().is_first_party,
        })?;
    let scope = permitted_scope(grant, resource_server, request.scope)?;
    let organization = permitted_organization(state, client, grant, request.organization)?;
    // No request can carry a proof yet, and an unbound token would be a weaker one.
    if client.requires_proof() {
        return Err(Denial::ProofRequired);
    }
    // Tokens of this server are bearer tokens.
    if let Some(possession) = resource_server.proof_of_possession
        && possession.binds_confidential_clients()
    {
        return Err(Denial::PossessionRequired {
            audience: audience.to_owned(),
            mechanism: possession.mechanism,
        });
    }
    Ok(Permit {
        client: Arc::clone(client),
        resource_server: Arc::clone(resource_server),
        scope,
        organization: organization.map(|organization| PermittedOrganization {
            organization,
            show_name: tenant.allow_organization_names,
        }),
    })
}

/// What every third-party client may have that has no grant of its own.
fn default_grant<'a>(
    state: &'a State,
    client: &ClientEntry,
    audience: &str,
) -> Option<&'a Granted> {
    if client.client().is_first_party {
        return None;
    }
    state.default_granted(audience)
}

/// Permits the operator of the process everything at a system API of their own tenant.
///
/// Whoever holds the data directory and the master key owns the tenant already; this lets the local
/// command line and development mode speak the Management API without registering a client. `None`
/// when the API is not the server's own: for everything else there are client grants.
#[must_use]
pub fn authorize_operator(
    operator: Client,
    resource_server: &Arc<ResourceServer>,
) -> Option<Permit> {
    resource_server.is_system.then(|| Permit {
        client: Arc::new(ClientEntry::alone(operator)),
        scope: resource_server.scope_list(),
        resource_server: Arc::clone(resource_server),
        organization: None,
    })
}

/// All that was granted when nothing was asked for; exactly what was asked for otherwise.
fn permitted_scope(
    grant: &Granted,
    resource_server: &ResourceServer,
    asked: Option<&ScopeList>,
) -> Result<ScopeList, Denial> {
    let of_the_api;
    let granted = match &grant.scope {
        GrantedScope::All => {
            of_the_api = resource_server.scope_list();
            &of_the_api
        }
        GrantedScope::Only { list, .. } => list,
    };
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(granted.clone());
    };
    let missing = asked.missing_from(granted);
    if missing.is_empty() {
        return Ok(asked.clone());
    }
    Err(Denial::ScopeNotGranted {
        scopes: missing.join(", "),
    })
}

/// The organization the token is for, by the grant's rule.
fn permitted_organization(
    state: &State,
    client: &ClientEntry,
    grant: &Granted,
    asked: Option<&str>,
) -> Result<Option<Arc<Organization>>, Denial> {
    match (grant.usage, asked) {
        (OrganizationUsage::Deny, Some(_)) => Err(Denial::OrganizationNotAllowed),
        (OrganizationUsage::Deny | OrganizationUsage::Allow, None) => Ok(None),
        (OrganizationUsage::Require, None) => {
            let id = client
                .client()
                .default_organization
                .as_ref()
                .ok_or(Denial::OrganizationRequired)?;
            usable(state.organization(id.as_str()), &grant.grant, id.as_str()).map(Some)
        }
        (OrganizationUsage::Allow | OrganizationUsage::Require, Some(asked)) => {
            let found = find_organization(state.tenant(), state, asked)?;
            usable(found, &grant.grant, asked).map(Some)
        }
    }
}

/// By id, or by name where the tenant allows names.
fn find_organization<'a>(
    tenant: &Tenant,
    state: &'a State,
    asked: &str,
) -> Result<Option<&'a Arc<Organization>>, Denial> {
    match state.organization(asked) {
        Some(found) => Ok(Some(found)),
        None if tenant.allow_organization_names => {
            // Names are lower case; the caller's need not be.
            Ok(state.organization_named(&asked.to_ascii_lowercase()))
        }
        None if OrganizationId::looks_like_one(asked) => Ok(None),
        None => Err(Denial::OrganizationMustBeId),
    }
}

/// An organization that exists and that the grant covers.
fn usable(
    organization: Option<&Arc<Organization>>,
    grant: &ClientGrant,
    asked: &str,
) -> Result<Arc<Organization>, Denial> {
    let any = grant.allow_any_organization == Some(true);
    organization
        .filter(|organization| any || organization.client_grants.contains(&grant.id))
        .cloned()
        .ok_or_else(|| Denial::OrganizationInvalid {
            organization: asked.to_owned(),
        })
}

#[cfg(test)]
mod tests;
