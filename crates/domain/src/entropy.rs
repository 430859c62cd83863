//! Where randomness comes from: an argument, so that tests can repeat themselves.

/// A source of unpredictable bytes.
///
/// Production uses the operating system's generator; tests use a seeded one and get the same ids
/// each time.
pub trait Entropy {
    /// Fills `bytes` with fresh random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Draws `length` characters of `alphabet`, each equally likely.
///
/// Bytes that would favour the first characters are thrown away (rejection sampling), so the
/// strength is `length * log2(alphabet.len())` bits.
pub fn random_text(entropy: &mut dyn Entropy, alphabet: &[u8], length: usize) -> String {
    let mut text = String::with_capacity(length);
    push_random(&mut text, entropy, alphabet, length);
    text
}

/// Appends what [`random_text`] would return.
pub(crate) fn push_random(
    text: &mut String,
    entropy: &mut dyn Entropy,
    alphabet: &[u8],
    length: usize,
) {
    let Some(fair) = 256usize
        .checked_rem(alphabet.len())
        .map(|rest| 256 - rest)
        .filter(|_| alphabet.len() <= 256)
    else {
        return;
    };
    let end = text.len() + length;
    // Mostly enough for an id in one draw.
    let mut bytes = [0u8; 32];
    while text.len() < end {
        entropy.fill(&mut bytes);
        for byte in bytes {
            let byte = usize::from(byte);
            if byte < fair
                && text.len() < end
                && let Some(character) = alphabet.get(byte % alphabet.len())
            {
                text.push(char::from(*character));
            }
        }
    }
}

/// `A-Z a-z 0-9`: 5.95 bits a character, safe in URLs, forms and shells.
pub const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Lower-case hexadecimal digits: 4 bits a character.
pub const HEX: &[u8] = b"0123456789abcdef";
/// `A-Z a-z 0-9 _ -`: 6 bits a character.
pub const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts upwards, so that the expected text can be written down.
    struct Counter(u8);

    impl Entropy for Counter {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
        }
    }

    #[test]
    fn each_byte_picks_the_character_at_its_place() {
        assert_eq!(random_text(&mut Counter(0), HEX, 17), "0123456789abcdef0");
    }

    #[test]
    fn bytes_that_would_favour_some_characters_are_thrown_away() {
        // 256 = 4 * 62 + 8: the bytes 248 to 255 are refused, so the text goes on at 0.
        assert_eq!(random_text(&mut Counter(247), ALPHANUMERIC, 3), "9AB");
    }

    #[test]
    fn an_empty_alphabet_gives_an_empty_text_instead_of_a_loop() {
        assert_eq!(random_text(&mut Counter(0), b"", 5), "");
    }
}
