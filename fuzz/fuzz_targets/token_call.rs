//! The token request: whatever is accepted says what an independent reading of the same bytes says.
//!
//! Input: one byte of flags (bit 0: JSON; bit 1: an `Authorization` header follows), then the header
//! up to the first line break if there is one, then the body.
#![no_main]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use m2mint_authority::token::Presented;
use m2mint_server::{BodyKind, Call, CallError, read_call};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some((flags, rest)) = input.split_first() else {
        return;
    };
    let kind = if flags & 1 == 0 {
        BodyKind::Form
    } else {
        BodyKind::Json
    };
    let (authorization, body) = if flags & 2 == 0 {
        (None, rest)
    } else {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (header, body) = rest.split_at(end.unwrap_or(rest.len()));
        (Some(header), body.get(1..).unwrap_or_default())
    };
    let read = read_call(kind, authorization, body);
    match &read {
        Ok(call) => accepted(kind, authorization, body, call),
        Err(error) => refused(kind, body, *error),
    }
    if kind == BodyKind::Form {
        extended(authorization, body, &read);
    }
});

/// The parameters with a value, by another road. `None`: that road does not lead there.
fn parameters(kind: BodyKind, body: &[u8]) -> Option<BTreeMap<String, String>> {
    let pairs: BTreeMap<String, String> = match kind {
        BodyKind::Form => form_urlencoded::parse(body)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        BodyKind::Json => {
            let Value::Object(members) = serde_json::from_slice(body).ok()? else {
                return None;
            };
            let text = |(name, value)| match value {
                Value::String(text) => Some((name, text)),
                // The strings alone: what else may stand there depends on the name.
                _ => None,
            };
            members.into_iter().filter_map(text).collect()
        }
    };
    Some(
        pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect(),
    )
}

fn accepted(kind: BodyKind, authorization: Option<&[u8]>, body: &[u8], call: &Call<'_>) {
    let shown = format!("{call:?}");
    assert!(
        shown.ends_with("client_secret: Some(Secret(…)) }")
            || shown.ends_with("client_secret: None }"),
        "Debug shows the secret: {shown}"
    );
    let presented = call.presented();
    let Some(parameters) = parameters(kind, body) else {
        assert_eq!(kind, BodyKind::Json);
        return;
    };
    let said = |name: &str| parameters.get(name).map(String::as_str);
    assert_eq!(said("grant_type"), Some("client_credentials"));
    assert_eq!(said("client_assertion"), None);
    assert_eq!(said("client_assertion_type"), None);
    let (id, secret) = match presented {
        Presented::Nothing => (None, None),
        Presented::ClientId(id) => (Some(id), None),
        Presented::Secret { client_id, secret } => (Some(client_id), Some(secret)),
    };
    if let Some(header) = authorization {
        assert_eq!(said("client_secret"), None, "two ways of authentication");
        assert!(said("client_id").is_none_or(|in_body| Some(in_body) == id));
        in_header(header, id, secret);
    } else {
        assert_eq!(id, said("client_id"));
        // A secret without a client id presents nothing.
        assert_eq!(secret, said("client_secret").filter(|_| id.is_some()));
    }
}

/// `Basic`, read once more (RFC 7617 §2).
fn in_header(header: &[u8], id: Option<&str>, secret: Option<&str>) {
    assert!(header[..6].eq_ignore_ascii_case(b"basic "));
    let decoded = STANDARD.decode(header[6..].trim_ascii()).expect("base64");
    let decoded = String::from_utf8(decoded).expect("UTF-8");
    let (user, password) = decoded.split_once(':').expect("a colon");
    let plain = |text: &str| !text.contains(['%', '+']);
    if plain(user) {
        assert_eq!(id.unwrap_or_default(), user);
    }
    if plain(password) && id.is_some() {
        assert_eq!(secret.unwrap_or_default(), password);
    }
}

fn refused(kind: BodyKind, body: &[u8], error: CallError) {
    let Some(parameters) = parameters(kind, body) else {
        return;
    };
    match error {
        CallError::MissingGrantType => assert!(!parameters.contains_key("grant_type")),
        CallError::UnsupportedGrantType => {
            assert_ne!(parameters["grant_type"], "client_credentials");
        }
        CallError::AssertionUnsupported => assert!(
            ["client_assertion", "client_assertion_type"]
                .iter()
                .any(|name| parameters.contains_key(*name))
        ),
        CallError::ScopeCharacters | CallError::ScopeType | CallError::Malformed(_) => {}
    }
}

/// What is added to a form changes nothing if it is unknown, and ruins it if it is a repetition.
fn extended(authorization: Option<&[u8]>, body: &[u8], read: &Result<Call<'_>, CallError>) {
    let with = |more: &[u8]| [body, more].concat();
    if read.is_err() {
        return;
    }
    let again = with(b"&grant_type=client_credentials");
    assert!(matches!(
        read_call(BodyKind::Form, authorization, &again),
        Err(CallError::Malformed(_))
    ));
    let known = form_urlencoded::parse(body).any(|(name, _)| name == "fuzz-unknown");
    let pairs = body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty());
    if !known && pairs.count() < 64 {
        let more = with(b"&&fuzz-unknown=1");
        let longer = read_call(BodyKind::Form, authorization, &more);
        assert_eq!(format!("{read:?}"), format!("{longer:?}"));
    }
}
