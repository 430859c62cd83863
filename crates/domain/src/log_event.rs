//! Log events: one line of a tenant's history each, with Auth0's type code.

use std::net::IpAddr;
use std::sync::Arc;

use crate::id::{ClientId, CredentialId, OrganizationId, TokenId};
use crate::timestamp::Timestamp;

/// The most bytes of a `User-Agent` that an event keeps.
pub const USER_AGENT_MAX: usize = 256;

/// What kind of thing happened (Auth0's log event type codes).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum LogKind {
    /// `seccft`: a token was issued.
    TokenIssued,
    /// `feccft`: a token was refused.
    TokenRefused,
    /// `sapi`: the Management API changed something.
    ManagementChanged,
    /// `fapi`: the Management API refused a change.
    ManagementRefused,
    /// `mgmt_api_read`: the Management API showed a secret.
    SecretShown,
    /// `api_limit`: a client asked more often than it may.
    RateLimited,
    /// `acls_summary`: what a network ACL did in the last minutes.
    NetworkAclSummary,
}

impl LogKind {
    /// Every one of them.
    pub const ALL: [Self; 7] = [
        Self::TokenIssued,
        Self::TokenRefused,
        Self::ManagementChanged,
        Self::ManagementRefused,
        Self::SecretShown,
        Self::RateLimited,
        Self::NetworkAclSummary,
    ];

    /// Auth0's type code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TokenIssued => "seccft",
            Self::TokenRefused => "feccft",
            Self::ManagementChanged => "sapi",
            Self::ManagementRefused => "fapi",
            Self::SecretShown => "mgmt_api_read",
            Self::RateLimited => "api_limit",
            Self::NetworkAclSummary => "acls_summary",
        }
    }

    /// Reads a type code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One line of a tenant's history.
///
/// Holds no secret: neither the caller's credentials nor a token, only its `jti`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEvent {
    /// When it happened.
    pub at: Timestamp,
    /// What kind of thing it was.
    pub kind: LogKind,
    /// The reader's sentence: the error text, or what was done.
    pub description: Arc<str>,
    /// The client that asked, where one was named. Unproven when the authentication failed.
    pub client_id: Option<ClientId>,
    /// What people call that client, where it exists.
    pub client_name: Option<Arc<str>>,
    /// The credential that proved the client.
    pub credential_id: Option<CredentialId>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// The host name that was asked.
    pub hostname: Arc<str>,
    /// The caller's `User-Agent`, cut to a bounded length.
    pub user_agent: Option<Arc<str>>,
    /// The audience asked for.
    pub audience: Option<Arc<str>>,
    /// The scopes given or asked for, separated by spaces.
    pub scope: Option<Arc<str>>,
    /// The organization the token is for, with its name.
    pub organization: Option<(OrganizationId, Arc<str>)>,
    /// The `jti` of the token.
    pub token_id: Option<TokenId>,
    /// Further details, as JSON text.
    pub details: Option<Arc<str>>,
}

impl LogEvent {
    /// An event about nobody yet.
    #[must_use]
    pub fn new(at: Timestamp, kind: LogKind, description: Arc<str>, hostname: Arc<str>) -> Self {
        Self {
            at,
            kind,
            description,
            client_id: None,
            client_name: None,
            credential_id: None,
            ip: None,
            hostname,
            user_agent: None,
            audience: None,
            scope: None,
            organization: None,
            token_id: None,
            details: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for kind in LogKind::ALL {
            assert_eq!(LogKind::parse(kind.code()), Some(kind));
        }
        assert_eq!(LogKind::parse("s"), None);
    }
}
