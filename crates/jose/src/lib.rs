//! Keys, signatures and sealing: the only crate of the house that touches private keys and a
//! crypto backend.
//!
//! It knows nothing of tenants, clients or HTTP, and depends on no other crate of the house. It
//! reads no clock, no environment and no file: what it needs is an argument. The one thing it
//! takes from outside is the system's random source, through the backend.
//!
//! # Invariants
//!
//! - **A private key is checked once.** A [`PrivateKey`] has parsed as the kind it says it is, so
//!   a [`Signer`] built from it cannot fail later for a bad key.
//! - **A signer is parsed once.** Signing reads no DER, builds no header and allocates nothing
//!   beyond what the backend needs.
//! - **An algorithm belongs to one kind of key.** A [`Signer`] cannot be built across them.
//! - **Nothing secret is printed.** `Debug` of a [`PrivateKey`], [`Signer`], [`MasterKey`] or
//!   [`MacKey`] shows names and fingerprints only; their memory is wiped on drop.
//! - **What is sealed says where it belongs.** [`MasterKey::open`] refuses bytes moved from one
//!   context to another.
//! - **Hostile bytes give errors, never panics.**
//!
//! # Modules
//!
//! | Module | Subject |
//! |---|---|
//! | [`alg`] | the algorithms we sign with, and the kind of key each needs |
//! | [`private_key`] | generate, parse and keep a private key |
//! | [`jwk`] | public keys as JWK, their thumbprint, and the JWKS document |
//! | [`encryption_key`] | whom tokens are encrypted for |
//! | [`certificate`] | the self-signed certificate of a signing key, and its prints |
//! | [`signer`] | the hot path: claims in, signed token out |
//! | [`x509`] | keys and certificates that others made, read |
//! | [`seal`] | the master key: what encrypts secrets at rest |
//! | [`mac`] | keyed tags, for secrets we must recognise but not keep |
//! | [`bytes`] | digests, checksums, base64url and randomness |
//! | [`error`] | what can go wrong |

#![warn(missing_docs)]

pub mod alg;
pub mod bytes;
pub mod certificate;
pub mod encryption_key;
pub mod error;
pub mod jwk;
pub mod mac;
pub mod private_key;
pub mod seal;
pub mod signer;
pub mod x509;

pub use alg::{Alg, KeyKind};
pub use bytes::{base64url, base64url_bytes, crc32, random, sha256};
pub use encryption_key::EncryptionKey;
pub use error::{KeyError, SealError, SignError};
pub use jwk::{EcCurve, JwkEntry, PublicJwk, jwks_json};
pub use mac::MacKey;
pub use private_key::PrivateKey;
pub use seal::{MasterKey, Sealed};
pub use signer::{Signer, Typ};
