//! Resource servers: APIs that accept tokens.

use crate::audience::Audience;
use crate::extra::Extra;
use crate::id::ResourceServerId;
use crate::lifetime::TokenLifetime;
use crate::proof_of_possession::ProofOfPossession;
use crate::scope::ScopeList;
use crate::signing_key::{KeyFamily, SealedBytes};
use crate::token_encryption::TokenEncryption;

/// The most scopes one API may have (Auth0's entity limit).
pub const SCOPES_MAX: usize = 1_000;
/// The longest description of a scope, in characters (Auth0's limit).
pub const SCOPE_DESCRIPTION_MAX: usize = 500;
/// The longest name, in characters (Auth0's limit).
pub const NAME_MAX: usize = 200;

/// An API that accepts tokens (RFC 6749 §1.1; Auth0's label is "API").
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourceServer {
    /// Its name in the Management API.
    pub id: ResourceServerId,
    /// Its name in the protocol: what stands in `aud`.
    pub identifier: Audience,
    /// What people call it.
    pub name: Option<String>,
    /// What its tokens can allow. `None`: never set.
    pub scopes: Option<Scopes>,
    /// How its tokens are signed.
    pub signing_alg: SigningAlg,
    /// The shared secret of an HS256 API, sealed. Another API may have been given one too.
    pub signing_secret: Option<SealedBytes>,
    /// How long its tokens live.
    pub token_lifetime: TokenLifetime,
    /// Auth0's lifetime for browser flows: kept and shown.
    pub token_lifetime_for_web: TokenLifetime,
    /// What its tokens look like. `None`: never set, which means [`TokenDialect::AccessToken`].
    pub token_dialect: Option<TokenDialect>,
    /// Auth0's `RBAC` switch: kept and shown; the dialect decides here.
    pub enforce_policies: Option<bool>,
    /// Which clients may have a token for it.
    pub client_policy: ClientPolicy,
    /// For which key its tokens are encrypted.
    pub token_encryption: Option<TokenEncryption>,
    /// What its callers must prove they hold.
    pub proof_of_possession: Option<ProofOfPossession>,
    /// Whether the server made it (the Management API).
    pub is_system: bool,
    /// Settings that are kept and shown, and change nothing here.
    pub extra: Extra,
}

/// The scopes of an API, with what they mean.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scopes {
    values: ScopeList,
    descriptions: Vec<Option<String>>,
}

impl Scopes {
    /// Pairs each scope of `values` with its description, in order. Missing ones are `None`.
    #[must_use]
    pub fn new(values: ScopeList, mut descriptions: Vec<Option<String>>) -> Self {
        descriptions.resize(values.iter().count(), None);
        Self {
            values,
            descriptions,
        }
    }

    /// The scopes without their descriptions.
    #[must_use]
    pub fn values(&self) -> &ScopeList {
        &self.values
    }

    /// Scope and description, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.values
            .iter()
            .zip(self.descriptions.iter().map(Option::as_deref))
    }
}

/// How the tokens of an API are signed (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SigningAlg {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256 under a secret shared with the API.
    Hs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: the default.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl SigningAlg {
    /// Every one of them.
    pub const ALL: [Self; 6] = [
        Self::Es256,
        Self::EdDsa,
        Self::Hs256,
        Self::Ps256,
        Self::Rs256,
        Self::Rs512,
    ];

    /// The `alg` of RFC 7515 §4.1.1.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        }
    }

    /// Reads an `alg`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text)
    }

    /// Which of the tenant's keys signs it; none for a shared secret.
    #[must_use]
    pub const fn key_family(self) -> Option<KeyFamily> {
        match self {
            Self::Es256 => Some(KeyFamily::P256),
            Self::EdDsa => Some(KeyFamily::Ed25519),
            Self::Hs256 => None,
            Self::Ps256 | Self::Rs256 | Self::Rs512 => Some(KeyFamily::Rsa),
        }
    }
}

/// What a token looks like (Auth0's `token_dialect`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenDialect {
    /// Auth0's claims.
    #[default]
    AccessToken,
    /// Auth0's claims and `permissions`.
    AccessTokenAuthz,
    /// The claims of RFC 9068.
    Rfc9068,
    /// The claims of RFC 9068 and `permissions`.
    Rfc9068Authz,
}

impl TokenDialect {
    /// Every one of them.
    pub const ALL: [Self; 4] = [
        Self::AccessToken,
        Self::AccessTokenAuthz,
        Self::Rfc9068,
        Self::Rfc9068Authz,
    ];

    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::AccessTokenAuthz => "access_token_authz",
            Self::Rfc9068 => "rfc9068_profile",
            Self::Rfc9068Authz => "rfc9068_profile_authz",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == text)
    }

    /// Whether the claims are those of RFC 9068.
    #[must_use]
    pub const fn is_rfc9068(self) -> bool {
        matches!(self, Self::Rfc9068 | Self::Rfc9068Authz)
    }

    /// Whether `permissions` repeats the scopes.
    #[must_use]
    pub const fn has_permissions(self) -> bool {
        matches!(self, Self::AccessTokenAuthz | Self::Rfc9068Authz)
    }
}

/// Which clients may have a token for an API (Auth0's `subject_type_authorization.client.policy`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ClientPolicy {
    /// None.
    DenyAll,
    /// Those with a client grant.
    #[default]
    RequireClientGrant,
}

impl ClientPolicy {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DenyAll => "deny_all",
            Self::RequireClientGrant => "require_client_grant",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::DenyAll, Self::RequireClientGrant]
            .into_iter()
            .find(|p| p.as_str() == text)
    }
}

impl ResourceServer {
    /// A resource server as Auth0 makes one from an identifier alone.
    #[must_use]
    pub fn new(id: ResourceServerId, identifier: Audience) -> Self {
        Self {
            id,
            identifier,
            name: None,
            scopes: None,
            signing_alg: SigningAlg::Rs256,
            signing_secret: None,
            token_lifetime: TokenLifetime::DEFAULT,
            token_lifetime_for_web: TokenLifetime::DEFAULT_FOR_WEB,
            token_dialect: None,
            enforce_policies: None,
            client_policy: ClientPolicy::default(),
            token_encryption: None,
            proof_of_possession: None,
            is_system: false,
            extra: Extra::default(),
        }
    }

    /// What its tokens look like.
    #[must_use]
    pub fn dialect(&self) -> TokenDialect {
        self.token_dialect.unwrap_or_default()
    }

    /// Its scopes; an empty list when none were ever set.
    #[must_use]
    pub fn scope_list(&self) -> ScopeList {
        self.scopes
            .as_ref()
            .map(|scopes| scopes.values.clone())
            .unwrap_or_default()
    }
}
