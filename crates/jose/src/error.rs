//! What can go wrong with keys, signatures and sealed bytes.
//!
//! No variant carries key material, plaintext or text from a key file.

use crate::alg::{Alg, KeyKind};

/// Why a key, a certificate or a JWK could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name is not one of [`Alg`]'s.
    #[error("unknown signing algorithm")]
    UnknownAlg,
    /// The name is not one of [`KeyKind`]'s.
    #[error("unknown kind of key")]
    UnknownKeyKind,
    /// The backend could not generate a key.
    #[error("could not generate a {} key", kind.as_str())]
    Generate {
        /// What was asked for.
        kind: KeyKind,
        /// What the backend says (nothing more, by design).
        #[source]
        source: aws_lc_rs::error::Unspecified,
    },
    /// The bytes are not an unencrypted PKCS#8 private key of this kind.
    #[error("not a PKCS#8 private key of kind {}", kind.as_str())]
    NotPkcs8 {
        /// What was expected.
        kind: KeyKind,
        /// Why the backend refused it.
        #[source]
        source: aws_lc_rs::error::KeyRejected,
    },
    /// The key parses, but is not one we sign with: an RSA key must have 2048 bits and the
    /// exponent 65537; and no key is longer than 4096 bytes of DER.
    #[error("the {} private key has the wrong size", kind.as_str())]
    Size {
        /// What was expected.
        kind: KeyKind,
    },
    /// This algorithm does not sign with this kind of key.
    #[error("{} does not sign with a {} key", alg.as_str(), kind.as_str())]
    WrongKind {
        /// What the signer was asked to do.
        alg: Alg,
        /// What it was given.
        kind: KeyKind,
    },
    /// A `kid` must have 1 to 256 bytes.
    #[error("a key id must have 1 to 256 bytes")]
    Kid,
    /// A common name must have 1 to 253 bytes (the length of a host name) and no control
    /// characters.
    #[error("a certificate's common name must have 1 to 253 bytes and no control characters")]
    CommonName,
    /// The certificate would begin before 1970 or end after 9999.
    #[error("the certificate's dates must lie between 1970 and 9999")]
    Validity,
    /// The certificate could not be built or signed.
    #[error("could not build the certificate")]
    Certificate(#[source] rcgen::Error),
    /// The text is no PEM of a public key or of a certificate.
    #[error("not a PEM of a public key or a certificate")]
    NotPublicPem,
    /// It is a public key, but none for RSA, or of no size in use.
    #[error("not a public RSA key of 2048 to 8192 bits")]
    NotRsaPublicKey,
    /// A stored public key does not parse as JSON with the members it needs.
    #[error("the stored public key is not a JWK")]
    NotJwk(#[source] serde_json::Error),
    /// A stored public key is a JWK, but no public key we could have made.
    #[error("the stored public key has a wrong `{member}`")]
    JwkMember {
        /// The member that is missing or wrong.
        member: &'static str,
    },
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The backend refused. With a key that parsed, this is lack of memory or of randomness.
    #[error("the crypto backend could not sign")]
    Backend(#[source] aws_lc_rs::error::Unspecified),
}

/// Why a master key could not be read, or sealed bytes not be made or opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealError {
    /// The text does not begin with `m2mint-master-key-v1:`.
    #[error("not a master key: the text must begin with `m2mint-master-key-v1:`")]
    Prefix,
    /// The text is cut off, or has something added.
    #[error("the master key has the wrong length: some of it is missing, or something was added")]
    Length,
    /// The text has a character that cannot be part of a master key.
    #[error("the master key has a character that does not belong there")]
    Alphabet,
    /// The key does not fit its checksum: a character was changed.
    #[error("the master key does not fit its checksum: it was mistyped or damaged")]
    Checksum,
    /// The sealed bytes are too short, or of a version we do not know.
    #[error("not sealed bytes of a version this program knows")]
    Format,
    /// The sealed bytes do not open: another master key, another context, or damage. Which of
    /// them cannot be told apart.
    #[error("the sealed bytes do not open: wrong master key, wrong place, or damaged")]
    Refused,
    /// The plaintext is longer than [`crate::seal::MAX_PLAIN_LEN`].
    #[error("too long to seal")]
    TooLong,
    /// The backend could not encrypt.
    #[error("the crypto backend could not seal")]
    Backend,
}
