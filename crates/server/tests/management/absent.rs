//! What is not here: an export reads all of it and finds nothing; writing says so.

use http::Method;
use m2mint_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_export_finds_nothing_in_the_shape_it_expects() {
    let app = TestApp::new().await;
    for (path, expected) in [
        (
            "/rules?page=0&per_page=100&include_totals=true",
            json!({"total": 0, "start": 0, "limit": 100, "rules": []}),
        ),
        ("/rules-configs", json!([])),
        (
            "/hooks?page=0&per_page=100&include_totals=true",
            json!({"total": 0, "start": 0, "limit": 100, "hooks": []}),
        ),
        (
            "/connections?include_totals=true&take=50&strategy=auth0",
            json!({"connections": []}),
        ),
        ("/connections", json!([])),
        ("/guardian/factors", json!([])),
        ("/guardian/policies", json!([])),
        (
            "/guardian/factors/phone/selected-provider",
            json!({"provider": "auth0"}),
        ),
        (
            "/roles?per_page=100&page=0&include_totals=true&type=tenant",
            json!({"total": 0, "start": 0, "limit": 100, "roles": []}),
        ),
        ("/branding", json!({})),
        ("/prompts/login/custom-text/en", json!({})),
        (
            "/prompts/rendering?page=0&per_page=100&include_totals=true",
            json!({"configs": [], "start": 0, "limit": 100, "total": 0}),
        ),
        (
            "/flows/vault/connections?page=0&per_page=50&include_totals=true",
            json!({"total": 0, "start": 0, "limit": 50, "connections": []}),
        ),
        (
            "/user-attribute-profiles?take=10",
            json!({"user_attribute_profiles": []}),
        ),
        ("/event-streams?take=50", json!({"eventStreams": []})),
        (
            "/risk-assessments/settings/new-device",
            json!({"remember_for": 30}),
        ),
        (
            "/users?per_page=1&include_totals=true",
            json!({"total": 0, "start": 0, "limit": 1, "users": []}),
        ),
    ] {
        let answer = app.get(&format!("/api/v2{path}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, expected),
            "{path}"
        );
    }
    for (path, code) in [
        (
            "/emails/provider?fields=name&include_fields=true",
            "inexistent_email_provider",
        ),
        ("/email-templates/verify_email", "inexistent_email_template"),
        ("/branding/themes/default", "theme_not_found"),
    ] {
        let answer = app.get(&format!("/api/v2{path}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text("errorCode")),
            (404, code.to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn writing_says_that_there_is_no_such_thing_and_to_those_only_who_might() {
    let app = TestApp::new().await;
    for (method, path) in [
        (Method::POST, "/api/v2/rules"),
        (Method::POST, "/api/v2/connections"),
        (Method::POST, "/api/v2/jobs/users-exports"),
        (Method::PATCH, "/api/v2/branding"),
        (Method::PUT, "/api/v2/guardian/factors/sms"),
        (Method::DELETE, "/api/v2/users/auth0%7C1"),
    ] {
        let refused = app.manage(method, path, &json!({"name": "x"})).await;
        assert_eq!(refused.status, 400, "{path}");
        assert_eq!(
            refused.text("errorCode"),
            "operation_not_supported",
            "{path}"
        );
    }
    let token = app.scoped_token(&["read:rules"]).await;
    let path = "/api/v2/rules";
    assert_eq!(
        app.manage_as(&token, Method::POST, path, &json!({}))
            .await
            .status,
        403
    );
    assert_eq!(
        app.manage_as(&token, Method::GET, path, &json!({}))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_tool_may_write_back_what_it_read_and_nothing_else() {
    let app = TestApp::new().await;
    for (method, path, other) in [
        (
            Method::PATCH,
            "/prompts",
            json!({"identifier_first": false}),
        ),
        (
            Method::PATCH,
            "/branding",
            json!({"logo_url": "https://x.example"}),
        ),
        (
            Method::PUT,
            "/guardian/policies",
            json!(["all-applications"]),
        ),
        (
            Method::PUT,
            "/guardian/factors/sms/templates",
            json!({"enrollment_message": "x"}),
        ),
        (
            Method::PUT,
            "/guardian/factors/phone/message-types",
            json!({"message_types": ["sms"]}),
        ),
        (
            Method::PATCH,
            "/risk-assessments/settings",
            json!({"enabled": true}),
        ),
    ] {
        let path = format!("/api/v2{path}");
        let there = app.get(&path).await.json();
        let back = app.manage(method.clone(), &path, &there).await;
        assert_eq!(
            (back.status.as_u16(), &back.json()),
            (200, &there),
            "{path}"
        );
        let refused = app.manage(method.clone(), &path, &other).await;
        assert_eq!(
            refused.text("errorCode"),
            "operation_not_supported",
            "{path}"
        );
        let token = format!("Bearer {}", app.management_token());
        let headers = [("authorization", token.as_str())];
        assert_eq!(
            app.raw(method, &path, &headers, "{not json").await.status,
            400,
            "{path}"
        );
        assert_eq!(app.get(&path).await.json(), there, "{path}");
    }
}
