//! Identifiers: a prefix that says what they name, and a random part.
//!
//! Shapes follow Auth0's, so that tools which check them keep working. What we make is stricter
//! than what we accept: identifiers also come from imports.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use crate::entropy::{self, Entropy};

/// What an [`Id`] names, and how one is made and read.
pub trait Kind {
    /// What to call it in an error.
    const NAME: &'static str;
    /// What every fresh one begins with.
    const PREFIX: &'static str;
    /// How many random characters follow the prefix.
    const RANDOM: usize;
    /// The characters of the random part.
    const ALPHABET: &'static [u8] = entropy::ALPHANUMERIC;
    /// The most characters an accepted one may have.
    const MAX: usize = 64;

    /// Whether `byte` may stand in one.
    #[must_use]
    fn accepts(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
    }
}

/// An identifier of one kind: immutable text, cheap to clone.
pub struct Id<K> {
    text: Arc<str>,
    kind: PhantomData<fn() -> K>,
}

/// Names a client (RFC 6749 §2.2). Made as 32 letters and digits.
pub type ClientId = Id<ClientKind>;
/// Names a client grant: `cgr_` and 16 characters.
pub type ClientGrantId = Id<ClientGrantKind>;
/// Names one credential of a client: `cred_` and 22 characters.
pub type CredentialId = Id<CredentialKind>;
/// Names a signing key (`kid`, RFC 7517 §4.5): 21 URL-safe characters.
pub type KeyId = Id<KeyKind>;
/// Names an organization: `org_` and 16 characters.
pub type OrganizationId = Id<OrganizationKind>;
/// Names a resource server: 24 hexadecimal digits.
pub type ResourceServerId = Id<ResourceServerKind>;
/// Names a tenant: chosen by its owner, in the manner of a host name's label.
pub type TenantId = Id<TenantKind>;
/// Names one access token (`jti`, RFC 7519 §4.1.7): 22 letters and digits, 130 bits.
pub type TokenId = Id<TokenKind>;

/// See [`ClientId`].
#[derive(Debug)]
pub struct ClientKind;
/// See [`ClientGrantId`].
#[derive(Debug)]
pub struct ClientGrantKind;
/// See [`CredentialId`].
#[derive(Debug)]
pub struct CredentialKind;
/// See [`KeyId`].
#[derive(Debug)]
pub struct KeyKind;
/// See [`OrganizationId`].
#[derive(Debug)]
pub struct OrganizationKind;
/// See [`ResourceServerId`].
#[derive(Debug)]
pub struct ResourceServerKind;
/// See [`TenantId`].
#[derive(Debug)]
pub struct TenantKind;
/// See [`TokenId`].
#[derive(Debug)]
pub struct TokenKind;

impl Kind for ClientKind {
    const NAME: &'static str = "client id";
    const PREFIX: &'static str = "";
    const RANDOM: usize = 32;
    const MAX: usize = 255;

    /// Any visible ASCII character but the quote and the backslash: a client may also be named by a
    /// URL, and the name stands between quotes in an error.
    fn accepts(byte: u8) -> bool {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')
    }
}

impl Kind for ClientGrantKind {
    const NAME: &'static str = "client grant id";
    const PREFIX: &'static str = "cgr_";
    const RANDOM: usize = 16;
}

impl Kind for CredentialKind {
    const NAME: &'static str = "credential id";
    const PREFIX: &'static str = "cred_";
    const RANDOM: usize = 22;
}

impl Kind for KeyKind {
    const NAME: &'static str = "key id";
    const PREFIX: &'static str = "";
    const RANDOM: usize = 21;
    const ALPHABET: &'static [u8] = entropy::URL_SAFE;
}

impl Kind for OrganizationKind {
    const NAME: &'static str = "organization id";
    const PREFIX: &'static str = "org_";
    const RANDOM: usize = 16;
}

impl Kind for ResourceServerKind {
    const NAME: &'static str = "resource server id";
    const PREFIX: &'static str = "";
    const RANDOM: usize = 24;
    const ALPHABET: &'static [u8] = entropy::HEX;
}

impl Kind for TenantKind {
    const NAME: &'static str = "tenant name";
    const PREFIX: &'static str = "";
    const RANDOM: usize = 12;
    const ALPHABET: &'static [u8] = entropy::HEX;
    const MAX: usize = 63;
}

impl Kind for TokenKind {
    const NAME: &'static str = "token id";
    const PREFIX: &'static str = "";
    const RANDOM: usize = 22;
}

/// An identifier was empty, too long, or held a character it may not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidId {
    /// What it was meant to name.
    pub kind: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid {}", self.kind)
    }
}

impl std::error::Error for InvalidId {}

impl<K: Kind> Id<K> {
    /// Makes a fresh one.
    #[must_use]
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut text = String::with_capacity(K::PREFIX.len() + K::RANDOM);
        text.push_str(K::PREFIX);
        entropy::push_random(&mut text, entropy, K::ALPHABET, K::RANDOM);
        Self::trusted(text.into())
    }

    /// Whether `text` begins as ours do. A prefix of nothing fits everything.
    #[must_use]
    pub fn looks_like_one(text: &str) -> bool {
        text.starts_with(K::PREFIX)
    }

    fn trusted(text: Arc<str>) -> Self {
        Self {
            text,
            kind: PhantomData,
        }
    }
}

impl<K> Id<K> {
    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The shared text of it, for whoever keeps many.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() || K::MAX < text.len() || !text.bytes().all(K::accepts) {
            return Err(InvalidId { kind: K::NAME });
        }
        Ok(Self::trusted(text.into()))
    }
}

impl<K> Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self {
            text: Arc::clone(&self.text),
            kind: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> Eq for Id<K> {}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn fresh_ones_have_the_shape_their_kind_says() {
        assert_eq!(ClientId::random(&mut Zeros).as_str(), "A".repeat(32));
        assert_eq!(
            ClientGrantId::random(&mut Zeros).as_str(),
            "cgr_AAAAAAAAAAAAAAAA"
        );
        assert_eq!(
            ResourceServerId::random(&mut Zeros).as_str(),
            "0".repeat(24)
        );
        assert_eq!(KeyId::random(&mut Zeros).as_str().len(), 21);
    }

    #[test]
    fn a_client_may_be_named_by_a_url_but_not_by_a_quote() {
        assert!("https://client.example/id".parse::<ClientId>().is_ok());
        assert!("a\"b".parse::<ClientId>().is_err());
        assert!("".parse::<ClientId>().is_err());
        assert!("a b".parse::<ClientId>().is_err());
        assert!("a".repeat(256).parse::<ClientId>().is_err());
    }

    proptest! {
        #[test]
        fn what_prints_parses_back(text in "[A-Za-z0-9_-]{1,64}") {
            let id: OrganizationId = text.parse().unwrap();
            prop_assert_eq!(id.to_string().parse::<OrganizationId>().unwrap(), id);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<ClientId>();
            let _ = text.parse::<TenantId>();
        }
    }
}
