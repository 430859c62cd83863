//! The public RSA key of somebody who reads encrypted tokens: from a PEM, checked once.
//!
//! A PEM holds either the key itself or a certificate of it. Of a certificate only the key is used:
//! who vouches for it is the affair of whoever put it into the register.

use aws_lc_rs::rsa::PublicEncryptingKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bytes::base64url;
use crate::error::KeyError;
use crate::jwk::PublicJwk;

/// The longest PEM read, in bytes (Auth0's limit).
pub const PEM_LEN_MAX: usize = 4_096;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Tags of DER (X.690 §8.1.2), as the structures of X.509 use them.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const VERSION: u8 = 0xa0;
}

/// A public RSA key of 2048 to 8192 bits.
#[derive(Clone, Debug)]
pub struct EncryptionKey {
    spki: Vec<u8>,
    jwk: PublicJwk,
}

impl EncryptionKey {
    /// Reads `PUBLIC KEY` (RFC 5280 §4.1.2.7) or `CERTIFICATE` from the first block of a PEM
    /// (RFC 7468).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotPublicPem`] when it is neither, and [`KeyError::NotRsaPublicKey`] when its key
    /// is none for RSA, or of no size in use.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, der) = read_pem(pem).ok_or(KeyError::NotPublicPem)?;
        let spki = match label {
            "PUBLIC KEY" => Some(der),
            "CERTIFICATE" => subject_key(&der).map(<[u8]>::to_vec),
            _ => None,
        }
        .ok_or(KeyError::NotPublicPem)?;
        PublicEncryptingKey::from_der(&spki).map_err(|_| KeyError::NotRsaPublicKey)?;
        let (n, e) = rsa_numbers(&spki).ok_or(KeyError::NotRsaPublicKey)?;
        let jwk = PublicJwk::Rsa {
            n: base64url(n),
            e: base64url(e),
        };
        Ok(Self { spki, jwk })
    }

    /// The thumbprint of the key (RFC 7638): base64url SHA-256.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.jwk.thumbprint()
    }

    /// The `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }
}

/// The label and the contents of the first block.
fn read_pem(pem: &str) -> Option<(&str, Vec<u8>)> {
    if PEM_LEN_MAX < pem.len() {
        return None;
    }
    let (_, rest) = pem.split_once(BEGIN)?;
    let (label, rest) = rest.split_once(DASHES)?;
    let (body, rest) = rest.split_once(END)?;
    let (end, _) = rest.split_once(DASHES)?;
    if label != end {
        return None;
    }
    let packed: String = body.split_ascii_whitespace().collect();
    Some((label, STANDARD.decode(packed).ok()?))
}

/// The `subjectPublicKeyInfo` of a certificate (RFC 5280 §4.1), with its header.
fn subject_key(certificate: &[u8]) -> Option<&[u8]> {
    let (whole, _) = read(tag::SEQUENCE, certificate)?;
    let (mut rest, _) = read(tag::SEQUENCE, whole)?;
    if rest.first() == Some(&tag::VERSION) {
        (_, rest) = read(tag::VERSION, rest)?;
    }
    (_, rest) = read(tag::INTEGER, rest)?;
    // Signature algorithm, issuer, validity, subject.
    for _ in 0..4 {
        (_, rest) = read(tag::SEQUENCE, rest)?;
    }
    let (_, behind) = read(tag::SEQUENCE, rest)?;
    rest.get(..rest.len().checked_sub(behind.len())?)
}

/// Modulus and exponent of a `SubjectPublicKeyInfo` (RFC 8017 §A.1.1), big-endian, without the zero
/// byte that keeps them positive.
fn rsa_numbers(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let (whole, _) = read(tag::SEQUENCE, spki)?;
    let (_, rest) = read(tag::SEQUENCE, whole)?;
    let (bits, _) = read(tag::BIT_STRING, rest)?;
    let (unused, key) = bits.split_first()?;
    if *unused != 0 {
        return None;
    }
    let (numbers, _) = read(tag::SEQUENCE, key)?;
    let (n, rest) = read(tag::INTEGER, numbers)?;
    let (e, _) = read(tag::INTEGER, rest)?;
    Some((positive(n), positive(e)))
}

fn positive(number: &[u8]) -> &[u8] {
    match number.split_first() {
        Some((0, rest)) if !rest.is_empty() => rest,
        Some(_) | None => number,
    }
}

/// The contents of one value with this tag, and what is behind it (X.690 §8.1.3, definite lengths of
/// up to two bytes: the PEM is shorter than what would need three).
fn read(expected: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    if *tag != expected {
        return None;
    }
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};
    use proptest::prelude::*;

    use super::*;
    use crate::alg::KeyKind;
    use crate::certificate::self_signed;
    use crate::private_key::PrivateKey;

    fn pem(label: &str, der: &[u8]) -> String {
        let packed = STANDARD.encode(der);
        let lines: Vec<&str> = packed
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----\r\n",
            lines.join("\r\n")
        )
    }

    fn public_der(size: KeySize) -> Vec<u8> {
        let pair = RsaKeyPair::generate(size).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    #[test]
    fn a_key_and_a_certificate_of_it_have_the_same_thumbprint() {
        let key = PrivateKey::generate(KeyKind::Rsa2048).unwrap();
        let certificate = self_signed(&key, "api.example", 1_767_225_600, [7; 9]).unwrap();
        let of_certificate = EncryptionKey::from_pem(&pem("CERTIFICATE", &certificate)).unwrap();
        let of_key = EncryptionKey::from_pem(&pem("PUBLIC KEY", of_certificate.spki())).unwrap();
        let expected = key.public_jwk().unwrap().thumbprint();
        assert_eq!(of_certificate.thumbprint(), expected);
        assert_eq!(of_key.thumbprint(), expected);
    }

    #[test]
    fn larger_keys_will_do_and_other_things_will_not() {
        let large = public_der(KeySize::Rsa4096);
        assert!(EncryptionKey::from_pem(&pem("PUBLIC KEY", &large)).is_ok());
        let ec = PrivateKey::generate(KeyKind::P256).unwrap();
        let certificate = self_signed(&ec, "api.example", 1_767_225_600, [7; 9]).unwrap();
        assert!(matches!(
            EncryptionKey::from_pem(&pem("CERTIFICATE", &certificate)),
            Err(KeyError::NotRsaPublicKey)
        ));
        let cut = pem("PUBLIC KEY", large.get(..100).unwrap());
        for text in [
            "",
            "-----BEGIN PUBLIC KEY-----",
            &pem("PRIVATE KEY", &large),
            &cut,
            &pem("CERTIFICATE", &large),
            &pem("PUBLIC KEY", &large).replace("END PUBLIC", "END OTHER"),
            &format!("{}{}", "x".repeat(PEM_LEN_MAX), pem("PUBLIC KEY", &large)),
        ] {
            assert!(EncryptionKey::from_pem(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(der in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _key = EncryptionKey::from_pem(&pem("CERTIFICATE", &der));
            let _key = EncryptionKey::from_pem(&pem("PUBLIC KEY", &der));
            let _numbers = rsa_numbers(&der);
        }
    }
}
