//! Clients: software that asks for tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audience::Audience;
use crate::client_credential::{AuthenticationMethods, BoundCredentials, ClientCredential};
use crate::credential::{AuthMethod, ClientSecret};
use crate::extra::Extra;
use crate::id::{ClientId, CredentialId, OrganizationId};
use crate::quota::TokenQuota;
use crate::signing_key::SealedBytes;
use crate::timestamp::Timestamp;

/// The longest client name, in characters.
pub const NAME_MAX: usize = 255;
/// The longest description, in characters (Auth0's limit).
pub const DESCRIPTION_MAX: usize = 140;
/// The most metadata pairs (Auth0's limit).
pub const METADATA_MAX: usize = 10;
/// The longest metadata key and value, in characters (Auth0's limit).
pub const METADATA_TEXT_MAX: usize = 255;

/// What the client is called that stands for all of a tenant's (Auth0's name).
pub const GLOBAL_CLIENT_NAME: &str = "All Applications";
/// What the ids of strict third-party clients begin with.
pub const THIRD_PARTY_PREFIX: &str = "tpc_";

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
    /// Whether it is the tenant's one client that stands for all of them (Auth0's "All
    /// Applications"): a place for settings. It never gets a token.
    pub is_global: bool,
    /// How it must authenticate. `None`: a secret, in the body or in the header; or what
    /// `authentication` says.
    pub auth_method: Option<AuthMethod>,
    /// With what else it must authenticate. Secrets are refused while this is set.
    pub authentication: Option<Box<AuthenticationMethods>>,
    /// Its secrets, oldest first.
    pub secrets: Vec<ClientSecret>,
    /// Its keys and certificates, oldest first.
    pub credentials: Vec<ClientCredential>,
    /// Whether its tokens must be bound to a key (RFC 9449, RFC 8705 §3).
    pub require_proof_of_possession: Option<bool>,
    /// The security profile it keeps to.
    pub compliance_level: Option<ComplianceLevel>,
    /// For a client of somebody else: how far it is trusted. Fixed when it is registered.
    pub security_mode: Option<SecurityMode>,
    /// The API whose own client it is.
    pub resource_server: Option<Audience>,
    /// How many tokens it may have.
    pub token_quota: Option<TokenQuota>,
    /// Credentials for signed authorization requests (RFC 9101), which this server does not take.
    pub signed_request_object: Option<Box<BoundCredentials>>,
    /// Credentials for Auth0's token vault, which this server does not have.
    pub token_vault: Option<Box<BoundCredentials>>,
    /// Pairs of the owner's own (`client_metadata`).
    pub metadata: BTreeMap<String, String>,
    /// The organization of a request that names none, where the grant requires one.
    pub default_organization: Option<OrganizationId>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Settings for other people's services, which hold secrets of theirs (Auth0's `addons`): JSON,
    /// sealed.
    pub addons: Option<SealedBytes>,
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
            is_global: false,
            auth_method: None,
            authentication: None,
            secrets: Vec::new(),
            credentials: Vec::new(),
            require_proof_of_possession: None,
            compliance_level: None,
            security_mode: None,
            resource_server: None,
            token_quota: None,
            signed_request_object: None,
            token_vault: None,
            addons: None,
            metadata: BTreeMap::new(),
            default_organization: None,
            created_at: now,
            updated_at: now,
            extra: Extra::default(),
        }
    }

    /// Whether it may use `grant_type`. A public client may not use client credentials, whatever
    /// its list says (RFC 6749 §4.4), and the global client may use nothing.
    #[must_use]
    pub fn may_use(&self, grant_type: &str) -> bool {
        let public = self.auth_method == Some(AuthMethod::None);
        let barred = self.is_global || public && grant_type == CLIENT_CREDENTIALS;
        !barred && self.grant_types.iter().any(|one| one == grant_type)
    }

    /// Whether a secret proves it: not while it must authenticate in another way, and not under a
    /// profile that knows no secrets (FAPI).
    #[must_use]
    pub fn takes_secrets(&self) -> bool {
        self.authentication.is_none()
            && !self.is_global
            && self.compliance_level.is_none_or(ComplianceLevel::is_none)
    }

    /// Whether its tokens must be bound to a key.
    #[must_use]
    pub fn requires_proof(&self) -> bool {
        self.require_proof_of_possession == Some(true)
            || self
                .compliance_level
                .is_some_and(ComplianceLevel::requires_proof)
    }

    /// Everything that is done with a credential of its.
    #[must_use]
    pub fn is_bound(&self, credential: &CredentialId) -> bool {
        let authentication = self.authentication.iter().flat_map(|one| &one.credentials);
        let others = [&self.signed_request_object, &self.token_vault];
        let others = others
            .into_iter()
            .flatten()
            .filter_map(|bound| bound.credentials.as_ref());
        authentication
            .chain(others.flatten())
            .any(|id| id == credential)
    }

    /// The secrets that work at `now`.
    pub fn live_secrets(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secrets
            .iter()
            .filter(move |secret| secret.is_live(now))
    }
}

/// A security profile (Auth0's `compliance_level`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ComplianceLevel {
    /// `none`: said, and nothing meant by it.
    None,
    /// FAPI 1 Advanced: mutual TLS, pushed requests.
    Fapi1Mtls,
    /// FAPI 1 Advanced: private key JWT, pushed requests.
    Fapi1PrivateKey,
    /// FAPI 2: mutual TLS for both the client and its tokens.
    Fapi2Mtls,
    /// FAPI 2: private key JWT for the client, mutual TLS for its tokens.
    Fapi2PrivateKey,
}

impl ComplianceLevel {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Fapi1PrivateKey,
        Self::Fapi1Mtls,
        Self::Fapi2PrivateKey,
        Self::Fapi2Mtls,
    ];

    /// Its name in Auth0's API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fapi1Mtls => "fapi1_adv_mtls_par",
            Self::Fapi1PrivateKey => "fapi1_adv_pkj_par",
            Self::Fapi2Mtls => "fapi2_sp_mtls_mtls",
            Self::Fapi2PrivateKey => "fapi2_sp_pkj_mtls",
        }
    }

    /// Reads a name of Auth0's API.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }

    fn is_none(self) -> bool {
        self == Self::None
    }

    /// FAPI 1 Advanced §5.2.2 and FAPI 2 §5.3.2.1 want sender-constrained tokens.
    fn requires_proof(self) -> bool {
        self != Self::None
    }
}

/// How far a client of somebody else is trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecurityMode {
    /// `permissive`: nearly as an own one.
    Permissive,
    /// `strict`: few grant types, no mutual TLS, an own kind of id.
    Strict,
}

impl SecurityMode {
    /// Its name in Auth0's API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::Strict => "strict",
        }
    }

    /// Reads a name of Auth0's API.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Permissive, Self::Strict]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_credential::CredentialMethod;

    fn client() -> Client {
        Client::new("c".parse().unwrap(), "x".into(), Timestamp::default())
    }

    #[test]
    fn the_global_client_may_use_nothing() {
        let mut global = client();
        assert!(global.may_use(CLIENT_CREDENTIALS) && global.takes_secrets());
        global.is_global = true;
        assert!(!global.may_use(CLIENT_CREDENTIALS) && !global.takes_secrets());
    }

    #[test]
    fn a_secret_proves_nothing_beside_another_method_or_under_fapi() {
        let mut bound = client();
        bound.authentication = Some(Box::new(AuthenticationMethods {
            method: CredentialMethod::PrivateKeyJwt,
            credentials: vec!["cred_1".parse().unwrap()],
        }));
        assert!(!bound.takes_secrets());
        assert!(bound.is_bound(&"cred_1".parse().unwrap()));
        assert!(!bound.is_bound(&"cred_2".parse().unwrap()));
        for level in ComplianceLevel::ALL {
            let mut client = client();
            client.compliance_level = Some(level);
            let none = level == ComplianceLevel::None;
            assert_eq!(client.takes_secrets(), none);
            assert_eq!(client.requires_proof(), !none);
            assert_eq!(ComplianceLevel::parse(level.as_str()), Some(level));
        }
    }
}
