//! Custom signing keys: public keys of somebody else, published in front of the tenant's own.
//!
//! Whoever holds their private halves can sign tokens that verifiers of this tenant's APIs accept.
//! This server's own Management API accepts none of them.

use std::collections::HashSet;

use m2mint_domain::State;
use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::documents::Kept;

/// The most keys (Auth0's limit).
pub const KEYS_MAX: usize = 10;
/// How long they may be together, in bytes of JSON: a verifier must be able to read the document.
const BYTES_MAX: usize = 48 * 1_024;
/// The one document there is.
pub const ID: &str = "custom";
/// The shortest RSA modulus, in bytes.
const RSA_MIN: usize = 256;
/// The longest, in bytes.
const RSA_MAX: usize = 1_024;

/// The keys, in their order, as JSON Web Keys (RFC 7517).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CustomSigningKeys {
    /// Public members only.
    pub keys: Vec<Map<String, Value>>,
}

impl Kept for CustomSigningKeys {
    const KIND: DocumentKind = DocumentKind::CustomSigningKeys;

    fn id(&self) -> &str {
        ID
    }
}

impl CustomSigningKeys {
    /// Checks that every key is a public key somebody can verify with, and that its `kid` says
    /// which one it is.
    ///
    /// # Errors
    ///
    /// What is wrong, and with which key.
    pub fn check(&self, state: &State) -> Result<(), String> {
        let bytes: usize = self
            .keys
            .iter()
            .map(|key| serde_json::to_string(key).map_or(usize::MAX, |text| text.len()))
            .fold(0, usize::saturating_add);
        if BYTES_MAX < bytes {
            return Err(format!("the keys may have {BYTES_MAX} bytes together"));
        }
        let mut kids: HashSet<&str> = state
            .signing_keys()
            .iter()
            .map(|key| key.id.as_str())
            .collect();
        for (place, key) in self.keys.iter().enumerate() {
            check_key(key).map_err(|reason| format!("key {place}: {reason}"))?;
            if let Some(kid) = text(key, "kid")
                && !kids.insert(kid)
            {
                return Err(format!("key {place}: another key has this kid"));
            }
        }
        Ok(())
    }
}

fn check_key(key: &Map<String, Value>) -> Result<(), &'static str> {
    let bytes = |member: &str| {
        m2mint_jose::base64url_bytes(text(key, member)?).filter(|bytes| !bytes.is_empty())
    };
    let alg = text(key, "alg");
    match text(key, "kty") {
        Some("RSA") => {
            let modulus = bytes("n").ok_or("an RSA key has n and e, as base64url")?;
            let exponent = bytes("e").ok_or("an RSA key has n and e, as base64url")?;
            let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
            if !(RSA_MIN..=RSA_MAX).contains(&modulus.len()) || !odd(&modulus) {
                return Err("an RSA modulus is odd and has 2048 to 8192 bits");
            }
            if 8 < exponent.len() || !odd(&exponent) || exponent == [1] {
                return Err("an RSA exponent is odd, at least 3, and not longer than 64 bits");
            }
            if alg.is_some_and(|alg| alg.starts_with("ES")) {
                return Err("an RSA key has an algorithm of RSA");
            }
        }
        Some("EC") => {
            let (length, fitting) = match text(key, "crv") {
                Some("P-256") => (32, "ES256"),
                Some("P-384") => (48, "ES384"),
                Some("P-521") => (66, "ES512"),
                _ => return Err("an EC key has a curve: P-256, P-384 or P-521"),
            };
            let fits = |member| bytes(member).is_some_and(|bytes| bytes.len() == length);
            if !fits("x") || !fits("y") {
                return Err("an EC key has x and y, as long as its curve, as base64url");
            }
            if alg.is_some_and(|alg| alg != fitting) {
                return Err("an EC key has the algorithm of its curve");
            }
        }
        _ => return Err("kty is EC or RSA"),
    }
    Ok(())
}

fn text<'a>(key: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    key.get(member).and_then(Value::as_str)
}
