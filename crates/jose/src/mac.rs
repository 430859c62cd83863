//! Keyed tags: to recognise a secret that is not kept, and to compare without telling how much
//! was right.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};

/// A key for HMAC-SHA-256 tags, made by [`crate::MasterKey::mac_key`].
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    pub(crate) fn new(key: hmac::Key) -> Self {
        Self(key)
    }

    /// The tag over a list of parts.
    ///
    /// Each part is preceded by its length (8 bytes, big-endian), so `["ab", "c"]`,
    /// `["a", "bc"]` and `["abc"]` all have different tags.
    #[must_use]
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// Whether `tag` is the tag over these parts; takes the same time wherever they differ.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8; 32]) -> bool {
        constant_time::verify_slices_are_equal(&self.tag(parts), tag).is_ok()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key(bytes: &[u8]) -> MacKey {
        MacKey::new(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    #[test]
    fn the_tag_is_hmac_sha256_over_lengths_and_parts() {
        let by_hand = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, b"key"),
            b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\x01c",
        );
        assert_eq!(key(b"key").tag(&[b"ab", b"c"])[..], *by_hand.as_ref());
    }

    #[test]
    fn no_other_split_into_parts_has_the_same_tag() {
        let splits: [&[&[u8]]; 7] = [
            &[b"ab", b"c"],
            &[b"a", b"bc"],
            &[b"abc"],
            &[b"abc", b""],
            &[b"", b"abc"],
            &[],
            &[b""],
        ];
        let tags: HashSet<[u8; 32]> = splits.iter().map(|parts| key(b"key").tag(parts)).collect();
        assert_eq!(tags.len(), splits.len());
    }

    #[test]
    fn only_the_right_tag_under_the_right_key_verifies() {
        let tag = key(b"key").tag(&[b"secret"]);
        assert!(key(b"key").verify(&[b"secret"], &tag));
        assert!(!key(b"other").verify(&[b"secret"], &tag));
        assert!(!key(b"key").verify(&[b"secres"], &tag));
        for index in 0..tag.len() {
            let mut flipped = tag;
            flipped[index] ^= 1;
            assert!(!key(b"key").verify(&[b"secret"], &flipped));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", key(b"hunter2")), "MacKey { .. }");
    }
}
