//! `/api/v2/tenants/settings`.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::json;

const SETTINGS: &str = "/api/v2/tenants/settings";

#[tokio::test]
async fn a_new_tenant_has_auth0s_defaults() {
    let app = TestApp::new().await;
    assert_snapshot!(app.get(SETTINGS).await, @r#"
    200 OK
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"default_audience":"","enabled_locales":["en"],"flags":{"allow_changing_enable_sso":false,"disable_impersonation":true,"enable_sso":true,"new_universal_login_experience_enabled":true,"universal_login":true,"revoke_refresh_token_grant":false,"disable_clickjack_protection_headers":false},"sandbox_version":"22","oidc_logout":{"rp_logout_end_session_endpoint_discovery":true},"allow_organization_name_in_authentication_api":false,"universal_login":{},"resource_parameter_profile":"audience","phone_consolidated_experience":false,"client_id_metadata_document_supported":false,"sandbox_versions_available":["22","18"]}
    "#);
}

#[tokio::test]
async fn what_was_said_comes_back_and_what_was_not_stays() {
    let app = TestApp::new().await;
    let said = json!({
        "default_audience": "https://api.example",
        "friendly_name": "Acme",
        "allow_organization_name_in_authentication_api": true,
        "enabled_locales": ["de", "ja"],
        "acr_values_supported": ["urn:high"],
        "mtls": {"enable_endpoint_aliases": true},
        "default_token_quota": {"clients": {"client_credentials": {"enforce": false, "per_day": 9}}},
        "session_lifetime": 720,
        "support_email": "help@acme.example",
    });
    let changed = app.patch(SETTINGS, &said).await;
    assert_eq!(changed.status, 200);
    for (member, value) in said.as_object().unwrap() {
        assert_eq!(changed.json()[member], *value, "{member}");
    }
    let again = app.patch(SETTINGS, &json!({"default_audience": ""})).await;
    assert_eq!(again.json()["default_audience"], "");
    assert_eq!(again.json()["friendly_name"], "Acme");
    let unset = app
        .patch(
            SETTINGS,
            &json!({"mtls": null, "acr_values_supported": null, "default_token_quota": null}),
        )
        .await;
    for member in ["mtls", "acr_values_supported", "default_token_quota"] {
        assert_eq!(unset.json().get(member), None, "{member}");
    }
    assert_eq!(unset.json()["friendly_name"], "Acme");
}

#[tokio::test]
async fn fields_choose_members() {
    let app = TestApp::new().await;
    let some = app
        .get(&format!(
            "{SETTINGS}?fields=flags,default_audience&include_fields=true"
        ))
        .await;
    // The versions of the sandbox come unasked.
    assert_eq!(
        super::members(&some),
        [
            "default_audience",
            "flags",
            "sandbox_version",
            "sandbox_versions_available"
        ]
    );
}

#[tokio::test]
async fn bodies_are_checked() {
    let app = TestApp::new().await;
    for (body, code) in [
        (json!({"nonsense": 1}), "invalid_body"),
        (json!({"default_audience": 7}), "invalid_body"),
        (json!({"default_audience": "x".repeat(601)}), "invalid_body"),
        (json!({"friendly_name": "<b>"}), "invalid_body"),
        (json!({}), "invalid_body"),
        (json!({"friendly_name": null}), "invalid_body"),
        (
            json!({"resource_parameter_profile": "resource"}),
            "invalid_body",
        ),
        (
            json!({"default_token_quota": {"clients": {}}}),
            "invalid_body",
        ),
        (
            json!({"default_token_quota": {"clients": {"client_credentials": {"per_day": 0}}}}),
            "invalid_body",
        ),
        (json!({"flags": {"nonsense": true}}), "invalid_body"),
        (
            json!({"support_url": "javascript:alert(1)"}),
            "invalid_body",
        ),
        (json!({"enabled_locales": []}), "invalid_body"),
    ] {
        let refused = app.patch(SETTINGS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), code, "{body}");
    }
}

#[tokio::test]
async fn pages_and_flags_are_changed_member_by_member() {
    let app = TestApp::new().await;
    let page = json!({"enabled": true, "html": "<p>"});
    app.patch(
        SETTINGS,
        &json!({"change_password": page, "flags": {"genai_trial": true}}),
    )
    .await;
    let changed = app
        .patch(
            SETTINGS,
            &json!({"change_password": {"enabled": false}, "flags": {"enable_sso": false}}),
        )
        .await
        .json();
    assert_eq!(
        changed["change_password"],
        json!({"enabled": false, "html": "<p>"})
    );
    assert_eq!(changed["flags"]["genai_trial"], true);
    assert_eq!(changed["flags"]["enable_sso"], false);
    let gone = app.patch(SETTINGS, &json!({"change_password": null})).await;
    assert_eq!(gone.json().get("change_password"), None);
}

#[tokio::test]
async fn lifetimes_may_be_said_in_minutes() {
    let app = TestApp::new().await;
    let said = json!({
        "session_lifetime_in_minutes": 181,
        "idle_session_lifetime_in_minutes": 120,
        "idle_ephemeral_session_lifetime_in_minutes": 15,
    });
    let shown = app.patch(SETTINGS, &said).await.json();
    assert_eq!(shown["session_lifetime"], json!(3.016_666_666_666_666_6));
    assert_eq!(shown["idle_session_lifetime"], json!(2));
    assert_eq!(shown["idle_ephemeral_session_lifetime"], json!(0.25));
}

#[tokio::test]
async fn published_keys_lose_their_alg_when_the_tenant_says_so() {
    let app = TestApp::new().await;
    let body = json!({"identifier": "https://ec.example", "signing_alg": "ES256"});
    app.post("/api/v2/resource-servers", &body).await;
    let algs = async || {
        let keys = app.fetch("/.well-known/jwks.json").await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        keys.iter().filter(|key| key.get("alg").is_some()).count()
    };
    assert_eq!(algs().await, 4);
    let flag = |on: bool| json!({"flags": {"remove_alg_from_jwks": on}});
    let changed = app.patch(SETTINGS, &flag(true)).await;
    assert_eq!(changed.json()["flags"]["remove_alg_from_jwks"], true);
    assert_eq!(algs().await, 0);
    // Our own API still believes its tokens.
    let changed = app.patch(SETTINGS, &flag(false)).await;
    assert_eq!(changed.json()["flags"]["remove_alg_from_jwks"], false);
    assert_eq!(algs().await, 4);
}

#[tokio::test]
async fn resource_stands_for_audience_where_the_tenant_says_so() {
    let app = TestApp::new().await;
    for api in ["https://a.example", "https://b.example"] {
        app.api(api, &[]).await;
    }
    let client = app.client("billing").await;
    app.grant(&client, "https://a.example", &[]).await;
    app.grant(&client, "https://b.example", &[]).await;
    let audience = async |asked: &str| {
        let answer = app.token(&client, asked).await;
        match answer.status.as_u16() {
            200 => answer.claims()["aud"].as_str().unwrap().to_owned(),
            status => status.to_string(),
        }
    };
    assert_eq!(audience("resource=https://a.example").await, "403");
    let profile = json!({"resource_parameter_profile": "compatibility"});
    let changed = app.patch(SETTINGS, &profile).await;
    assert_eq!(changed.text("resource_parameter_profile"), "compatibility");
    assert_eq!(
        audience("resource=https://a.example").await,
        "https://a.example"
    );
    assert_eq!(
        audience("resource=https://a.example&audience=https://b.example").await,
        "https://b.example"
    );
    assert_eq!(audience("resource=https://none.example").await, "403");
    assert_eq!(
        audience("resource=https://a.example&resource=https://b.example").await,
        "400"
    );
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
        "resource": "https://a.example",
    });
    assert_eq!(app.json(&body).await.claims()["aud"], "https://a.example");
    // What was asked for comes before what the tenant takes otherwise.
    app.patch(SETTINGS, &json!({"default_audience": "https://b.example"}))
        .await;
    assert_eq!(
        audience("resource=https://a.example").await,
        "https://a.example"
    );
    assert_eq!(audience("").await, "https://b.example");
}

#[tokio::test]
async fn what_the_settings_show_may_be_written_back() {
    let app = TestApp::new().await;
    let mut body = app.get("/api/v2/tenants/settings").await.json();
    // What the Deploy CLI takes out before it writes.
    body.as_object_mut()
        .unwrap()
        .remove("sandbox_versions_available");
    body["universal_login"] = json!({"colors": {"primary": "#000000"}});
    let written = app.patch("/api/v2/tenants/settings", &body).await;
    assert_eq!(written.status, 200, "{written}");
    let shown = app.get("/api/v2/tenants/settings").await.json();
    assert_eq!(shown["universal_login"], body["universal_login"]);
}
