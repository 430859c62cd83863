//! Digests, checksums, base64url and randomness: small things done to bytes.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// SHA-1: only for certificate prints, where RFC 7517 §4.8 and Auth0 name it. Nothing trusts it.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}

/// CRC-32 as in IEEE 802.3 (reflected, polynomial `0x04C11DB7`).
///
/// Finds typing errors. Proves nothing: anyone can compute it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    // Bit by bit: it only ever sees a few dozen bytes, so a table would buy nothing.
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low_bit_mask = (crc & 1).wrapping_neg();
            crc = (crc >> 1) ^ (0xEDB8_8320 & low_bit_mask);
        }
    }
    !crc
}

/// Whether two tags are the same, in a time that does not depend on where they differ.
#[must_use]
pub fn equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// Base64url without padding (RFC 7515 §2).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url text without padding; `None` for what is none.
#[must_use]
pub fn base64url_bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// How many characters [`base64url`] gives for so many bytes. Saturates.
pub(crate) const fn base64url_len(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

/// Appends what [`base64url`] would return, with no allocation but the growth of `out`.
pub(crate) fn append_base64url(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + base64url_len(bytes.len()), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    #[expect(
        clippy::expect_used,
        reason = "the only error is a short buffer, and this one has the exact length"
    )]
    URL_SAFE_NO_PAD
        .encode_slice(bytes, room)
        .expect("the buffer is long enough");
}

/// Upper-case hexadecimal, with `separator` between the bytes.
pub(crate) fn hex_upper(bytes: &[u8], separator: &str) -> String {
    let mut out = String::with_capacity(bytes.len() * (2 + separator.len()));
    for (index, byte) in bytes.iter().enumerate() {
        let before = if index == 0 { "" } else { separator };
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{before}{byte:02X}");
    }
    out
}

/// Fills `out` from the system's cryptographic random source.
///
/// # Panics
///
/// When the system has no randomness: a key or a secret made without it would be worse than a
/// stopped process.
pub fn random(out: &mut [u8]) {
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing here may go on"
    )]
    aws_lc_rs::rand::fill(out).expect("the system's random source must work");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn crc32_gives_the_check_value_of_its_catalogue_entry() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn sha256_gives_the_digest_of_the_standards_example() {
        // FIPS 180-2 appendix B.1.
        assert_eq!(
            hex_upper(&sha256(b"abc"), ""),
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
        );
    }

    #[test]
    fn base64url_has_no_padding_and_no_plus_or_slash() {
        assert_eq!(base64url(&[0xfb, 0xff, 0xfe, 0x3f]), "-__-Pw");
    }

    #[test]
    fn random_fills_everything_and_differs_each_time() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        random(&mut first);
        random(&mut second);
        assert_ne!(first, second);
        assert_ne!(first, [0; 32]);
    }

    proptest! {
        #[test]
        fn appending_base64url_leaves_what_was_there_and_adds_the_same_text(
            before in proptest::collection::vec(any::<u8>(), 0..40),
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut out = before.clone();
            append_base64url(&mut out, &bytes);
            prop_assert_eq!(&out[..before.len()], &before[..]);
            let encoded = base64url(&bytes);
            prop_assert_eq!(&out[before.len()..], encoded.as_bytes());
        }
    }
}
