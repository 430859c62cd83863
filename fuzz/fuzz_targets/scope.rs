//! Lists of scopes: what parses prints back, and the set operations agree with a naive reading.
//!
//! Input: two lists, separated by the first line break.
#![no_main]

use libfuzzer_sys::fuzz_target;
use m2mint_domain::scope::{SCOPE_MAX, ScopeList};

fuzz_target!(|text: &str| {
    let (asked, granted) = text.split_once('\n').unwrap_or((text, ""));
    let asked = parse(asked);
    let granted = parse(granted);
    if let (Some(asked), Some(granted)) = (asked, granted) {
        compare(&asked, &granted);
        compare(&granted, &asked);
    }
});

/// Parses, and holds the answer against RFC 6749 §3.3 read once more.
fn parse(text: &str) -> Option<ScopeList> {
    let words = || text.split(' ').filter(|word| !word.is_empty());
    let Ok(list) = text.parse::<ScopeList>() else {
        assert!(!words().all(is_scope), "a good list was refused");
        return None;
    };
    assert!(words().all(is_scope), "a bad list was accepted");
    assert_eq!(list.to_string().parse(), Ok(list.clone()));
    assert_eq!(ScopeList::of(list.iter()), Ok(list.clone()));
    assert_eq!(list.is_empty(), list.iter().next().is_none());
    assert_eq!(list.iter().collect::<Vec<_>>().join(" "), list.as_str());
    let mut unique: Vec<&str> = Vec::new();
    for word in words() {
        assert!(list.contains(word));
        if !unique.contains(&word) {
            unique.push(word);
        }
    }
    assert_eq!(list.iter().collect::<Vec<_>>(), unique);
    Some(list)
}

fn is_scope(word: &str) -> bool {
    let allowed = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    word.len() <= SCOPE_MAX && word.chars().all(allowed)
}

fn compare(asked: &ScopeList, granted: &ScopeList) {
    let missing = asked.missing_from(granted);
    let both = asked.restricted_to(granted);
    let naive = |held: bool| -> Vec<&str> {
        let wanted = |scope: &&str| granted.iter().any(|one| one == *scope) == held;
        asked.iter().filter(wanted).collect()
    };
    assert_eq!(missing, naive(false));
    assert_eq!(both.iter().collect::<Vec<_>>(), naive(true));
    assert!(both.missing_from(granted).is_empty(), "more than granted");
    assert!(both.missing_from(asked).is_empty(), "more than asked");
    assert_eq!(both.restricted_to(granted), both);
    assert_eq!(both.to_string().parse(), Ok(both.clone()));
    assert!(asked.missing_from(asked).is_empty());
}
