//! Client grants: make, change, delete.

use std::sync::Arc;

use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, SubjectType};
use m2mint_domain::id::TenantId;
use m2mint_domain::organization::Organization;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};

/// The most types of authorization details of one grant.
const DETAILS_TYPES_MAX: usize = 100;

impl Registry {
    /// Makes a client grant. The id of `draft` is replaced by a fresh one.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::NoSuchAudience`], [`Refused::GrantExists`],
    /// [`Refused::UnknownScopes`], [`Refused::ThirdParty`]; see [`Registry::commit`] for the rest.
    pub async fn create_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        mut draft: ClientGrant,
    ) -> Result<Arc<ClientGrant>, RegistryError> {
        draft.id = self.fresh_id().map_err(RegistryError::Refused)?;
        self.commit(tenant, actor, |state| {
            check_grant(state, &draft)?;
            let (same, holder) = match &draft.holder {
                GrantHolder::Client(id) => {
                    let client = state.client(id.as_str()).ok_or(Refused::NoSuchClient)?;
                    let same = client.grant(draft.audience.as_str(), draft.subject_type);
                    (same, id.as_str())
                }
                GrantHolder::ThirdPartyClients => {
                    let same = state.client_grants().find(|other| {
                        other.holder == draft.holder
                            && other.audience == draft.audience
                            && other.subject_type == draft.subject_type
                    });
                    (same, GrantHolder::THIRD_PARTY_CLIENTS)
                }
            };
            if same.is_some() {
                return Err(Refused::GrantExists {
                    holder: holder.to_owned(),
                    audience: draft.audience.to_string(),
                });
            }
            Ok(put(draft.clone()))
        })
        .await
    }

    /// Changes a client grant. Whose it is and for what stays as it is.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClientGrant`], [`Refused::UnknownScopes`], [`Refused::ThirdParty`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn update_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: impl Fn(&mut ClientGrant),
    ) -> Result<Arc<ClientGrant>, RegistryError> {
        self.commit(tenant, actor, |state| {
            let before = state.client_grant(id).ok_or(Refused::NoSuchClientGrant)?;
            let mut grant = ClientGrant::clone(before);
            edit(&mut grant);
            grant.id.clone_from(&before.id);
            grant.holder.clone_from(&before.holder);
            grant.audience.clone_from(&before.audience);
            grant.subject_type = before.subject_type;
            check_grant(state, &grant)?;
            Ok(put(grant))
        })
        .await
    }

    /// Deletes a client grant, and hands back what it was. `None` when there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<Option<Arc<ClientGrant>>, RegistryError> {
        self.commit(tenant, actor, |state| match state.client_grant(id) {
            Some(grant) => Ok((delete_grants(state, &[grant]), Some(Arc::clone(grant)))),
            None => Ok((Vec::new(), None)),
        })
        .await
    }
}

/// The changes that delete grants and every organization's association with them.
///
/// All at once: an organization may be associated with several of them, and is written once.
pub(super) fn delete_grants(state: &State, grants: &[&Arc<ClientGrant>]) -> Vec<Change> {
    let mut changes: Vec<Change> = state
        .organizations()
        .filter_map(|before| {
            let mut organization = Organization::clone(before);
            for grant in grants {
                organization.client_grants.remove(&grant.id);
            }
            (organization.client_grants.len() < before.client_grants.len())
                .then(|| Change::PutOrganization(Arc::new(organization)))
        })
        .collect();
    let deleted = grants.iter().map(|grant| grant.id.clone());
    changes.extend(deleted.map(Change::DeleteClientGrant));
    changes
}

fn put(grant: ClientGrant) -> (Vec<Change>, Arc<ClientGrant>) {
    let grant = Arc::new(grant);
    (vec![Change::PutClientGrant(Arc::clone(&grant))], grant)
}

fn check_grant(state: &State, grant: &ClientGrant) -> Result<(), Refused> {
    let third_party = match &grant.holder {
        GrantHolder::Client(id) => {
            let client = state.client(id.as_str()).ok_or(Refused::NoSuchClient)?;
            !client.client().is_first_party
        }
        GrantHolder::ThirdPartyClients => true,
    };
    let server = state
        .resource_server_for(grant.audience.as_str())
        .ok_or_else(|| Refused::NoSuchAudience {
            audience: grant.audience.to_string(),
        })?;
    let any_organization = grant.allow_any_organization == Some(true);
    if third_party && (server.is_system || any_organization) {
        return Err(Refused::ThirdParty);
    }
    check_details_types(grant)?;
    match &grant.scope {
        GrantedScope::All => Ok(()),
        GrantedScope::Only { list, .. } => {
            let known = server.scope_list();
            let unknown = list.missing_from(&known);
            if unknown.is_empty() {
                return Ok(());
            }
            Err(Refused::UnknownScopes {
                scopes: unknown.join(", "),
            })
        }
    }
}

/// Rich authorization requests are made for users (RFC 9396).
fn check_details_types(grant: &ClientGrant) -> Result<(), Refused> {
    let types = grant.authorization_details_types.as_deref();
    let types = types.unwrap_or_default();
    if DETAILS_TYPES_MAX < types.len() {
        return Err(Refused::TooMany {
            what: "authorization_details_types of a client grant",
            max: DETAILS_TYPES_MAX,
        });
    }
    if !types.is_empty() && grant.subject_type == SubjectType::Client {
        let reason = "is for grants of the subject type user only";
        return Err(Refused::invalid("authorization_details_types", &reason));
    }
    Ok(())
}
