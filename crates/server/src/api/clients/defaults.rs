//! What Auth0 fills in where nobody said anything, as its answers show it.

use m2mint_domain::client::{CLIENT_CREDENTIALS, Client, SecurityMode};
use m2mint_domain::client_credential::{AuthenticationMethods, CredentialMethod};
use m2mint_domain::credential::AuthMethod;
use serde_json::{Map, Value, json};

/// A year and a quarter of a day, and thirty days.
const LONG_LIFETIMES: [u32; 2] = [31_557_600, 2_592_000];
/// Thirty days, and fifteen.
const SHORT_LIFETIMES: [u32; 2] = [2_592_000, 1_296_000];

/// Grant types of a client that says nothing of them.
pub(super) fn grant_types(app_type: Option<&str>, strict: bool) -> &'static [&'static str] {
    match app_type {
        _ if strict => &["authorization_code"],
        Some("native" | "spa") => &["authorization_code", "implicit", "refresh_token"],
        Some("resource_server") => &[],
        Some("express_configuration") => &["authorization_code", CLIENT_CREDENTIALS],
        Some(_) | None => &[
            "authorization_code",
            "implicit",
            "refresh_token",
            CLIENT_CREDENTIALS,
        ],
    }
}

/// What follows from the kind of a new client, and was not said. Runs after everything that was.
pub(super) fn complete(client: &mut Client) {
    let app_type = client.app_type.as_deref();
    let express = app_type == Some("express_configuration");
    let of_api = app_type == Some("resource_server");
    let strict = client.security_mode == Some(SecurityMode::Strict);
    let mut keep = |member: &str, value: &Value| {
        if client.extra.json(member).is_none() {
            client.extra.insert(member, &value.to_string());
        }
    };
    if express || of_api || !client.is_first_party {
        keep("oidc_conformant", &json!(true));
    }
    if express {
        keep("organization_usage", &json!("require"));
    }
    if strict {
        let jwt = json!({"secret_encoded": false, "alg": "RS256", "lifetime_in_seconds": 3_600});
        keep("jwt_configuration", &jwt);
    } else if express || of_api {
        keep(
            "jwt_configuration",
            &json!({"secret_encoded": false, "alg": "RS256"}),
        );
    }
    let lifetimes = lifetimes(client.auth_method);
    let public = client.auth_method == Some(AuthMethod::None);
    if strict {
        let mut refresh = refresh_token(lifetimes, false);
        refresh.insert("infinite_token_lifetime".into(), true.into());
        keep("refresh_token", &Value::Object(refresh));
    } else if !client.is_first_party && public {
        let mut refresh = refresh_token(lifetimes, false);
        refresh.insert("rotation_type".into(), "rotating".into());
        keep("refresh_token", &Value::Object(refresh));
    } else if lifetimes != SHORT_LIFETIMES {
        keep(
            "refresh_token",
            &Value::Object(refresh_token(lifetimes, true)),
        );
    }
    if express && client.authentication.is_none() && client.auth_method.is_none() {
        client.authentication = Some(Box::new(AuthenticationMethods {
            method: CredentialMethod::PrivateKeyJwt,
            credentials: Vec::new(),
        }));
    }
}

/// What a structured member is before anything is said of it; what is said goes over it.
pub(super) fn base(
    member: &str,
    client: &Client,
    is_new: bool,
    said: &Map<String, Value>,
) -> Map<String, Value> {
    let value = match member {
        // What is said when a client is made replaces all of it.
        "jwt_configuration" if is_new => json!({}),
        "jwt_configuration" => jwt_configuration(),
        "refresh_token" => {
            let expiring = said
                .get("expiration_type")
                .is_some_and(|kind| kind == "expiring");
            return refresh_token(lifetimes(client.auth_method), !expiring);
        }
        "session_transfer" => json!({
            "can_create_session_transfer_token": false,
            "allowed_authentication_methods": [],
            "enforce_device_binding": "ip",
            "allow_refresh_token": false,
            "enforce_online_refresh_tokens": true,
            "enforce_cascade_revocation": true,
        }),
        _ => json!({}),
    };
    match value {
        Value::Object(members) => members,
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {
            Map::new()
        }
    }
}

/// What is shown of a client that nothing was kept for.
pub(super) fn jwt_configuration() -> Value {
    json!({"secret_encoded": false, "lifetime_in_seconds": 36_000})
}

/// What is shown of a client that nothing was kept for.
pub(super) fn usual_refresh_token() -> Value {
    Value::Object(refresh_token(SHORT_LIFETIMES, true))
}

/// Auth0 gives long lives where a secret is sent in the body.
fn lifetimes(method: Option<AuthMethod>) -> [u32; 2] {
    match method {
        Some(AuthMethod::SecretPost) => LONG_LIFETIMES,
        Some(AuthMethod::None | AuthMethod::SecretBasic) | None => SHORT_LIFETIMES,
    }
}

fn refresh_token([lifetime, idle]: [u32; 2], endless: bool) -> Map<String, Value> {
    let expiration = if endless { "non-expiring" } else { "expiring" };
    let members: [(&str, Value); 7] = [
        ("expiration_type", expiration.into()),
        ("leeway", 0.into()),
        ("infinite_token_lifetime", endless.into()),
        ("infinite_idle_token_lifetime", endless.into()),
        ("token_lifetime", lifetime.into()),
        ("idle_token_lifetime", idle.into()),
        ("rotation_type", "non-rotating".into()),
    ];
    members
        .into_iter()
        .map(|(member, value)| (member.to_owned(), value))
        .collect()
}
