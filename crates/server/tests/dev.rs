//! Development mode's endpoints: there only in development mode, and only for the same machine.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use axum::body::Body;
use http::{Method, Request};
use m2mint_authority::log::Durability;
use m2mint_server::Settings;
use m2mint_testkit::app::HOST;
use m2mint_testkit::{Answer, TestApp};
use serde_json::json;

const PATHS: [&str; 2] = ["/dev/token", "/dev/reset"];

async fn ask_from(app: &TestApp, ip: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    app.send_from(ip.parse().unwrap(), request).await
}

#[tokio::test]
async fn outside_development_mode_they_are_not_there() {
    let app = TestApp::with(Settings::default(), Durability::Buffered).await;
    for path in PATHS {
        let answer = app.raw(Method::POST, path, &[], "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text("error"), "not_found");
    }
}

#[tokio::test]
async fn other_machines_are_refused() {
    let app = TestApp::new().await;
    for ip in ["192.0.2.1", "10.0.0.1", "2001:db8::1", "0.0.0.0"] {
        for path in PATHS {
            let answer = ask_from(&app, ip, path, &[]).await;
            assert_eq!(answer.status, 403, "{ip} {path}: {answer}");
        }
    }
    for ip in ["127.0.0.1", "127.8.8.8", "::1"] {
        assert_eq!(ask_from(&app, ip, "/dev/token", &[]).await.status, 200);
    }
}

/// A proxy on the same machine speaks for others, whether its headers are believed or not.
#[tokio::test]
async fn a_forwarded_request_is_refused() {
    let trusting = Settings {
        dev: true,
        trusted_proxies: vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ],
        ..Settings::default()
    };
    let plain = Settings {
        dev: true,
        ..Settings::default()
    };
    for settings in [trusting, plain] {
        let app = TestApp::with(settings, Durability::Buffered).await;
        for header in [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=203.0.113.9"),
            ("x-real-ip", "203.0.113.9"),
        ] {
            for path in PATHS {
                let answer = ask_from(&app, "127.0.0.1", path, &[header]).await;
                assert_eq!(answer.status, 403, "{header:?} {path}: {answer}");
            }
        }
        // Nor does claiming to be local help from afar.
        for path in PATHS {
            let answer =
                ask_from(&app, "10.0.0.1", path, &[("x-forwarded-for", "127.0.0.1")]).await;
            assert_eq!(answer.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn the_token_is_for_the_management_api_with_every_scope() {
    let app = TestApp::new().await;
    let answer = app.raw(Method::POST, "/dev/token", &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.claims()["aud"], "https://acme.example/api/v2/");
    assert_eq!(answer.claims()["azp"], "dev");
    let scopes = answer.text("scope");
    for scope in [
        "create:clients",
        "update:client_keys",
        "update:signing_keys",
        "read:logs",
    ] {
        assert!(scopes.split(' ').any(|one| one == scope), "{scope}");
    }
}

#[tokio::test]
async fn a_reset_empties_everything_and_keeps_the_rsa_keys() {
    let app = TestApp::new().await;
    let before = app.fetch("/.well-known/jwks.json").await.json();
    let api = "https://api.example";
    app.api(api, &["read:a"]).await;
    app.post(
        "/api/v2/resource-servers",
        &json!({"identifier": "https://es.example", "signing_alg": "ES256"}),
    )
    .await;
    let client = app.client("billing").await;
    app.grant(&client, api, &["read:a"]).await;
    app.post("/api/v2/organizations", &json!({"name": "customer"}))
        .await;
    let settings = json!({"default_audience": api, "friendly_name": "Acme"});
    app.patch("/api/v2/tenants/settings", &settings).await;
    app.token(&client, "").await;
    // No flush in between: what waits to be written must be gone too.

    let answer = app.raw(Method::POST, "/dev/reset", &[], "").await;

    assert_eq!(answer.status, 204, "{answer}");
    assert!(answer.body.is_empty());
    for list in ["logs", "client-grants", "organizations"] {
        let listed = app.get(&format!("/api/v2/{list}")).await;
        assert_eq!(listed.json(), json!([]), "{list}");
    }
    let clients = app.get("/api/v2/clients").await.json();
    assert_eq!(clients.as_array().unwrap().len(), 1);
    assert_eq!(clients[0]["global"], true);
    let apis = app.get("/api/v2/resource-servers").await.json();
    assert_eq!(apis.as_array().unwrap().len(), 1);
    assert_eq!(apis[0]["is_system"], true);
    let settings = app.get("/api/v2/tenants/settings").await.json();
    assert_eq!(settings["default_audience"], "");
    assert_eq!(settings.get("friendly_name"), None);
    assert_eq!(app.fetch("/.well-known/jwks.json").await.json(), before);
    // A token from before still works: the keys are the same.
    assert_eq!(app.token(&client, "").await.status, 401);
}
