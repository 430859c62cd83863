//! Client secrets: ours are recognised, changed ones are not, and an independent checksum agrees.
//!
//! Input: one text. It is looked at as it stands, completed to a secret with the right checksum,
//! and taken as the seed of a fresh secret.
#![no_main]

use libfuzzer_sys::fuzz_target;
use m2mint_authority::entropy::EntropySource;
use m2mint_authority::secret::{IMPORT_MIN, MAX, PREFIX, Secret, is_ours};

const LENGTH: usize = 64;

fuzz_target!(|text: &str| {
    assert_eq!(is_ours(text), has_our_shape(text));
    completed(text);
    generated(text);
    imported(text);
});

/// The same question, answered bit by bit.
fn has_our_shape(text: &str) -> bool {
    text.len() == LENGTH
        && text.starts_with(PREFIX)
        && text.is_char_boundary(LENGTH - 6)
        && checksum(&text[..LENGTH - 6]) == text[LENGTH - 6..]
}

/// CRC-32 of RFC 1952 §8, without a table, in six digits to the base of 62.
fn checksum(body: &str) -> String {
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    let mut rest = !crc;
    let digits = ('A'..='Z').chain('a'..='z').chain('0'..='9');
    let digits: Vec<char> = digits.collect();
    let mut sum = ['A'; 6];
    for place in sum.iter_mut().rev() {
        *place = digits[(rest % 62) as usize];
        rest /= 62;
    }
    sum.iter().collect()
}

fn completed(text: &str) {
    let random: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .chain(std::iter::repeat('A'))
        .take(LENGTH - PREFIX.len() - 6)
        .collect();
    let body = format!("{PREFIX}{random}");
    refuses_changes(&format!("{body}{}", checksum(&body)), text.len());
}

fn generated(seed: &str) {
    let state = seed
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |state: u64, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let secret = Secret::generate(&Counter(state));
    let text = secret.reveal();
    assert_eq!(text.len(), LENGTH);
    assert!(has_our_shape(text));
    assert!(
        text[PREFIX.len()..]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric())
    );
    assert!(text.ends_with(secret.hint()));
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    assert!(
        Secret::import(text).is_ok(),
        "ours can be brought elsewhere"
    );
    refuses_changes(text, seed.len());
}

/// A checksum of 32 bits finds every change of one character.
fn refuses_changes(text: &str, at: usize) {
    assert!(is_ours(text));
    let mut bytes = text.as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    assert!(!is_ours(std::str::from_utf8(&bytes).expect("ASCII")));
    assert!(!is_ours(&text[1..]));
    assert!(!is_ours(&text[..LENGTH - 1]));
    assert!(!is_ours(&format!("{text}A")));
}

fn imported(text: &str) {
    let fits = (IMPORT_MIN..=MAX).contains(&text.len())
        && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    match Secret::import(text) {
        Ok(secret) => {
            assert!(fits);
            assert_eq!(secret.reveal(), text);
            assert_eq!(secret.hint().len(), 4);
        }
        Err(_) => assert!(!fits),
    }
}

/// Predictable bytes with nothing random in them (splitmix64).
#[derive(Debug)]
struct Counter(u64);

impl EntropySource for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0;
        for byte in bytes {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    }
}
