//! Keys and tokens for tests.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::Algorithm;

pub(crate) const ISSUER: &str = "https://issuer.example/";
pub(crate) const AUDIENCE: &str = "https://timesheets.example";
/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_767_225_600;

static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static P256: LazyLock<EcKey> = LazyLock::new(|| EcKey::generate(&ECDSA_P256_SHA256_FIXED_SIGNING));
static P384: LazyLock<EcKey> = LazyLock::new(|| EcKey::generate(&ECDSA_P384_SHA384_FIXED_SIGNING));
static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());
static STRANGER: LazyLock<EcKey> =
    LazyLock::new(|| EcKey::generate(&ECDSA_P256_SHA256_FIXED_SIGNING));

/// A key on a curve.
pub(crate) struct EcKey(EcdsaKeyPair);

impl EcKey {
    fn generate(algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        Self(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&SystemRandom::new(), text).unwrap();
        signature.as_ref().to_vec()
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = &self.0.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let (crv, kid) = if x.len() == 32 {
            ("P-256", "p256")
        } else {
            ("P-384", "p384")
        };
        json!({"kty": "EC", "crv": crv, "kid": kid, "x": encode(x), "y": encode(y)})
    }
}

/// A P-256 key the issuer does not have.
pub(crate) fn stranger() -> &'static EcKey {
    &STRANGER
}

pub(crate) fn rsa_jwk() -> Value {
    let public = RSA.public_key();
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa",
        "n": encode(public.modulus().big_endian_without_leading_zero()),
        "e": encode(public.exponent().big_endian_without_leading_zero()),
    })
}

pub(crate) fn p256_jwk() -> Value {
    P256.jwk()
}

/// The issuer's key set: one key of each kind.
pub(crate) fn jwks() -> String {
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": encode(ED.public_key())});
    json!({"keys": [rsa_jwk(), P256.jwk(), P384.jwk(), ed]}).to_string()
}

/// Claims that are accepted at [`NOW`].
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "cron@clients", "aud": AUDIENCE, "iat": NOW, "exp": NOW + 86_400,
        "scope": "batch:upload", "gty": "client-credentials", "azp": "cron",
    })
}

/// A header that names the issuer's key for this algorithm.
pub(crate) fn header(algorithm: Algorithm) -> String {
    let kid = match algorithm {
        Algorithm::Rs256 | Algorithm::Rs512 | Algorithm::Ps256 => "rsa",
        Algorithm::Es256 => "p256",
        Algorithm::Es384 => "p384",
        Algorithm::EdDsa => "ed",
        Algorithm::Hs256 => "",
    };
    json!({"alg": algorithm.name(), "typ": "JWT", "kid": kid}).to_string()
}

/// Signs with the issuer's key for this algorithm.
pub(crate) fn forge(algorithm: Algorithm, text: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256, text),
        Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512, text),
        Algorithm::Ps256 => rsa(&RSA_PSS_SHA256, text),
        Algorithm::Es256 => P256.sign(text),
        Algorithm::Es384 => P384.sign(text),
        Algorithm::EdDsa => ED.sign(text).as_ref().to_vec(),
        Algorithm::Hs256 => panic!("the issuer has no shared secret"),
    }
}

/// A good token, apart from what the claims say.
pub(crate) fn sign(algorithm: Algorithm, claims: &Value) -> String {
    seal(&header(algorithm), claims, |text| forge(algorithm, text))
}

/// Any header and claims under any signature.
pub(crate) fn seal(header: &str, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    seal_text(header, &claims.to_string(), sign)
}

pub(crate) fn seal_text(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn rsa(encoding: &'static dyn RsaEncoding, text: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; RSA.public_modulus_len()];
    RSA.sign(encoding, &SystemRandom::new(), text, &mut signature)
        .unwrap();
    signature
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
