//! A permit becomes a token: claims, in the API's profile, signed.

use std::fmt;
use std::sync::Arc;

use m2mint_domain::id::TokenId;
use m2mint_domain::{Permit, Timestamp};
use m2mint_jose::{SignError, Signer, Typ};

use crate::entropy::{Draw, EntropySource};
use crate::token::reuse::RecentTokens;

/// A signed access token, compact (RFC 7515 §3.1). `Debug` does not print it.
#[derive(Clone)]
pub struct AccessToken(Text);

/// A token of one's own, or one that others were given too.
#[derive(Clone)]
enum Text {
    Own(String),
    Shared(Arc<str>),
}

impl AccessToken {
    /// The token itself: for the one answer that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        match &self.0 {
            Text::Own(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// What a token is made of.
pub(crate) struct Press<'a> {
    pub(crate) permit: &'a Permit,
    pub(crate) issuer: &'a str,
    pub(crate) signer: &'a Signer,
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a dyn EntropySource,
    pub(crate) reuse: &'a RecentTokens,
}

/// A token, and the name it can be told apart by.
pub(crate) struct Minted {
    pub(crate) access_token: AccessToken,
    pub(crate) token_id: Option<TokenId>,
}

/// Mints the token that `press.permit` allows.
pub(crate) fn mint(press: &Press<'_>) -> Result<Minted, SignError> {
    let dialect = press.permit.resource_server().dialect();
    let mut claims = Claims::with_capacity(512);
    let (typ, token_id) = if dialect.is_rfc9068() {
        let token_id = TokenId::random(&mut Draw(press.entropy));
        claims.rfc9068(press, &token_id);
        (Typ::AtJwt, Some(token_id))
    } else {
        claims.auth0(press);
        (Typ::Jwt, None)
    };
    let mut input = Vec::new();
    press.signer.signing_input(typ, claims.close(), &mut input);
    let sign = |mut input: Vec<u8>| {
        press.signer.sign(&mut input)?;
        // A compact token is base64url and dots: nothing is lost.
        Ok(String::from_utf8(input).unwrap_or_default())
    };
    let text = match token_id {
        Some(_) => Text::Own(sign(input)?),
        None => Text::Shared(
            press
                .reuse
                .get_or_sign(input, |input| sign(input).map(Into::into))?,
        ),
    };
    Ok(Minted {
        access_token: AccessToken(text),
        token_id,
    })
}

/// A JSON object of claims (RFC 7519 §4), written in order, without a tree in between.
struct Claims(Vec<u8>);

impl Claims {
    fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Auth0's claims, in the order of its live tokens.
    fn auth0(&mut self, press: &Press<'_>) {
        let Press {
            permit,
            issuer,
            now,
            ..
        } = press;
        let client = permit.client().id().as_str();
        self.string("iss", issuer);
        self.subject(client);
        self.string("aud", permit.resource_server().identifier.as_str());
        self.number("iat", now.as_secs());
        self.number("exp", expiry(permit, *now));
        self.scope(permit);
        self.organization(permit);
        self.string("gty", "client-credentials");
        self.string("azp", client);
        self.permissions(permit);
    }

    /// The claims of RFC 9068 §2.2.
    fn rfc9068(&mut self, press: &Press<'_>, token_id: &TokenId) {
        let Press {
            permit,
            issuer,
            now,
            ..
        } = press;
        let client = permit.client().id().as_str();
        self.string("iss", issuer);
        self.subject(client);
        self.string("aud", permit.resource_server().identifier.as_str());
        self.string("client_id", client);
        self.number("exp", expiry(permit, *now));
        self.number("iat", now.as_secs());
        self.string("jti", token_id.as_str());
        self.scope(permit);
        self.organization(permit);
        self.permissions(permit);
    }

    /// A client acting for itself is its own subject: `{client_id}@clients`.
    fn subject(&mut self, client: &str) {
        self.name("sub");
        self.0.push(b'"');
        write_escaped(&mut self.0, client);
        self.0.extend_from_slice(b"@clients\"");
    }

    fn scope(&mut self, permit: &Permit) {
        if !permit.scope().is_empty() {
            self.string("scope", permit.scope().as_str());
        }
    }

    fn organization(&mut self, permit: &Permit) {
        if let Some(permitted) = permit.organization() {
            self.string("org_id", permitted.organization.id.as_str());
            if permitted.show_name {
                self.string("org_name", permitted.organization.name.as_str());
            }
        }
    }

    fn permissions(&mut self, permit: &Permit) {
        if !permit.resource_server().dialect().has_permissions() {
            return;
        }
        self.name("permissions");
        self.0.push(b'[');
        for (place, scope) in permit.scope().iter().enumerate() {
            if place != 0 {
                self.0.push(b',');
            }
            self.0.push(b'"');
            write_escaped(&mut self.0, scope);
            self.0.push(b'"');
        }
        self.0.push(b']');
    }

    fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push(b'"');
        write_escaped(&mut self.0, value);
        self.0.push(b'"');
    }

    fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at = at.saturating_sub(1);
            if let Some(digit) = digits.get_mut(at) {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            }
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.0.push(b'-');
        }
        self.0
            .extend_from_slice(digits.get(at..).unwrap_or_default());
    }

    /// Our own claim names need no escaping.
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn close(&mut self) -> &[u8] {
        self.0.push(b'}');
        &self.0
    }
}

fn expiry(permit: &Permit, now: Timestamp) -> i64 {
    now.as_secs() + i64::from(permit.resource_server().token_lifetime.as_secs())
}

/// Writes `text` as the inside of a JSON string (RFC 8259 §7).
pub fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let plain = |byte: &u8| 0x20 <= *byte && *byte != b'"' && *byte != b'\\';
    if bytes.iter().all(plain) {
        out.extend_from_slice(bytes);
        return;
    }
    for byte in bytes {
        match *byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            control @ ..0x20 => {
                out.extend_from_slice(format!("\\u{control:04x}").as_bytes());
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_json_wants_it() {
        for text in ["plain", "a\"b\\c", "line\nbreak\0", "日本語", ""] {
            let mut out = vec![b'"'];
            write_escaped(&mut out, text);
            out.push(b'"');
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn numbers_are_written_whole() {
        for value in [0, 7, 1_760_000_000, -5, i64::MAX] {
            let mut claims = Claims::with_capacity(0);
            claims.number("n", value);
            let json: serde_json::Value = serde_json::from_slice(claims.close()).unwrap();
            assert_eq!(json["n"], value);
        }
    }
}
