//! Clients: software that asks for tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::credential::{AuthMethod, ClientSecret};
use crate::extra::Extra;
use crate::id::{ClientId, OrganizationId};
use crate::timestamp::Timestamp;

/// The longest client name, in characters.
pub const NAME_MAX: usize = 255;
/// The longest description, in characters (Auth0's limit).
pub const DESCRIPTION_MAX: usize = 140;
/// The most metadata pairs (Auth0's limit).
pub const METADATA_MAX: usize = 10;
/// The longest metadata key and value, in characters (Auth0's limit).
pub const METADATA_TEXT_MAX: usize = 255;

/// The grant type of this server (RFC 6749 §4.4).
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// Software that asks for tokens (RFC 6749 §1.1; Auth0's label is "Application").
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    /// Its public name in the protocol.
    pub id: ClientId,
    /// What people call it.
    pub name: Arc<str>,
    /// What it is for.
    pub description: Option<String>,
    /// Auth0's `app_type`, such as `non_interactive`.
    pub app_type: Option<String>,
    /// What it may send as `grant_type` (RFC 7591 §2).
    pub grant_types: Vec<String>,
    /// Whether the tenant's owner runs it.
    pub is_first_party: bool,
    /// How it must authenticate. `None`: a secret, in the body or in the header.
    pub auth_method: Option<AuthMethod>,
    /// Its secrets, oldest first.
    pub secrets: Vec<ClientSecret>,
    /// Pairs of the owner's own (`client_metadata`).
    pub metadata: BTreeMap<String, String>,
    /// The organization of a request that names none, where the grant requires one.
    pub default_organization: Option<OrganizationId>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Settings that are kept and shown, and change nothing here.
    pub extra: Extra,
}

impl Client {
    /// A first-party client with a name and the client credentials grant, and nothing else.
    #[must_use]
    pub fn new(id: ClientId, name: Arc<str>, now: Timestamp) -> Self {
        Self {
            id,
            name,
            description: None,
            app_type: None,
            grant_types: vec![CLIENT_CREDENTIALS.to_owned()],
            is_first_party: true,
            auth_method: None,
            secrets: Vec::new(),
            metadata: BTreeMap::new(),
            default_organization: None,
            created_at: now,
            updated_at: now,
            extra: Extra::default(),
        }
    }

    /// Whether it may use `grant_type`. A public client may not use client credentials, whatever
    /// its list says (RFC 6749 §4.4).
    #[must_use]
    pub fn may_use(&self, grant_type: &str) -> bool {
        let public = self.auth_method == Some(AuthMethod::None);
        !(public && grant_type == CLIENT_CREDENTIALS)
            && self.grant_types.iter().any(|one| one == grant_type)
    }

    /// The secrets that work at `now`.
    pub fn live_secrets(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secrets
            .iter()
            .filter(move |secret| secret.is_live(now))
    }
}
