//! Audiences: which API a token is for.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest audience, in characters (Auth0's limit for an API identifier).
pub const AUDIENCE_MAX: usize = 600;

/// The identifier of a resource server, as it stands in `aud` (RFC 9068 §2.2).
///
/// Compared byte by byte: case and a trailing slash matter. Usually a URL that nobody fetches.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Audience(Arc<str>);

/// An audience was empty, longer than [`AUDIENCE_MAX`], or held white space or a control character.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidAudience;

impl fmt::Display for InvalidAudience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an identifier must have 1 to {AUDIENCE_MAX} characters and no white space"
        )
    }
}

impl std::error::Error for InvalidAudience {}

impl Audience {
    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text of it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl Borrow<str> for Audience {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Audience {
    type Err = InvalidAudience;

    fn from_str(text: &str) -> Result<Self, InvalidAudience> {
        let long = text.chars().nth(AUDIENCE_MAX).is_some();
        if text.is_empty() || long || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidAudience);
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_is_another_audience() {
        let with: Audience = "https://api.example/".parse().unwrap();
        let without: Audience = "https://api.example".parse().unwrap();
        assert_ne!(with, without);
    }

    #[test]
    fn white_space_and_nothing_are_refused() {
        for text in ["", "a b", "a\n", "a\0", &"x".repeat(601)] {
            assert_eq!(text.parse::<Audience>(), Err(InvalidAudience), "{text:?}");
        }
    }
}
