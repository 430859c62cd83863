//! The issuer's public keys (RFC 7517 §5).

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::error::{Error, InvalidJwks};
use crate::json::parse_object;
use crate::key::VerificationKey;

/// An issuer's keys, parsed once. Cloning is cheap.
///
/// Keys of a kind, use or size not supported here are skipped, so an issuer may add new ones.
#[derive(Clone, Default)]
pub struct JwkSet {
    keys: Arc<[Jwk]>,
}

struct Jwk {
    kid: Option<String>,
    /// The key's `alg`, if it has one.
    label: Option<Algorithm>,
    key: VerificationKey,
}

impl JwkSet {
    /// The longest key set that is read, in bytes.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// The most keys a set may hold.
    pub const MAX_KEYS: usize = 100;
    /// The shortest shared secret, in bytes: what Auth0 accepts. Use 32 or more (RFC 7518 §3.2).
    const MIN_SECRET_BYTES: usize = 16;

    /// Parses a key set: the body of `/.well-known/jwks.json`.
    ///
    /// Symmetric keys in it are skipped: a published secret is not one.
    ///
    /// # Errors
    ///
    /// [`InvalidJwks`] when the text is too large, is not a JSON object, or has no array of keys.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self, InvalidJwks> {
        let json = json.as_ref();
        if json.len() > Self::MAX_BYTES {
            return Err(InvalidJwks::TooLarge);
        }
        let set = parse_object(json).map_err(InvalidJwks::Json)?;
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(InvalidJwks::NoKeys)?;
        if keys.len() > Self::MAX_KEYS {
            return Err(InvalidJwks::TooManyKeys);
        }
        let usable = keys
            .iter()
            .filter_map(Value::as_object)
            .filter_map(Jwk::parse);
        Ok(Self {
            keys: usable.collect(),
        })
    }

    /// A set of one secret shared with the issuer, for `HS256` alone. It verifies a token whatever
    /// its `kid`.
    ///
    /// # Errors
    ///
    /// [`InvalidJwks::ShortSecret`] for less than 16 bytes.
    pub fn from_hs256_secret(secret: &[u8]) -> Result<Self, InvalidJwks> {
        if secret.len() < Self::MIN_SECRET_BYTES {
            return Err(InvalidJwks::ShortSecret);
        }
        let key = VerificationKey::from_secret(secret);
        Ok(Self {
            keys: Arc::new([Jwk {
                kid: None,
                label: None,
                key,
            }]),
        })
    }

    /// How many usable keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The one key that fits: by `kid` if the token has one, else the only one of its kind.
    pub(crate) fn find(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<&VerificationKey, Error> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|jwk| jwk.is_for(algorithm) && jwk.is_named(kid));
        match (fitting.next(), fitting.next()) {
            (None, _) => Err(Error::UnknownKey),
            (Some(jwk), None) => Ok(&jwk.key),
            (Some(_), Some(_)) => Err(Error::AmbiguousKey),
        }
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids = self.keys.iter().map(|jwk| &jwk.kid);
        f.debug_list().entries(kids).finish()
    }
}

impl Jwk {
    fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        if !is_for_signatures(jwk) || jwk.contains_key("d") {
            // With `d` the private key is public, and everybody's signature would verify.
            return None;
        }
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str()?.to_owned()),
        };
        let key = VerificationKey::from_jwk(jwk)?;
        let label = match jwk.get("alg") {
            None => None,
            Some(alg) => Some(labelled(alg.as_str()?).filter(|alg| key.fits(*alg))?),
        };
        Some(Self { kid, label, key })
    }

    /// Whether the kind of key and its label (RFC 7517 §4.4) allow this algorithm.
    ///
    /// A key labelled `RS256` may verify other RSA signatures too: Auth0 publishes its keys so,
    /// and signs `PS256` and `RS512` with them.
    fn is_for(&self, algorithm: Algorithm) -> bool {
        self.key.fits(algorithm)
            && self
                .label
                .is_none_or(|label| label == algorithm || label == Algorithm::Rs256)
    }

    fn is_named(&self, kid: Option<&str>) -> bool {
        match kid {
            None => true,
            Some(_) if matches!(self.key, VerificationKey::Hmac(_)) => true,
            Some(kid) => self.kid.as_deref() == Some(kid),
        }
    }
}

/// `use` and `key_ops` may each rule a key out (RFC 7517 §4.2 and §4.3).
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let for_use = jwk.get("use").is_none_or(|usage| usage == "sig");
    let for_operation = jwk.get("key_ops").is_none_or(|operations| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    });
    for_use && for_operation
}

/// `Ed25519` is the newer name of the only `EdDSA` there is here (RFC 9864 §2.2).
fn labelled(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDsa),
        _ => Algorithm::from_name(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::forge;

    fn usable(keys: &Value) -> usize {
        JwkSet::parse(json!({ "keys": keys }).to_string())
            .unwrap()
            .len()
    }

    #[test]
    fn public_keys_of_every_supported_kind_are_read() {
        assert_eq!(JwkSet::parse(forge::jwks()).unwrap().len(), 4);
    }

    #[test]
    fn keys_nobody_should_verify_with_are_skipped() {
        let good = forge::rsa_jwk();
        assert_eq!(usable(&json!([good])), 1);
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("RSA-OAEP-256")),
            ("alg", json!("HS256")),
            ("alg", json!("ES256")),
            ("alg", json!(7)),
            ("key_ops", json!(["encrypt"])),
            ("kty", json!("oct")),
            ("kid", json!(7)),
            ("d", json!("AQAB")),
            ("n", json!("AQAB")),
            ("n", json!("not base64!")),
            ("e", json!("")),
        ] {
            let mut jwk = good.clone();
            jwk[name] = value.clone();
            assert_eq!(usable(&json!([jwk])), 0, "{name} {value}");
        }
        assert_eq!(
            usable(&json!([null, 1, "x", {}, {"kty": "oct", "k": "AAAA"}])),
            0
        );
    }

    #[test]
    fn a_label_allows_its_own_algorithm_and_rs256_all_of_rsa() {
        let rsa = [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256];
        for (label, allowed) in [
            (json!("RS256"), &rsa[..]),
            (json!("RS512"), &[Algorithm::Rs512]),
            (json!("PS256"), &[Algorithm::Ps256]),
        ] {
            let mut jwk = forge::rsa_jwk();
            jwk["alg"] = label.clone();
            let keys = JwkSet::parse(json!({ "keys": [jwk] }).to_string()).unwrap();
            for algorithm in rsa {
                let found = keys.find(algorithm, Some("rsa")).is_ok();
                assert_eq!(found, allowed.contains(&algorithm), "{label} {algorithm}");
            }
        }
    }

    #[test]
    fn points_off_the_curve_and_of_other_lengths_are_skipped() {
        let good = forge::p256_jwk();
        assert_eq!(usable(&json!([good])), 1);
        let (x, y) = (good["x"].clone(), good["y"].clone());
        for (name, value) in [
            ("x", y),
            ("y", x),
            ("x", json!("AA")),
            ("crv", json!("P-384")),
        ] {
            let mut jwk = good.clone();
            jwk[name] = value;
            assert_eq!(usable(&json!([jwk])), 0, "{name}");
        }
    }

    #[test]
    fn sets_that_are_no_sets_are_refused() {
        assert!(matches!(JwkSet::parse("[]"), Err(InvalidJwks::Json(_))));
        assert!(matches!(JwkSet::parse("{}"), Err(InvalidJwks::NoKeys)));
        assert!(matches!(
            JwkSet::parse(r#"{"keys":[],"keys":[]}"#),
            Err(InvalidJwks::Json(_))
        ));
        assert!(matches!(
            JwkSet::parse(vec![b' '; JwkSet::MAX_BYTES + 1]),
            Err(InvalidJwks::TooLarge)
        ));
        let many = json!({ "keys": vec![json!({}); JwkSet::MAX_KEYS + 1] }).to_string();
        assert!(matches!(JwkSet::parse(many), Err(InvalidJwks::TooManyKeys)));
        assert!(JwkSet::from_hs256_secret(b"sixteen bytes ..").is_ok());
        assert!(matches!(
            JwkSet::from_hs256_secret(b"fifteen bytes ."),
            Err(InvalidJwks::ShortSecret)
        ));
    }

    #[test]
    fn debug_shows_names_and_no_secret() {
        let secret = JwkSet::from_hs256_secret(b"0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "[None]");
    }
}
