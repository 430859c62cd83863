//! `/api/v2/resource-servers`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use m2mint_testkit::app::START;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::{Value, json};

use super::{API, each, members};

const APIS: &str = "/api/v2/resource-servers";

#[tokio::test]
async fn a_new_api_is_shown_in_auth0s_order_and_unset_members_are_left_out() {
    let app = TestApp::new().await;
    let made = app
        .post(APIS, &json!({"identifier": API, "name": "Invoices"}))
        .await;
    let id = made.text("id");
    assert_eq!(id.len(), 24);
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","name":"Invoices","identifier":"https://api.example","allow_offline_access":false,"skip_consent_for_verifiable_first_party_clients":false,"subject_type_authorization":{"client":{"policy":"require_client_grant"},"user":{"policy":"allow_all"}},"token_lifetime":86400,"token_lifetime_for_web":7200,"signing_alg":"RS256"}
    "#);
    let full = json!({
        "identifier": "https://full.example",
        "scopes": [{"value": "read:a", "description": "Read"}, {"value": "write:a"}],
        "signing_alg": "PS256",
        "token_lifetime": 60,
        "token_lifetime_for_web": 30,
        "enforce_policies": true,
        "token_dialect": "rfc9068_profile_authz",
        "allow_offline_access": true,
        "subject_type_authorization": {"client": {"policy": "deny_all"}, "user": {"policy": "deny_all"}},
    });
    let made = app.post(APIS, &full).await.json();
    for (member, value) in full.as_object().unwrap() {
        assert_eq!(made[member], *value, "{member}");
    }
}

#[tokio::test]
async fn an_api_is_found_by_id_and_by_identifier_encoded_once_or_twice() {
    let app = TestApp::new().await;
    let id = app.api("https://api.example/v1/", &[]).await;
    for path in [
        id.as_str(),
        "https:%2F%2Fapi.example%2Fv1%2F",
        "https%3A%2F%2Fapi.example%2Fv1%2F",
        "https%253A%252F%252Fapi.example%252Fv1%252F",
    ] {
        let found = app.get(&format!("{APIS}/{path}")).await;
        assert_eq!(found.status, 200, "{path}: {found}");
        assert_eq!(found.text("id"), id);
    }
    assert_snapshot!(app.get(&format!("{APIS}/none")).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"The resource server does not exist","errorCode":"inexistent_resource_server"}
    "#);
}

#[tokio::test]
async fn a_patch_replaces_scopes_and_keeps_the_rest() {
    let app = TestApp::new().await;
    let id = app.api(API, &["read:a", "write:a"]).await;
    let path = format!("{APIS}/{id}");
    let changed = app
        .patch(
            &path,
            &json!({"token_lifetime": 600, "identifier": "https://else.example"}),
        )
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["token_lifetime"], 600);
    assert_eq!(changed.text("identifier"), API);
    assert_eq!(changed.json()["scopes"].as_array().unwrap().len(), 2);
    let emptied = app.patch(&path, &json!({"scopes": []})).await;
    assert_eq!(emptied.json()["scopes"], json!([]));
    let body =
        json!({"token_dialect": "access_token_authz", "enforce_policies": true, "name": "x"});
    app.patch(&path, &body).await;
    let body = json!({"token_dialect": null, "enforce_policies": null, "name": null});
    let unset = app.patch(&path, &body).await;
    for member in ["token_dialect", "enforce_policies", "name"] {
        assert_eq!(unset.json().get(member), None, "{member}");
    }
}

#[tokio::test]
async fn dropped_scopes_leave_the_grants_and_so_the_tokens() {
    let app = TestApp::new().await;
    let id = app.api(API, &["read:a", "write:a"]).await;
    let client = app.client("billing").await;
    let grant = app.grant(&client, API, &["read:a", "write:a"]).await;
    app.patch(
        &format!("{APIS}/{id}"),
        &json!({"scopes": [{"value": "write:a"}]}),
    )
    .await;
    let grant = app.get(&format!("/api/v2/client-grants/{grant}")).await;
    assert_eq!(grant.json()["scope"], json!(["write:a"]));
    let token = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(token.text("scope"), "write:a");
    // A scope that comes back is not granted again by itself.
    app.patch(
        &format!("{APIS}/{id}"),
        &json!({"scopes": [{"value": "read:a"}, {"value": "write:a"}]}),
    )
    .await;
    let token = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(token.text("scope"), "write:a");
}

#[tokio::test]
async fn an_es256_api_brings_its_keys_into_the_jwks() {
    let app = TestApp::new().await;
    let of = |keys: &Value| -> Vec<(String, String)> {
        let keys = keys["keys"].as_array().unwrap().iter();
        keys.map(|key| {
            (
                key["kty"].as_str().unwrap().into(),
                key["alg"].as_str().unwrap().into(),
            )
        })
        .collect()
    };
    let rsa = ("RSA".to_owned(), "RS256".to_owned());
    let p256 = ("EC".to_owned(), "ES256".to_owned());
    let jwks = "/.well-known/jwks.json";
    assert_eq!(
        of(&app.fetch(jwks).await.json()),
        [rsa.clone(), rsa.clone()]
    );
    for name in ["one", "two"] {
        let body = json!({"identifier": format!("https://{name}.example"), "signing_alg": "ES256"});
        assert_eq!(app.post(APIS, &body).await.status, 201);
        let keys = app.fetch(jwks).await.json();
        assert_eq!(
            of(&keys),
            [rsa.clone(), rsa.clone(), p256.clone(), p256.clone()]
        );
        assert_eq!(keys["keys"][2]["crv"], "P-256");
    }
}

#[tokio::test]
async fn a_signing_secret_is_there_for_hs256_only() {
    let app = TestApp::new().await;
    let own = "sixteen bytes ok";
    let body = json!({"identifier": API, "signing_alg": "HS256", "signing_secret": own});
    let made = app.post(APIS, &body).await;
    assert_eq!(made.text("signing_secret"), own);
    let path = format!("{APIS}/{}", made.text("id"));
    // Kept through a change of something else, and gone with the algorithm.
    assert_eq!(
        app.patch(&path, &json!({"token_lifetime": 60}))
            .await
            .text("signing_secret"),
        own
    );
    let changed = app.patch(&path, &json!({"signing_alg": "RS256"})).await;
    assert_eq!(changed.json().get("signing_secret"), None);
    let back = app.patch(&path, &json!({"signing_alg": "HS256"})).await;
    assert_ne!(back.text("signing_secret"), own);
    let body = json!({"identifier": "https://b.example", "signing_alg": "HS256", "signing_secret": "fifteen bytes !"});
    assert_eq!(app.post(APIS, &body).await.status, 400);
}

#[tokio::test]
async fn identifiers_are_unique_and_some_are_reserved() {
    let app = TestApp::new().await;
    app.alias("login.acme.example").await;
    app.api(API, &[]).await;
    assert_snapshot!(app.post(APIS, &json!({"identifier": API})).await, @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":409,"error":"Conflict","message":"A resource server with the same identifier already exists","errorCode":"resource_server_conflict"}
    "#);
    for host in ["acme.example", "login.acme.example"] {
        let body = json!({"identifier": format!("https://{host}/api/v2/")});
        let refused = app.post(APIS, &body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.text("message"),
            "The selected identifier is reserved."
        );
    }
}

#[tokio::test]
async fn the_management_api_itself_may_be_changed_only_a_little() {
    let app = TestApp::new().await;
    let own = "https:%2F%2Facme.example%2Fapi%2Fv2%2F";
    let path = format!("{APIS}/{own}");
    let shown = app.get(&path).await;
    assert_eq!(shown.text("name"), "Auth0 Management API");
    assert_eq!(shown.json()["is_system"], true);
    let changed = app.patch(&path, &json!({"token_lifetime": 3_600})).await;
    assert_eq!(changed.json()["token_lifetime"], 3_600);
    for body in [
        json!({"name": "x"}),
        json!({"scopes": []}),
        json!({"signing_alg": "ES256"}),
    ] {
        let refused = app.patch(&path, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(
            refused.text("message"),
            "System resource servers cannot be patched."
        );
        assert_eq!(refused.text("errorCode"), "operation_not_supported");
    }
    assert_eq!(app.delete(&path).await.status, 400);
    assert_eq!(app.get(&path).await.status, 200);
}

#[tokio::test]
async fn deleting_takes_the_grants_along_and_may_be_repeated() {
    let app = TestApp::new().await;
    let id = app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    for _ in 0..2 {
        assert_eq!(app.delete(&format!("{APIS}/{id}")).await.status, 204);
    }
    assert_eq!(app.get("/api/v2/client-grants").await.json(), json!([]));
    // An API of the same name later begins without grants.
    app.api(API, &["read:a"]).await;
    assert_eq!(
        app.token(&client, &format!("audience={API}")).await.status,
        403
    );
}

/// Each organization is written once, without any of the grants.
#[tokio::test]
async fn deleting_an_api_with_several_grants_takes_them_all_from_an_organization() {
    let app = TestApp::new().await;
    let id = app.api(API, &["read:a"]).await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await
        .text("id");
    let grants = format!("/api/v2/organizations/{organization}/client-grants");
    for name in ["one", "two", "three"] {
        let client = app.client(name).await;
        let grant = app.grant(&client, API, &["read:a"]).await;
        assert_eq!(
            app.post(&grants, &json!({"grant_id": grant})).await.status,
            201
        );
    }
    let deleted = app.delete(&format!("{APIS}/{id}")).await;
    assert_eq!(deleted.status, 204, "{deleted}");
    let tenant = app.snapshots().site("acme.example").unwrap().tenant;
    let left = tenant.state().organization(&organization).unwrap();
    assert!(left.client_grants.is_empty(), "{:?}", left.client_grants);
}

#[tokio::test]
async fn bodies_are_checked() {
    let app = TestApp::new().await;
    for (body, hint) in [
        (json!({}), "Missing required property: identifier"),
        (json!({"identifier": ""}), ""),
        (json!({"identifier": "x".repeat(601)}), ""),
        (
            json!({"identifier": API, "nonsense": 1}),
            "Additional properties not allowed: nonsense",
        ),
        (
            json!({"identifier": API, "scopes": ["read:a"]}),
            "Expected type object but found type string",
        ),
        (json!({"identifier": API, "scopes": [{"value": "a b"}]}), ""),
        (json!({"identifier": API, "scopes": [{"value": ""}]}), ""),
        (
            json!({"identifier": API, "scopes": [{"value": "a", "x": 1}]}),
            "Additional properties not allowed: x",
        ),
        (json!({"identifier": API, "token_lifetime": 2_592_001}), ""),
        (
            json!({"identifier": API, "token_lifetime": -1}),
            "Value -1 is less than minimum 1",
        ),
        (
            json!({"identifier": API, "token_lifetime": 1.5}),
            "Expected type integer but found type number",
        ),
        (
            json!({"identifier": API, "signing_alg": "none"}),
            "No enum match for: none",
        ),
        (
            json!({"identifier": API, "token_dialect": "x"}),
            "No enum match for: x",
        ),
        (
            json!({"identifier": API, "subject_type_authorization": {"client": {"policy": "allow_all"}}}),
            "No enum match",
        ),
        (json!({"identifier": API, "name": "<b>"}), ""),
    ] {
        let refused = app.post(APIS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body", "{body}");
        assert!(refused.text("message").contains(hint), "{refused}");
    }
}

#[tokio::test]
async fn lists_are_filtered_by_identifiers_in_either_spelling() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c"] {
        app.api(&format!("https://{name}.example"), &[]).await;
    }
    for query in [
        "identifiers=https://a.example,https://c.example",
        "identifiers=https://a.example&identifiers=https://c.example",
    ] {
        let mut found = each(&app.get(&format!("{APIS}?{query}")).await, "identifier");
        found.sort();
        assert_eq!(found, ["https://a.example", "https://c.example"], "{query}");
    }
    let listed = app
        .get(&format!("{APIS}?include_totals=true&per_page=2"))
        .await;
    assert_eq!(
        members(&listed),
        ["total", "start", "limit", "resource_servers"]
    );
    assert_eq!(listed.json()["total"], 4);
}

/// A fresh RSA key as a PEM of its certificate, and its thumbprint.
fn certificate() -> (String, String) {
    let key = m2mint_jose::PrivateKey::generate(m2mint_jose::KeyKind::Rsa2048).unwrap();
    let der = m2mint_jose::certificate::self_signed(&key, "api.example", START, [7; 9]).unwrap();
    let packed = STANDARD.encode(der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{packed}\n-----END CERTIFICATE-----\n");
    (pem, key.public_jwk().unwrap().thumbprint())
}

fn encryption(pem: &str) -> Value {
    json!({
        "format": "compact-nested-jwe",
        "encryption_key": {"name": "ours", "alg": "RSA-OAEP-256", "pem": pem},
    })
}

/// An app with an API and a client that may have a token for it.
async fn granted(mut body: Value) -> (TestApp, Credentials, String) {
    let app = TestApp::new().await;
    let members = body.as_object_mut().unwrap();
    members.insert("identifier".to_owned(), API.into());
    let made = app.post(APIS, &body).await;
    assert_eq!(made.status, 201, "{made}");
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    (app, client, made.text("id"))
}

#[tokio::test]
async fn no_token_leaves_unencrypted_for_an_api_that_wants_encrypted_ones() {
    let (pem, thumbprint) = certificate();
    let (app, client, id) = granted(json!({"token_encryption": encryption(&pem)})).await;
    let path = format!("{APIS}/{id}");
    assert_eq!(
        app.get(&path).await.json()["token_encryption"],
        json!({
            "encryption_key": {
                "name": "ours",
                "alg": "RSA-OAEP-256",
                "thumbprint_sha256": thumbprint,
            },
            "format": "compact-nested-jwe",
        })
    );
    let asked = format!("audience={API}");
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json
    {"error":"access_denied","error_description":"Resource server \"https://api.example\" requires encrypted tokens, which this server cannot make."}
    "#);
    let event = app.log().await.pop().unwrap();
    assert_eq!(event.kind.code(), "feccft");
    assert!(event.details.unwrap().contains("token_encryption"));

    let plain = app.patch(&path, &json!({"token_encryption": null})).await;
    assert_eq!(plain.json().get("token_encryption"), None);
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn what_is_no_rsa_key_is_no_encryption_key() {
    let app = TestApp::new().await;
    let (pem, _) = certificate();
    let with = |member: &str, value: Value| {
        let mut body = encryption(&pem);
        let key = body["encryption_key"].as_object_mut().unwrap();
        key.insert(member.to_owned(), value);
        json!({"identifier": API, "token_encryption": body})
    };
    for body in [
        with("pem", json!("-----BEGIN PUBLIC KEY-----")),
        with("pem", json!("x".repeat(4_097))),
        with("pem", Value::Null),
        with("alg", json!("RSA1_5")),
        with("kid", json!("")),
        with("name", json!("n".repeat(129))),
        json!({"identifier": API, "token_encryption": {"format": "compact-nested-jwe"}}),
        json!({"identifier": API, "token_encryption": {}}),
    ] {
        let refused = app.post(APIS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body", "{body}");
    }
    assert_eq!(app.get(&format!("{APIS}/{API}")).await.status, 404);
}

#[tokio::test]
async fn an_api_that_requires_possession_gets_no_bearer_tokens() {
    let required = json!({"mechanism": "dpop", "required": true});
    let (app, client, id) = granted(json!({"proof_of_possession": required})).await;
    let path = format!("{APIS}/{id}");
    assert_eq!(app.get(&path).await.json()["proof_of_possession"], required);
    let asked = format!("audience={API}");
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"Resource server \"https://api.example\" requires tokens bound by DPoP, and this request proves no possession."}
    "#);
    let event = app.log().await.pop().unwrap();
    assert!(event.details.unwrap().contains("\"mechanism\":\"dpop\""));

    for (possession, status) in [
        (json!({"mechanism": "mtls", "required": false}), 200),
        (
            json!({"mechanism": "mtls", "required": true, "required_for": "all_clients"}),
            400,
        ),
        (
            json!({"mechanism": "dpop", "required": true, "required_for": "public_clients"}),
            200,
        ),
        (Value::Null, 200),
    ] {
        let body = json!({"proof_of_possession": possession});
        let changed = app.patch(&path, &body).await;
        let shown = changed.json().get("proof_of_possession").cloned();
        assert_eq!(shown.unwrap_or_default(), possession);
        assert_eq!(app.token(&client, &asked).await.status, status, "{body}");
    }
    for possession in [
        json!({"mechanism": "mtls", "required": true, "required_for": "public_clients"}),
        json!({"mechanism": "dpop"}),
        json!({"mechanism": "none", "required": true}),
        json!({"mechanism": "dpop", "required": true, "more": 1}),
    ] {
        let refused = app
            .patch(&path, &json!({"proof_of_possession": possession}))
            .await;
        assert_eq!(refused.status, 400, "{possession}");
    }
}

#[tokio::test]
async fn what_means_nothing_here_is_kept_and_shown() {
    let app = TestApp::new().await;
    let said = json!({
        "identifier": API,
        "consent_policy": "transactional-authorization-with-mfa",
        "authorization_details": [{"type": "payment"}],
        "allow_online_access": true,
        "allow_online_access_with_ephemeral_sessions": false,
        "authorization_policy": {"policy_id": "019b76da"},
        "subject_type_authorization": {"user": {"policy": "deny_all"}},
    });
    let made = app.post(APIS, &said).await;
    let id = made.text("id");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","identifier":"https://api.example","allow_offline_access":false,"skip_consent_for_verifiable_first_party_clients":false,"allow_online_access":true,"allow_online_access_with_ephemeral_sessions":false,"subject_type_authorization":{"client":{"policy":"require_client_grant"},"user":{"policy":"deny_all"}},"token_lifetime":86400,"token_lifetime_for_web":7200,"signing_alg":"RS256","consent_policy":"transactional-authorization-with-mfa","authorization_details":[{"type":"payment"}],"authorization_policy":{"policy_id":"019b76da"}}
    "#);
    let nothing = json!({
        "consent_policy": null,
        "authorization_details": null,
        "authorization_policy": null,
    });
    let changed = app.patch(&format!("{APIS}/{id}"), &nothing).await;
    for member in nothing.as_object().unwrap().keys() {
        assert_eq!(changed.json().get(member), None, "{member}");
    }
}

#[tokio::test]
async fn a_secret_given_to_an_api_of_another_algorithm_is_kept() {
    let app = TestApp::new().await;
    let secret = "jPd1d0TWbg7pN9iPcXdtYtEIIGAk5zhmCi";
    let body = json!({"identifier": API, "signing_alg": "RS256", "signing_secret": secret});
    let made = app.post(APIS, &body).await;
    assert_eq!(made.text("signing_secret"), secret);
    let path = format!("{APIS}/{}", made.text("id"));
    let kept = app.patch(&path, &json!({"token_lifetime": 60})).await;
    assert_eq!(kept.text("signing_secret"), secret);
    let moved = app.patch(&path, &json!({"signing_alg": "PS256"})).await;
    assert_eq!(moved.json().get("signing_secret"), None);
}

#[tokio::test]
async fn the_my_account_api_is_the_servers_own_and_may_go() {
    let app = TestApp::new().await;
    let body = json!({
        "identifier": "https://acme.example/me/",
        "name": "Mine",
        "scopes": [{"value": "all:of:it"}],
        "authorization_policy": {"policy_id": "p"},
    });
    let made = app.post(APIS, &body).await;
    let id = made.text("id");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","name":"Auth0 My Account API","identifier":"https://acme.example/me/","allow_offline_access":true,"skip_consent_for_verifiable_first_party_clients":true,"subject_type_authorization":{"client":{"policy":"deny_all"},"user":{"policy":"require_client_grant"}},"token_lifetime":600,"token_lifetime_for_web":600,"signing_alg":"RS256","scopes":[{"value":"create:me:connected_accounts","description":"Create Connected Accounts"},{"value":"read:me:connected_accounts","description":"Read Connected Accounts"},{"value":"delete:me:connected_accounts","description":"Delete Connected Accounts"}],"is_system":true,"proof_of_possession":{"mechanism":"dpop","required":false},"authorization_policy":{"policy_id":"p"}}
    "#);
    let path = format!("{APIS}/{id}");
    let refused = app.patch(&path, &json!({"name": "Mine"})).await;
    assert_eq!(
        refused.text("message"),
        "System resource servers cannot be patched."
    );
    assert_eq!(app.post(APIS, &body).await.status, 409);
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_system_api_goes_by_any_host_of_its_tenant_and_little_of_it_changes() {
    let app = TestApp::new().await;
    app.alias("login.acme.example").await;
    let path = format!("{APIS}/https%3A%2F%2Flogin.acme.example%2Fapi%2Fv2%2F");
    let found = app.get(&path).await;
    assert_eq!(found.text("identifier"), "https://acme.example/api/v2/");
    for (body, status) in [
        (json!({"token_lifetime": 60}), 200),
        (
            json!({"proof_of_possession": {"mechanism": "dpop", "required": false}}),
            200,
        ),
        (json!({"authorization_policy": {"policy_id": "p"}}), 200),
        (
            json!({"subject_type_authorization": {"user": {"policy": "deny_all"}}}),
            200,
        ),
        (
            json!({"skip_consent_for_verifiable_first_party_clients": true}),
            200,
        ),
        (json!({"allow_offline_access": true}), 400),
        (
            json!({"consent_policy": "transactional-authorization-with-mfa"}),
            400,
        ),
        (json!({"scopes": []}), 400),
        (json!({"signing_alg": "PS256"}), 400),
        (json!({"enforce_policies": true}), 400),
    ] {
        assert_eq!(app.patch(&path, &body).await.status, status, "{body}");
    }
    let refused = app.delete(&path).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.text("message"),
        "System resource servers cannot be deleted."
    );
}

#[tokio::test]
async fn an_api_names_the_client_that_stands_for_it() {
    let app = TestApp::new().await;
    let id = app.api(API, &[]).await;
    let body = json!({
        "name": "the API itself",
        "app_type": "resource_server",
        "resource_server_identifier": API,
    });
    let client = app.post("/api/v2/clients", &body).await.text("client_id");
    let shown = app.get(&format!("{APIS}/{id}")).await;
    assert_eq!(shown.text("client_id"), client);
    let listed = app.get(&format!("{APIS}?identifiers={API}")).await;
    assert_eq!(each(&listed, "client_id"), [client]);
}
