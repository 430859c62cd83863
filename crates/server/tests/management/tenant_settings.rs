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
    {"allowed_logout_urls":[],"default_audience":"","default_directory":"","enabled_locales":["en"],"flags":{},"idle_session_lifetime":72,"session_lifetime":168,"sandbox_version":"22","sandbox_versions_available":["22","18"],"allow_organization_name_in_authentication_api":false,"resource_parameter_profile":"audience"}
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
        "flags": {"enable_apis_section": true},
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
            &json!({"friendly_name": null, "support_email": null, "default_audience": null}),
        )
        .await;
    assert_eq!(unset.json().get("friendly_name"), None);
    assert_eq!(unset.json().get("support_email"), None);
    assert_eq!(unset.json()["default_audience"], "");
    assert_eq!(app.get(SETTINGS).await.json(), unset.json());
}

#[tokio::test]
async fn fields_choose_members() {
    let app = TestApp::new().await;
    let some = app
        .get(&format!(
            "{SETTINGS}?fields=flags,default_audience&include_fields=true"
        ))
        .await;
    assert_eq!(some.json(), json!({"default_audience": "", "flags": {}}));
}

#[tokio::test]
async fn bodies_are_checked() {
    let app = TestApp::new().await;
    for (body, code) in [
        (json!({"nonsense": 1}), "invalid_body"),
        (json!({"default_audience": 7}), "invalid_body"),
        (json!({"default_audience": "x".repeat(601)}), "invalid_body"),
        (json!({"friendly_name": "<b>"}), "invalid_body"),
        (
            json!({"resource_parameter_profile": "compatibility"}),
            "invalid_body",
        ),
        (
            json!({"default_token_quota": {"clients": {}}}),
            "operation_not_supported",
        ),
        (
            json!({"mtls": {"enable_endpoint_aliases": true}}),
            "operation_not_supported",
        ),
    ] {
        let refused = app.patch(SETTINGS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), code, "{body}");
    }
}
