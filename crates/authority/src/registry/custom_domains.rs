//! Custom domains: make, verify, change, delete.
//!
//! A name begins to work when an administrator verifies it. No DNS is asked: a request reaches this
//! server under a name only when the name leads to it, and a certificate for it was set up. What is
//! checked is that no other tenant answers on the name.

use std::sync::Arc;

use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;
use m2mint_domain::tenant::Tenant;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::tenants::host_taken;
use super::{Refused, Registry, RegistryError};
use crate::custom_domain::CustomDomain;
use crate::documents::{self, Dated, Kept as _};
use crate::entropy::Draw;

/// The most custom domains of a tenant.
const DOMAINS_MAX: usize = 100;

impl Registry {
    /// Makes a custom domain, not verified yet. The id of the draft is replaced.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a name this tenant has, [`Refused::HostTaken`] for one that
    /// another tenant answers on, [`Refused::Invalid`], [`Refused::TooMany`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn create_custom_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        draft: CustomDomain,
    ) -> Result<Dated<CustomDomain>, RegistryError> {
        let id = random_text(&mut Draw(&*self.entropy), ALPHANUMERIC, 16);
        let host = host_of(&draft).map_err(RegistryError::Refused)?;
        let object = CustomDomain {
            id: format!("cd_{id}"),
            domain: host.to_string(),
            ..draft
        };
        let domain = Dated::new(object, self.clock.now());
        // A name of another tenant is told now, not at the end of the way.
        if self
            .snapshots
            .site(host.as_str())
            .is_some_and(|site| site.tenant.state().tenant().id != *tenant)
        {
            let host = host.to_string();
            return Err(RegistryError::Refused(Refused::HostTaken { host }));
        }
        self.commit(tenant, actor, |state| {
            check(&domain.object)?;
            let all = documents::all::<CustomDomain>(state)?;
            let known = all.iter().any(|other| other.object.domain == host.as_str());
            if known || state.tenant().domain == host {
                return Err(Refused::DocumentExists(CustomDomain::KIND));
            }
            if DOMAINS_MAX <= all.len() {
                return Err(Refused::TooMany {
                    what: "custom domains",
                    max: DOMAINS_MAX,
                });
            }
            Ok((vec![documents::put(&domain)?], domain.clone()))
        })
        .await
    }

    /// Changes a custom domain. Its id, its name and what became of it stay as they are.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::Invalid`]; see [`Registry::commit`] for the rest.
    pub async fn update_custom_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: impl Fn(&mut CustomDomain),
    ) -> Result<Dated<CustomDomain>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let before: Dated<CustomDomain> = documents::find(state, id)?;
            let mut object = before.object.clone();
            edit(&mut object);
            object.id.clone_from(&before.object.id);
            object.domain.clone_from(&before.object.domain);
            check(&object)?;
            let domain = Dated {
                object,
                created_at: before.created_at,
                updated_at: now,
            };
            Ok((vec![documents::put(&domain)?], domain))
        })
        .await
    }

    /// Lets the tenant answer on a custom domain.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; [`Refused::HostTaken`] when another tenant answers on it; see
    /// [`Registry::commit`] for the rest.
    pub async fn verify_custom_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<Dated<CustomDomain>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut domain: Dated<CustomDomain> = documents::find(state, id)?;
            let host = host_of(&domain.object)?;
            domain.object.verified_at = Some(now.as_millis());
            domain.updated_at = now;
            let mut changes = vec![documents::put(&domain)?];
            if !state.tenant().hosts().any(|known| *known == host) {
                changes.push(with_aliases(state, |aliases| aliases.push(host)));
            }
            Ok((changes, domain))
        })
        .await
        .map_err(host_taken)
    }

    /// Deletes a custom domain: the tenant answers on its name no longer. `false` when there was
    /// none.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentInUse`] for the default one; see [`Registry::commit`] for the rest.
    pub async fn delete_custom_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            if state.document(CustomDomain::KIND, id).is_none() {
                return Ok((Vec::new(), false));
            }
            let domain = documents::find::<CustomDomain>(state, id)?.object;
            if domain.is_default {
                return Err(Refused::DocumentInUse {
                    kind: CustomDomain::KIND,
                    reason: "it is the default; set another domain as default first",
                });
            }
            let mut changes = vec![documents::delete::<CustomDomain>(id)];
            if domain.verified_at.is_some() {
                changes.push(with_aliases(state, |aliases| {
                    aliases.retain(|alias| alias.as_str() != domain.domain);
                }));
            }
            Ok((changes, true))
        })
        .await
    }

    /// Says which domain stands for the tenant: a verified one, or the canonical one. Gives it, or
    /// `None` for the canonical one.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`] for a domain that is not verified, or not there.
    pub async fn set_default_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        name: &str,
    ) -> Result<Option<Dated<CustomDomain>>, RegistryError> {
        let now = self.clock.now();
        let name = name.to_ascii_lowercase();
        self.commit(tenant, actor, |state| {
            let canonical = state.tenant().domain.as_str() == name;
            let mut chosen = None;
            let mut changes = Vec::new();
            for mut domain in documents::all::<CustomDomain>(state)? {
                let this = domain.object.domain == name;
                if this && domain.object.verified_at.is_none() {
                    break;
                }
                if domain.object.is_default != this {
                    domain.object.is_default = this;
                    domain.updated_at = now;
                    changes.push(documents::put(&domain)?);
                }
                if this {
                    chosen = Some(domain);
                }
            }
            if chosen.is_none() && !canonical {
                let reason = "The domain must be verified before it can be set as default.";
                return Err(Refused::invalid("domain", &reason));
            }
            Ok((changes, chosen))
        })
        .await
    }
}

fn host_of(domain: &CustomDomain) -> Result<HostName, Refused> {
    domain
        .domain
        .parse()
        .map_err(|error| Refused::invalid("domain", &error))
}

fn with_aliases(state: &State, edit: impl FnOnce(&mut Vec<HostName>)) -> Change {
    let mut tenant = Tenant::clone(state.tenant());
    edit(&mut tenant.aliases);
    Change::PutTenant(Arc::new(tenant))
}

/// What goes with what, in Auth0's words.
fn check(domain: &CustomDomain) -> Result<(), Refused> {
    let managed = domain.kind == "auth0_managed_certs";
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if managed && said(&domain.custom_client_ip_header) {
        let reason = "The 'custom_client_ip_header' cannot be set on auth0_managed domains";
        return Err(Refused::invalid("custom_client_ip_header", &reason));
    }
    if !managed && domain.tls_policy.is_some() {
        let reason = "The 'tls_policy' cannot be set on self_managed domains";
        return Err(Refused::invalid("tls_policy", &reason));
    }
    if let Some(party) = &domain.relying_party_identifier {
        let host = domain.domain.as_str();
        let suffix = host
            .strip_suffix(party.as_str())
            .is_some_and(|rest| rest.ends_with('.') && party.contains('.'));
        if party != host && !suffix {
            let reason = "The 'relying_party_identifier' must be equal to or a registrable domain \
                          suffix of the domain";
            return Err(Refused::invalid("relying_party_identifier", &reason));
        }
    }
    Ok(())
}
