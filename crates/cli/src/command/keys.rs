//! `m2mint keys`: keys that sign tokens.

use http::Method;
use serde_json::{Map, Value};

use crate::args::register::{KeyName, Keys};
use crate::failure::Outcome;
use crate::output::{Column, line, value};
use crate::resource::segment;
use crate::session::Session;
use crate::terminal::Busy;

const PATH: &str = "/api/v2/keys/signing";
const COLUMNS: &[Column] = &[
    ("KID", "kid"),
    ("PLACE", "place"),
    ("CURRENT SINCE", "current_since"),
    ("CURRENT UNTIL", "current_until"),
    ("THUMBPRINT", "thumbprint"),
];

pub(super) fn run(session: &Session, verb: Keys) -> Outcome {
    let out = session.out;
    match verb {
        Keys::List => {
            let keys =
                session.with_api(async |api| Ok(api.send(Method::GET, PATH, None).await?))?;
            if out.is_json() {
                return value(&keys);
            }
            let rows: Vec<Value> = super::apps::rows(&keys).iter().map(with_place).collect();
            out.list(COLUMNS, &rows)
        }
        Keys::Rotate => {
            session.confirm("Sign with the next key from now on?")?;
            let key = session.with_api(async |api| {
                let _busy = Busy::show(session.lang.working());
                Ok(api
                    .send(Method::POST, &format!("{PATH}/rotate"), None)
                    .await?)
            })?;
            if out.is_json() {
                return value(&key);
            }
            let kid = key.get("kid").and_then(Value::as_str).unwrap_or_default();
            line(&format!(
                "The next key signs from now on, and after it {kid}. The key before stays in the \
                 JWKS until you revoke it."
            ))
        }
        Keys::Revoke(KeyName { kid }) => {
            session.confirm(&format!(
                "Revoke the key {kid}? Tokens that it signed are worth nothing from then on."
            ))?;
            let key = session.with_api(async |api| {
                Ok(api
                    .send(
                        Method::PUT,
                        &format!("{PATH}/{}/revoke", segment(&kid)),
                        None,
                    )
                    .await?)
            })?;
            if out.is_json() {
                return value(&key);
            }
            line(&format!("The key {kid} has left the JWKS."))
        }
    }
}

/// The API's four flags as one word.
fn with_place(key: &Value) -> Value {
    let is = |flag: &str| key.get(flag).and_then(Value::as_bool) == Some(true);
    let place = match () {
        () if is("revoked") => "revoked",
        () if is("current") => "current",
        () if is("next") => "next",
        () if is("previous") => "previous",
        () => "",
    };
    let mut key: Map<String, Value> = key.as_object().cloned().unwrap_or_default();
    key.insert("place".to_owned(), place.into());
    Value::Object(key)
}
