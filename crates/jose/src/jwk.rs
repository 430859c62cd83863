//! Public keys as JSON Web Keys (RFC 7517), their thumbprint (RFC 7638) and the JWKS document.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::alg::{Alg, KeyKind};
use crate::bytes::{base64url, sha1, sha256};
use crate::error::KeyError;

/// The longest stored JSON read, in bytes: an RSA-2048 key has about 390.
const MAX_JSON_LEN: usize = 2048;

/// The public half of a signing key. All members are base64url without padding.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PublicJwk {
    /// RFC 7518 §6.3.1.
    Rsa {
        /// The modulus, big-endian.
        n: String,
        /// The public exponent, big-endian.
        e: String,
    },
    /// RFC 7518 §6.2.1.
    Ec {
        /// The curve.
        crv: EcCurve,
        /// The x coordinate, big-endian, as long as the curve's field.
        x: String,
        /// The y coordinate, likewise.
        y: String,
    },
    /// RFC 8037 §2. The curve is always Ed25519.
    Okp {
        /// The public key, 32 bytes.
        x: String,
    },
}

/// A curve of [`PublicJwk::Ec`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EcCurve {
    /// `P-256`: 32-byte coordinates.
    P256,
    /// `P-384`: 48-byte coordinates.
    P384,
}

/// One key of a JWKS document.
#[derive(Clone, Debug)]
pub struct JwkEntry {
    /// The public key.
    pub key: PublicJwk,
    /// The key id.
    pub kid: String,
    /// The algorithm to publish; `None` leaves `alg` out, for a key that signs with several.
    pub alg: Option<Alg>,
    /// The key's certificate in DER, published as `x5t` and `x5c`.
    pub x5c_der: Option<Vec<u8>>,
}

impl EcCurve {
    const fn kind(self) -> KeyKind {
        match self {
            Self::P256 => KeyKind::P256,
            Self::P384 => KeyKind::P384,
        }
    }

    const fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl PublicJwk {
    /// What kind of key it is.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa { .. } => KeyKind::Rsa2048,
            Self::Ec { crv, .. } => crv.kind(),
            Self::Okp { .. } => KeyKind::Ed25519,
        }
    }

    /// The RFC 7638 thumbprint: base64url SHA-256, 43 characters.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url(&sha256(self.to_json().as_bytes()))
    }

    /// The JSON to keep: the required members in the order of RFC 7638 §3.1, no white space.
    #[must_use]
    pub fn to_json(&self) -> String {
        json_text(&RequiredMembers::from(self))
    }

    /// Parses what [`PublicJwk::to_json`] wrote. Members it does not know are ignored
    /// (RFC 7517 §4).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotJwk`] for text that is no JSON object with a `kty`; [`KeyError::JwkMember`]
    /// for a member that is missing, or that no key of ours could have.
    pub fn from_json(json: &str) -> Result<Self, KeyError> {
        if json.len() > MAX_JSON_LEN {
            return Err(KeyError::JwkMember { member: "kty" });
        }
        let members: RequiredMembers<String> =
            serde_json::from_str(json).map_err(KeyError::NotJwk)?;
        let RequiredMembers {
            crv,
            e,
            kty,
            n,
            x,
            y,
        } = members;
        match kty.as_str() {
            "RSA" => {
                // A leading zero byte, or a shorter number, would be another size of key.
                let modulus = decode("n", n.as_deref(), 256)?;
                if modulus.first().is_none_or(|first| *first < 0x80) {
                    return Err(KeyError::JwkMember { member: "n" });
                }
                if decode("e", e.as_deref(), 3)? != [1, 0, 1] {
                    return Err(KeyError::JwkMember { member: "e" });
                }
                Ok(Self::Rsa {
                    n: n.unwrap_or_default(),
                    e: e.unwrap_or_default(),
                })
            }
            "EC" => {
                let crv = match crv.as_deref() {
                    Some("P-256") => EcCurve::P256,
                    Some("P-384") => EcCurve::P384,
                    Some(_) | None => return Err(KeyError::JwkMember { member: "crv" }),
                };
                decode("x", x.as_deref(), crv.coordinate_len())?;
                decode("y", y.as_deref(), crv.coordinate_len())?;
                Ok(Self::Ec {
                    crv,
                    x: x.unwrap_or_default(),
                    y: y.unwrap_or_default(),
                })
            }
            "OKP" => {
                if crv.as_deref() != Some("Ed25519") {
                    return Err(KeyError::JwkMember { member: "crv" });
                }
                decode("x", x.as_deref(), 32)?;
                Ok(Self::Okp {
                    x: x.unwrap_or_default(),
                })
            }
            _ => Err(KeyError::JwkMember { member: "kty" }),
        }
    }
}

/// The JWKS document (RFC 7517 §5), without white space.
///
/// The order of members is that of Auth0's live documents, so that a byte-wise comparison holds:
/// `kty, use, n, e, kid, x5t, x5c, alg`, or `kty, use, crv, x, y, kid, x5t, x5c, alg`.
#[must_use]
pub fn jwks_json(entries: &[JwkEntry]) -> String {
    json_text(&Jwks {
        keys: entries.iter().map(PublishedMembers::from).collect(),
    })
}

/// Serializes a type of this crate that cannot fail to be JSON.
pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    #[expect(
        clippy::expect_used,
        reason = "structs of strings have no key that is not a string, and no writer that fails"
    )]
    serde_json::to_string(value).expect("structs of strings serialize")
}

/// The members a thumbprint covers, in alphabetical order as RFC 7638 §3.3 wants them.
#[derive(Deserialize, Serialize)]
struct RequiredMembers<S> {
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<S>,
    kty: S,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<S>,
}

impl<'a> From<&'a PublicJwk> for RequiredMembers<&'a str> {
    fn from(key: &'a PublicJwk) -> Self {
        let crv = match key {
            PublicJwk::Rsa { .. } => None,
            PublicJwk::Ec { .. } | PublicJwk::Okp { .. } => Some(key.kind().as_str()),
        };
        let (kty, n, e, x, y) = match key {
            PublicJwk::Rsa { n, e } => ("RSA", Some(n), Some(e), None, None),
            PublicJwk::Ec { crv: _, x, y } => ("EC", None, None, Some(x), Some(y)),
            PublicJwk::Okp { x } => ("OKP", None, None, Some(x), None),
        };
        Self {
            crv,
            e: e.map(String::as_str),
            kty,
            n: n.map(String::as_str),
            x: x.map(String::as_str),
            y: y.map(String::as_str),
        }
    }
}

#[derive(Serialize)]
struct Jwks<'a> {
    keys: Vec<PublishedMembers<'a>>,
}

/// One key of the document. The order of the fields is the order on the wire.
#[derive(Serialize)]
struct PublishedMembers<'a> {
    kty: &'a str,
    r#use: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    kid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<[String; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
}

impl<'a> From<&'a JwkEntry> for PublishedMembers<'a> {
    fn from(entry: &'a JwkEntry) -> Self {
        let JwkEntry {
            key,
            kid,
            alg,
            x5c_der,
        } = entry;
        let RequiredMembers {
            crv,
            e,
            kty,
            n,
            x,
            y,
        } = RequiredMembers::from(key);
        Self {
            kty,
            r#use: "sig",
            n,
            e,
            crv,
            x,
            y,
            kid,
            x5t: x5c_der.as_deref().map(|der| base64url(&sha1(der))),
            x5c: x5c_der.as_deref().map(|der| [STANDARD.encode(der)]),
            alg: alg.map(Alg::as_str),
        }
    }
}

/// Decodes a member that must be there and have exactly `len` bytes.
fn decode(member: &'static str, value: Option<&str>, len: usize) -> Result<Vec<u8>, KeyError> {
    value
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .filter(|bytes| bytes.len() == len)
        .ok_or(KeyError::JwkMember { member })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key::PrivateKey;

    /// RFC 7638 §3.1.
    const RFC_7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    /// RFC 8037 appendix A.2.
    const RFC_8037_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn rfc_7638_key() -> PublicJwk {
        PublicJwk::Rsa {
            n: RFC_7638_N.to_owned(),
            e: "AQAB".to_owned(),
        }
    }

    fn rfc_8037_key() -> PublicJwk {
        PublicJwk::Okp {
            x: RFC_8037_X.to_owned(),
        }
    }

    #[test]
    fn the_thumbprint_of_rfc_7638_comes_out() {
        assert_eq!(
            rfc_7638_key().thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn the_thumbprint_of_rfc_8037_comes_out() {
        assert_eq!(
            rfc_8037_key().thumbprint(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn stored_json_parses_back_to_the_same_key() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap().public_jwk().unwrap();
            assert_eq!(PublicJwk::from_json(&key.to_json()).unwrap(), key);
        }
        assert_eq!(
            rfc_8037_key().to_json(),
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{RFC_8037_X}"}}"#)
        );
    }

    #[test]
    fn members_that_do_not_belong_to_the_key_are_ignored() {
        let json = format!(
            r#"{{"kty":"RSA","n":"{RFC_7638_N}","e":"AQAB","alg":"RS256","kid":"2011-04-29"}}"#
        );
        assert_eq!(PublicJwk::from_json(&json).unwrap(), rfc_7638_key());
    }

    #[test]
    fn stored_json_that_is_no_key_of_ours_is_refused() {
        let x = RFC_8037_X;
        for (json, wrong) in [
            (format!(r#"{{"kty":"oct","x":"{x}"}}"#), "kty"),
            (
                format!(r#"{{"kty":"OKP","crv":"X25519","x":"{x}"}}"#),
                "crv",
            ),
            (r#"{"kty":"OKP","crv":"Ed25519"}"#.to_owned(), "x"),
            (format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}"}}"#), "y"),
            (
                format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{x}"}}"#),
                "x",
            ),
            (
                r#"{"kty":"OKP","crv":"Ed25519","x":"/+/+"}"#.to_owned(),
                "x",
            ),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(), "n"),
            (
                format!(r#"{{"kty":"RSA","n":"{RFC_7638_N}","e":"AAAD"}}"#),
                "e",
            ),
            (
                format!(r#"{{"kty":"RSA","n":"A{}","e":"AQAB"}}"#, &RFC_7638_N[1..]),
                "n",
            ),
            (format!(r#"{{"kty":"RSA"{}}}"#, " ".repeat(3000)), "kty"),
        ] {
            match PublicJwk::from_json(&json) {
                Err(KeyError::JwkMember { member }) => assert_eq!(member, wrong, "{json}"),
                other => panic!("{json}: {other:?}"),
            }
        }
        for json in ["", "null", "{}", "[]", r#"{"kty":1}"#] {
            assert!(
                matches!(PublicJwk::from_json(json), Err(KeyError::NotJwk(_))),
                "{json}"
            );
        }
    }

    #[test]
    fn an_rsa_key_is_published_in_the_order_of_live_documents() {
        let json = jwks_json(&[JwkEntry {
            key: rfc_7638_key(),
            kid: "k1".to_owned(),
            alg: Some(Alg::Rs256),
            x5c_der: Some(b"abc".to_vec()),
        }]);
        // SHA-1 of `abc` is a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d (FIPS 180-2).
        assert_eq!(
            json,
            format!(
                r#"{{"keys":[{{"kty":"RSA","use":"sig","n":"{RFC_7638_N}","e":"AQAB","kid":"k1","x5t":"qZk-NkcGgWq6PiVxeFDCbJzQ2J0","x5c":["YWJj"],"alg":"RS256"}}]}}"#
            )
        );
    }

    #[test]
    fn curve_keys_are_published_in_their_own_order() {
        let json = jwks_json(&[
            JwkEntry {
                key: PublicJwk::Ec {
                    crv: EcCurve::P256,
                    x: "eA".to_owned(),
                    y: "eQ".to_owned(),
                },
                kid: "k2".to_owned(),
                alg: Some(Alg::Es256),
                x5c_der: Some(b"abc".to_vec()),
            },
            JwkEntry {
                key: rfc_8037_key(),
                kid: "k3".to_owned(),
                alg: None,
                x5c_der: None,
            },
        ]);
        assert_eq!(
            json,
            format!(
                concat!(
                    r#"{{"keys":[{{"kty":"EC","use":"sig","crv":"P-256","x":"eA","y":"eQ","kid":"k2","x5t":"qZk-NkcGgWq6PiVxeFDCbJzQ2J0","x5c":["YWJj"],"alg":"ES256"}},"#,
                    r#"{{"kty":"OKP","use":"sig","crv":"Ed25519","x":"{}","kid":"k3"}}]}}"#
                ),
                RFC_8037_X
            )
        );
    }

    #[test]
    fn no_keys_give_an_empty_document() {
        assert_eq!(jwks_json(&[]), r#"{"keys":[]}"#);
    }

    #[test]
    fn a_hostile_key_id_cannot_break_out_of_its_string() {
        let json = jwks_json(&[JwkEntry {
            key: rfc_8037_key(),
            kid: r#"","alg":"none"#.to_owned(),
            alg: None,
            x5c_der: None,
        }]);
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["keys"][0]["kid"], r#"","alg":"none"#);
        assert!(parsed["keys"][0].get("alg").is_none());
    }
}
