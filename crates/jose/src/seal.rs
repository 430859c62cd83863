//! The master key: what encrypts private keys and secrets at rest, and is not in the database.
//!
//! Its 32 bytes are never used directly. HKDF-SHA-256 (RFC 5869) derives one key that seals, and
//! one MAC key for each label, so that what leaks from one says nothing about another.

use std::fmt::{self, Write as _};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::bytes::{crc32, random};
use crate::error::SealError;
use crate::mac::MacKey;

/// The longest plaintext sealed, in bytes. What is sealed here is keys and secrets.
pub const MAX_PLAIN_LEN: usize = 1 << 20;

const KEY_LEN: usize = 32;
const TEXT_PREFIX: &str = "m2mint-master-key-v1:";
/// Characters of base64url for the key.
const TEXT_KEY_LEN: usize = 43;
/// Characters of the checksum.
const TEXT_CHECKSUM_LEN: usize = 8;

const HKDF_SALT: &[u8] = b"m2mint master key v1";
const SEALING_INFO: &str = "seal";
/// Followed by the label. No label can make it [`SEALING_INFO`].
const MAC_INFO: &str = "mac:";
const FINGERPRINT_LABEL: &str = "fingerprint";

/// The version written as the first sealed byte: AES-256-GCM, random nonce of 96 bits, tag of
/// 128 bits, the context as additional data.
///
/// Random nonces hold up to 2^32 seals under one key (NIST SP 800-38D §8.3); each rotated key and
/// each changed secret is one.
const VERSION: u8 = 1;
const TAG_LEN: usize = 16;
const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

/// The key all others at rest depend on. Wiped on drop; `Debug` shows its fingerprint only.
pub struct MasterKey {
    bytes: Zeroizing<[u8; KEY_LEN]>,
    sealing: LessSafeKey,
}

/// Sealed bytes, as they are kept: version, nonce, ciphertext, tag.
#[derive(Clone, Eq, PartialEq)]
pub struct Sealed(Vec<u8>);

impl MasterKey {
    /// Makes a key of 32 bytes from `fill`, which must write cryptographic randomness:
    /// [`crate::random`] outside tests.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        fill(bytes.as_mut_slice());
        Self::from_bytes(bytes)
    }

    /// Parses the text of a key file. White space around it is ignored.
    ///
    /// # Errors
    ///
    /// [`SealError::Prefix`], [`SealError::Length`], [`SealError::Alphabet`] or
    /// [`SealError::Checksum`], in this order.
    pub fn from_text(text: &str) -> Result<Self, SealError> {
        let body = text
            .trim()
            .strip_prefix(TEXT_PREFIX)
            .ok_or(SealError::Prefix)?;
        if body.len() != TEXT_KEY_LEN + 1 + TEXT_CHECKSUM_LEN {
            return Err(SealError::Length);
        }
        let (key, checksum) = body.split_once(':').ok_or(SealError::Alphabet)?;
        if key.len() != TEXT_KEY_LEN || !checksum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SealError::Alphabet);
        }
        let checksum = u32::from_str_radix(checksum, 16).map_err(|_| SealError::Alphabet)?;
        let decoded = URL_SAFE_NO_PAD
            .decode(key)
            .map(Zeroizing::new)
            .map_err(|_| SealError::Alphabet)?;
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        if decoded.len() != bytes.len() {
            return Err(SealError::Length);
        }
        bytes.copy_from_slice(&decoded);
        if crc32(bytes.as_slice()) != checksum {
            return Err(SealError::Checksum);
        }
        Ok(Self::from_bytes(bytes))
    }

    /// The text for a key file, without a line end:
    /// `m2mint-master-key-v1:<base64url>:<CRC-32, 8 hexadecimal digits>`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // Long enough from the start: growing would leave a copy behind that is not wiped.
        let len = TEXT_PREFIX.len() + TEXT_KEY_LEN + 1 + TEXT_CHECKSUM_LEN;
        let mut text = Zeroizing::new(String::with_capacity(len));
        text.push_str(TEXT_PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.bytes.as_slice(), &mut text);
        // Writing to a `String` cannot fail.
        let _ = write!(text, ":{:08x}", crc32(self.bytes.as_slice()));
        text
    }

    /// Eight hexadecimal digits to recognise the key by. They tell nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let tag = self.mac_key(FINGERPRINT_LABEL).tag(&[]);
        let [a, b, c, d, ..] = tag;
        format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
    }

    /// The MAC key for a label. Another label gives an unrelated key.
    #[must_use]
    pub fn mac_key(&self, label: &str) -> MacKey {
        let info = [MAC_INFO.as_bytes(), label.as_bytes()];
        MacKey::new(derive::<hmac::Key, _>(
            &self.bytes,
            &info,
            hmac::HMAC_SHA256,
        ))
    }

    /// Encrypts `plain` for one place, named by `context`: for example the table, column and row
    /// it will be kept in. The context is not secret, not kept, and must be given again to open.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLong`] above [`MAX_PLAIN_LEN`]; [`SealError::Backend`] when encryption
    /// fails.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Sealed, SealError> {
        if plain.len() > MAX_PLAIN_LEN {
            return Err(SealError::TooLong);
        }
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        // The right capacity from the start: growing would leave plaintext behind in freed memory.
        let mut out = Vec::with_capacity(OVERHEAD + plain.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let body = out.get_mut(1 + NONCE_LEN..).unwrap_or_default();
        let tag = self
            .sealing
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                body,
            )
            .map_err(|_unspecified| SealError::Backend)?;
        out.extend_from_slice(tag.as_ref());
        Ok(Sealed(out))
    }

    /// Decrypts what [`MasterKey::seal`] made under this key for this context.
    ///
    /// # Errors
    ///
    /// [`SealError::Format`] for bytes that are too short, too long or of another version;
    /// [`SealError::Refused`] for another key, another context, or any changed bit.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let bytes = sealed.as_bytes();
        if bytes.len() > OVERHEAD + MAX_PLAIN_LEN {
            return Err(SealError::Format);
        }
        let rest = bytes.strip_prefix(&[VERSION]).ok_or(SealError::Format)?;
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Format)?;
        let (body, tag) = rest
            .split_last_chunk::<TAG_LEN>()
            .ok_or(SealError::Format)?;
        let mut plain = Zeroizing::new(vec![0; body.len()]);
        self.sealing
            .open_separate_gather(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context.as_bytes()),
                body,
                tag,
                &mut plain,
            )
            .map_err(|_unspecified| SealError::Refused)?;
        Ok(plain)
    }

    fn from_bytes(bytes: Zeroizing<[u8; KEY_LEN]>) -> Self {
        let sealing =
            derive::<UnboundKey, _>(&bytes, &[SEALING_INFO.as_bytes(), b""], &AES_256_GCM);
        Self {
            sealing: LessSafeKey::new(sealing),
            bytes,
        }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl Sealed {
    /// Bytes that were kept. They are checked when opened.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to keep.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// HKDF-SHA-256 from the master key to one subkey.
fn derive<Key, Length>(bytes: &[u8; KEY_LEN], info: &[&[u8]; 2], length: Length) -> Key
where
    Key: for<'a> From<hkdf::Okm<'a, Length>>,
    Length: hkdf::KeyType,
{
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, HKDF_SALT).extract(bytes);
    #[expect(
        clippy::expect_used,
        reason = "the only error is asking for more than 8160 bytes, and both uses ask for 32"
    )]
    let okm = prk.expand(info, length).expect("32 bytes can be derived");
    Key::from(okm)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(first_byte: u8) -> MasterKey {
        let mut next = first_byte;
        MasterKey::generate(&mut |out| {
            for byte in out {
                *byte = next;
                next = next.wrapping_add(1);
            }
        })
    }

    /// 32 bytes from 0 to 31.
    const TEXT: &str = "m2mint-master-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8:91267e8a";

    #[test]
    fn the_text_of_a_key_is_this_and_parses_back() {
        assert_eq!(*key(0).to_text(), TEXT);
        for text in [TEXT.to_owned(), format!("  {TEXT}\r\n")] {
            let parsed = MasterKey::from_text(&text).unwrap();
            assert_eq!(*parsed.to_text(), TEXT);
            assert_eq!(parsed.fingerprint(), key(0).fingerprint());
        }
    }

    #[test]
    fn text_that_is_no_key_says_what_is_wrong_with_it() {
        let body = TEXT.strip_prefix(TEXT_PREFIX).unwrap();
        for (text, error) in [
            (String::new(), SealError::Prefix),
            (body.to_owned(), SealError::Prefix),
            (format!("m2mint-master-key-v2:{body}"), SealError::Prefix),
            (TEXT_PREFIX.to_owned(), SealError::Length),
            (TEXT[..TEXT.len() - 1].to_owned(), SealError::Length),
            (format!("{TEXT}0"), SealError::Length),
            (format!("{TEXT}\n{TEXT}"), SealError::Length),
            (TEXT.replace("AAEC", "AA+C"), SealError::Alphabet),
            (TEXT.replace("AAEC", "AAéC"), SealError::Length),
            (TEXT.replace("AAEC", "AAé"), SealError::Alphabet),
            (TEXT.replace(":9126", ":+126"), SealError::Alphabet),
            (TEXT.replace(":91267e8a", "091267e8a"), SealError::Alphabet),
            (TEXT.replace("AAEC", ":AEC"), SealError::Alphabet),
            // The last character carries two bits that must be zero.
            (TEXT.replace("Hh8:", "Hh9:"), SealError::Alphabet),
            (TEXT.replace("AAEC", "ABEC"), SealError::Checksum),
            (TEXT.replace(":9126", ":9127"), SealError::Checksum),
        ] {
            assert_eq!(
                MasterKey::from_text(&text).map(|_| ()),
                Err(error),
                "{text}"
            );
        }
    }

    #[test]
    fn any_one_character_mistyped_is_noticed() {
        for index in 0..TEXT.len() {
            let mut typed = TEXT.as_bytes().to_vec();
            typed[index] = if typed[index] == b'f' { b'e' } else { b'f' };
            let typed = String::from_utf8(typed).unwrap();
            assert!(MasterKey::from_text(&typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn sealed_bytes_open_only_under_their_key_and_context() {
        let sealed = key(0).seal("signing_key/k1", b"private").unwrap();
        assert_eq!(
            &**key(0).open("signing_key/k1", &sealed).unwrap(),
            b"private"
        );
        for (master, context) in [(0, "signing_key/k2"), (0, ""), (1, "signing_key/k1")] {
            assert_eq!(
                key(master).open(context, &sealed),
                Err(SealError::Refused),
                "{master} {context}"
            );
        }
    }

    #[test]
    fn sealed_bytes_have_a_version_a_nonce_and_a_tag_around_them() {
        let sealed = key(0).seal("here", b"private").unwrap();
        assert_eq!(sealed.as_bytes().len(), 1 + 12 + 7 + 16);
        assert_eq!(sealed.as_bytes()[0], 1);
        assert_eq!(format!("{sealed:?}"), "Sealed(36 bytes)");
        assert!(!sealed.as_bytes().windows(7).any(|part| part == b"private"));
    }

    #[test]
    fn the_same_plaintext_never_looks_the_same_twice() {
        let first = key(0).seal("here", b"private").unwrap();
        let second = key(0).seal("here", b"private").unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let sealed = key(0).seal("here", b"private").unwrap();
        for index in 0..sealed.as_bytes().len() {
            for bit in 0..8 {
                let mut bytes = sealed.as_bytes().to_vec();
                bytes[index] ^= 1 << bit;
                let expected = if index == 0 {
                    SealError::Format
                } else {
                    SealError::Refused
                };
                assert_eq!(
                    key(0).open("here", &Sealed::from_bytes(bytes)),
                    Err(expected)
                );
            }
        }
    }

    #[test]
    fn cut_off_bytes_are_refused() {
        let sealed = key(0).seal("here", b"private").unwrap();
        for length in 0..sealed.as_bytes().len() {
            let cut = Sealed::from_bytes(sealed.as_bytes()[..length].to_vec());
            let expected = if length < OVERHEAD {
                SealError::Format
            } else {
                SealError::Refused
            };
            assert_eq!(key(0).open("here", &cut), Err(expected));
        }
    }

    #[test]
    fn too_much_plaintext_is_refused() {
        let longest = vec![7; MAX_PLAIN_LEN];
        let sealed = key(0).seal("here", &longest).unwrap();
        assert_eq!(*key(0).open("here", &sealed).unwrap(), longest);
        assert_eq!(
            key(0).seal("here", &vec![7; MAX_PLAIN_LEN + 1]),
            Err(SealError::TooLong)
        );
        let endless = [sealed.as_bytes(), &[0]].concat();
        assert_eq!(
            key(0).open("here", &Sealed::from_bytes(endless)),
            Err(SealError::Format)
        );
    }

    #[test]
    fn labels_and_master_keys_give_unrelated_mac_keys() {
        let tag = key(0).mac_key("client secret").tag(&[b"x"]);
        assert_eq!(tag, key(0).mac_key("client secret").tag(&[b"x"]));
        assert_ne!(tag, key(0).mac_key("cursor").tag(&[b"x"]));
        assert_ne!(tag, key(1).mac_key("client secret").tag(&[b"x"]));
    }

    #[test]
    fn the_fingerprint_and_debug_show_no_key_bytes() {
        let fingerprint = key(0).fingerprint();
        assert_eq!(fingerprint.len(), 8);
        assert_ne!(fingerprint, key(1).fingerprint());
        assert_eq!(
            format!("{:?}", key(0)),
            format!(r#"MasterKey {{ fingerprint: "{fingerprint}", .. }}"#)
        );
    }

    #[test]
    fn derived_keys_stay_what_they_are() {
        // Sealed bytes and stored tags outlive the program that wrote them. Both values were
        // computed with another implementation of HKDF and AES-GCM.
        assert_eq!(key(0).fingerprint(), "f52a87fd");
        let mut bytes = vec![VERSION];
        bytes.extend(0..12);
        bytes.extend([
            0x4f, 0xca, 0xc0, 0x32, 0xc7, 0x03, 0x37, 0x66, 0x99, 0x25, 0xde, 0xfb, 0x5b, 0x35,
            0x68, 0x05, 0xb4, 0x6d, 0x84, 0xe4, 0xd4, 0x23, 0xc4,
        ]);
        let opened = key(0).open("here", &Sealed::from_bytes(bytes)).unwrap();
        assert_eq!(&**opened, b"private");
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens_again(
            context in ".{0,40}",
            plain in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let sealed = key(0).seal(&context, &plain).unwrap();
            let kept = Sealed::from_bytes(sealed.into_bytes());
            prop_assert_eq!(&**key(0).open(&context, &kept).unwrap(), &plain[..]);
        }

        #[test]
        fn no_bytes_make_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(key(0).open("here", &Sealed::from_bytes(bytes)).is_err());
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".{0,90}", body in ".{52}") {
            prop_assert!(MasterKey::from_text(&text).is_err());
            let prefixed = format!("{TEXT_PREFIX}{body}");
            prop_assert!(MasterKey::from_text(&prefixed).is_err());
        }
    }
}
