//! Records as people may see them: everything but secrets.

use m2mint_domain::Change;
use serde_json::{Map, Value};

use super::{InvalidRecord, write};

/// Stands where a secret was.
pub(crate) const MASKED: &str = "[masked]";

/// Parts of the names of members that hold a secret, its ciphertext or its hash.
const SECRET: [&str; 10] = [
    "apikey",
    "authorization",
    "ciphertext",
    "password",
    "private",
    "sealed",
    "secret",
    "splunktoken",
    "wrapped",
    "writekey",
];
/// What tells secrets apart, in the records whose members are known here.
const TELLING: [&str; 4] = ["id", "hint", "name", "kid"];

/// The JSON of the object a change carries, without its secrets; none for a deletion.
pub(crate) fn read(change: &Change) -> Result<Option<Value>, InvalidRecord> {
    let Some(text) = write(change)? else {
        return Ok(None);
    };
    let mut value = serde_json::from_str(&text).map_err(|source| InvalidRecord::Json {
        subject: change.subject().0,
        source,
    })?;
    if let Value::Object(members) = &mut value {
        open(members, change);
    }
    let strict = matches!(change, Change::PutDocument(_));
    mask(&mut value, false, strict);
    Ok(Some(value))
}

/// Kept JSON texts as what they say.
fn open(members: &mut Map<String, Value>, change: &Change) {
    if let Change::PutDocument(document) = change
        && let Ok(body) = serde_json::from_str(&document.body)
    {
        members.insert("body".into(), body);
    }
    if let Some(Value::Object(extra)) = members.get_mut("extra") {
        for value in extra.values_mut() {
            if let Some(Ok(json)) = value.as_str().map(serde_json::from_str) {
                *value = json;
            }
        }
    }
}

/// Masks texts under names that speak of secrets, at any depth.
///
/// A name speaks for all that lies below it: `secrets` may be a list of objects, or an object by
/// names somebody chose. In a document (`strict`) anything may stand there. In the other records what
/// tells secrets apart is no secret.
fn mask(value: &mut Value, secret: bool, strict: bool) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let telling = !strict && TELLING.contains(&name.as_str());
                let secret = is_secret(name, strict) || (secret && !telling);
                mask(value, secret, strict);
            }
        }
        Value::Array(items) => {
            for item in items {
                mask(item, secret, strict);
            }
        }
        Value::String(_) if secret => *value = MASKED.into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The `value` of a scope is none; the one of a document's header or secret may be.
fn is_secret(name: &str, strict: bool) -> bool {
    let name = name.to_ascii_lowercase();
    (strict && name == "value") || SECRET.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use m2mint_domain::Timestamp;
    use m2mint_domain::client::Client;
    use m2mint_domain::credential::ClientSecret;
    use m2mint_domain::document::{Document, DocumentKind};
    use m2mint_domain::signing_key::SealedBytes;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_keeps_everything_but_the_tags_of_its_secrets() {
        let at = Timestamp::from_millis(0);
        let mut client = Client::new("c".parse().unwrap(), "billing".into(), at);
        client.secrets.push(ClientSecret {
            id: "cred_1".parse().unwrap(),
            tag: [7; 32],
            hint: "abc".into(),
            sealed: Some(SealedBytes::new(vec![1, 2, 3])),
            created_at: at,
            expires_at: None,
        });
        client.extra.insert("logo_uri", "\"https://a\"");
        client
            .extra
            .insert("addons", r#"{"x":{"secret":"hunter2"}}"#);
        let shown = read(&Change::PutClient(Arc::new(client))).unwrap().unwrap();
        assert_eq!(shown["name"], "billing");
        assert_eq!(
            shown["secrets"],
            json!([{
                "id": "cred_1",
                "tag": "[masked]",
                "hint": "abc",
                "sealed": "[masked]",
                "created_at": 0,
            }])
        );
        assert_eq!(
            shown["extra"],
            json!({"addons": {"x": {"secret": "[masked]"}}, "logo_uri": "https://a"})
        );
    }

    #[test]
    fn a_document_is_shown_as_the_object_it_holds_with_all_below_a_secret_masked() {
        let at = Timestamp::from_millis(0);
        let body = json!({
            "name": "x", "secrets": {"id": "hunter2", "more": [{"name": "hunter2"}]},
            "headers": [{"header": "a", "value": "hunter2"}], "secret_count": 3,
        });
        let document = Document {
            kind: DocumentKind::Action,
            id: "a".into(),
            parent: None,
            body: body.to_string().into(),
            created_at: at,
            updated_at: at,
        };
        let shown = read(&Change::PutDocument(Arc::new(document)));
        let shown = shown.unwrap().unwrap();
        assert_eq!(shown["body"]["name"], "x");
        assert_eq!(shown["body"]["headers"][0]["header"], "a");
        assert_eq!(shown["body"]["secret_count"], 3);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
    }
}
