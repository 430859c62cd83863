//! Client grants: this client may ask for these scopes at this audience.

use crate::audience::Audience;
use crate::id::{ClientGrantId, ClientId};
use crate::scope::ScopeList;

/// This client may ask for these scopes at this audience (Auth0's `client_grant`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientGrant {
    /// Its name in the Management API.
    pub id: ClientGrantId,
    /// Who may ask.
    pub holder: GrantHolder,
    /// For which API.
    pub audience: Audience,
    /// For which scopes.
    pub scope: GrantedScope,
    /// For tokens of which kind. At most one grant for each (client, audience, subject type).
    pub subject_type: SubjectType,
    /// Whether a request may or must name an organization. `None`: never set, which means
    /// [`OrganizationUsage::Deny`].
    pub organization_usage: Option<OrganizationUsage>,
    /// Whether any organization will do, or only those the grant is associated with.
    pub allow_any_organization: Option<bool>,
    /// Which `authorization_details` a user's client may ask for (RFC 9396): kept and shown. `None`:
    /// never set.
    pub authorization_details_types: Option<Vec<String>>,
}

/// Who may ask.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GrantHolder {
    /// One client.
    Client(ClientId),
    /// Every third-party client that has no grant of its own for the API (Auth0's
    /// `default_for: third_party_clients`).
    ThirdPartyClients,
}

impl GrantHolder {
    /// Auth0's name for the holder of a default grant.
    pub const THIRD_PARTY_CLIENTS: &str = "third_party_clients";

    /// The one client, where it is one.
    #[must_use]
    pub const fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Client(id) => Some(id),
            Self::ThirdPartyClients => None,
        }
    }
}

/// The scopes of a grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GrantedScope {
    /// All that the API has, now and later (`allow_all_scopes`).
    All,
    /// These and no others. `all_refused` remembers that `allow_all_scopes: false` was said aloud,
    /// because it is then shown.
    Only {
        /// The scopes; each is one of the API's.
        list: ScopeList,
        /// Whether `allow_all_scopes: false` was set rather than left out.
        all_refused: bool,
    },
}

impl Default for GrantedScope {
    fn default() -> Self {
        Self::Only {
            list: ScopeList::default(),
            all_refused: false,
        }
    }
}

/// Whose tokens a grant is about (Auth0's `subject_type`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SubjectType {
    /// Tokens in which the client acts for itself: the ones this server issues.
    #[default]
    Client,
    /// Tokens in which it acts for a user: kept and shown.
    User,
}

impl SubjectType {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Client, Self::User]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// Whether a request may or must name an organization.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OrganizationUsage {
    /// It may.
    Allow,
    /// It may not.
    #[default]
    Deny,
    /// It must, or the client has a default one.
    Require,
}

impl OrganizationUsage {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Require => "require",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny, Self::Require]
            .into_iter()
            .find(|u| u.as_str() == text)
    }
}

impl ClientGrant {
    /// Whether a request may or must name an organization.
    #[must_use]
    pub fn usage(&self) -> OrganizationUsage {
        self.organization_usage.unwrap_or_default()
    }
}
