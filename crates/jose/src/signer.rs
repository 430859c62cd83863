//! The hot path: claims in, signed token out (JWS compact serialization, RFC 7515 §3.1).

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde::Serialize;

use crate::alg::Alg;
use crate::bytes::{append_base64url, base64url, base64url_len};
use crate::error::{KeyError, SignError};
use crate::jwk::json_text;
use crate::private_key::{PrivateKey, RSA_LEN};

/// The longest `kid`, in bytes: it is repeated in every token.
const MAX_KID_LEN: usize = 256;

/// What a token says it is, in the header's `typ`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Typ {
    /// `JWT` (RFC 7519 §5.1): Auth0's own access token profile.
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1).
    AtJwt,
}

/// A key parsed once, ready to sign with one algorithm. Share it between threads.
///
/// A token takes two calls on one buffer: [`Signer::signing_input`], then [`Signer::sign`].
pub struct Signer {
    alg: Alg,
    kid: Option<Box<str>>,
    /// The protected header, encoded, with the dot after it.
    jwt_header: Box<[u8]>,
    /// The same, for the other `typ`.
    at_jwt_header: Box<[u8]>,
    key: BackendKey,
}

enum BackendKey {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    // Boxed: twenty times the size of the others.
    Hmac(Box<hmac::Key>),
}

/// The protected header. The order of the fields is the order on the wire.
#[derive(Serialize)]
struct ProtectedHeader<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl Typ {
    /// The value in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AtJwt => "at+jwt",
        }
    }
}

impl Signer {
    /// Parses the key for `alg`. Several signers may share one RSA key.
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongKind`] when `alg` does not sign with this kind of key, and always for
    /// `HS256`; [`KeyError::Kid`] for a `kid` that is empty or longer than 256 bytes.
    pub fn new(alg: Alg, kid: &str, key: &PrivateKey) -> Result<Self, KeyError> {
        if kid.is_empty() || kid.len() > MAX_KID_LEN {
            return Err(KeyError::Kid);
        }
        let wrong_kind = KeyError::WrongKind {
            alg,
            kind: key.kind(),
        };
        if alg.key_kind() != Some(key.kind()) {
            return Err(wrong_kind);
        }
        let backend = match alg {
            Alg::Rs256 => BackendKey::Rsa(key.rsa()?, &RSA_PKCS1_SHA256),
            Alg::Rs512 => BackendKey::Rsa(key.rsa()?, &RSA_PKCS1_SHA512),
            Alg::Ps256 => BackendKey::Rsa(key.rsa()?, &RSA_PSS_SHA256),
            Alg::Es256 => BackendKey::P256(key.ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Alg::Es384 => BackendKey::P384(key.ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)?),
            Alg::EdDsa => BackendKey::Ed25519(key.ed25519()?),
            Alg::Hs256 => return Err(wrong_kind),
        };
        Ok(Self::with(alg, Some(kid), backend))
    }

    /// Signs with a secret shared with the resource server. The header has no `kid`: there is no
    /// key to look up.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self::with(Alg::Hs256, None, BackendKey::Hmac(Box::new(key)))
    }

    /// The algorithm.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// The key id; `None` for `HS256`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Appends `header.payload` to `out`, and reserves room for the signature.
    ///
    /// `claims_json` is the claims as JSON text; it is not looked at.
    pub fn signing_input(&self, typ: Typ, claims_json: &[u8], out: &mut Vec<u8>) {
        let header = match typ {
            Typ::Jwt => &self.jwt_header,
            Typ::AtJwt => &self.at_jwt_header,
        };
        let payload_len = base64url_len(claims_json.len());
        let signature_len = 1 + base64url_len(self.signature_len());
        out.reserve(header.len() + payload_len + signature_len);
        out.extend_from_slice(header);
        append_base64url(out, claims_json);
    }

    /// Signs everything in `out` and appends `.signature`. So `out` must hold the signing input
    /// and nothing else.
    ///
    /// ECDSA signatures are the two numbers side by side (RFC 7518 §3.4), not DER.
    ///
    /// # Errors
    ///
    /// [`SignError::Backend`]; `out` is then as it was.
    pub fn sign(&self, out: &mut Vec<u8>) -> Result<(), SignError> {
        match &self.key {
            BackendKey::Rsa(pair, encoding) => {
                let mut signature = [0; RSA_LEN];
                pair.sign(*encoding, &SystemRandom::new(), out, &mut signature)
                    .map_err(SignError::Backend)?;
                append_signature(out, &signature);
            }
            BackendKey::P256(pair) | BackendKey::P384(pair) => {
                let signature = pair
                    .sign(&SystemRandom::new(), out)
                    .map_err(SignError::Backend)?;
                append_signature(out, signature.as_ref());
            }
            BackendKey::Ed25519(pair) => {
                let signature = pair.try_sign(out).map_err(SignError::Backend)?;
                append_signature(out, signature.as_ref());
            }
            BackendKey::Hmac(key) => {
                let tag = hmac::sign(key, out);
                append_signature(out, tag.as_ref());
            }
        }
        Ok(())
    }

    fn with(alg: Alg, kid: Option<&str>, key: BackendKey) -> Self {
        Self {
            alg,
            kid: kid.map(Into::into),
            jwt_header: encoded_header(alg, Typ::Jwt, kid),
            at_jwt_header: encoded_header(alg, Typ::AtJwt, kid),
            key,
        }
    }

    /// The length of a signature before encoding, in bytes.
    const fn signature_len(&self) -> usize {
        match self.key {
            BackendKey::Rsa(..) => RSA_LEN,
            BackendKey::P256(_) | BackendKey::Ed25519(_) => 64,
            BackendKey::P384(_) => 96,
            BackendKey::Hmac(_) => 32,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("alg", &self.alg)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn encoded_header(alg: Alg, typ: Typ, kid: Option<&str>) -> Box<[u8]> {
    let json = json_text(&ProtectedHeader {
        alg: alg.as_str(),
        typ: typ.as_str(),
        kid,
    });
    let mut encoded = base64url(json.as_bytes());
    encoded.push('.');
    encoded.into_bytes().into_boxed_slice()
}

fn append_signature(out: &mut Vec<u8>, signature: &[u8]) {
    out.push(b'.');
    append_base64url(out, signature);
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
        RsaPublicKeyComponents, UnparsedPublicKey,
    };
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::alg::KeyKind;
    use crate::jwk::PublicJwk;

    const CLAIMS: &[u8] = br#"{"iss":"https://acme.example/","sub":"abc@clients"}"#;

    fn decode(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn token(signer: &Signer, typ: Typ) -> String {
        let mut out = Vec::new();
        signer.signing_input(typ, CLAIMS, &mut out);
        signer.sign(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Verifies with nothing but the algorithm's name and the published key.
    fn verifies(alg: Alg, jwk: &PublicJwk, token: &str) -> bool {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (signed, signature) = (signed.as_bytes(), decode(signature));
        let rsa = |parameters: &RsaParameters| match jwk {
            PublicJwk::Rsa { n, e } => RsaPublicKeyComponents {
                n: decode(n),
                e: decode(e),
            }
            .verify(parameters, signed, &signature)
            .is_ok(),
            PublicJwk::Ec { .. } | PublicJwk::Okp { .. } => false,
        };
        let point = match jwk {
            PublicJwk::Rsa { .. } => Vec::new(),
            PublicJwk::Ec { crv: _, x, y } => [vec![4], decode(x), decode(y)].concat(),
            PublicJwk::Okp { x } => decode(x),
        };
        match alg {
            Alg::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
            Alg::Rs512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
            Alg::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
            Alg::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, &signature)
                .is_ok(),
            Alg::Es384 => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point)
                .verify(signed, &signature)
                .is_ok(),
            Alg::EdDsa => UnparsedPublicKey::new(&ED25519, point)
                .verify(signed, &signature)
                .is_ok(),
            Alg::Hs256 => false,
        }
    }

    #[test]
    fn every_algorithm_signs_what_the_published_key_verifies() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            let other = PrivateKey::generate(kind).unwrap();
            let stored = key.public_jwk().unwrap().to_json();
            let published = PublicJwk::from_json(&stored).unwrap();
            for alg in Alg::ALL {
                if alg.key_kind() != Some(kind) {
                    continue;
                }
                let signer = Signer::new(alg, "k1", &key).unwrap();
                for typ in [Typ::Jwt, Typ::AtJwt] {
                    let token = token(&signer, typ);
                    assert!(verifies(alg, &published, &token), "{alg:?}");
                    assert!(!verifies(alg, &other.public_jwk().unwrap(), &token));
                    let changed = token.replacen('.', ".A", 1);
                    assert!(!verifies(alg, &published, &changed), "{alg:?}");
                    let parts: Vec<&str> = token.split('.').collect();
                    assert_eq!(parts.len(), 3);
                    assert_eq!(decode(parts[1]), CLAIMS);
                    assert_eq!(decode(parts[2]).len(), signer.signature_len());
                }
            }
        }
    }

    #[test]
    fn hs256_gives_the_token_of_rfc_7515() {
        // RFC 7515 appendix A.1: the signing input is given, its tag must come out.
        let secret = decode(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        );
        let mut out = concat!(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        )
        .as_bytes()
        .to_vec();
        Signer::hs256(&secret).sign(&mut out).unwrap();
        assert!(out.ends_with(b".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    }

    #[test]
    fn eddsa_gives_the_token_of_rfc_8037() {
        // RFC 8037 appendix A.4, with the key of appendix A.1 wrapped as PKCS#8.
        let mut pkcs8 = vec![
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        pkcs8.extend(decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
        let key = PrivateKey::from_pkcs8(KeyKind::Ed25519, pkcs8).unwrap();
        let mut out = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_vec();
        let signer = Signer::new(Alg::EdDsa, "k1", &key).unwrap();
        signer.sign(&mut out).unwrap();
        assert!(out.ends_with(
            b".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ));
    }

    #[test]
    fn headers_are_these_bytes_in_this_order() {
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        let signer = Signer::new(Alg::Es256, "NjA\"x", &key).unwrap();
        for (signer, typ, header) in [
            (
                &signer,
                Typ::Jwt,
                r#"{"alg":"ES256","typ":"JWT","kid":"NjA\"x"}"#,
            ),
            (
                &signer,
                Typ::AtJwt,
                r#"{"alg":"ES256","typ":"at+jwt","kid":"NjA\"x"}"#,
            ),
            (
                &Signer::hs256(b"secret"),
                Typ::Jwt,
                r#"{"alg":"HS256","typ":"JWT"}"#,
            ),
            (
                &Signer::hs256(b"secret"),
                Typ::AtJwt,
                r#"{"alg":"HS256","typ":"at+jwt"}"#,
            ),
        ] {
            let mut out = Vec::new();
            signer.signing_input(typ, b"{}", &mut out);
            let text = String::from_utf8(out).unwrap();
            let (encoded, payload) = text.split_once('.').unwrap();
            assert_eq!(decode(encoded), header.as_bytes());
            assert_eq!(payload, "e30");
        }
    }

    #[test]
    fn a_whole_token_fits_the_room_reserved_at_first() {
        for alg in Alg::ALL {
            let signer = match alg.key_kind() {
                Some(kind) => Signer::new(alg, "k1", &PrivateKey::generate(kind).unwrap()).unwrap(),
                None => Signer::hs256(b"secret"),
            };
            let mut out = Vec::new();
            signer.signing_input(Typ::Jwt, CLAIMS, &mut out);
            let reserved = out.capacity();
            signer.sign(&mut out).unwrap();
            assert_eq!(out.capacity(), reserved, "{alg:?}");
        }
    }

    #[test]
    fn an_algorithm_refuses_a_key_of_another_kind() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            for alg in Alg::ALL {
                match Signer::new(alg, "k1", &key) {
                    Ok(signer) => {
                        assert_eq!(alg.key_kind(), Some(kind));
                        assert_eq!((signer.alg(), signer.kid()), (alg, Some("k1")));
                    }
                    Err(KeyError::WrongKind { .. }) => assert_ne!(alg.key_kind(), Some(kind)),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn an_empty_or_endless_key_id_is_refused() {
        let key = PrivateKey::generate(KeyKind::Ed25519).unwrap();
        for kid in ["", &"k".repeat(257)] {
            assert!(matches!(
                Signer::new(Alg::EdDsa, kid, &key),
                Err(KeyError::Kid)
            ));
        }
    }

    #[test]
    fn debug_shows_the_algorithm_and_the_key_id_only() {
        let key = PrivateKey::generate(KeyKind::Ed25519).unwrap();
        let signer = Signer::new(Alg::EdDsa, "k1", &key).unwrap();
        assert_eq!(
            format!("{signer:?}"),
            r#"Signer { alg: EdDsa, kid: Some("k1"), .. }"#
        );
        assert_eq!(
            format!("{:?}", Signer::hs256(b"hunter2")),
            "Signer { alg: Hs256, kid: None, .. }"
        );
    }

    #[test]
    fn a_signer_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Signer>();
    }
}
