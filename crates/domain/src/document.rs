//! Documents: objects of Auth0's API that the token path never looks at, or reads in another form.

use std::fmt;

use crate::timestamp::Timestamp;

/// What a [`Document`] is. The name is its kind in the change log and on disk.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DocumentKind {
    /// An action: its draft, and which version is deployed.
    Action,
    /// The ordered actions of one trigger.
    ActionBindings,
    /// A module that actions share.
    ActionModule,
    /// A published version of a module.
    ActionModuleVersion,
    /// A version of an action.
    ActionVersion,
    /// One group of attack protection settings.
    AttackProtection,
    /// A custom domain.
    CustomDomain,
    /// Public keys that are published with the tenant's own.
    CustomSigningKeys,
    /// A domain that leads to an organization.
    DiscoveryDomain,
    /// A key of the hierarchy that encrypts at rest.
    EncryptionKey,
    /// Where log events are sent.
    LogStream,
    /// Who may reach the tenant.
    NetworkAcl,
    /// That an organization uses a client.
    OrganizationClient,
    /// How often a client may ask.
    RateLimitPolicy,
    /// How a subject token is exchanged.
    TokenExchangeProfile,
}

impl DocumentKind {
    /// Every one of them.
    pub const ALL: [Self; 15] = [
        Self::Action,
        Self::ActionBindings,
        Self::ActionModule,
        Self::ActionModuleVersion,
        Self::ActionVersion,
        Self::AttackProtection,
        Self::CustomDomain,
        Self::CustomSigningKeys,
        Self::DiscoveryDomain,
        Self::EncryptionKey,
        Self::LogStream,
        Self::NetworkAcl,
        Self::OrganizationClient,
        Self::RateLimitPolicy,
        Self::TokenExchangeProfile,
    ];

    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::ActionBindings => "action_bindings",
            Self::ActionModule => "action_module",
            Self::ActionModuleVersion => "action_module_version",
            Self::ActionVersion => "action_version",
            Self::AttackProtection => "attack_protection",
            Self::CustomDomain => "custom_domain",
            Self::CustomSigningKeys => "custom_signing_keys",
            Self::DiscoveryDomain => "discovery_domain",
            Self::EncryptionKey => "encryption_key",
            Self::LogStream => "log_stream",
            Self::NetworkAcl => "network_acl",
            Self::OrganizationClient => "organization_client",
            Self::RateLimitPolicy => "rate_limit_policy",
            Self::TokenExchangeProfile => "token_exchange_profile",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

/// An object that is written by administrators and never read by a token request as it is.
///
/// Its text is opaque here on purpose, as the members of [`crate::extra::Extra`] are: who gives it a
/// meaning (the log streamer, the network ACLs) reads it once, when it changes, into a form of its
/// own. What decides over a token belongs into a type of this crate instead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Its name among its kind.
    pub id: Box<str>,
    /// The object it belongs to and goes with, where it belongs to one.
    pub parent: Option<Box<str>>,
    /// A JSON object.
    pub body: Box<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(DocumentKind::parse("client"), None);
    }
}
