//! Public keys and certificates that other people made: read, and never trusted further than that
//! they are what they say.
//!
//! A client registers one to authenticate with (RFC 7523, RFC 8705). Only what is compared later is
//! taken out: the key, the subject, the end of the validity, the thumbprint. Nothing here checks who
//! signed a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bytes::{base64url, sha256};
use crate::jwk::PublicJwk;

/// The longest PEM text that is read, in bytes (Auth0's limit for a certificate).
pub const PEM_MAX: usize = 4096;

/// RSA keys with fewer bits are refused.
pub const RSA_BITS_MIN: usize = 2048;
/// RSA keys with more bits are refused.
pub const RSA_BITS_MAX: usize = 4096;

const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// The version of a certificate stands in a tag of its own, and may be missing.
const VERSION: u8 = 0xa0;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// The short names of what subjects are made of (RFC 4519, RFC 2985 §5.2.1).
const ATTRIBUTES: [(&[u8], &str); 13] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "title"),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
        "emailAddress",
    ),
    (&[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

/// Why a text is no key or certificate that a client may register.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum X509Error {
    /// It is longer than [`PEM_MAX`].
    #[error("the PEM is longer than {PEM_MAX} bytes")]
    TooLong,
    /// It is not one block of PEM (RFC 7468).
    #[error("not a PEM with one block")]
    NotPem,
    /// It is PEM of something else.
    #[error("the PEM holds neither a certificate nor a public key")]
    WrongLabel,
    /// The block is not a certificate (RFC 5280 §4.1).
    #[error("not an X.509 certificate")]
    NotCertificate,
    /// The block is not a public key (RFC 5280 §4.1.2.7).
    #[error("not a public key")]
    NotPublicKey,
    /// An RSA key of a size that is refused.
    #[error("an RSA key must have {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")]
    RsaSize,
    /// A key of a kind that is not known here.
    #[error("a key must be an RSA, EC or Ed25519 key")]
    UnknownKey,
}

/// A PEM text of one of the two kinds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PemBlock {
    /// `CERTIFICATE`.
    Certificate(Certificate),
    /// `PUBLIC KEY`.
    PublicKey(PublicKey),
}

/// What is taken out of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// Whose it is, one attribute a line in the order of the certificate: `C=JP\nO=Acme\nCN=x`.
    pub subject: String,
    /// When its validity ends, in seconds since 1970.
    pub not_after: i64,
    /// SHA-256 of the DER, base64url (RFC 8705 §3.1).
    pub thumbprint: String,
    /// The certified key, or why it is none for assertions.
    pub key: Result<PublicKey, X509Error>,
}

/// A public key, DER, and what kind it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// What kind.
    pub kind: PublicKeyKind,
}

/// The kinds of keys a client may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicKeyKind {
    /// On an elliptic curve of NIST.
    Ec,
    /// Ed25519.
    Ed25519,
    /// RSA, with its thumbprint (RFC 7638).
    Rsa {
        /// The thumbprint.
        thumbprint: String,
    },
}

/// Reads a certificate or a public key.
///
/// # Errors
///
/// [`X509Error`] says what is wrong with it.
pub fn read_pem(text: &str) -> Result<PemBlock, X509Error> {
    if PEM_MAX < text.len() {
        return Err(X509Error::TooLong);
    }
    let (label, der) = unarmored(text).ok_or(X509Error::NotPem)?;
    match label {
        "CERTIFICATE" => certificate(&der).map(PemBlock::Certificate),
        "PUBLIC KEY" => public_key(&der).map(PemBlock::PublicKey),
        _ => Err(X509Error::WrongLabel),
    }
}

/// The label and the bytes of the one block of a PEM text.
fn unarmored(text: &str) -> Option<(&str, Vec<u8>)> {
    let rest = text.trim().strip_prefix("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let body = rest.strip_suffix("-----")?.strip_suffix(label)?;
    let body = body.strip_suffix("-----END ")?;
    let packed: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(packed).ok()?;
    Some((label, der))
}

fn certificate(der: &[u8]) -> Result<Certificate, X509Error> {
    let (subject, not_after, spki) = fields(der).ok_or(X509Error::NotCertificate)?;
    Ok(Certificate {
        subject,
        not_after,
        thumbprint: base64url(&sha256(der)),
        key: public_key(spki),
    })
}

/// Subject, end of validity and key of a certificate (RFC 5280 §4.1).
fn fields(der: &[u8]) -> Option<(String, i64, &[u8])> {
    let mut outer = Reader(der);
    let certificate = outer.expect(SEQUENCE)?;
    outer.end()?;
    let mut fields = Reader(Reader(certificate).expect(SEQUENCE)?);
    // The version, if it is there, and the serial number.
    if fields.next()?.tag == VERSION {
        fields.next()?;
    }
    let _algorithm = fields.next()?;
    let _issuer = fields.next()?;
    let mut validity = Reader(fields.expect(SEQUENCE)?);
    let _not_before = validity.next()?;
    let not_after = validity.next()?;
    let not_after = moment(not_after.tag, std::str::from_utf8(not_after.content).ok()?)?;
    let subject = subject(fields.expect(SEQUENCE)?)?;
    let key = fields.next()?;
    (key.tag == SEQUENCE).then_some((subject, not_after, key.whole))
}

fn subject(names: &[u8]) -> Option<String> {
    let mut lines = Vec::new();
    let mut sets = Reader(names);
    while !sets.0.is_empty() {
        let mut set = Reader(sets.expect(SET)?);
        let mut parts = Vec::new();
        while !set.0.is_empty() {
            let mut pair = Reader(set.expect(SEQUENCE)?);
            let oid = pair.expect(OID)?;
            let value = pair.next()?;
            let value = text(value.tag, value.content)?;
            parts.push(format!("{}={value}", attribute(oid)?));
        }
        lines.push(parts.join(" + "));
    }
    Some(lines.join("\n"))
}

fn attribute(oid: &[u8]) -> Option<String> {
    let known = ATTRIBUTES.iter().find(|(known, _)| *known == oid);
    match known {
        Some((_, name)) => Some((*name).to_owned()),
        None => dotted(oid),
    }
}

/// An object identifier in numbers (X.690 §8.19).
fn dotted(oid: &[u8]) -> Option<String> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number: u64 = 0;
    let mut open = false;
    for byte in oid {
        number = number
            .checked_mul(128)?
            .checked_add(u64::from(byte & 0x7f))?;
        open = byte & 0x80 != 0;
        if !open {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.push(first);
                number -= first * 40;
            }
            numbers.push(number);
            number = 0;
        }
    }
    if open || numbers.is_empty() {
        return None;
    }
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    Some(numbers.join("."))
}

/// A text of a name (RFC 5280 §4.1.2.4). One with a control character is none: it could look like
/// another name.
fn text(tag: u8, content: &[u8]) -> Option<String> {
    let text = match tag {
        // UTF8String, PrintableString, IA5String
        0x0c | 0x13 | 0x16 => std::str::from_utf8(content).ok()?.to_owned(),
        // TeletexString: Latin-1 in practice
        0x14 => content.iter().map(|byte| char::from(*byte)).collect(),
        // BMPString
        0x1e => {
            let units = content.chunks(2).map(|pair| {
                let pair: [u8; 2] = pair.try_into().ok()?;
                Some(u16::from_be_bytes(pair))
            });
            String::from_utf16(&units.collect::<Option<Vec<u16>>>()?).ok()?
        }
        _ => return None,
    };
    (!text.chars().any(char::is_control)).then_some(text)
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on (RFC 5280 §4.1.2.5).
fn moment(tag: u8, text: &str) -> Option<i64> {
    if !text.is_ascii() {
        return None;
    }
    let number = |part: Option<&str>| -> Option<i64> {
        let part = part?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(())?;
        part.parse().ok()
    };
    let (year, rest) = match tag {
        0x17 => {
            let year = number(text.get(..2))?;
            (
                if year < 50 { 2000 + year } else { 1900 + year },
                text.get(2..)?,
            )
        }
        0x18 => (number(text.get(..4))?, text.get(4..)?),
        _ => return None,
    };
    if rest.len() != 11 || !rest.ends_with('Z') {
        return None;
    }
    let field = |at: usize| number(rest.get(at..at + 2));
    let (month, day) = (field(0)?, field(2)?);
    let (hour, minute, second) = (field(4)?, field(6)?, field(8)?);
    let fits = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    fits.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970 in the Gregorian calendar. Years begin in March, so that the day that is
/// sometimes missing is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let in_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year
        - 719_468
}

fn public_key(spki: &[u8]) -> Result<PublicKey, X509Error> {
    let kind = match key_parts(spki).ok_or(X509Error::NotPublicKey)? {
        (RSA_ENCRYPTION, key) => rsa(key)?,
        (EC_PUBLIC_KEY, _) => PublicKeyKind::Ec,
        (ED25519, key) if key.len() == 32 => PublicKeyKind::Ed25519,
        _ => return Err(X509Error::UnknownKey),
    };
    Ok(PublicKey {
        spki: spki.to_vec(),
        kind,
    })
}

/// The algorithm and the key of a `SubjectPublicKeyInfo`.
fn key_parts(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader(spki);
    let mut fields = Reader(outer.expect(SEQUENCE)?);
    outer.end()?;
    let algorithm = Reader(fields.expect(SEQUENCE)?).expect(OID)?;
    // The first byte says how many bits of the last are unused.
    let key = fields.expect(BIT_STRING)?.strip_prefix(&[0])?;
    fields.end()?;
    Some((algorithm, key))
}

fn rsa(key: &[u8]) -> Result<PublicKeyKind, X509Error> {
    let (modulus, exponent) = rsa_numbers(key).ok_or(X509Error::NotPublicKey)?;
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(leading as usize);
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(X509Error::RsaSize);
    }
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    if !odd || exponent == [1] || 4 < exponent.len() {
        return Err(X509Error::NotPublicKey);
    }
    let jwk = PublicJwk::Rsa {
        n: base64url(modulus),
        e: base64url(exponent),
    };
    Ok(PublicKeyKind::Rsa {
        thumbprint: jwk.thumbprint(),
    })
}

/// Modulus and exponent without leading zeros (RFC 8017 §A.1.1).
fn rsa_numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader(key);
    let mut numbers = Reader(outer.expect(SEQUENCE)?);
    outer.end()?;
    let modulus = positive(numbers.expect(INTEGER)?)?;
    let exponent = positive(numbers.expect(INTEGER)?)?;
    numbers.end()?;
    Some((modulus, exponent))
}

fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        [first, ..] if *first < 0x80 => Some(integer),
        _ => None,
    }
}

/// Elements of DER, one after the other (X.690).
struct Reader<'a>(&'a [u8]);

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Element<'a>> {
        let all = self.0;
        let (&[tag, length], after) = all.split_first_chunk()?;
        let (length, after) = match length {
            0..=0x7f => (usize::from(length), after),
            0x81..=0x83 => {
                let (bytes, after) = after.split_at_checked(usize::from(length & 0x7f))?;
                let number = bytes
                    .iter()
                    .fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
                (number, after)
            }
            _ => return None,
        };
        let (content, rest) = after.split_at_checked(length)?;
        let whole = all.get(..all.len() - rest.len())?;
        self.0 = rest;
        Some(Element {
            tag,
            content,
            whole,
        })
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|element| element.tag == tag)
            .map(|element| element.content)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::certificate::{pem, self_signed};
    use crate::{KeyKind, PrivateKey};

    fn certificate_of(kind: KeyKind) -> (PrivateKey, Vec<u8>) {
        let key = PrivateKey::generate(kind).unwrap();
        let der = self_signed(&key, "acme.example", 1_767_225_600, [7; 9]).unwrap();
        (key, der)
    }

    fn public_pem(spki: &[u8]) -> String {
        pem(spki).replace("CERTIFICATE", "PUBLIC KEY")
    }

    #[test]
    fn a_certificate_says_whose_it_is_and_until_when() {
        let (key, der) = certificate_of(KeyKind::Rsa2048);
        let Ok(PemBlock::Certificate(read)) = read_pem(&pem(&der)) else {
            panic!("not read");
        };
        assert_eq!(read.subject, "CN=acme.example");
        assert_eq!(read.not_after, 1_767_225_600 + 5000 * 86_400);
        assert_eq!(read.thumbprint, base64url(&sha256(&der)));
        let thumbprint = key.public_jwk().unwrap().thumbprint();
        let certified = read.key.unwrap();
        assert_eq!(certified.kind, PublicKeyKind::Rsa { thumbprint });
        // The same key by itself, with the line ends of another system.
        let alone = public_pem(&certified.spki).replace('\r', "") + "\n";
        assert_eq!(read_pem(&alone), Ok(PemBlock::PublicKey(certified)));
    }

    #[test]
    fn keys_on_curves_are_recognised() {
        for (kind, expected) in [
            (KeyKind::P256, PublicKeyKind::Ec),
            (KeyKind::P384, PublicKeyKind::Ec),
            (KeyKind::Ed25519, PublicKeyKind::Ed25519),
        ] {
            let (_, der) = certificate_of(kind);
            let Ok(PemBlock::Certificate(read)) = read_pem(&pem(&der)) else {
                panic!("not read");
            };
            assert_eq!(read.key.unwrap().kind, expected);
        }
    }

    #[test]
    fn what_is_not_one_block_of_the_right_kind_is_refused() {
        let (_, der) = certificate_of(KeyKind::P256);
        let good = pem(&der);
        for (text, error) in [
            (String::new(), X509Error::NotPem),
            ("x".repeat(4097), X509Error::TooLong),
            (format!("{good}{good}"), X509Error::NotPem),
            (
                good.replace("CERTIFICATE", "PRIVATE KEY"),
                X509Error::WrongLabel,
            ),
            (
                good.replace("CERTIFICATE", "PUBLIC KEY"),
                X509Error::NotPublicKey,
            ),
            (pem(&[&*der, &[0]].concat()), X509Error::NotCertificate),
            (pem(&[0x30, 0x80]), X509Error::NotCertificate),
        ] {
            assert_eq!(read_pem(&text), Err(error), "{text}");
        }
    }

    /// A `SubjectPublicKeyInfo` of an RSA key; lengths fit into two bytes.
    fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| {
            let length = u16::try_from(content.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], &length[..], content].concat()
        };
        let numbers = [
            element(INTEGER, &[&[0], modulus].concat()),
            element(INTEGER, exponent),
        ];
        let key = element(SEQUENCE, &numbers.concat());
        let algorithm = element(
            SEQUENCE,
            &[element(OID, RSA_ENCRYPTION), vec![5, 0]].concat(),
        );
        let bits = element(BIT_STRING, &[&[0], &*key].concat());
        element(SEQUENCE, &[algorithm, bits].concat())
    }

    #[test]
    fn rsa_keys_have_a_smallest_and_a_largest_size() {
        let of = |first: u8, bytes: usize, exponent: &[u8]| {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            read_pem(&public_pem(&rsa_spki(&modulus, exponent))).map(drop)
        };
        let f4: &[u8] = &[1, 0, 1];
        assert_eq!(of(0x80, 256, f4), Ok(()));
        assert_eq!(of(0x7f, 256, f4), Err(X509Error::RsaSize));
        assert_eq!(of(0x80, 512, f4), Ok(()));
        assert_eq!(of(0x01, 513, f4), Err(X509Error::RsaSize));
        for bad in [&[1][..], &[2], &[1, 0, 0, 0, 1], &[0x81]] {
            assert_eq!(of(0x80, 256, bad), Err(X509Error::NotPublicKey), "{bad:?}");
        }
    }

    #[test]
    fn dates_of_both_forms_are_read() {
        for (tag, text, seconds) in [
            (0x17, "700101000000Z", Some(0)),
            (0x17, "491231235959Z", Some(2_524_607_999)),
            (0x17, "500101000000Z", Some(-631_152_000)),
            (0x18, "20000229120000Z", Some(951_825_600)),
            (0x18, "99991231235959Z", Some(253_402_300_799)),
            (0x17, "701301000000Z", None),
            (0x17, "7001010000Z", None),
            (0x17, "700101000000+", None),
            (0x17, "70010100000+Z", None),
            (0x16, "700101000000Z", None),
        ] {
            assert_eq!(moment(tag, text), seconds, "{text}");
        }
    }

    #[test]
    fn subjects_are_written_one_attribute_a_line() {
        let attribute = |oid: &[u8], tag: u8, value: &[u8]| {
            let element = |tag: u8, content: &[u8]| {
                [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
            };
            let pair = [element(OID, oid), element(tag, value)].concat();
            element(SET, &element(SEQUENCE, &pair))
        };
        let names = [
            attribute(&[0x55, 4, 6], 0x13, b"JP"),
            attribute(&[0x55, 4, 10], 0x1e, &[0x65, 0xe5]),
            attribute(&[0x2a, 3, 4], 0x14, &[0xe9]),
        ];
        assert_eq!(
            subject(&names.concat()).as_deref(),
            Some("C=JP\nO=日\n1.2.3.4=é")
        );
        assert_eq!(subject(&attribute(&[0x55, 4, 3], 0x0c, b"a\nO=b")), None);
        assert_eq!(subject(&attribute(&[0x55, 4, 3], 0x02, b"a")), None);
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_pem(&pem(&bytes));
            let _ = read_pem(&public_pem(&bytes));
            let _ = read_pem(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn a_changed_byte_never_panics(at in 0_usize..600, to in any::<u8>()) {
            let mut der = CERTIFICATE.clone();
            if let Some(byte) = der.get_mut(at) {
                *byte = to;
            }
            let _ = read_pem(&pem(&der));
        }
    }

    static CERTIFICATE: std::sync::LazyLock<Vec<u8>> =
        std::sync::LazyLock::new(|| certificate_of(KeyKind::P256).1);
}
