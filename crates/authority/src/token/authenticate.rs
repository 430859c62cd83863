//! Who is asking: what a caller presents, against what the register keeps.

use std::fmt;
use std::sync::Arc;

use m2mint_domain::credential::AuthMethod;
use m2mint_domain::state::{ClientEntry, SecretSlot};
use m2mint_domain::{State, Timestamp};

use crate::secret::SecretHasher;

/// What a caller proves itself with, from exactly one place of the request (RFC 6749 §2.3).
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// Nothing at all.
    Nothing,
    /// A name and no proof.
    ClientId(&'a str),
    /// A name and a secret.
    Secret {
        /// The client it claims to be.
        client_id: &'a str,
        /// The secret.
        secret: &'a str,
    },
}

impl<'a> Presented<'a> {
    /// The client it claims to be.
    #[must_use]
    pub fn client_id(&self) -> Option<&'a str> {
        match *self {
            Self::Nothing => None,
            Self::ClientId(client_id) | Self::Secret { client_id, .. } => Some(client_id),
        }
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::ClientId(client_id) => f.debug_tuple("ClientId").field(client_id).finish(),
            Self::Secret { client_id, .. } => f
                .debug_struct("Secret")
                .field("client_id", client_id)
                .finish_non_exhaustive(),
        }
    }
}

/// A client that proved itself, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven<'a> {
    pub(crate) client: &'a Arc<ClientEntry>,
    pub(crate) secret: Option<&'a SecretSlot>,
}

/// Why a caller was not believed. The answer on the wire does not tell these apart, but for the
/// first; the log does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AuthenticationFailure {
    /// The request names no client.
    #[error("the request names no client")]
    NoClientId,
    /// No client has that id.
    #[error("no client has that id")]
    UnknownClient,
    /// The client has secrets and the request has none.
    #[error("the request has no secret")]
    NoSecret,
    /// The secret is none of the client's.
    #[error("the secret is none of the client's")]
    WrongSecret,
    /// The secret was the client's once.
    #[error("the secret has expired")]
    ExpiredSecret,
}

/// Finds the client that `presented` proves.
///
/// A secret is accepted from the body and from the header alike, whichever of the two methods the
/// client is registered with. A public client (`none`) needs no proof, and gets no token from
/// [`m2mint_domain::authorize`] either.
pub(crate) fn authenticate<'a>(
    hasher: &SecretHasher,
    state: &'a State,
    presented: &Presented<'_>,
    now: Timestamp,
) -> Result<Proven<'a>, AuthenticationFailure> {
    let tenant = &state.tenant().id;
    match *presented {
        Presented::Nothing => Err(AuthenticationFailure::NoClientId),
        Presented::ClientId(client_id) => {
            let entry = state
                .client(client_id)
                .ok_or(AuthenticationFailure::UnknownClient)?;
            match entry.client().auth_method {
                Some(AuthMethod::None) => Ok(Proven {
                    client: entry,
                    secret: None,
                }),
                Some(AuthMethod::SecretBasic | AuthMethod::SecretPost) | None => {
                    Err(AuthenticationFailure::NoSecret)
                }
            }
        }
        Presented::Secret { client_id, secret } => {
            let entry = state.client(client_id);
            let kept = entry
                .iter()
                .flat_map(|entry| entry.secrets())
                .map(|secret| (secret.tag(), secret));
            let found = hasher.find(tenant, client_id, secret, kept);
            let entry = entry.ok_or(AuthenticationFailure::UnknownClient)?;
            let found = found.ok_or(AuthenticationFailure::WrongSecret)?;
            if !found.is_live(now) {
                return Err(AuthenticationFailure::ExpiredSecret);
            }
            Ok(Proven {
                client: entry,
                secret: Some(found),
            })
        }
    }
}
