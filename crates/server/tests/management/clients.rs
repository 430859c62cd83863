//! `/api/v2/clients`.

use http::Method;
use insta::assert_snapshot;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::json;

use super::{API, each, members};

#[tokio::test]
async fn a_new_client_is_shown_in_auth0s_order() {
    let app = TestApp::new().await;
    let made = app
        .post("/api/v2/clients", &json!({"name": "billing"}))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        made.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(made.header("cache-control"), "no-store");
    let (id, secret) = (made.text("client_id"), made.text("client_secret"));
    assert_eq!(id.len(), 32);
    assert_eq!(secret.len(), 64);
    let mut shown = made
        .to_string()
        .replace(&id, "ID")
        .replace(&secret, "SECRET");
    for member in ["cert", "pkcs7"] {
        let pem = made.json()["signing_keys"][0][member].to_string();
        assert!(pem.ends_with("-----\""), "{pem}");
        shown = shown.replace(&pem, "PEM");
    }
    assert_snapshot!(shown, @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"tenant":"acme","global":false,"is_token_endpoint_ip_header_trusted":false,"name":"billing","is_first_party":true,"oidc_conformant":false,"refresh_token":{"expiration_type":"non-expiring","leeway":0,"infinite_token_lifetime":true,"infinite_idle_token_lifetime":true,"token_lifetime":2592000,"idle_token_lifetime":1296000,"rotation_type":"non-rotating"},"sso_disabled":false,"cross_origin_auth":false,"cross_origin_authentication":false,"encrypted":true,"signing_keys":[{"cert":PEM,"pkcs7":PEM,"subject":"/CN=acme.example"}],"client_id":"ID","callback_url_template":false,"client_secret":"SECRET","jwt_configuration":{"secret_encoded":false,"lifetime_in_seconds":36000},"grant_types":["authorization_code","implicit","refresh_token","client_credentials"],"custom_login_page_on":true}
    "#);

    let path = format!("/api/v2/clients/{id}");
    let read = app.get(&path).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.json(), made.json());
}

#[tokio::test]
async fn the_default_grant_types_follow_the_kind_of_application() {
    let app = TestApp::new().await;
    for (app_type, expected) in [
        (
            json!("non_interactive"),
            json!([
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials"
            ]),
        ),
        (
            json!("regular_web"),
            json!([
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials"
            ]),
        ),
        (
            json!("spa"),
            json!(["authorization_code", "implicit", "refresh_token"]),
        ),
        (
            json!("native"),
            json!(["authorization_code", "implicit", "refresh_token"]),
        ),
        (json!("resource_server"), json!([])),
    ] {
        let body = json!({"name": "x", "app_type": app_type});
        let made = app.post("/api/v2/clients", &body).await;
        assert_eq!(made.json()["grant_types"], expected, "{app_type}");
        assert_eq!(made.json()["app_type"], app_type);
    }
}

#[tokio::test]
async fn what_was_said_comes_back() {
    let app = TestApp::new().await;
    let said = json!({
        "name": "billing",
        "description": "Sends invoices",
        "app_type": "non_interactive",
        "grant_types": ["client_credentials"],
        "is_first_party": false,
        "token_endpoint_auth_method": "client_secret_basic",
        "client_metadata": {"team": "money"},
        "is_token_endpoint_ip_header_trusted": true,
        "callbacks": ["https://x.example"],
        "logo_uri": "https://x.example/logo.png",
        "oidc_conformant": true,
        "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 60},
    });
    let made = app.post("/api/v2/clients", &said).await.json();
    for (member, value) in said.as_object().unwrap() {
        if member != "jwt_configuration" {
            assert_eq!(made[member], *value, "{member}");
        }
    }
    assert_eq!(
        made["jwt_configuration"],
        json!({"alg": "RS256", "lifetime_in_seconds": 60, "secret_encoded": false})
    );
}

#[tokio::test]
async fn a_client_may_bring_its_own_secret() {
    let app = TestApp::new().await;
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let body = json!({"name": "billing", "client_secret": own});
    let made = app.post("/api/v2/clients", &body).await;
    assert_eq!(made.text("client_secret"), own);
    for bad in ["short", &"x".repeat(257)] {
        let body = json!({"name": "billing", "client_secret": bad});
        let refused = app.post("/api/v2/clients", &body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text("errorCode"), "invalid_body");
        assert!(!refused.to_string().contains(bad));
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_says_and_null_takes_away() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "billing",
        "description": "x",
        "app_type": "spa",
        "token_endpoint_auth_method": "client_secret_post",
        "client_metadata": {"a": "1", "b": "2"},
        "logo_uri": "https://x.example/logo.png",
    });
    let id = app.post("/api/v2/clients", &body).await.text("client_id");
    let path = format!("/api/v2/clients/{id}");

    let renamed = app.patch(&path, &json!({"name": "payments"})).await;
    assert_eq!(renamed.status, 200);
    assert_eq!(renamed.text("name"), "payments");
    assert_eq!(renamed.text("description"), "x");

    let body = json!({"client_metadata": {"a": null, "c": "3"}});
    let changed = app.patch(&path, &body).await;
    assert_eq!(
        changed.json()["client_metadata"],
        json!({"b": "2", "c": "3"})
    );

    let body = json!({
        "description": null,
        "app_type": null,
        "token_endpoint_auth_method": null,
        "client_metadata": null,
        "default_organization": null,
        "logo_uri": null,
    });
    let emptied = app.patch(&path, &body).await;
    for member in body.as_object().unwrap().keys() {
        assert_eq!(emptied.json().get(member), None, "{member}");
    }
    assert_eq!(emptied.json(), app.get(&path).await.json());
}

#[tokio::test]
async fn a_patch_with_a_secret_replaces_all_secrets() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let path = format!("/api/v2/clients/{}", client.id);
    let patched = app.patch(&path, &json!({"client_secret": own})).await;
    assert_eq!(patched.text("client_secret"), own);
    let secrets = app
        .get(&format!("/m2mint/v1/clients/{}/secrets", client.id))
        .await;
    assert_eq!(each(&secrets, "hint"), ["…CDEF"]);
}

/// A crash between two commits would leave the change without the secret.
#[tokio::test]
async fn a_patch_with_a_secret_is_one_commit() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let revision = || {
        let site = app.snapshots().site("acme.example").unwrap();
        site.tenant.revision()
    };
    let before = revision();
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let body = json!({"name": "payments", "client_secret": own});
    let patched = app
        .patch(&format!("/api/v2/clients/{}", client.id), &body)
        .await;
    assert_eq!(patched.text("name"), "payments");
    assert_eq!(patched.text("client_secret"), own);
    assert_eq!(revision(), before.next());
    // The old secret is retired in it, and the new one works.
    let body = json!({"default_audience": "https://acme.example/api/v2/"});
    app.patch("/api/v2/tenants/settings", &body).await;
    assert_eq!(app.token(&client, "").await.text("error"), "access_denied");
    let renewed = Credentials {
        secret: own.to_owned(),
        ..client
    };
    let refused = app.token(&renewed, "").await;
    assert_eq!(refused.status, 403, "it has no grant: {refused}");
}

/// Whoever may set a secret can become the client.
#[tokio::test]
async fn setting_a_secret_takes_the_scope_for_secrets() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let token = app.scoped_token(&["update:clients"]).await;
    let body = json!({"client_secret": "0123456789abcdefghijklmnopqrstuvwxyz"});
    let refused = app.manage_as(&token, Method::PATCH, &path, &body).await;
    assert_eq!(refused.status, 403, "{refused}");
    assert_eq!(
        refused.text("message"),
        "Insufficient scope, expected any of: update:client_keys"
    );
    let renamed = app
        .manage_as(&token, Method::PATCH, &path, &json!({"name": "x"}))
        .await;
    assert_eq!(renamed.status, 200);
}

#[tokio::test]
async fn deleting_takes_the_grants_along_and_may_be_repeated() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let grant = app.grant(&client, API, &["read:a"]).await;
    let path = format!("/api/v2/clients/{}", client.id);
    for _ in 0..2 {
        let deleted = app.delete(&path).await;
        assert_eq!(deleted.status, 204);
        assert!(deleted.body.is_empty());
    }
    assert_snapshot!(app.get(&path).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"The client does not exist","errorCode":"inexistent_client"}
    "#);
    assert_eq!(
        app.get(&format!("/api/v2/client-grants/{grant}"))
            .await
            .status,
        404
    );
    assert_eq!(app.patch(&path, &json!({"name": "x"})).await.status, 404);
}

#[tokio::test]
async fn unknown_members_are_refused_by_name() {
    let app = TestApp::new().await;
    let body = json!({"name": "x", "scopes": []});
    assert_snapshot!(app.post("/api/v2/clients", &body).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":400,"error":"Bad Request","message":"Payload validation error: 'Additional properties not allowed: scopes'.","errorCode":"invalid_body"}
    "#);
}

#[tokio::test]
async fn a_name_is_required_and_has_limits() {
    let app = TestApp::new().await;
    for body in [
        json!({}),
        json!({"name": null}),
        json!({"name": ""}),
        json!({"name": "a<b"}),
        json!({"name": "x".repeat(256)}),
        json!({"name": "x", "description": "x".repeat(141)}),
        json!({"name": "x", "client_metadata": {"a": "x".repeat(256)}}),
        json!({"name": "x", "token_endpoint_auth_method": "magic"}),
        json!({"name": "x", "default_organization": {"organization_id": "org_none", "flows": ["client_credentials"]}}),
        json!({"name": "x", "default_organization": {"organization_id": "org_none", "flows": ["device"]}}),
    ] {
        let refused = app.post("/api/v2/clients", &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body", "{body}");
    }
    assert_eq!(
        app.get("/api/v2/clients?is_global=false").await.json(),
        json!([])
    );
}

#[tokio::test]
async fn lists_are_filtered() {
    let app = TestApp::new().await;
    for (name, app_type, first_party) in [
        ("a", "spa", true),
        ("b", "native", true),
        ("c", "spa", false),
    ] {
        let body = json!({"name": name, "app_type": app_type, "is_first_party": first_party});
        app.post("/api/v2/clients", &body).await;
    }
    for (query, expected) in [
        ("", vec!["All Applications", "a", "b", "c"]),
        ("?app_type=spa", vec!["a", "c"]),
        ("?app_type=spa,native", vec!["a", "b", "c"]),
        ("?is_first_party=false", vec!["c"]),
        ("?is_global=true", vec!["All Applications"]),
        ("?is_global=false", vec!["a", "b", "c"]),
        ("?unknown=1", vec!["All Applications", "a", "b", "c"]),
    ] {
        let mut names = each(&app.get(&format!("/api/v2/clients{query}")).await, "name");
        names.sort();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn fields_choose_members() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let some = app.get(&format!("{path}?fields=name,client_id")).await;
    assert_eq!(members(&some), ["tenant", "name", "client_id"]);
    let others = app
        .get(&format!("{path}?fields=name&include_fields=false"))
        .await;
    assert!(!members(&others).contains(&"name".to_owned()));
    let listed = app
        .get("/api/v2/clients?fields=name&include_fields=true&is_global=false")
        .await;
    assert_eq!(
        listed.json(),
        json!([{"tenant": "acme", "name": "billing"}])
    );
}
