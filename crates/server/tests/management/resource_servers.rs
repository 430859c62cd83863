//! `/api/v2/resource-servers`.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
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
