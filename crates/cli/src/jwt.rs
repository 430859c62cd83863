//! Looking into a token, for people. Nothing is checked here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Header and claims of a compact token (RFC 7515 §3.1), unchecked; `None` when it is none.
pub(crate) fn decode(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(json!({ "header": part(header)?, "claims": part(claims)? }))
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_apart() {
        let decoded = decode("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln").unwrap();
        assert_eq!(
            decoded,
            json!({ "header": { "alg": "none" }, "claims": { "sub": "x" } })
        );
    }

    #[test]
    fn what_is_no_token_is_none() {
        for text in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "e30.e30",
            "e30.e30.x.y",
            "日本.日本.日本",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
