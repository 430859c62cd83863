//! Why no token was issued.

use std::borrow::Cow;

use m2mint_domain::Denial;
use m2mint_domain::proof_of_possession::PossessionMechanism;
use m2mint_jose::SignError;

use crate::log::LogUnavailable;
use crate::rate_limit_policy::Standing;
use crate::token::authenticate::AuthenticationFailure;

/// Why no token was issued: one variant for each thing the reader would do differently.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// An action is bound to this exchange, and nothing here can run it.
    #[error("an action is bound to credentials-exchange and actions cannot run yet")]
    ActionsCannotRun,
    /// The caller was not believed. The answer never says which part was wrong.
    #[error("client authentication failed")]
    Client(#[source] AuthenticationFailure),
    /// The caller was believed, and may not have what it asks for.
    #[error("the register does not allow it")]
    Denied(Denial),
    /// The event must be on disk before the token leaves, and it is not.
    #[error("the log could not be written")]
    Log(#[source] LogUnavailable),
    /// The client asked more often than a policy of the tenant allows.
    #[error("the client asks too often")]
    RateLimited(Standing),
    /// The API wants encrypted tokens, which cannot be made here.
    #[error("tokens cannot be encrypted")]
    CannotEncrypt {
        /// For which API.
        audience: String,
    },
    /// The tenant has no key of the API's algorithm.
    #[error("the tenant has no key for this algorithm")]
    NoKey,
    /// The crypto backend failed.
    #[error("the token could not be signed")]
    Sign(#[source] SignError),
}

impl TokenError {
    /// The sentence for the log (Auth0's, where it has one).
    #[must_use]
    pub fn log_description(&self) -> Cow<'static, str> {
        match self {
            Self::ActionsCannotRun => {
                "An action is bound to the credentials-exchange trigger, and \
                 this server cannot run actions yet. Remove the binding to have tokens issued."
                    .into()
            }
            Self::Client(_) => "Failed client authentication".into(),
            Self::Denied(denial) => self::denial(denial),
            Self::CannotEncrypt { audience } => cannot_encrypt(audience).into(),
            Self::Log(_) => "The log could not be written".into(),
            Self::RateLimited(_) => "Rate limit exceeded".into(),
            Self::NoKey => "The tenant has no key for this algorithm".into(),
            Self::Sign(_) => "The token could not be signed".into(),
        }
    }

    /// What only the reader of the log may know, as JSON text.
    #[must_use]
    pub fn log_details(&self) -> Option<String> {
        match self {
            Self::Client(failure) => {
                // Auth0's schema misspells the member and its articles do not: readers find both.
                let text = failure.to_string();
                Some(
                    serde_json::json!({
                        "client_authentoication_error": text,
                        "client_authentication_error": text,
                    })
                    .to_string(),
                )
            }
            Self::CannotEncrypt { audience } => Some(
                serde_json::json!({
                    "resource_server": {"identifier": audience},
                    "token_encryption": "not available on this server",
                })
                .to_string(),
            ),
            Self::Denied(Denial::PossessionRequired {
                audience,
                mechanism,
            }) => Some(
                serde_json::json!({
                    "resource_server": {"identifier": audience},
                    "proof_of_possession": {"mechanism": mechanism.as_str(), "required": true},
                })
                .to_string(),
            ),
            Self::ActionsCannotRun
            | Self::Denied(_)
            | Self::Log(_)
            | Self::NoKey
            | Self::RateLimited(_)
            | Self::Sign(_) => None,
        }
    }
}

/// The sentence for an API whose tokens would have to be encrypted.
#[must_use]
pub fn cannot_encrypt(audience: &str) -> String {
    format!(
        "Resource server \"{audience}\" requires encrypted tokens, which this server cannot make."
    )
}

/// Auth0's sentences, which callers see too.
#[must_use]
pub fn denial(denial: &Denial) -> Cow<'static, str> {
    match denial {
        Denial::GrantTypeNotAllowed => {
            "Grant type 'client_credentials' not allowed for the client.".into()
        }
        Denial::NoAudience => "Non-global clients are not allowed access to APIv1".into(),
        Denial::UnknownAudience { audience } => {
            format!("Service not enabled within domain: {audience}").into()
        }
        Denial::NotGranted {
            client_id,
            audience,
            ..
        } => format!(
            "Client \"{client_id}\" is not authorized to access resource server \"{audience}\". \
             You need to create a \"client-grant\" associated to this API."
        )
        .into(),
        Denial::ScopeNotGranted { scopes } => {
            format!("Client has not been granted scopes: {scopes}").into()
        }
        Denial::OrganizationRequired => "parameter organization is required for this client".into(),
        Denial::OrganizationNotAllowed => {
            "parameter organization is not allowed for this client".into()
        }
        Denial::OrganizationInvalid { organization } => {
            format!("parameter organization is invalid: {organization}").into()
        }
        Denial::OrganizationMustBeId => {
            "authorization request parameter organization must be an organization id".into()
        }
        Denial::ProofRequired => "The client must prove possession of a key.".into(),
        Denial::PossessionRequired {
            audience,
            mechanism,
        } => format!(
            "Resource server \"{audience}\" requires tokens bound by {}, and this request proves \
             no possession.",
            match mechanism {
                PossessionMechanism::Dpop => "DPoP",
                PossessionMechanism::Mtls => "mTLS",
            }
        )
        .into(),
    }
}
