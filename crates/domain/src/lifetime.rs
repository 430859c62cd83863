//! How long tokens live.

use std::fmt;

/// How long an access token lives: whole seconds, from 1 to 2,592,000 (30 days).
///
/// Leaves the house twice, as `expires_in` (RFC 6749 §5.1) and as `exp - iat` (RFC 9068 §2.2). The
/// range is Auth0's for a resource server.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TokenLifetime(u32);

/// A lifetime of nothing, or of more than [`TokenLifetime::MAX`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidLifetime {
    /// What was asked for, in seconds.
    pub secs: u32,
}

impl TokenLifetime {
    /// One day: what a resource server gets when nobody says otherwise.
    pub const DEFAULT: Self = Self(86_400);
    /// Two hours: what Auth0 shows for browser flows, which this server does not have.
    pub const DEFAULT_FOR_WEB: Self = Self(7_200);
    /// Thirty days.
    pub const MAX: Self = Self(2_592_000);

    /// From whole seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidLifetime`] for zero, and for anything above [`Self::MAX`].
    pub const fn from_secs(secs: u32) -> Result<Self, InvalidLifetime> {
        if secs == 0 || Self::MAX.0 < secs {
            return Err(InvalidLifetime { secs });
        }
        Ok(Self(secs))
    }

    /// Whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

impl fmt::Display for InvalidLifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a lifetime of {} s is not between 1 and {}",
            self.secs,
            TokenLifetime::MAX.0
        )
    }
}

impl std::error::Error for InvalidLifetime {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_are_in_it() {
        assert!(TokenLifetime::from_secs(1).is_ok());
        assert!(TokenLifetime::from_secs(2_592_000).is_ok());
        assert_eq!(
            TokenLifetime::from_secs(0),
            Err(InvalidLifetime { secs: 0 })
        );
        assert!(TokenLifetime::from_secs(2_592_001).is_err());
    }
}
