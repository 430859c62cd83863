//! `application/x-www-form-urlencoded` (RFC 6749 Appendix B).

use std::borrow::Cow;
use std::collections::HashSet;

use super::{CallError, NOT_UTF8, PARAMETERS_MAX, Parameters, REPEATED, TOO_MANY};

/// Reads a form. Values may hold `:` and `/` as they are: most callers do not encode them.
pub(super) fn read(body: &[u8]) -> Result<Parameters<'_>, CallError> {
    let mut parameters = Parameters::default();
    // Most requests hold known parameters only, and this set stays empty then.
    let mut others: HashSet<Cow<'_, str>> = HashSet::new();
    let mut seen = 0_u16;
    for (count, pair) in body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .enumerate()
    {
        if PARAMETERS_MAX <= count {
            return Err(TOO_MANY);
        }
        let equals = pair
            .iter()
            .position(|byte| *byte == b'=')
            .unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(equals).unwrap_or((pair, b""));
        let name = decode(name)?;
        let value = decode(value.get(1..).unwrap_or_default())?;
        let bit = known_bit(&name);
        let fresh = match bit {
            Some(bit) => seen & bit == 0,
            None => others.insert(name.clone()),
        };
        if !fresh {
            return Err(REPEATED);
        }
        seen |= bit.unwrap_or_default();
        if let Some(place) = parameters.place(&name) {
            *place = (!value.is_empty()).then_some(value);
        }
    }
    Ok(parameters)
}

/// One bit for each known parameter: an empty one leaves no value behind, and still counts.
fn known_bit(name: &str) -> Option<u16> {
    let names = [
        "grant_type",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "audience",
        "resource",
        "scope",
        "organization",
    ];
    names
        .iter()
        .position(|known| *known == name)
        .map(|place| 1 << place)
}

/// Decodes `%XX` and `+`. A percent sign that begins no such triple stands for itself.
pub(super) fn decode(text: &[u8]) -> Result<Cow<'_, str>, CallError> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(text)
            .map(Cow::Borrowed)
            .map_err(|_| NOT_UTF8);
    }
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let decoded: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| NOT_UTF8)
}
