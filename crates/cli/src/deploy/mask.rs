//! Secrets within a document: what stands for them where they are not written down.

use serde_json::{Map, Value};

use super::keyword::is_placeholder;

/// Members of a log stream's sink that are secrets.
const SINK: [&str; 5] = [
    "httpAuthorization",
    "splunkToken",
    "datadogApiKey",
    "mixpanelServiceAccountPassword",
    "segmentWriteKey",
];
/// Providers of a captcha, each with a secret.
const CAPTCHAS: [&str; 4] = ["arkose", "hcaptcha", "friendly_captcha", "recaptcha_v2"];

/// Leaves out the secrets of which the document has a placeholder only, so that an import keeps
/// those that are there. Says which they were.
pub(crate) fn leave_out(document: &mut Map<String, Value>) -> Vec<String> {
    let mut gone = Vec::new();
    for_each_secret(document, &mut |place, members, secret| {
        let text = members.get(secret).and_then(Value::as_str);
        if text.is_some_and(is_placeholder) {
            members.remove(secret);
            gone.push(place.to_owned());
        }
    });
    gone
}

/// Puts placeholders in the place of secrets, in the words of the Deploy CLI.
pub(crate) fn put_on(document: &mut Map<String, Value>) {
    for_each_secret(document, &mut |place, members, secret| {
        if secret == "client_secret" {
            members.remove(secret);
            return;
        }
        if let Some(value) = members.get_mut(secret) {
            let name: String = place
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                .collect();
            *value = format!("##{}##", name.to_ascii_uppercase()).into();
        }
    });
}

/// What is done with a secret.
type Act<'a> = &'a mut dyn FnMut(&str, &mut Map<String, Value>, &str);

/// Calls `act` with a name for the place, the object, and the member that is a secret.
fn for_each_secret(document: &mut Map<String, Value>, act: Act<'_>) {
    for client in objects(document, "clients") {
        let place = format!("clients {} client_secret", name_of(client));
        act(&place, client, "client_secret");
    }
    for stream in objects(document, "logStreams") {
        let name = name_of(stream);
        if let Some(Value::Object(sink)) = stream.get_mut("sink") {
            for secret in SINK {
                let place = format!("logStreams {name} {secret}");
                act(&place, sink, secret);
            }
        }
    }
    for kind in ["actions", "actionModules"] {
        for action in objects(document, kind) {
            let name = name_of(action);
            for secret in objects(action, "secrets") {
                let place = format!("{kind} {name} {}", name_of(secret));
                act(&place, secret, "value");
            }
        }
    }
    let captcha = document
        .get_mut("attackProtection")
        .and_then(|protection| protection.get_mut("captcha"));
    if let Some(Value::Object(captcha)) = captcha {
        for provider in CAPTCHAS {
            if let Some(Value::Object(members)) = captcha.get_mut(provider) {
                act(&format!("captcha {provider} secret"), members, "secret");
            }
        }
        if let Some(Value::Object(members)) = captcha.get_mut("recaptcha_enterprise") {
            act("captcha recaptcha_enterprise api_key", members, "api_key");
        }
    }
}

fn objects<'v>(
    of: &'v mut Map<String, Value>,
    member: &str,
) -> impl Iterator<Item = &'v mut Map<String, Value>> {
    let list = of.get_mut(member).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn name_of(object: &Map<String, Value>) -> String {
    let name = object.get("name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Map<String, Value> {
        let value = json!({
            "clients": [{"name": "A", "client_secret": "s1"}],
            "logStreams": [{"name": "Http 1", "sink": {"httpEndpoint": "e", "httpAuthorization": "s2"}}],
            "actions": [{"name": "X", "secrets": [{"name": "K", "value": "s3"}]}],
            "attackProtection": {"captcha": {"hcaptcha": {"site_key": "k", "secret": "s4"}}},
        });
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_masked_document_has_no_secret_and_may_be_brought_in() {
        let mut masked = document();
        put_on(&mut masked);
        assert_eq!(
            Value::Object(masked.clone()),
            json!({
                "clients": [{"name": "A"}],
                "logStreams": [{"name": "Http 1", "sink": {
                    "httpEndpoint": "e",
                    "httpAuthorization": "##LOGSTREAMS_HTTP_1_HTTPAUTHORIZATION##",
                }}],
                "actions": [{"name": "X", "secrets": [{"name": "K", "value": "##ACTIONS_X_K##"}]}],
                "attackProtection": {"captcha": {"hcaptcha": {
                    "site_key": "k", "secret": "##CAPTCHA_HCAPTCHA_SECRET##",
                }}},
            })
        );
        let gone = leave_out(&mut masked);
        assert_eq!(gone.len(), 3, "{gone:?}");
        assert_eq!(masked["actions"][0]["secrets"], json!([{"name": "K"}]));
        assert_eq!(
            masked["logStreams"][0]["sink"],
            json!({"httpEndpoint": "e"})
        );
    }

    #[test]
    fn what_is_written_down_stays() {
        let mut whole = document();
        assert_eq!(leave_out(&mut whole), Vec::<String>::new());
        assert_eq!(whole, document());
    }
}
