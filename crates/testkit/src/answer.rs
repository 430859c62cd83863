//! An answer as tests read it.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Headers that are part of the contract, in the order they are printed.
const SHOWN: &[&str] = &[
    "allow",
    "cache-control",
    "content-type",
    "link",
    "retry-after",
    "www-authenticate",
];

/// Status, headers and body. `Display` prints what a snapshot should hold.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A text member of the body.
    ///
    /// # Panics
    ///
    /// When there is no such member: the test is about something else then.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        match self.json().get(member).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("no text member {member} in: {self}"),
        }
    }

    /// One header, empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The claims of the access token in the body, unchecked.
    #[must_use]
    pub fn claims(&self) -> Value {
        part(&self.text("access_token"), 1)
    }

    /// The JOSE header of the access token in the body, unchecked.
    #[must_use]
    pub fn jose_header(&self) -> Value {
        part(&self.text("access_token"), 0)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for name in SHOWN {
            for value in self.headers.get_all(*name) {
                writeln!(f, "{name}: {}", value.to_str().unwrap_or("?"))?;
            }
        }
        f.write_str(&String::from_utf8_lossy(&self.body))
    }
}

/// One part of a compact token, as JSON with its members in order.
fn part(token: &str, place: usize) -> Value {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = token
        .split('.')
        .nth(place)
        .and_then(|part| engine.decode(part).ok());
    serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
}
