//! The self-signed certificate of a signing key (RFC 5280), and the prints of a certificate.
//!
//! Nothing in OAuth trusts it: it is there because validators and tools of Auth0's users read
//! the key from `x5c`, or show the fingerprint.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose,
    PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey, date_time_ymd,
};

use crate::alg::KeyKind;
use crate::bytes::{hex_upper, sha1};
use crate::error::KeyError;
use crate::private_key::{PrivateKey, RSA_LEN};

/// How long a certificate is valid, in days: what Auth0 gives its own.
pub const VALIDITY_DAYS: u64 = 5000;

const SECS_PER_DAY: u64 = 86_400;

/// 9999-12-31T23:59:59Z, the last second a certificate can name (RFC 5280 §4.1.2.5.2).
const LAST_SECOND: u64 = 253_402_300_799;

/// The longest common name, in bytes: that of a host name (RFC 1035 §2.3.4).
const MAX_COMMON_NAME_LEN: usize = 253;

/// Signs a certificate for `key` with `key` itself, and returns its DER.
///
/// Subject and issuer are `CN=common_name`. It is valid for [`VALIDITY_DAYS`] from
/// `not_before_unix` (seconds since 1970), is a CA (critical basic constraints, as Auth0's), may
/// sign data and certificates, and names its subject key. The top two bits of `serial` are
/// replaced, so that the number is positive and always has nine bytes.
///
/// # Errors
///
/// [`KeyError::CommonName`] and [`KeyError::Validity`] for arguments out of range;
/// [`KeyError::Certificate`] when building or signing fails.
pub fn self_signed(
    key: &PrivateKey,
    common_name: &str,
    not_before_unix: i64,
    serial: [u8; 9],
) -> Result<Vec<u8>, KeyError> {
    let name_fits = (1..=MAX_COMMON_NAME_LEN).contains(&common_name.len());
    if !name_fits || common_name.chars().any(char::is_control) {
        return Err(KeyError::CommonName);
    }
    let validity = VALIDITY_DAYS * SECS_PER_DAY;
    let not_before = u64::try_from(not_before_unix)
        .ok()
        .filter(|start| *start <= LAST_SECOND - validity)
        .ok_or(KeyError::Validity)?;
    let epoch = date_time_ymd(1970, 1, 1);

    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, common_name);

    let mut params = CertificateParams::default();
    params.not_before = epoch + Duration::from_secs(not_before);
    params.not_after = epoch + Duration::from_secs(not_before + validity);
    params.serial_number = Some(SerialNumber::from_slice(&positive(serial)));
    params.distinguished_name = distinguished_name;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
    ];
    let certificate = params
        .self_signed(&CertificateSigner::new(key)?)
        .map_err(KeyError::Certificate)?;
    Ok(certificate.der().to_vec())
}

/// The PEM text of a certificate: lines of 64 characters ended by `\r\n`, and no line end after
/// the last. So Auth0's Management API gives it.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    armored("CERTIFICATE", der)
}

/// The certificate in a PKCS#7 container as PEM, with the line ends of [`pem`]: a CMS `SignedData`
/// that signs nothing and only carries the certificate (RFC 5652 §5.1, "degenerate").
#[must_use]
pub fn pkcs7_pem(certificate_der: &[u8]) -> String {
    // 1.2.840.113549.1.7.2 (signedData) and 1.2.840.113549.1.7.1 (data)
    const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const INTEGER: u8 = 0x02;
    const OID: u8 = 0x06;
    const SEQUENCE: u8 = 0x30;
    const SET: u8 = 0x31;
    const CONTEXT_0: u8 = 0xa0;

    let signed_data = [
        der(INTEGER, &[1]),
        der(SET, &[]),
        der(SEQUENCE, &der(OID, &DATA)),
        der(CONTEXT_0, certificate_der),
        der(SET, &[]),
    ]
    .concat();
    let content = der(CONTEXT_0, &der(SEQUENCE, &signed_data));
    let info = [der(OID, &SIGNED_DATA), content].concat();
    armored("PKCS7", &der(SEQUENCE, &info))
}

/// One DER element: its tag, its length in the shortest form, its content (X.690 §10.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ ..0x80) => element.push(short),
        Ok(_) | Err(_) => {
            // At most eight bytes, so the number fits beside the flag.
            let bytes = u8::try_from(length.len() - zeros).unwrap_or_default();
            element.push(0x80 | bytes);
            element.extend(length.iter().skip(zeros));
        }
    }
    element.extend_from_slice(content);
    element
}

fn armored(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 32 + 64);
    for part in ["-----BEGIN ", label, "-----\r\n"] {
        out.push_str(part);
    }
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so every index is a boundary.
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    for part in ["-----END ", label, "-----"] {
        out.push_str(part);
    }
    out
}

/// SHA-1 of the DER as upper-case hexadecimal with colons: Auth0's `fingerprint`.
#[must_use]
pub fn sha1_fingerprint(der: &[u8]) -> String {
    hex_upper(&sha1(der), ":")
}

/// SHA-1 of the DER as upper-case hexadecimal: Auth0's `thumbprint`.
#[must_use]
pub fn sha1_thumbprint(der: &[u8]) -> String {
    hex_upper(&sha1(der), "")
}

/// Our key, as the certificate builder wants to see it: no copy of the private bytes is made.
struct CertificateSigner(BackendKey);

enum BackendKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl CertificateSigner {
    fn new(key: &PrivateKey) -> Result<Self, KeyError> {
        Ok(Self(match key.kind() {
            KeyKind::Rsa2048 => BackendKey::Rsa(key.rsa()?),
            KeyKind::P256 => BackendKey::P256(key.ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)?),
            KeyKind::P384 => BackendKey::P384(key.ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING)?),
            KeyKind::Ed25519 => BackendKey::Ed25519(key.ed25519()?),
        }))
    }
}

impl PublicKeyData for CertificateSigner {
    fn der_bytes(&self) -> &[u8] {
        match &self.0 {
            BackendKey::Rsa(pair) => pair.public_key().as_ref(),
            BackendKey::P256(pair) | BackendKey::P384(pair) => pair.public_key().as_ref(),
            BackendKey::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match &self.0 {
            BackendKey::Rsa(_) => &rcgen::PKCS_RSA_SHA256,
            BackendKey::P256(_) => &rcgen::PKCS_ECDSA_P256_SHA256,
            BackendKey::P384(_) => &rcgen::PKCS_ECDSA_P384_SHA384,
            BackendKey::Ed25519(_) => &rcgen::PKCS_ED25519,
        }
    }
}

impl SigningKey for CertificateSigner {
    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let rng = SystemRandom::new();
        let signature = match &self.0 {
            BackendKey::Rsa(pair) => {
                let mut signature = vec![0; RSA_LEN];
                pair.sign(&RSA_PKCS1_SHA256, &rng, msg, &mut signature)
                    .map(|()| signature)
            }
            BackendKey::P256(pair) | BackendKey::P384(pair) => {
                pair.sign(&rng, msg).map(|made| made.as_ref().to_vec())
            }
            BackendKey::Ed25519(pair) => pair.try_sign(msg).map(|made| made.as_ref().to_vec()),
        };
        // The builder has no variant that carries a cause.
        signature.map_err(|_unspecified| rcgen::Error::RemoteKeyError)
    }
}

/// Clears the sign bit and sets the one below: DER neither adds a byte nor drops one.
fn positive(mut serial: [u8; 9]) -> [u8; 9] {
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    serial
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    /// 2026-01-01T00:00:00Z; 5000 days later is 2039-09-10.
    const NEW_YEAR_2026: i64 = 1_767_225_600;
    const SERIAL: [u8; 9] = [0xff, 1, 2, 3, 4, 5, 6, 7, 8];

    fn make(kind: KeyKind) -> (PrivateKey, Vec<u8>) {
        let key = PrivateKey::generate(kind).unwrap();
        let der = self_signed(&key, "acme.example", NEW_YEAR_2026, SERIAL).unwrap();
        (key, der)
    }

    /// Splits the first DER element off: its header and content together, its content, the rest.
    fn element(der: &[u8]) -> (&[u8], &[u8], &[u8]) {
        let (header, len) = match der[1] {
            short @ ..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(der[2])),
            0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
            other => panic!("unexpected length {other:x}"),
        };
        let (whole, rest) = der.split_at(header + len);
        (whole, &whole[header..], rest)
    }

    fn contains(der: &[u8], part: &[u8]) -> bool {
        der.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_key_verifies_the_certificate_it_signed() {
        let algorithms: [(KeyKind, &dyn VerificationAlgorithm); 4] = [
            (KeyKind::Rsa2048, &RSA_PKCS1_2048_8192_SHA256),
            (KeyKind::P256, &ECDSA_P256_SHA256_ASN1),
            (KeyKind::P384, &ECDSA_P384_SHA384_ASN1),
            (KeyKind::Ed25519, &ED25519),
        ];
        for (kind, algorithm) in algorithms {
            let (key, der) = make(kind);
            let (_, certificate, nothing) = element(&der);
            assert!(nothing.is_empty());
            let (signed, _, rest) = element(certificate);
            let (_, _, rest) = element(rest);
            let (_, bits, nothing) = element(rest);
            assert!(nothing.is_empty());
            let public = CertificateSigner::new(&key).unwrap();
            UnparsedPublicKey::new(algorithm, public.der_bytes())
                .verify(signed, &bits[1..])
                .unwrap();
            assert!(contains(signed, &public.subject_public_key_info()));
        }
    }

    #[test]
    fn it_says_what_a_live_certificate_says() {
        let (_, der) = make(KeyKind::Rsa2048);
        let parts: [(&str, &[u8]); 7] = [
            ("serial", &[2, 9, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8]),
            ("common name", b"\x55\x04\x03\x0c\x0cacme.example"),
            ("not before", b"\x17\x0d260101000000Z"),
            ("not after", b"\x17\x0d390910000000Z"),
            (
                "basic constraints: critical, CA",
                &[
                    6, 3, 0x55, 0x1d, 0x13, 1, 1, 0xff, 4, 5, 0x30, 3, 1, 1, 0xff,
                ],
            ),
            (
                "subject key identifier of 20 bytes",
                &[6, 3, 0x55, 0x1d, 0x0e, 4, 0x16, 4, 0x14],
            ),
            (
                "key usage: digitalSignature, keyCertSign",
                &[3, 2, 2, 0b1000_0100],
            ),
        ];
        for (what, part) in parts {
            assert!(contains(&der, part), "{what}");
        }
    }

    #[test]
    fn the_serial_number_is_positive_and_has_nine_bytes() {
        for serial in [[0; 9], [0xff; 9], SERIAL] {
            let made = positive(serial);
            assert_eq!(made[0] & 0xc0, 0x40);
            assert_eq!(made[1..], serial[1..]);
        }
    }

    #[test]
    fn names_and_dates_out_of_range_are_refused() {
        let key = PrivateKey::generate(KeyKind::Ed25519).unwrap();
        for name in ["", "a\nb", "a\0b", &"a".repeat(254)] {
            assert!(matches!(
                self_signed(&key, name, NEW_YEAR_2026, SERIAL),
                Err(KeyError::CommonName)
            ));
        }
        assert!(self_signed(&key, &"a".repeat(253), NEW_YEAR_2026, SERIAL).is_ok());
        for start in [i64::MIN, -1, 253_402_300_799, i64::MAX] {
            assert!(matches!(
                self_signed(&key, "acme.example", start, SERIAL),
                Err(KeyError::Validity)
            ));
        }
        for start in [0, 253_402_300_799 - 432_000_000] {
            assert!(self_signed(&key, "acme.example", start, SERIAL).is_ok());
        }
    }

    #[test]
    fn pem_has_carriage_returns_and_lines_of_64() {
        assert_eq!(
            pem(&[0; 50]),
            format!(
                "-----BEGIN CERTIFICATE-----\r\n{}\r\nAAA=\r\n-----END CERTIFICATE-----",
                "A".repeat(64)
            )
        );
        assert_eq!(
            pem(&[0; 48]),
            format!(
                "-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----",
                "A".repeat(64)
            )
        );
    }

    #[test]
    fn pkcs7_carries_the_certificate_and_nothing_else() {
        let (_, certificate) = make(KeyKind::Rsa2048);
        let pem = pkcs7_pem(&certificate);
        let body = pem
            .strip_prefix("-----BEGIN PKCS7-----\r\n")
            .and_then(|rest| rest.strip_suffix("\r\n-----END PKCS7-----"))
            .unwrap();
        assert!(body.split("\r\n").all(|line| line.len() <= 64));
        let der = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        let (_, info, nothing) = element(&der);
        assert!(nothing.is_empty());
        let (_, kind, content) = element(info);
        assert_eq!(kind, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]);
        let (_, explicit, nothing) = element(content);
        assert!(nothing.is_empty());
        let (_, signed_data, _) = element(explicit);
        let (_, version, rest) = element(signed_data);
        assert_eq!(version, [1]);
        let (_, digests, rest) = element(rest);
        assert!(digests.is_empty());
        let (_, _, rest) = element(rest);
        let (_, carried, rest) = element(rest);
        assert_eq!(carried, certificate);
        let (_, signers, nothing) = element(rest);
        assert!(signers.is_empty() && nothing.is_empty());
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        for (length, header) in [
            (0, vec![4, 0]),
            (0x7f, vec![4, 0x7f]),
            (0x80, vec![4, 0x81, 0x80]),
            (0xff, vec![4, 0x81, 0xff]),
            (0x100, vec![4, 0x82, 1, 0]),
            (0x1_0000, vec![4, 0x83, 1, 0, 0]),
        ] {
            let element = der(4, &vec![0; length]);
            assert!(element.starts_with(&header));
            assert_eq!(element.len(), header.len() + length);
        }
    }

    #[test]
    fn prints_are_sha1_in_upper_case() {
        assert_eq!(
            sha1_fingerprint(b"abc"),
            "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D"
        );
        assert_eq!(
            sha1_thumbprint(b"abc"),
            "A9993E364706816ABA3E25717850C26C9CD0D89D"
        );
    }
}
