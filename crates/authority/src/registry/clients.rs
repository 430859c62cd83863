//! Clients and their secrets: register, change, rotate, delete.

use std::sync::Arc;

use m2mint_domain::client::{
    CLIENT_CREDENTIALS, Client, DESCRIPTION_MAX, GLOBAL_CLIENT_NAME, METADATA_MAX,
    METADATA_TEXT_MAX, NAME_MAX, SecurityMode, THIRD_PARTY_PREFIX,
};
use m2mint_domain::client_credential::{CREDENTIALS_MAX, CredentialMethod, CredentialProof};
use m2mint_domain::credential::{ClientSecret, SECRETS_MAX};
use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::text::{check_description, check_name};
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::Actor;
use zeroize::Zeroizing;

use super::client_grants::delete_grants;
use super::organization_clients::forget_client;
use super::{Refused, Registry, RegistryError};
use crate::entropy::Draw;
use crate::keys::VaultError;
use crate::secret::Secret;

/// The most grant types one client may list.
const GRANT_TYPES_MAX: usize = 20;
/// Random characters of the id of a strict third-party client.
const THIRD_PARTY_RANDOM: usize = 22;
/// What a strict third-party client may use.
const STRICT_GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", CLIENT_CREDENTIALS];
/// What a client's secret is sealed as.
const SEALED_AS: &str = "client_secret";

/// What becomes of the secrets a client had before a new one was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retire {
    /// They stop working at once (Auth0's way).
    Now,
    /// They stop working so many seconds from now.
    After {
        /// How many.
        secs: u32,
    },
    /// They work until each is retired by name.
    Never,
}

impl Registry {
    /// Registers a client: `edit` fills in a blank one. It gets a secret, even one that has another
    /// way to authenticate: it may come back to it.
    ///
    /// # Errors
    ///
    /// [`Refused`] when a value breaks a rule; see [`Registry::commit`] for the rest.
    pub async fn create_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        secret: Option<Secret>,
        edit: impl Fn(&mut Client),
    ) -> Result<(Arc<Client>, Secret), RegistryError> {
        let now = self.clock.now();
        let id = self.fresh_id().map_err(RegistryError::Refused)?;
        let mut client = Client::new(id, "".into(), now);
        edit(&mut client);
        if !client.is_first_party {
            client.security_mode.get_or_insert(SecurityMode::Permissive);
        }
        if client.security_mode == Some(SecurityMode::Strict) && self.name.is_none() {
            client.id = self.third_party_id()?;
        }
        let secret = secret.unwrap_or_else(|| Secret::generate(&*self.entropy));
        client.secrets = vec![
            self.keep(tenant, &client.id, &secret, now)
                .map_err(RegistryError::Vault)?,
        ];
        let client = self
            .commit(tenant, actor, |state| {
                check_client(state, &client)?;
                if state.client(client.id.as_str()).is_some() {
                    return Err(Refused::invalid("client_id", &"is taken"));
                }
                let client = Arc::new(client.clone());
                Ok((vec![Change::PutClient(Arc::clone(&client))], client))
            })
            .await?;
        Ok((client, secret))
    }

    /// Changes a client. Its id, its credentials and what it was made as stay as they are, whatever
    /// `edit` does to them. So do its secrets, unless a `secret` is brought in: then it is the only
    /// one, as of the same commit.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], and others when a value breaks a rule; see [`Registry::commit`]
    /// for the rest.
    pub async fn update_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: Option<&Secret>,
        edit: impl Fn(&mut Client),
    ) -> Result<Arc<Client>, RegistryError> {
        let now = self.clock.now();
        let secret = match secret {
            Some(secret) => {
                let id = known_form(id)?;
                let kept = self.keep(tenant, &id, secret, now);
                Some(kept.map_err(RegistryError::Vault)?)
            }
            None => None,
        };
        self.commit(tenant, actor, |state| {
            let before = state.client(id).ok_or(Refused::NoSuchClient)?.client();
            let mut client = Client::clone(before);
            edit(&mut client);
            client.id.clone_from(&before.id);
            client.is_global = before.is_global;
            client.resource_server.clone_from(&before.resource_server);
            client.credentials.clone_from(&before.credentials);
            client.secrets = match &secret {
                Some(secret) => vec![secret.clone()],
                None => before.secrets.clone(),
            };
            client.created_at = before.created_at;
            check_ownership(before, &mut client)?;
            check_client(state, &client)?;
            Ok(put(client, now))
        })
        .await
    }

    /// Deletes a client with its grants. `false` when there was none.
    ///
    /// Tokens it has already stay valid until they expire.
    ///
    /// # Errors
    ///
    /// [`Refused::GlobalClient`] for the one that stays; see [`Registry::commit`] for the rest.
    pub async fn delete_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let Some(entry) = state.client(id) else {
                return Ok((Vec::new(), false));
            };
            if entry.client().is_global {
                return Err(Refused::GlobalClient);
            }
            let grants: Vec<_> = entry.grants().collect();
            let mut changes = delete_grants(state, &grants);
            changes.extend(forget_client(state, id));
            changes.push(Change::DeleteClient(entry.client().id.clone()));
            Ok((changes, true))
        })
        .await
    }

    /// Gives a client a new secret, fresh or brought in, and does with the old ones as `retire`
    /// says. The new one is handed back here and never again.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`]; [`Refused::SecretsUnused`] for a client that authenticates in
    /// another way; [`Refused::TooMany`] when too many old ones would go on working; see
    /// [`Registry::commit`] for the rest.
    pub async fn rotate_secret(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: Option<Secret>,
        retire: Retire,
    ) -> Result<(Arc<Client>, Secret), RegistryError> {
        let now = self.clock.now();
        let secret = secret.unwrap_or_else(|| Secret::generate(&*self.entropy));
        let kept = self
            .keep(tenant, &known_form(id)?, &secret, now)
            .map_err(RegistryError::Vault)?;
        let client = self
            .commit(tenant, actor, |state| {
                let entry = state.client(id).ok_or(Refused::NoSuchClient)?;
                let mut client = Client::clone(entry.client());
                if client.authentication.is_some() {
                    return Err(Refused::SecretsUnused);
                }
                retire_all(&mut client, retire, now);
                if SECRETS_MAX <= client.secrets.len() {
                    return Err(Refused::TooMany {
                        what: "secrets of a client",
                        max: SECRETS_MAX,
                    });
                }
                client.secrets.push(kept.clone());
                Ok(put(client, now))
            })
            .await?;
        Ok((client, secret))
    }

    /// Stops one secret from working, at once.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::NoSuchSecret`]; [`Refused::LastSecret`] for the only
    /// one; see [`Registry::commit`] for the rest.
    pub async fn retire_secret(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: &str,
    ) -> Result<Arc<Client>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let entry = state.client(id).ok_or(Refused::NoSuchClient)?;
            let mut client = Client::clone(entry.client());
            let before = client.secrets.len();
            client.secrets.retain(|one| one.id.as_str() != secret);
            if client.secrets.len() == before {
                return Err(Refused::NoSuchSecret);
            }
            if client.live_secrets(now).next().is_none() {
                return Err(Refused::LastSecret);
            }
            Ok(put(client, now))
        })
        .await
    }

    /// The newest secret of a client that works, in clear: for the answer that shows it. `None` when
    /// there is none, or only its hash is kept.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it does not open.
    pub fn client_secret(
        &self,
        tenant: &TenantId,
        client: &Client,
    ) -> Result<Option<Secret>, VaultError> {
        let live = client.live_secrets(self.clock.now());
        let Some(sealed) = live.last().and_then(|secret| secret.sealed.as_ref()) else {
            return Ok(None);
        };
        let owner = client.id.as_str();
        let opened = self.vault.open_secret(tenant, owner, SEALED_AS, sealed)?;
        let text = Zeroizing::new(String::from_utf8_lossy(&opened).into_owned());
        // What was sealed had been one.
        Ok(Secret::import(&text).ok())
    }

    fn keep(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<ClientSecret, VaultError> {
        let sealed = match self.secrets_kept {
            SecretsKept::Hashed => None,
            SecretsKept::Sealed => {
                let plain = secret.reveal().as_bytes();
                Some(
                    self.vault
                        .seal_secret(tenant, client.as_str(), SEALED_AS, plain)?,
                )
            }
        };
        Ok(ClientSecret {
            id: CredentialId::random(&mut Draw(&*self.entropy)),
            tag: self.vault.secrets().tag(tenant, client, secret.reveal()),
            sealed,
            hint: secret.hint().into(),
            created_at: now,
            expires_at: None,
        })
    }

    /// The client that stands for all of a tenant's, as it is at the beginning.
    pub(super) fn global_client(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Client, VaultError> {
        let id = ClientId::random(&mut Draw(&*self.entropy));
        let secret = Secret::generate(&*self.entropy);
        let secret = self.keep(tenant, &id, &secret, now)?;
        Ok(blank_global(id, vec![secret], now))
    }

    fn third_party_id(&self) -> Result<ClientId, RegistryError> {
        let random = random_text(&mut Draw(&*self.entropy), ALPHANUMERIC, THIRD_PARTY_RANDOM);
        known_form(&format!("{THIRD_PARTY_PREFIX}{random}"))
    }
}

/// What is kept of client secrets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SecretsKept {
    /// Only a keyed hash: a secret is shown once, in the answer that made it.
    Hashed,
    /// Also the secret, sealed by the vault: whoever may read `client_secret` is shown it, as Auth0
    /// does.
    #[default]
    Sealed,
}

/// A global client with nothing set.
pub(super) fn blank_global(id: ClientId, secrets: Vec<ClientSecret>, now: Timestamp) -> Client {
    let mut client = Client::new(id, GLOBAL_CLIENT_NAME.into(), now);
    client.is_global = true;
    client.grant_types = Vec::new();
    client.extra = [("callbacks", "[]"), ("sso", "false")]
        .into_iter()
        .collect();
    client.secrets = secrets;
    client
}

/// The id in a path; what cannot be one names no client.
fn known_form(id: &str) -> Result<ClientId, RegistryError> {
    id.parse()
        .map_err(|_| RegistryError::Refused(Refused::NoSuchClient))
}

/// Drops secrets that have expired, and ends the others as `retire` says.
fn retire_all(client: &mut Client, retire: Retire, now: Timestamp) {
    client
        .secrets
        .retain(|secret| secret.is_live(now) && retire != Retire::Now);
    if let Retire::After { secs } = retire {
        let end = now.plus_secs(i64::from(secs));
        for secret in &mut client.secrets {
            secret.expires_at = Some(secret.expires_at.map_or(end, |sooner| sooner.min(end)));
        }
    }
}

fn put(mut client: Client, now: Timestamp) -> (Vec<Change>, Arc<Client>) {
    client.updated_at = now;
    let client = Arc::new(client);
    (vec![Change::PutClient(Arc::clone(&client))], client)
}

fn check_client(state: &State, client: &Client) -> Result<(), Refused> {
    check_name(&client.name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    if let Some(description) = &client.description {
        check_description(description, DESCRIPTION_MAX)
            .map_err(|error| Refused::invalid("description", &error))?;
    }
    if GRANT_TYPES_MAX < client.grant_types.len() {
        return Err(Refused::TooMany {
            what: "grant types of a client",
            max: GRANT_TYPES_MAX,
        });
    }
    if METADATA_MAX < client.metadata.len() {
        return Err(Refused::TooMany {
            what: "pairs of client_metadata",
            max: METADATA_MAX,
        });
    }
    for text in client.metadata.iter().flat_map(|(key, value)| [key, value]) {
        check_description(text, METADATA_TEXT_MAX)
            .map_err(|error| Refused::invalid("client_metadata", &error))?;
    }
    if let Some(organization) = &client.default_organization
        && state.organization(organization.as_str()).is_none()
    {
        return Err(Refused::invalid(
            "default_organization.organization_id",
            &"no such organization",
        ));
    }
    check_own_api(state, client)?;
    check_third_party(client)?;
    check_credentials(client)?;
    check_aliases(state, client)
}

/// A client that belongs to an API is its only one.
fn check_own_api(state: &State, client: &Client) -> Result<(), Refused> {
    const MEMBER: &str = "resource_server_identifier";
    let Some(audience) = &client.resource_server else {
        return Ok(());
    };
    if client.app_type.as_deref() != Some("resource_server") {
        return Err(Refused::invalid(
            MEMBER,
            &"only for an app_type of resource_server",
        ));
    }
    let server = state.resource_server_for(audience.as_str());
    if server.is_none_or(|server| server.is_system) {
        return Err(Refused::invalid(MEMBER, &"no such resource server"));
    }
    match state.own_client_of(audience.as_str()) {
        Some(other) if *other != client.id => {
            Err(Refused::invalid(MEMBER, &"the API has a client already"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What somebody else's client may be.
fn check_third_party(client: &Client) -> Result<(), Refused> {
    if client.is_first_party {
        return match client.security_mode {
            None => Ok(()),
            Some(_) => Err(Refused::invalid(
                "third_party_security_mode",
                &"only for a client with is_first_party false",
            )),
        };
    }
    let organizations = ["organization_usage", "organization_require_behavior"];
    if organizations
        .iter()
        .any(|member| client.extra.json(member).is_some())
    {
        return Err(Refused::OrganizationsOfThirdParty);
    }
    if client.security_mode != Some(SecurityMode::Strict) {
        return Ok(());
    }
    let allowed = |grant: &String| STRICT_GRANT_TYPES.contains(&grant.as_str());
    if let Some(grant) = client.grant_types.iter().find(|one| !allowed(one)) {
        let reason = format!("{grant} is not for strict third-party clients");
        return Err(Refused::invalid("grant_types", &reason));
    }
    match &client.authentication {
        Some(methods) if methods.method != CredentialMethod::PrivateKeyJwt => {
            Err(Refused::invalid(
                "client_authentication_methods",
                &"a strict third-party client may only use private_key_jwt",
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whose a client is was decided when it was registered, if it is a strict third party's.
fn check_ownership(before: &Client, client: &mut Client) -> Result<(), Refused> {
    if client.is_first_party && !before.is_first_party {
        if before.security_mode == Some(SecurityMode::Strict) {
            return Err(Refused::invalid("is_first_party", &"cannot be changed"));
        }
        client.security_mode = None;
    }
    if !client.is_first_party {
        client.security_mode.get_or_insert(SecurityMode::Permissive);
    }
    let mode = before.security_mode.or(client
        .security_mode
        .filter(|mode| *mode == SecurityMode::Permissive));
    if client.security_mode.is_some() && client.security_mode != mode {
        return Err(Refused::invalid(
            "third_party_security_mode",
            &"cannot be changed",
        ));
    }
    Ok(())
}

/// What is bound must be there, and serve its purpose.
fn check_credentials(client: &Client) -> Result<(), Refused> {
    if CREDENTIALS_MAX < client.credentials.len() {
        return Err(Refused::TooMany {
            what: "credentials of a client",
            max: CREDENTIALS_MAX,
        });
    }
    let fits = |id: &CredentialId, takes: &dyn Fn(&CredentialProof) -> bool| {
        let mut all = client.credentials.iter();
        all.any(|one| one.id == *id && takes(&one.proof))
    };
    if let Some(methods) = &client.authentication {
        const MEMBER: &str = "client_authentication_methods";
        if client.auth_method.is_some() {
            return Err(Refused::invalid(
                MEMBER,
                &"excludes token_endpoint_auth_method: set one of them to null",
            ));
        }
        for id in &methods.credentials {
            if !fits(id, &|proof| methods.method.takes(proof)) {
                let reason = format!("{id} is no credential for {}", methods.method.as_str());
                return Err(Refused::invalid(MEMBER, &reason));
            }
        }
    }
    let others = [
        ("signed_request_object", &client.signed_request_object),
        ("token_vault_privileged_access", &client.token_vault),
    ];
    for (member, bound) in others {
        let ids = bound.iter().flat_map(|bound| &bound.credentials).flatten();
        for id in ids {
            if !fits(id, &|proof| CredentialMethod::PrivateKeyJwt.takes(proof)) {
                let reason = format!("{id} is no public key of the client");
                return Err(Refused::invalid(member, &reason));
            }
        }
    }
    Ok(())
}

/// Aliases are looked at only when there are any: few clients have one.
fn check_aliases(state: &State, client: &Client) -> Result<(), Refused> {
    let of = |client: &Client| -> Vec<String> {
        let json = client.extra.json("client_aliases").unwrap_or("[]");
        serde_json::from_str(json).unwrap_or_default()
    };
    let aliases = of(client);
    let taken = |other: &Client| {
        other.id != client.id && of(other).iter().any(|alias| aliases.contains(alias))
    };
    if !aliases.is_empty() && state.clients().any(taken) {
        return Err(Refused::AliasTaken);
    }
    Ok(())
}
