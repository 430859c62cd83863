//! Tokens signed a moment ago: what need not be signed twice.
//!
//! In Auth0's profile a token has no `jti`. Two requests of one client for the same thing in the
//! same second therefore have the same signing input, and are the same token by definition. A
//! client that runs away costs one signature a second here, whatever it asks for.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, TryLockError};

use foldhash::fast::RandomState;

/// How many tokens are remembered. At 1 KiB each this is 1 MiB at the most, since a longer one is
/// not remembered.
const SLOTS: usize = 1_024;
/// The longest token that is remembered, in bytes.
const TOKEN_MAX: usize = 1_024;

/// The most recent tokens, found by their signing input. Bounded, and lost with the process.
///
/// Each input has one slot, and a newer token takes the place of an older one. Equality is decided
/// by the whole input, never by its hash.
pub struct RecentTokens {
    slots: Box<[Mutex<Option<Recent>>]>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Recent {
    input: usize,
    token: Arc<str>,
}

impl Default for RecentTokens {
    fn default() -> Self {
        let slots = std::iter::repeat_with(|| Mutex::new(None))
            .take(SLOTS)
            .collect();
        Self {
            slots,
            hasher: RandomState::default(),
        }
    }
}

/// Says nothing of the tokens.
impl fmt::Debug for RecentTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentTokens")
            .field("slots", &self.slots.len())
            .finish_non_exhaustive()
    }
}

impl RecentTokens {
    /// The token of `input` if it was signed before, or else what `sign` makes of it.
    ///
    /// While one thread signs, another that wants the same slot signs for itself rather than wait.
    ///
    /// # Errors
    ///
    /// Whatever `sign` fails with; then nothing is remembered.
    pub fn get_or_sign<E>(
        &self,
        input: Vec<u8>,
        sign: impl FnOnce(Vec<u8>) -> Result<Arc<str>, E>,
    ) -> Result<Arc<str>, E> {
        let at = usize::try_from(self.hasher.hash_one(&input)).unwrap_or_default() % SLOTS;
        let Some(slot) = self.slots.get(at) else {
            return sign(input);
        };
        let mut slot = match slot.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return sign(input),
        };
        if let Some(recent) = slot.as_ref()
            && recent.token.as_bytes().get(..recent.input) == Some(input.as_slice())
        {
            return Ok(Arc::clone(&recent.token));
        }
        let length = input.len();
        let token = sign(input)?;
        *slot = (token.len() <= TOKEN_MAX).then(|| Recent {
            input: length,
            token: Arc::clone(&token),
        });
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use super::*;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the shape that `get_or_sign` asks for"
    )]
    fn sign(count: &Cell<u32>, mut input: Vec<u8>) -> Result<Arc<str>, Infallible> {
        count.set(count.get() + 1);
        input.extend_from_slice(format!(".{}", count.get()).as_bytes());
        Ok(String::from_utf8(input).unwrap().into())
    }

    #[test]
    fn the_same_input_is_signed_once_and_another_one_anew() {
        let (recent, count) = (RecentTokens::default(), Cell::new(0));
        let ask = |input: &str| {
            recent
                .get_or_sign(input.into(), |input| sign(&count, input))
                .unwrap()
                .to_string()
        };
        assert_eq!(ask("a.b"), "a.b.1");
        assert_eq!(ask("a.b"), "a.b.1");
        assert_eq!(ask("a.c"), "a.c.2");
        assert_eq!(ask("a.b"), "a.b.1");
        // A prefix of a remembered input is another input.
        assert_eq!(ask("a."), "a..3");
    }

    #[test]
    fn memory_is_bounded_however_many_inputs_there_are() {
        let (recent, count) = (RecentTokens::default(), Cell::new(0));
        for number in 0..10_000 {
            let input = format!("a.{number}");
            recent
                .get_or_sign(input.into_bytes(), |input| sign(&count, input))
                .unwrap();
        }
        let kept = recent
            .slots
            .iter()
            .filter(|slot| slot.lock().unwrap().is_some())
            .count();
        assert!(kept <= SLOTS && 0 < kept, "{kept}");
        assert_eq!(recent.slots.len(), SLOTS);
    }

    #[test]
    fn a_long_token_is_not_remembered() {
        let (recent, count) = (RecentTokens::default(), Cell::new(0));
        for _ in 0..2 {
            recent
                .get_or_sign(vec![b'x'; 2_000], |input| sign(&count, input))
                .unwrap();
        }
        assert_eq!(count.get(), 2);
    }
}
