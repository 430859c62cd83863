//! JSON objects of answers: members in Auth0's order, unset ones left out.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use m2mint_domain::Timestamp;
use m2mint_domain::extra::Extra;
use serde_json::{Map, Value};

/// An object under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.insert(member.to_owned(), value.into());
        self
    }

    /// A member that is left out when it was never set.
    pub(crate) fn with_some(self, member: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(member, value),
            None => self,
        }
    }

    /// Members that are kept and shown. They never replace one that means something.
    pub(crate) fn with_extra(mut self, extra: &Extra) -> Self {
        for (member, json) in extra.iter() {
            if !self.0.contains_key(member) {
                let value = serde_json::from_str(json).unwrap_or(Value::Null);
                self.0.insert(member.to_owned(), value);
            }
        }
        self
    }

    /// A member that is kept as it was given, where it was.
    pub(crate) fn with_kept(self, member: &str, extra: &Extra) -> Self {
        let kept = extra.json(member);
        let value = kept.map(|json| serde_json::from_str::<Value>(json).unwrap_or(Value::Null));
        self.with_some(member, value)
    }

    /// The members that `order` names, in that order.
    pub(crate) fn in_order(mut self, order: &[&str]) -> Self {
        let ordered = order
            .iter()
            .filter_map(|member| self.0.remove_entry(*member));
        Self(ordered.collect())
    }

    /// The members of `other` behind these.
    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// A member that nothing was kept for, with the value Auth0 shows then.
    pub(crate) fn with_default(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.entry(member).or_insert_with(|| value.into());
        self
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// Keeps the members that `wanted` wants.
    pub(crate) fn keep(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|member, _| wanted(member));
        self
    }

    /// Keeps only some members, or all but some (`fields` and `include_fields`).
    pub(crate) fn select(mut self, fields: &[&str], include: bool) -> Self {
        if !fields.is_empty() {
            self.0
                .retain(|member, _| fields.contains(&member.as_str()) == include);
        }
        self
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

/// An answer of the Management API, with an `ETag` for what can be read.
pub(crate) fn json(status: StatusCode, value: impl Into<Value>) -> Response {
    let body = value.into().to_string();
    let tag = (status == StatusCode::OK).then(|| entity_tag(body.as_bytes()));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(Ok(tag)) = tag.map(HeaderValue::try_from) {
        headers.insert(header::ETAG, tag);
    }
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, json);
    // Some answers hold secrets, and none is worth a stale one.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A strong entity tag (RFC 9110 §8.8.3): 128 bits of a digest of the representation.
fn entity_tag(body: &[u8]) -> String {
    let digest = m2mint_jose::sha256(body);
    let (tag, _) = digest.split_at(16);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(tag))
}

/// `2026-01-01T00:00:00.000Z`: ISO 8601 with milliseconds, as Auth0 writes it. Civil time, because
/// certificates end as late as the last second of the year 9999.
pub(crate) fn date(at: Timestamp) -> String {
    let since = SignedDuration::from_millis(at.as_millis());
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .saturating_add(since)
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_milliseconds() {
        assert_eq!(
            date(Timestamp::from_millis(1_767_225_600_007)),
            "2026-01-01T00:00:00.007Z"
        );
        assert_eq!(
            date(Timestamp::from_secs(253_402_300_799)),
            "9999-12-31T23:59:59.000Z"
        );
    }

    #[test]
    fn kept_members_never_replace_what_means_something() {
        let extra = [("name", "\"spoofed\""), ("logo_uri", "\"x\"")]
            .into_iter()
            .collect();
        let object = Value::from(Object::new().with("name", "real").with_extra(&extra));
        assert_eq!(object.to_string(), r#"{"name":"real","logo_uri":"x"}"#);
    }
}
