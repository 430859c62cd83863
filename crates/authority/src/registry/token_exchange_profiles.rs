//! Token exchange profiles: make, change, delete.

use m2mint_domain::document::DocumentKind;
use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::documents::{self, Dated, Kept as _};
use crate::entropy::Draw;
use crate::token_exchange_profile::TokenExchangeProfile;

/// The most profiles of a tenant (Auth0's limit).
const PROFILES_MAX: usize = 100;

impl Registry {
    /// Makes a token exchange profile. The id of the draft is replaced.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a token type that has one, [`Refused::Invalid`] for an action
    /// there is not, [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn create_token_exchange_profile(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        draft: TokenExchangeProfile,
    ) -> Result<Dated<TokenExchangeProfile>, RegistryError> {
        let id = random_text(&mut Draw(&*self.entropy), ALPHANUMERIC, 16);
        let object = TokenExchangeProfile {
            id: format!("tep_{id}"),
            ..draft
        };
        let profile = Dated::new(object, self.clock.now());
        self.commit(tenant, actor, |state| {
            let action = &profile.object.action_id;
            if state.document(DocumentKind::Action, action).is_none() {
                return Err(Refused::invalid("action_id", &"Action not found"));
            }
            if PROFILES_MAX <= state.documents(TokenExchangeProfile::KIND).count() {
                return Err(Refused::TooMany {
                    what: "token exchange profiles",
                    max: PROFILES_MAX,
                });
            }
            put(state, profile.clone())
        })
        .await
    }

    /// Changes a token exchange profile. Its id, action and type stay as they are.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::DocumentExists`]; see [`Registry::commit`] for the
    /// rest.
    pub async fn update_token_exchange_profile(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        name: Option<&str>,
        subject_token_type: Option<&str>,
    ) -> Result<Dated<TokenExchangeProfile>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut profile: Dated<TokenExchangeProfile> = documents::find(state, id)?;
            if let Some(name) = name {
                name.clone_into(&mut profile.object.name);
            }
            if let Some(token_type) = subject_token_type {
                token_type.clone_into(&mut profile.object.subject_token_type);
            }
            profile.updated_at = now;
            put(state, profile)
        })
        .await
    }

    /// Deletes a token exchange profile. `false` when there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_token_exchange_profile(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            if state.document(TokenExchangeProfile::KIND, id).is_none() {
                return Ok((Vec::new(), false));
            }
            Ok((vec![documents::delete::<TokenExchangeProfile>(id)], true))
        })
        .await
    }
}

fn put(
    state: &State,
    profile: Dated<TokenExchangeProfile>,
) -> Result<(Vec<Change>, Dated<TokenExchangeProfile>), Refused> {
    let taken = documents::all::<TokenExchangeProfile>(state)?
        .iter()
        .any(|other| {
            other.object.id != profile.object.id
                && other.object.subject_token_type == profile.object.subject_token_type
        });
    if taken {
        return Err(Refused::DocumentExists(TokenExchangeProfile::KIND));
    }
    Ok((vec![documents::put(&profile)?], profile))
}
