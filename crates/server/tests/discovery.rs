//! Discovery and JWKS: what clients and verifiers may know without asking anybody.

use http::Method;
use insta::assert_snapshot;
use m2mint_testkit::{Answer, Credentials, TestApp};
use m2mint_verify::{Algorithm, JwkSet, Rules, check};
use serde_json::{Value, json};

const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/openid-configuration";
const API: &str = "https://api.example";

async fn fetch_at(app: &TestApp, host: &str, path: &str) -> Answer {
    app.raw(Method::GET, path, &[("host", host)], "").await
}

#[tokio::test]
async fn the_metadata_says_what_this_server_is() {
    let app = TestApp::new().await;
    let answer = app.fetch(METADATA).await;
    assert_snapshot!(answer, @r#"
    200 OK
    cache-control: public, max-age=300, stale-if-error=86400
    content-type: application/json; charset=utf-8
    {"issuer":"https://acme.example/","token_endpoint":"https://acme.example/oauth/token","jwks_uri":"https://acme.example/.well-known/jwks.json","scopes_supported":[],"response_types_supported":[],"subject_types_supported":["public"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"claims_supported":["aud","exp","iat","iss","sub"],"grant_types_supported":["client_credentials"],"request_uri_parameter_supported":false,"request_parameter_supported":false,"id_token_signing_alg_values_supported":["HS256","RS256","PS256"]}
    "#);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let same = app.fetch("/.well-known/oauth-authorization-server").await;
    assert_eq!(same.body, answer.body);
}

#[tokio::test]
async fn the_metadata_names_an_algorithm_once_there_is_a_key_for_it() {
    let app = TestApp::new().await;
    let body = json!({"identifier": API, "signing_alg": "ES256"});
    app.post("/api/v2/resource-servers", &body).await;
    let algorithms = &app.fetch(METADATA).await.json()["id_token_signing_alg_values_supported"];
    assert_eq!(*algorithms, json!(["HS256", "RS256", "PS256", "ES256"]));
}

#[tokio::test]
async fn the_jwks_has_the_current_key_and_the_next_one_with_members_in_auth0s_order() {
    let app = TestApp::new().await;
    let answer = app.fetch(JWKS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    let keys = answer.json()["keys"].as_array().cloned().unwrap();
    assert_eq!(keys.len(), 2);
    for key in &keys {
        let members: Vec<&str> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            members,
            ["kty", "use", "n", "e", "kid", "x5t", "x5c", "alg"]
        );
        assert_eq!(key["kty"], "RSA");
        assert_eq!(key["use"], "sig");
        assert_eq!(key["e"], "AQAB");
        assert_eq!(key["alg"], "RS256");
        assert_eq!(key["kid"].as_str().unwrap().len(), 21);
        assert_eq!(key["x5c"].as_array().unwrap().len(), 1);
        // 2048 bits, and nothing of the private half.
        assert_eq!(key["n"].as_str().unwrap().len(), 342);
    }
    let listed = app.get("/api/v2/keys/signing").await.json();
    assert_eq!(keys[0]["kid"], listed[0]["kid"]);
    assert_eq!(listed[0]["current"], true);
    assert_eq!(keys[1]["kid"], listed[1]["kid"]);
    assert_eq!(listed[1]["next"], true);
}

#[tokio::test]
async fn whoever_has_a_document_already_is_told_so_without_it() {
    let app = TestApp::new().await;
    for path in [JWKS, METADATA] {
        let first = app.fetch(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".into(),
        ] {
            let again = app
                .raw(Method::GET, path, &[("if-none-match", &*known)], "")
                .await;
            assert_eq!(again.status, 304, "{known}");
            assert!(again.body.is_empty());
            assert_eq!(again.header("etag"), tag);
            assert_eq!(
                again.header("cache-control"),
                "public, max-age=300, stale-if-error=86400"
            );
            assert_eq!(again.header("access-control-allow-origin"), "*");
        }
        let stale = app
            .raw(Method::GET, path, &[("if-none-match", "\"x\"")], "")
            .await;
        assert_eq!(stale.status, 200);
        assert_eq!(stale.body, first.body);
    }
}

#[tokio::test]
async fn the_tag_changes_when_a_key_does() {
    let app = TestApp::new().await;
    let before = app.fetch(JWKS).await.header("etag").to_owned();
    app.post("/api/v2/keys/signing/rotate", &json!({})).await;
    let again = app
        .raw(Method::GET, JWKS, &[("if-none-match", &*before)], "")
        .await;
    assert_eq!(again.status, 200);
    assert_ne!(again.header("etag"), before);
}

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let app = TestApp::new().await;
    for path in [JWKS, METADATA, "/livez"] {
        let answer = app.raw(Method::HEAD, path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn every_name_of_a_tenant_is_an_issuer_of_its_own() {
    let app = TestApp::new().await;
    app.alias("login.acme.example").await;
    for host in ["acme.example", "login.acme.example"] {
        let metadata = fetch_at(&app, host, METADATA).await.json();
        assert_eq!(metadata["issuer"], format!("https://{host}/"));
        assert_eq!(
            metadata["token_endpoint"],
            format!("https://{host}/oauth/token")
        );
        assert_eq!(
            metadata["jwks_uri"],
            format!("https://{host}/.well-known/jwks.json")
        );
    }
    let tags: Vec<String> = [
        fetch_at(&app, "acme.example", METADATA).await,
        fetch_at(&app, "login.acme.example", METADATA).await,
    ]
    .iter()
    .map(|answer| answer.header("etag").to_owned())
    .collect();
    assert_ne!(tags[0], tags[1]);
    let keys = [
        fetch_at(&app, "acme.example", JWKS).await.body,
        fetch_at(&app, "login.acme.example", JWKS).await.body,
    ];
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn two_tenants_in_one_process_know_nothing_of_each_other() {
    let app = TestApp::new().await;
    app.tenant("other", "other.example").await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    let ask = async |host: &str, client: &Credentials| {
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
            client.id, client.secret
        );
        let headers = [
            ("host", host),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        app.raw(Method::POST, "/oauth/token", &headers, body).await
    };

    // A secret of one is nothing at the other.
    let token = ask("acme.example", &client).await.text("access_token");
    assert_eq!(ask("other.example", &client).await.status, 401);

    // Nor are keys.
    let rules = |host: &str| {
        Rules::new(format!("https://{host}/"), API)
            .algorithms([Algorithm::Rs256])
            .leeway(0)
    };
    let now = m2mint_testkit::app::START;
    let ours = JwkSet::parse(fetch_at(&app, "acme.example", JWKS).await.body).unwrap();
    let theirs = JwkSet::parse(fetch_at(&app, "other.example", JWKS).await.body).unwrap();
    assert!(check(&rules("acme.example"), &ours, &token, now).is_ok());
    assert!(check(&rules("acme.example"), &theirs, &token, now).is_err());
    assert!(check(&rules("other.example"), &ours, &token, now).is_err());

    // The other's Management API shows nothing of this one.
    let foreign = app.management_token_of("other.example").await;
    let header = format!("Bearer {foreign}");
    let headers = [("host", "other.example"), ("authorization", &*header)];
    let clients = app
        .raw(Method::GET, "/api/v2/clients?is_global=false", &headers, "")
        .await;
    assert_eq!(clients.json(), json!([]));
    let path = format!("/api/v2/clients/{}", client.id);
    let shown = app.raw(Method::GET, &path, &headers, "").await;
    assert_eq!(shown.status, 404);
    let deleted = app.raw(Method::DELETE, &path, &headers, "").await;
    assert_eq!(deleted.status, 204);
    assert_eq!(app.get(&path).await.status, 200);
    let logs = app.raw(Method::GET, "/api/v2/logs", &headers, "").await;
    let of_ours = |event: &Value| event["tenant_name"] != "other";
    assert!(!logs.json().as_array().unwrap().iter().any(of_ours));
}

#[tokio::test]
async fn load_balancers_are_answered_on_any_host() {
    let app = TestApp::new().await;
    let live = fetch_at(&app, "10.0.0.7:8080", "/livez").await;
    assert_eq!(live.status, 200);
    assert_eq!(live.json(), json!({"status": "alive"}));
    let ready = fetch_at(&app, "10.0.0.7:8080", "/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.json(),
        json!({"status": "ready", "log_events_dropped": 0})
    );
}
