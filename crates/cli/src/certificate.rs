//! Until when a certificate is valid.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::failure::{Explain as _, Failure, Outcome};

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version of a certificate stands in a tag of its own, and may be missing.
const VERSION: u8 = 0xa0;

/// When the first certificate of a PEM file ends.
///
/// # Errors
///
/// The file cannot be read, or holds no certificate.
pub(crate) fn not_after(path: &Path) -> Outcome<Timestamp> {
    let certificate = CertificateDer::from_pem_file(path)
        .because(|| format!("no certificate can be read from {}", path.display()))?;
    not_after_of(&certificate)
        .ok_or_else(|| Failure::new(format!("{} holds no X.509 certificate", path.display())))
}

/// The end of the validity (RFC 5280 §4.1.2.5).
fn not_after_of(der: &[u8]) -> Option<Timestamp> {
    let certificate = Reader(der).expect(SEQUENCE)?;
    let mut fields = Reader(Reader(certificate).expect(SEQUENCE)?);
    // Version, if it is there, and the serial number.
    let (tag, _) = fields.next()?;
    if tag == VERSION {
        fields.next()?;
    }
    let _algorithm = fields.next()?;
    let _issuer = fields.next()?;
    let mut validity = Reader(fields.expect(SEQUENCE)?);
    let _not_before = validity.next()?;
    let (tag, content) = validity.next()?;
    moment(tag, std::str::from_utf8(content).ok()?)
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on.
fn moment(tag: u8, text: &str) -> Option<Timestamp> {
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = (text.get(..2)?, text.get(2..)?);
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let field = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let moment = DateTime::new(
        year,
        field(0)?,
        field(2)?,
        field(4)?,
        field(6)?,
        field(8)?,
        0,
    )
    .ok()?;
    (rest.get(10..) == Some("Z")).then_some(())?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Walks DER (X.690 §8.1), element by element.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its tag and its content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            // One to three bytes of length: certificates are no longer.
            long @ 0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                (
                    bytes
                        .iter()
                        .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                    rest,
                )
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next element, which must have this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_found() {
        for year in [2031, 2077] {
            let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(year, 2, 3);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            let end: Timestamp = format!("{year}-02-03T00:00:00Z").parse().unwrap();
            assert_eq!(not_after_of(certificate.der()), Some(end));
        }
    }

    #[test]
    fn hostile_bytes_are_no_certificate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        let whole = params.self_signed(&key).unwrap().der().to_vec();
        for end in 0..whole.len().min(200) {
            assert_eq!(not_after_of(&whole[..end]), None);
        }
        assert_eq!(not_after_of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(moment(UTC_TIME, "日本語"), None);
        assert_eq!(moment(UTC_TIME, "319999999999Z"), None);
    }
}
