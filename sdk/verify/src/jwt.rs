//! The compact form of a signed token: three parts and a header (RFC 7515 §3.1, RFC 7519 §7.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::error::Error;
use crate::json::parse_object;

/// The longest token that is looked at, in bytes. Servers refuse longer headers anyway.
const MAX_BYTES: usize = 16 * 1024;

/// A token whose header is acceptable. Nothing else about it is known, or believed, yet.
pub(crate) struct Token<'t> {
    algorithm: Algorithm,
    kid: Option<String>,
    signed: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Splits a token and reads its header.
    ///
    /// Header members that carry or point to keys (`jwk`, `jku`, `x5u`, `x5c`) are never read: a
    /// token does not choose who may sign it.
    pub(crate) fn parse(token: &'t str, allowed: &[Algorithm]) -> Result<Self, Error> {
        if token.len() > MAX_BYTES {
            return Err(Error::TokenTooLarge);
        }
        let structure = Error::Malformed { part: "structure" };
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return Err(structure);
        };
        let Some((header, payload)) = signed.split_once('.') else {
            return Err(structure);
        };
        if payload.contains('.') {
            return Err(structure);
        }
        let header = Header::parse(header)?;
        Ok(Self {
            algorithm: header.algorithm(allowed)?,
            kid: header.kid()?,
            signed,
            payload,
            signature: decode(signature, "signature")?,
        })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What the signature covers: the first two parts as they came (RFC 7515 §5.2).
    pub(crate) fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims. Ask only after the signature has been verified.
    pub(crate) fn payload(&self) -> Result<Map<String, Value>, Error> {
        object(self.payload, "payload")
    }
}

struct Header(Map<String, Value>);

impl Header {
    fn parse(encoded: &str) -> Result<Self, Error> {
        let header = Self(object(encoded, "header")?);
        header.refuse_extensions()?;
        header.refuse_other_types()?;
        Ok(header)
    }

    /// No extension is understood, so `crit` is refused whatever it lists (RFC 7515 §4.1.11).
    /// `b64` (RFC 7797) and `zip` would change what the payload means.
    fn refuse_extensions(&self) -> Result<(), Error> {
        if ["crit", "b64", "zip"]
            .iter()
            .any(|name| self.0.contains_key(*name))
        {
            return Err(Error::UnsupportedExtension);
        }
        Ok(())
    }

    /// Keeps tokens made for another purpose out, such as `DPoP` proofs and client assertions
    /// (RFC 8725 §3.11, RFC 9068 §4).
    fn refuse_other_types(&self) -> Result<(), Error> {
        let Some(typ) = self.0.get("typ") else {
            return Ok(());
        };
        let typ = typ.as_str().ok_or(Error::WrongType)?.to_ascii_lowercase();
        match typ.strip_prefix("application/").unwrap_or(&typ) {
            "jwt" | "at+jwt" => Ok(()),
            _ => Err(Error::WrongType),
        }
    }

    fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, Error> {
        self.0
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::from_name)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or(Error::AlgorithmRefused)
    }

    fn kid(&self) -> Result<Option<String>, Error> {
        match self.0.get("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid.clone())),
            Some(_) => Err(Error::Malformed { part: "header" }),
        }
    }
}

/// Unpadded base64url with zero trailing bits: each value has one spelling.
fn decode(encoded: &str, part: &'static str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| Error::Malformed { part })
}

fn object(encoded: &str, part: &'static str) -> Result<Map<String, Value>, Error> {
    parse_object(&decode(encoded, part)?).map_err(|_| Error::Malformed { part })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str) -> Result<(), Error> {
        let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(json));
        Token::parse(&token, &Algorithm::DEFAULT).map(|_| ())
    }

    #[test]
    fn access_token_types_are_accepted_in_any_case() {
        for typ in [
            "JWT",
            "jwt",
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/JWT",
        ] {
            header(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)).unwrap();
        }
        header(r#"{"alg":"RS256"}"#).unwrap();
    }

    #[test]
    fn types_for_other_purposes_are_refused() {
        for typ in [
            r#""dpop+jwt""#,
            r#""logout+jwt""#,
            r#""""#,
            "7",
            "null",
            r#""text/jwt""#,
        ] {
            let outcome = header(&format!(r#"{{"alg":"RS256","typ":{typ}}}"#));
            assert!(matches!(outcome, Err(Error::WrongType)), "{typ}");
        }
    }

    #[test]
    fn extensions_are_refused_even_when_empty() {
        for member in [
            r#""crit":[]"#,
            r#""crit":["exp"]"#,
            r#""b64":true"#,
            r#""zip":"DEF""#,
        ] {
            let outcome = header(&format!(r#"{{"alg":"RS256",{member}}}"#));
            assert!(
                matches!(outcome, Err(Error::UnsupportedExtension)),
                "{member}"
            );
        }
    }

    #[test]
    fn algorithms_off_the_list_are_refused() {
        for alg in [
            r#""none""#,
            r#""HS256""#,
            r#""ES384""#,
            "null",
            r#"["RS256"]"#,
        ] {
            let outcome = header(&format!(r#"{{"alg":{alg}}}"#));
            assert!(matches!(outcome, Err(Error::AlgorithmRefused)), "{alg}");
        }
        assert!(matches!(header("{}"), Err(Error::AlgorithmRefused)));
    }

    #[test]
    fn a_token_has_exactly_three_parts() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
        for token in [
            String::new(),
            header.clone(),
            format!("{header}.e30"),
            format!("{header}.e30.AA."),
            format!("{header}.e30.AA.AA"),
            format!("{header}.e30.AA.AA.AA"),
            format!(".{header}.e30.AA"),
        ] {
            assert!(
                matches!(
                    Token::parse(&token, &Algorithm::DEFAULT),
                    Err(Error::Malformed { .. })
                ),
                "{token}"
            );
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
        for signature in ["AA==", "AB", "A", "A+", "A A", "AA\n"] {
            let token = format!("{header}.e30.{signature}");
            assert!(
                matches!(
                    Token::parse(&token, &Algorithm::DEFAULT),
                    Err(Error::Malformed { part: "signature" })
                ),
                "{signature:?}"
            );
        }
    }
}
