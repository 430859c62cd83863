//! Names and descriptions that people write.

/// A text was empty, too long, or held a character that is not allowed there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InvalidText {
    /// Nothing but white space, where something must stand.
    Empty,
    /// More characters than `max`.
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A control character or, in a name, `<` or `>`.
    Forbidden {
        /// The first character that may not stand there.
        character: char,
    },
}

impl std::fmt::Display for InvalidText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong { max } => write!(f, "is longer than {max} characters"),
            Self::Forbidden { character } => {
                write!(f, "must not contain {}", character.escape_default())
            }
        }
    }
}

impl std::error::Error for InvalidText {}

/// Checks a name: 1 to `max` characters, no control characters, no `<` or `>` (Auth0's rule for
/// clients and APIs).
///
/// # Errors
///
/// [`InvalidText`] says which of the three it broke.
pub fn check_name(text: &str, max: usize) -> Result<(), InvalidText> {
    if text.trim().is_empty() {
        return Err(InvalidText::Empty);
    }
    check(text, max, |c| c.is_control() || c == '<' || c == '>')
}

/// Checks a description: at most `max` characters, no control characters but line breaks and tabs.
///
/// # Errors
///
/// [`InvalidText`] says which rule it broke.
pub fn check_description(text: &str, max: usize) -> Result<(), InvalidText> {
    check(text, max, |c| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
    })
}

fn check(text: &str, max: usize, forbidden: impl Fn(char) -> bool) -> Result<(), InvalidText> {
    if text.chars().nth(max).is_some() {
        return Err(InvalidText::TooLong { max });
    }
    match text.chars().find(|c| forbidden(*c)) {
        Some(character) => Err(InvalidText::Forbidden { character }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_japanese_but_not_markup() {
        assert_eq!(check_name("勤務表API", 200), Ok(()));
        assert_eq!(
            check_name("<b>", 200),
            Err(InvalidText::Forbidden { character: '<' })
        );
        assert_eq!(check_name(" ", 200), Err(InvalidText::Empty));
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(check_name("あいう", 3), Ok(()));
        assert_eq!(
            check_name("あいうえ", 3),
            Err(InvalidText::TooLong { max: 3 })
        );
    }

    #[test]
    fn a_description_may_have_lines_but_no_nul() {
        assert_eq!(check_description("a\nb", 140), Ok(()));
        assert_eq!(
            check_description("a\0b", 140),
            Err(InvalidText::Forbidden { character: '\0' })
        );
    }
}
