//! One public key, parsed once, and the signatures it can verify (RFC 7518 §6, RFC 8037 §2).

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::error::Error;

/// A key and the algorithms it is good for.
///
/// The algorithm comes from the token, so the kind of key decides: an RSA key cannot be taken for
/// an HMAC secret, whatever the header says (RFC 8725 §3.1).
pub(crate) enum VerificationKey {
    Rsa(Box<RsaKey>),
    P256(ParsedPublicKey),
    P384(ParsedPublicKey),
    Ed25519(ParsedPublicKey),
    Hmac(Box<hmac::Key>),
}

/// The same key, parsed for each padding and digest.
pub(crate) struct RsaKey {
    rs256: ParsedPublicKey,
    rs512: ParsedPublicKey,
    ps256: ParsedPublicKey,
}

impl VerificationKey {
    /// Reads the public key out of a JWK. `None` for kinds, curves and sizes not supported here.
    pub(crate) fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                RsaKey::new(&bytes("n")?, &bytes("e")?).map(|rsa| Self::Rsa(Box::new(rsa)))
            }
            ("EC", Some("P-256")) => {
                let point = uncompressed::<32>(&bytes("x")?, &bytes("y")?)?;
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
                Some(Self::P256(key))
            }
            ("EC", Some("P-384")) => {
                let point = uncompressed::<48>(&bytes("x")?, &bytes("y")?)?;
                let key = ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).ok()?;
                Some(Self::P384(key))
            }
            ("OKP", Some("Ed25519")) => {
                let point = <[u8; 32]>::try_from(bytes("x")?).ok()?;
                Some(Self::Ed25519(ParsedPublicKey::new(&ED25519, point).ok()?))
            }
            _ => None,
        }
    }

    /// A secret shared with the issuer.
    pub(crate) fn from_secret(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// Whether this kind of key can have made a signature of this algorithm.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (self, algorithm),
            (
                Self::Rsa(_),
                Algorithm::Rs256 | Algorithm::Rs512 | Algorithm::Ps256
            ) | (Self::P256(_), Algorithm::Es256)
                | (Self::P384(_), Algorithm::Es384)
                | (Self::Ed25519(_), Algorithm::EdDsa)
                | (Self::Hmac(_), Algorithm::Hs256)
        )
    }

    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let outcome = match (self, algorithm) {
            (Self::Rsa(key), Algorithm::Rs256) => key.rs256.verify_sig(signed, signature),
            (Self::Rsa(key), Algorithm::Rs512) => key.rs512.verify_sig(signed, signature),
            (Self::Rsa(key), Algorithm::Ps256) => key.ps256.verify_sig(signed, signature),
            (Self::P256(key), Algorithm::Es256)
            | (Self::P384(key), Algorithm::Es384)
            | (Self::Ed25519(key), Algorithm::EdDsa) => key.verify_sig(signed, signature),
            // Compares in constant time.
            (Self::Hmac(key), Algorithm::Hs256) => hmac::verify(key, signed, signature),
            _ => return Err(Error::BadSignature),
        };
        outcome.map_err(|_| Error::BadSignature)
    }
}

impl RsaKey {
    /// 2048 to 8192 bits (RFC 7518 §3.3 sets the floor).
    fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let components = PublicKeyComponents {
            n: without_leading_zeros(modulus),
            e: without_leading_zeros(exponent),
        };
        let zeros = components.n.first()?.leading_zeros() as usize;
        if !(2048..=8192).contains(&(components.n.len() * 8 - zeros)) {
            return None;
        }
        let parse = |parameters| components.to_parsed_public_key(parameters).ok();
        Some(Self {
            rs256: parse(&RSA_PKCS1_2048_8192_SHA256)?,
            rs512: parse(&RSA_PKCS1_2048_8192_SHA512)?,
            ps256: parse(&RSA_PSS_2048_8192_SHA256)?,
        })
    }
}

/// Some issuers write a sign byte in front, though RFC 7518 §6.3.1.1 says not to.
fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// The point as SEC 1 §2.3.3 writes it. Both coordinates have the curve's full length
/// (RFC 7518 §6.2.1.2).
fn uncompressed<const N: usize>(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let (x, y) = (<&[u8; N]>::try_from(x).ok()?, <&[u8; N]>::try_from(y).ok()?);
    Some([&[4], x.as_slice(), y.as_slice()].concat())
}
