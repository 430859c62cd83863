//! Numbers and texts in bytes: LEB128 numbers, and a reader that never runs over the end.

use super::InvalidBlock;

/// Appends a number, seven bits a byte, the low ones first.
pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        bytes.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    bytes.push(low_bits(number));
}

/// Appends a text with its length in front.
pub(super) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// Turns small numbers of either sign into small ones without: 0, -1, 1, -2, …
pub(super) fn fold_sign(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned()
}

/// Undoes [`fold_sign`].
pub(super) fn unfold_sign(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn low_bits(number: u64) -> u8 {
    (number & 0x7f).to_le_bytes()[0]
}

/// What is left to read.
#[derive(Clone)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn byte(&mut self) -> Result<u8, InvalidBlock> {
        let (byte, rest) = self.0.split_first().ok_or(InvalidBlock::Short)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(super) fn number(&mut self) -> Result<u64, InvalidBlock> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && 1 < bits {
                return Err(InvalidBlock::Number);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(InvalidBlock::Number)
    }

    /// A number of things that take at least `size` bytes each, so that what it promises to be
    /// there can be there.
    pub(super) fn count(&mut self, size: usize) -> Result<usize, InvalidBlock> {
        let count = usize::try_from(self.number()?).map_err(|_| InvalidBlock::Number)?;
        if self.left() / size < count {
            return Err(InvalidBlock::Short);
        }
        Ok(count)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidBlock> {
        let (array, rest) = self.0.split_first_chunk().ok_or(InvalidBlock::Short)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, InvalidBlock> {
        let length = self.count(1)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(InvalidBlock::Short)?;
        self.0 = rest;
        str::from_utf8(text).map_err(|_| InvalidBlock::Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back(number: u64, signed: i64) {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number);
            put_number(&mut bytes, fold_sign(signed));
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.number().map(unfold_sign), Ok(signed));
            prop_assert_eq!(reader.left(), 0);
        }
    }

    #[test]
    fn a_number_of_more_than_64_bits_is_refused() {
        let mut bytes = [0xff; 10];
        assert_eq!(Reader::new(&bytes).number(), Err(InvalidBlock::Number));
        bytes[9] = 2;
        assert_eq!(Reader::new(&bytes).number(), Err(InvalidBlock::Number));
        bytes[9] = 1;
        assert_eq!(Reader::new(&bytes).number(), Ok(u64::MAX));
    }

    #[test]
    fn a_text_longer_than_the_rest_is_refused() {
        assert_eq!(Reader::new(&[3, b'a']).text(), Err(InvalidBlock::Short));
        assert_eq!(Reader::new(&[1, 0xff]).text(), Err(InvalidBlock::Text));
    }
}
