//! What a verified token says (RFC 7519 §4, RFC 9068 §2.2, Auth0's access token profile).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Error;

/// The claims of a token that has been verified. Cloning is cheap.
///
/// Only [`check`](crate::check) and [`Validator::validate`](crate::Validator::validate) make
/// them, so a handler that takes `Claims` cannot be reached with a forged token.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Arc<Map<String, Value>>);

impl Claims {
    /// Checks the type of every claim that has an accessor here.
    pub(crate) fn parse(claims: Map<String, Value>) -> Result<Self, Error> {
        for name in [
            "iss",
            "sub",
            "scope",
            "client_id",
            "azp",
            "org_id",
            "org_name",
            "jti",
        ] {
            refuse_unless(&claims, name, Value::is_string)?;
        }
        for name in ["exp", "iat", "nbf"] {
            refuse_unless(&claims, name, Value::is_number)?;
        }
        refuse_unless(&claims, "aud", |aud| aud.is_string() || is_strings(aud))?;
        refuse_unless(&claims, "permissions", is_strings)?;
        refuse_unless(&claims, "cnf", Value::is_object)?;
        for name in ["iss", "aud", "exp"] {
            if !claims.contains_key(name) {
                return Err(Error::InvalidClaim { name });
            }
        }
        Ok(Self(Arc::new(claims)))
    }

    /// The issuer, exactly as in the token.
    #[must_use]
    pub fn iss(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// The subject: `{client_id}@clients` in Auth0's profile of client credentials.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The audiences: one or more.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        let aud = self.0.get("aud");
        let one = aud.and_then(Value::as_str);
        one.into_iter().chain(strings(aud))
    }

    /// When the token expires, in Unix seconds, fractions dropped.
    #[must_use]
    pub fn exp(&self) -> i64 {
        self.seconds("exp").unwrap_or_default()
    }

    /// When the token was issued, in Unix seconds, fractions dropped.
    #[must_use]
    pub fn iat(&self) -> Option<i64> {
        self.seconds("iat")
    }

    /// The granted scopes, from the space-separated `scope` (RFC 6749 §3.3).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.text("scope").unwrap_or_default();
        scope.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether this scope was granted. Scopes are case-sensitive.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Auth0's `permissions`: present when the API has role-based access control on.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        strings(self.0.get("permissions"))
    }

    /// The client that asked for the token: `client_id` (RFC 9068) or else `azp` (Auth0).
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id").or_else(|| self.text("azp"))
    }

    /// The organization the client acts for.
    #[must_use]
    pub fn org_id(&self) -> Option<&str> {
        self.text("org_id")
    }

    /// The organization's name, when the issuer puts names in tokens.
    #[must_use]
    pub fn org_name(&self) -> Option<&str> {
        self.text("org_name")
    }

    /// The token's own identifier.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.text("jti")
    }

    /// The key this token is bound to (RFC 7800 §3.1): `x5t#S256` for a client certificate
    /// (RFC 8705 §3.1), `jkt` for `DPoP` (RFC 9449 §6.1).
    #[must_use]
    pub fn cnf(&self) -> Option<&Map<String, Value>> {
        self.0.get("cnf").and_then(Value::as_object)
    }

    /// All claims, custom ones too.
    #[must_use]
    pub fn raw(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A `NumericDate` with its fraction (RFC 7519 §2).
    pub(crate) fn time(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and dates that far away are as good as the last one"
    )]
    fn seconds(&self, name: &str) -> Option<i64> {
        self.time(name).map(|time| time.floor() as i64)
    }
}

fn refuse_unless(
    claims: &Map<String, Value>,
    name: &'static str,
    is_well_formed: impl Fn(&Value) -> bool,
) -> Result<(), Error> {
    match claims.get(name) {
        Some(value) if !is_well_formed(value) => Err(Error::InvalidClaim { name }),
        _ => Ok(()),
    }
}

fn is_strings(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().all(Value::is_string))
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Result<Claims, Error> {
        let Value::Object(mut map) = value else {
            panic!("not an object")
        };
        for (name, value) in [("iss", json!("i")), ("aud", json!("a")), ("exp", json!(9))] {
            map.entry(name).or_insert(value);
        }
        Claims::parse(map)
    }

    #[test]
    fn accessors_read_both_profiles() {
        let auth0 = claims(json!({"azp": "abc", "scope": "a  b ", "aud": ["x", "y"], "exp": 7.9}));
        let auth0 = auth0.unwrap();
        assert_eq!(auth0.client_id(), Some("abc"));
        assert_eq!(auth0.scopes().collect::<Vec<_>>(), ["a", "b"]);
        assert!(auth0.has_scope("b") && !auth0.has_scope("") && !auth0.has_scope("A"));
        assert_eq!(auth0.aud().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(auth0.exp(), 7);

        let rfc9068 = claims(json!({
            "client_id": "abc", "azp": "other", "sub": "abc@clients", "jti": "1", "iat": 5,
            "permissions": ["p"], "org_id": "org_1", "org_name": "one", "cnf": {"jkt": "k"},
        }));
        let rfc9068 = rfc9068.unwrap();
        assert_eq!(rfc9068.client_id(), Some("abc"));
        assert_eq!(rfc9068.sub(), Some("abc@clients"));
        assert_eq!(rfc9068.aud().collect::<Vec<_>>(), ["a"]);
        assert_eq!(rfc9068.scopes().count(), 0);
        assert_eq!(rfc9068.permissions().collect::<Vec<_>>(), ["p"]);
        assert_eq!(
            (rfc9068.org_id(), rfc9068.org_name()),
            (Some("org_1"), Some("one"))
        );
        assert_eq!((rfc9068.jti(), rfc9068.iat()), (Some("1"), Some(5)));
        assert_eq!(rfc9068.cnf().unwrap()["jkt"], "k");
        assert_eq!(rfc9068.raw()["azp"], "other");
    }

    #[test]
    fn claims_of_the_wrong_type_are_refused() {
        for (wrong, name) in [
            (json!({"iss": null}), "iss"),
            (json!({"sub": 1}), "sub"),
            (json!({"aud": 1}), "aud"),
            (json!({"aud": ["a", 1]}), "aud"),
            (json!({"exp": "9"}), "exp"),
            (json!({"nbf": true}), "nbf"),
            (json!({"scope": ["a"]}), "scope"),
            (json!({"permissions": "a"}), "permissions"),
            (json!({"cnf": "k"}), "cnf"),
            (json!({"org_id": {}}), "org_id"),
        ] {
            match claims(wrong) {
                Err(Error::InvalidClaim { name: found }) => assert_eq!(found, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
