//! `/api/v2/custom-domains`: further names of the tenant, which work once they are verified.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::{API, members};

const DOMAINS: &str = "/api/v2/custom-domains";

fn managed(domain: &str) -> Value {
    json!({"domain": domain, "type": "auth0_managed_certs"})
}

async fn jwks_status(app: &TestApp, host: &str) -> u16 {
    let headers = [("host", host)];
    let path = "/.well-known/jwks.json";
    app.raw(http::Method::GET, path, &headers, "")
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn a_name_works_from_its_verification_to_its_end() {
    let app = TestApp::new().await;
    let made = app.post(DOMAINS, &managed("Login.Acme.example")).await;
    let id = made.text("custom_domain_id");
    assert!(id.starts_with("cd_") && id.len() == 19, "{id}");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"custom_domain_id":"ID","domain":"login.acme.example","primary":true,"is_default":false,"status":"pending_verification","type":"auth0_managed_certs","verification":{"methods":[{"name":"CNAME","record":"acme.example","domain":"login.acme.example"}],"status":"pending"},"tls_policy":"recommended"}
    "#);
    let path = format!("{DOMAINS}/{id}");
    assert_eq!(jwks_status(&app, "login.acme.example").await, 404);
    assert_eq!(
        app.post(&format!("{path}/test"), &json!({})).await.status,
        409
    );

    let verified = app.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(verified.status, 201);
    assert_eq!(verified.json()["status"], "ready");
    assert_eq!(verified.json()["verification"]["status"], "verified");
    assert_eq!(
        app.post(&format!("{path}/test"), &json!({})).await.json()["success"],
        true
    );
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let headers = [
        ("host", "login.acme.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let token = app
        .raw(http::Method::POST, "/oauth/token", &headers, form)
        .await;
    assert_eq!(token.claims()["iss"], "https://login.acme.example/");

    // Verifying again changes nothing, and the name is there once.
    app.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(jwks_status(&app, "login.acme.example").await, 404);
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_name_of_somebody_else_is_not_to_be_had() {
    let app = TestApp::new().await;
    app.tenant("other", "other.example").await;
    for taken in ["other.example", "OTHER.example", "acme.example"] {
        assert_eq!(
            app.post(DOMAINS, &managed(taken)).await.status,
            409,
            "{taken}"
        );
    }
    let made = app.post(DOMAINS, &managed("new.example")).await;
    assert_eq!(app.post(DOMAINS, &managed("New.example")).await.status, 409);
    // Somebody else takes it between the wish and its verification.
    app.tenant("third", "new.example").await;
    let path = format!("{DOMAINS}/{}", made.text("custom_domain_id"));
    let refused = app.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(refused.status, 409, "{refused}");
    assert_eq!(
        app.get(&path).await.json()["status"],
        "pending_verification"
    );
}

#[tokio::test]
async fn what_is_no_domain_is_refused() {
    let app = TestApp::new().await;
    for domain in [
        "a",
        "a b.example",
        "http://a.example",
        "a.example:8080",
        "-a.example",
        "a..b",
        "a_b.example",
        "[::1]",
    ] {
        assert_eq!(
            app.post(DOMAINS, &managed(domain)).await.status,
            400,
            "{domain}"
        );
    }
    for (member, value, kind) in [
        ("tls_policy", json!("recommended"), "self_managed_certs"),
        (
            "custom_client_ip_header",
            json!("cf-connecting-ip"),
            "auth0_managed_certs",
        ),
        (
            "custom_client_ip_header",
            json!("x-mine"),
            "self_managed_certs",
        ),
        (
            "relying_party_identifier",
            json!("example.org"),
            "self_managed_certs",
        ),
        (
            "relying_party_identifier",
            json!("example"),
            "self_managed_certs",
        ),
        ("tls_policy", json!("compatible"), "auth0_managed_certs"),
        (
            "domain_metadata",
            json!({"a": "x".repeat(256)}),
            "auth0_managed_certs",
        ),
    ] {
        let mut body = json!({"domain": "login.acme.example", "type": kind});
        body[member] = value;
        assert_eq!(app.post(DOMAINS, &body).await.status, 400, "{body}");
    }
    assert_eq!(app.get(DOMAINS).await.json(), json!([]));
}

#[tokio::test]
async fn settings_of_a_domain_change_and_go() {
    let app = TestApp::new().await;
    let body = json!({
        "domain": "login.acme.example",
        "type": "self_managed_certs",
        "custom_client_ip_header": "cf-connecting-ip",
        "domain_metadata": {"a": "1"},
        "relying_party_identifier": "acme.example",
    });
    let made = app.post(DOMAINS, &body).await;
    for member in [
        "custom_client_ip_header",
        "domain_metadata",
        "relying_party_identifier",
    ] {
        assert_eq!(made.json()[member], body[member], "{member}");
    }
    let path = format!("{DOMAINS}/{}", made.text("custom_domain_id"));
    let changed = app
        .patch(
            &path,
            &json!({"domain_metadata": {"b": "2", "c": null}, "relying_party_identifier": null}),
        )
        .await;
    assert_eq!(changed.json()["domain_metadata"], json!({"b": "2"}));
    assert_eq!(changed.json().get("relying_party_identifier"), None);
    assert_eq!(
        changed.json()["custom_client_ip_header"],
        "cf-connecting-ip"
    );
}

#[tokio::test]
async fn the_default_is_a_verified_domain_or_the_canonical_one() {
    let app = TestApp::new().await;
    let default = format!("{DOMAINS}/default");
    assert_eq!(
        app.get(&default).await.json(),
        json!({"domain": "acme.example"})
    );
    let made = app.post(DOMAINS, &managed("login.acme.example")).await;
    let path = format!("{DOMAINS}/{}", made.text("custom_domain_id"));
    let choose = json!({"domain": "login.acme.example"});
    let refused = app.patch(&default, &choose).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.text("message"),
        "The domain must be verified before it can be set as default."
    );
    app.post(&format!("{path}/verify"), &json!({})).await;
    assert_eq!(
        app.patch(&default, &choose).await.json()["is_default"],
        true
    );
    assert_eq!(app.get(&default).await.text("domain"), "login.acme.example");
    assert_eq!(app.delete(&path).await.status, 409);
    let canonical = app
        .patch(&default, &json!({"domain": "acme.example"}))
        .await;
    assert_eq!(canonical.json(), json!({"domain": "acme.example"}));
    assert_eq!(app.delete(&path).await.status, 204);
}

#[tokio::test]
async fn domains_are_searched_and_paged() {
    let app = TestApp::new().await;
    for name in ["a.acme.example", "b.acme.example", "c.other.example"] {
        app.post(DOMAINS, &managed(name)).await;
    }
    assert_eq!(app.get(DOMAINS).await.json().as_array().unwrap().len(), 3);
    let page = app.get(&format!("{DOMAINS}?take=2")).await;
    assert_eq!(members(&page), ["custom_domains", "next"]);
    let rest = app
        .get(&format!("{DOMAINS}?take=2&from={}", page.text("next")))
        .await;
    assert_eq!(
        rest.json()["custom_domains"][0]["domain"],
        "c.other.example"
    );
    let found = app
        .get(&format!(
            "{DOMAINS}?q=domain:b.*%20AND%20status:pending_verification&fields=domain"
        ))
        .await;
    assert_eq!(found.json(), json!([{"domain": "b.acme.example"}]));
    assert_eq!(app.get(&format!("{DOMAINS}?q=nonsense")).await.status, 400);
}
