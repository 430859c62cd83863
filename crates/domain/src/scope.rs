//! Scopes: what a token lets its bearer do (RFC 6749 §3.3).

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest scope, in characters (Auth0's limit).
pub const SCOPE_MAX: usize = 280;

/// Above this many comparisons a list is checked through a hash set instead of pair by pair.
const PAIRS_MAX: usize = 4_096;

/// Why a text is no list of scopes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InvalidScope {
    /// A character that RFC 6749 §3.3 does not allow in a scope.
    Character,
    /// A scope of nothing, or of more than [`SCOPE_MAX`] characters.
    Length,
}

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character => f.write_str("a scope holds a character that is not allowed in one"),
            Self::Length => write!(f, "a scope must have 1 to {SCOPE_MAX} characters"),
        }
    }
}

impl std::error::Error for InvalidScope {}

/// Scopes in the order they were given, none of them twice.
///
/// Kept as the text that goes into tokens and answers, so a token request that asks for everything
/// copies a pointer.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ScopeList(Arc<str>);

impl ScopeList {
    /// Builds a list out of single scopes. The second of two equal ones is dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidScope`] when one of them breaks RFC 6749 §3.3 or [`SCOPE_MAX`].
    pub fn of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        let mut seen = HashSet::new();
        let mut text = String::new();
        for scope in scopes {
            check(scope)?;
            if seen.insert(scope) {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(scope);
            }
        }
        Ok(Self(text.into()))
    }

    /// The scopes, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `scope` is one of them.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|one| one == scope)
    }

    /// The scopes, separated by spaces (RFC 6749 §3.3).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text of it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// Those that `granted` does not hold, in order.
    ///
    /// Linear in the two lengths, however long they are: the request comes from outside.
    #[must_use]
    pub fn missing_from(&self, granted: &Self) -> Vec<&str> {
        let pairs = self.0.len().saturating_mul(granted.0.len());
        if pairs <= PAIRS_MAX {
            return self
                .iter()
                .filter(|scope| !granted.contains(scope))
                .collect();
        }
        let granted: HashSet<&str> = granted.iter().collect();
        self.iter()
            .filter(|scope| !granted.contains(scope))
            .collect()
    }

    /// Those that `kept` holds too, in this list's order.
    #[must_use]
    pub fn restricted_to(&self, kept: &Self) -> Self {
        let kept: HashSet<&str> = kept.iter().collect();
        let both: Vec<&str> = self.iter().filter(|scope| kept.contains(scope)).collect();
        Self(both.join(" ").into())
    }
}

impl Default for ScopeList {
    fn default() -> Self {
        Self("".into())
    }
}

impl fmt::Display for ScopeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ScopeList {
    type Err = InvalidScope;

    /// Reads scopes separated by any number of spaces.
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::of(text.split(' ').filter(|scope| !scope.is_empty()))
    }
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`, RFC 6749 §3.3.
fn check(scope: &str) -> Result<(), InvalidScope> {
    if scope.is_empty() || SCOPE_MAX < scope.len() {
        return Err(InvalidScope::Length);
    }
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if scope.bytes().all(allowed) {
        Ok(())
    } else {
        Err(InvalidScope::Character)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(text: &str) -> ScopeList {
        text.parse().unwrap()
    }

    #[test]
    fn order_is_kept_and_doubles_are_dropped() {
        assert_eq!(list(" b:x  a:y b:x ").as_str(), "b:x a:y");
    }

    #[test]
    fn characters_outside_the_grammar_are_refused() {
        assert_eq!("a\"b".parse::<ScopeList>(), Err(InvalidScope::Character));
        assert_eq!("a\\b".parse::<ScopeList>(), Err(InvalidScope::Character));
        assert_eq!("読む".parse::<ScopeList>(), Err(InvalidScope::Character));
        assert_eq!("a\tb".parse::<ScopeList>(), Err(InvalidScope::Character));
        assert_eq!(ScopeList::of(["a b"]), Err(InvalidScope::Character));
        assert_eq!(
            "a".repeat(281).parse::<ScopeList>(),
            Err(InvalidScope::Length)
        );
    }

    #[test]
    fn what_is_missing_is_named_in_the_order_asked() {
        assert_eq!(list("c a b").missing_from(&list("a")), ["c", "b"]);
    }

    proptest! {
        #[test]
        fn print_and_parse_are_inverse(scopes in prop::collection::vec("[!#-\\[\\]-~]{1,20}", 0..20)) {
            let list = ScopeList::of(scopes.iter().map(String::as_str)).unwrap();
            prop_assert_eq!(list.to_string().parse::<ScopeList>().unwrap(), list);
        }

        #[test]
        fn nothing_is_missing_exactly_when_it_is_a_subset(
            asked in prop::collection::vec("[ab]{1,3}", 0..60),
            granted in prop::collection::vec("[ab]{1,3}", 0..60),
        ) {
            let asked = ScopeList::of(asked.iter().map(String::as_str)).unwrap();
            let granted = ScopeList::of(granted.iter().map(String::as_str)).unwrap();
            let subset = asked.iter().all(|scope| granted.contains(scope));
            prop_assert_eq!(asked.missing_from(&granted).is_empty(), subset);
            prop_assert!(asked.restricted_to(&granted).missing_from(&granted).is_empty());
        }
    }
}
