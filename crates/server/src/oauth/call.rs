//! A token request, read from hostile bytes: form or JSON, and the `Authorization` header.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use m2mint_authority::token::Presented;
use m2mint_domain::scope::ScopeList;

mod form;
mod json;

/// The most parameters of one request, known and unknown.
const PARAMETERS_MAX: usize = 64;
/// The longest `Authorization` header, in bytes.
const AUTHORIZATION_MAX: usize = 4_096;

/// How the body is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyKind {
    /// `application/x-www-form-urlencoded` (RFC 6749 §4.4.2).
    Form,
    /// `application/json`: Auth0's own.
    Json,
}

/// What a request says, with nothing in it decided yet.
#[derive(Debug)]
pub struct Call<'a> {
    pub(crate) audience: Option<Cow<'a, str>>,
    /// What RFC 8707 calls the audience: heard only where the tenant says so.
    pub(crate) resource: Option<Cow<'a, str>>,
    pub(crate) scope: Option<ScopeList>,
    pub(crate) organization: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Secret<'a>>,
}

/// A secret that `Debug` does not print.
struct Secret<'a>(Cow<'a, str>);

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a request cannot be read, before anybody asks who sent it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallError {
    /// An assertion was sent, which this server does not take yet.
    AssertionUnsupported,
    /// The request breaks the protocol; the text says how.
    Malformed(&'static str),
    /// No `grant_type`.
    MissingGrantType,
    /// `scope` holds characters that RFC 6749 §3.3 does not allow.
    ScopeCharacters,
    /// `scope` is neither a text nor a list of texts.
    ScopeType,
    /// A `grant_type` other than `client_credentials`.
    UnsupportedGrantType,
}

/// The parameters that mean something here, as they were sent.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    grant_type: Option<Cow<'a, str>>,
    client_id: Option<Cow<'a, str>>,
    client_secret: Option<Cow<'a, str>>,
    client_assertion: Option<Cow<'a, str>>,
    client_assertion_type: Option<Cow<'a, str>>,
    audience: Option<Cow<'a, str>>,
    resource: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    organization: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    /// The place of a parameter; `None` for one that means nothing here.
    fn place(&mut self, name: &str) -> Option<&mut Option<Cow<'a, str>>> {
        Some(match name {
            "grant_type" => &mut self.grant_type,
            "client_id" => &mut self.client_id,
            "client_secret" => &mut self.client_secret,
            "client_assertion" => &mut self.client_assertion,
            "client_assertion_type" => &mut self.client_assertion_type,
            "audience" => &mut self.audience,
            "resource" => &mut self.resource,
            "scope" => &mut self.scope,
            "organization" => &mut self.organization,
            _ => return None,
        })
    }
}

/// A parameter stands in the request twice (RFC 6749 §3.2).
const REPEATED: CallError = CallError::Malformed("A parameter is repeated.");
const TOO_MANY: CallError = CallError::Malformed("There are too many parameters.");
const NOT_UTF8: CallError = CallError::Malformed("The request is not valid UTF-8.");

/// Reads a token request.
///
/// A parameter without a value counts as left out (RFC 6749 §3.1), an unknown one is ignored, and
/// none may stand twice. Credentials come from exactly one place (RFC 6749 §2.3): the header or the
/// body. A `client_id` in the body beside the header is taken when it is the same.
///
/// # Errors
///
/// [`CallError`]; nothing in it comes from the request, so it can be shown and logged.
pub fn read_call<'a>(
    kind: BodyKind,
    authorization: Option<&[u8]>,
    body: &'a [u8],
) -> Result<Call<'a>, CallError> {
    let parameters = match kind {
        BodyKind::Form => form::read(body)?,
        BodyKind::Json => json::read(body)?,
    };
    let Parameters {
        grant_type,
        mut client_id,
        client_secret,
        client_assertion,
        client_assertion_type,
        audience,
        resource,
        scope,
        organization,
    } = parameters;
    match grant_type.as_deref() {
        None => return Err(CallError::MissingGrantType),
        Some(m2mint_domain::client::CLIENT_CREDENTIALS) => {}
        Some(_) => return Err(CallError::UnsupportedGrantType),
    }
    let mut client_secret = client_secret.map(Secret);
    let asserted = client_assertion.is_some() || client_assertion_type.is_some();
    let mechanisms = [authorization.is_some(), client_secret.is_some(), asserted];
    if 1 < mechanisms.into_iter().filter(|present| *present).count() {
        let reason = "More than one client authentication mechanism is used.";
        return Err(CallError::Malformed(reason));
    }
    if asserted {
        return Err(CallError::AssertionUnsupported);
    }
    if let Some(header) = authorization {
        let (id, secret) = read_basic(header)?;
        if client_id.is_some_and(|in_body| in_body != id) {
            let reason = "client_id differs between the Authorization header and the body.";
            return Err(CallError::Malformed(reason));
        }
        client_id = (!id.is_empty()).then_some(Cow::Owned(id));
        client_secret = (!secret.is_empty()).then_some(Secret(Cow::Owned(secret)));
    }
    let scope = scope
        .map(|text| {
            text.parse::<ScopeList>()
                .map_err(|_| CallError::ScopeCharacters)
        })
        .transpose()?;
    Ok(Call {
        audience,
        resource,
        scope,
        organization,
        client_id,
        client_secret,
    })
}

impl Call<'_> {
    /// What the caller proves itself with.
    #[must_use]
    pub fn presented(&self) -> Presented<'_> {
        match (self.client_id.as_deref(), &self.client_secret) {
            (None, _) => Presented::Nothing,
            (Some(client_id), None) => Presented::ClientId(client_id),
            (Some(client_id), Some(secret)) => Presented::Secret {
                client_id,
                secret: &secret.0,
            },
        }
    }
}

/// Reads `Basic` credentials (RFC 7617 §2). Both halves are form-encoded (RFC 6749 §2.3.1); a half
/// that is not, because many callers forget it, is taken as it stands.
fn read_basic(header: &[u8]) -> Result<(String, String), CallError> {
    let malformed = CallError::Malformed("The Authorization header is not valid.");
    if AUTHORIZATION_MAX < header.len() {
        return Err(malformed);
    }
    let (scheme, encoded) = header.split_at_checked(6).ok_or(malformed)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        let reason = "The Authorization header must use the Basic scheme.";
        return Err(CallError::Malformed(reason));
    }
    let decoded = STANDARD
        .decode(encoded.trim_ascii())
        .map_err(|_| malformed)?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed)?;
    let (id, secret) = decoded.split_once(':').ok_or(malformed)?;
    Ok((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    match form::decode(text.as_bytes()) {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
