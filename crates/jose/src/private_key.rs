//! A private key: generated here or parsed once, kept as PKCS#8 in memory that is wiped.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::alg::KeyKind;
use crate::bytes::base64url;
use crate::error::KeyError;
use crate::jwk::{EcCurve, PublicJwk};

/// The longest PKCS#8 document read, in bytes: an RSA-2048 key has about 1220.
const MAX_PKCS8_LEN: usize = 4096;

/// The length of an RSA-2048 modulus, and so of its signatures, in bytes.
pub(crate) const RSA_LEN: usize = 256;

/// The public exponent 65537, big-endian.
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// A private key that has been checked to be what its [`KeyKind`] says.
///
/// Wiped on drop. Leaves this crate only through [`PrivateKey::pkcs8`], to be sealed.
pub struct PrivateKey {
    kind: KeyKind,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// Generates a key. RSA takes tens of milliseconds: keep it off an async thread.
    ///
    /// # Errors
    ///
    /// [`KeyError::Generate`] when the backend fails.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Generate { kind, source };
        let ec = |alg: &'static EcdsaSigningAlgorithm| {
            let document = EcdsaKeyPair::generate(alg)?.to_pkcs8v1()?;
            Ok(document.as_ref().to_vec())
        };
        let pkcs8 = match kind {
            KeyKind::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| Ok(pair.as_der()?.as_ref().to_vec())),
            KeyKind::P256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            KeyKind::P384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            // Version 1, without the public key: what other tools read.
            KeyKind::Ed25519 => {
                Ed25519KeyPair::generate().and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec()))
            }
        };
        Ok(Self {
            kind,
            pkcs8: Zeroizing::new(pkcs8.map_err(failed)?),
        })
    }

    /// Parses an unencrypted PKCS#8 document (RFC 5958) in DER. The bytes are wiped on drop,
    /// also when they are refused.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotPkcs8`] for bytes that are no key of this kind; [`KeyError::Size`] for an
    /// RSA key of other than 2048 bits or exponent 65537, and for more than 4096 bytes.
    pub fn from_pkcs8(kind: KeyKind, pkcs8: Vec<u8>) -> Result<Self, KeyError> {
        let key = Self {
            kind,
            pkcs8: Zeroizing::new(pkcs8),
        };
        if key.pkcs8.len() > MAX_PKCS8_LEN {
            return Err(KeyError::Size { kind });
        }
        key.public_jwk()?;
        Ok(key)
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The PKCS#8 document in DER: the secret itself. Seal it, and do nothing else with it.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::from_pkcs8`]; a key that came from there, or from
    /// [`PrivateKey::generate`], has none.
    pub fn public_jwk(&self) -> Result<PublicJwk, KeyError> {
        match self.kind {
            KeyKind::Rsa2048 => {
                let pair = self.rsa()?;
                let public = pair.public_key();
                Ok(PublicJwk::Rsa {
                    n: base64url(public.modulus().big_endian_without_leading_zero()),
                    e: base64url(public.exponent().big_endian_without_leading_zero()),
                })
            }
            KeyKind::P256 => self.ec_public(&ECDSA_P256_SHA256_FIXED_SIGNING, EcCurve::P256),
            KeyKind::P384 => self.ec_public(&ECDSA_P384_SHA384_FIXED_SIGNING, EcCurve::P384),
            KeyKind::Ed25519 => Ok(PublicJwk::Okp {
                x: base64url(self.ed25519()?.public_key().as_ref()),
            }),
        }
    }

    /// The backend's RSA key, checked for size.
    pub(crate) fn rsa(&self) -> Result<RsaKeyPair, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(&self.pkcs8).map_err(|source| self.not_pkcs8(source))?;
        let exponent = pair.public_key().exponent();
        if pair.public_modulus_len() != RSA_LEN
            || exponent.big_endian_without_leading_zero() != RSA_EXPONENT
        {
            return Err(KeyError::Size { kind: self.kind });
        }
        Ok(pair)
    }

    /// The backend's ECDSA key for one curve, digest and form of signature.
    pub(crate) fn ecdsa(
        &self,
        alg: &'static EcdsaSigningAlgorithm,
    ) -> Result<EcdsaKeyPair, KeyError> {
        EcdsaKeyPair::from_pkcs8(alg, &self.pkcs8).map_err(|source| self.not_pkcs8(source))
    }

    /// The backend's Ed25519 key.
    pub(crate) fn ed25519(&self) -> Result<Ed25519KeyPair, KeyError> {
        Ed25519KeyPair::from_pkcs8(&self.pkcs8).map_err(|source| self.not_pkcs8(source))
    }

    fn ec_public(
        &self,
        alg: &'static EcdsaSigningAlgorithm,
        crv: EcCurve,
    ) -> Result<PublicJwk, KeyError> {
        let pair = self.ecdsa(alg)?;
        // The backend gives the uncompressed point: 4, then x and y of equal length
        // (SEC 1 §2.3.3).
        let point = pair.public_key().as_ref();
        let coordinates = point.get(1..).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Ok(PublicJwk::Ec {
            crv,
            x: base64url(x),
            y: base64url(y),
        })
    }

    fn not_pkcs8(&self, source: aws_lc_rs::error::KeyRejected) -> KeyError {
        KeyError::NotPkcs8 {
            kind: self.kind,
            source,
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_parses_back_to_the_same_public_key() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            let again = PrivateKey::from_pkcs8(kind, key.pkcs8().to_vec()).unwrap();
            assert_eq!(again.kind(), kind);
            assert_eq!(again.public_jwk().unwrap(), key.public_jwk().unwrap());
            assert_eq!(key.public_jwk().unwrap().kind(), kind);
        }
    }

    #[test]
    fn two_generated_keys_differ() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519] {
            let first = PrivateKey::generate(kind).unwrap();
            let second = PrivateKey::generate(kind).unwrap();
            assert_ne!(first.pkcs8(), second.pkcs8());
        }
    }

    #[test]
    fn a_key_of_one_kind_is_refused_as_another() {
        for made in KeyKind::ALL {
            let key = PrivateKey::generate(made).unwrap();
            for asked in KeyKind::ALL {
                let parsed = PrivateKey::from_pkcs8(asked, key.pkcs8().to_vec());
                assert_eq!(parsed.is_ok(), made == asked, "{made:?} as {asked:?}");
            }
        }
    }

    #[test]
    fn an_rsa_key_of_another_size_is_refused() {
        let big = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
        let der = big.as_der().unwrap().as_ref().to_vec();
        assert!(matches!(
            PrivateKey::from_pkcs8(KeyKind::Rsa2048, der),
            Err(KeyError::Size { .. })
        ));
    }

    #[test]
    fn rubbish_and_cut_off_keys_are_refused() {
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            let whole = key.pkcs8();
            for length in [0, 1, whole.len() / 2, whole.len() - 1] {
                let cut = whole[..length].to_vec();
                assert!(PrivateKey::from_pkcs8(kind, cut).is_err());
            }
            assert!(PrivateKey::from_pkcs8(kind, vec![0x30; 200]).is_err());
            assert!(matches!(
                PrivateKey::from_pkcs8(kind, vec![0; MAX_PKCS8_LEN + 1]),
                Err(KeyError::Size { .. })
            ));
        }
    }

    #[test]
    fn debug_shows_the_kind_and_nothing_else() {
        let key = PrivateKey::generate(KeyKind::Ed25519).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey { kind: Ed25519, .. }");
    }

    #[test]
    fn the_key_of_rfc_8037_has_the_public_key_given_there() {
        // RFC 8037 appendix A.1: `d`, wrapped as PKCS#8 (RFC 8410 §7).
        let mut pkcs8 = vec![
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        pkcs8.extend([
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ]);
        let key = PrivateKey::from_pkcs8(KeyKind::Ed25519, pkcs8).unwrap();
        assert_eq!(
            key.public_jwk().unwrap(),
            PublicJwk::Okp {
                x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned()
            }
        );
    }
}
