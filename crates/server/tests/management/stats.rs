//! `/api/v2/stats`.

use m2mint_testkit::TestApp;
use serde_json::json;

use super::{API, get_later};

#[tokio::test]
async fn issued_tokens_are_counted_by_day_and_clients_once() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let (billing, mailer) = (app.client("billing").await, app.client("mailer").await);
    app.grant(&billing, API, &["read:a"]).await;
    app.grant(&mailer, API, &["read:a"]).await;
    let token = async |client| app.token(client, &format!("audience={API}")).await;
    app.clock().advance_secs(60);
    token(&billing).await;
    app.clock().advance_secs(60);
    token(&billing).await;
    app.clock().advance_secs(2 * 86_400);
    token(&mailer).await;
    // Refused: no login.
    app.token(&mailer, "audience=https://other.example").await;

    let day = |date: &str, logins: u64, created: &str, updated: &str| {
        json!({
            "date": format!("{date}T00:00:00.000Z"), "logins": logins, "signups": 0,
            "leaked_passwords": 0, "updated_at": format!("{date}T{updated}.000Z"),
            "created_at": format!("{date}T{created}.000Z"),
        })
    };
    let first = day("2026-01-01", 2, "00:01:00", "00:02:00");
    let third = day("2026-01-03", 1, "00:02:00", "00:02:00");
    for (query, expected) in [
        ("", json!([first, third])),
        ("?from=20260101&to=20260101", json!([first])),
        ("?from=20260102", json!([third])),
        ("?to=20260102", json!([first])),
        ("?from=20260104&to=20260105", json!([])),
    ] {
        let answer = get_later(&app, &format!("/api/v2/stats/daily{query}")).await;
        assert_eq!(answer.json(), expected, "{query}");
    }
    let active = async || get_later(&app, "/api/v2/stats/active-users").await.json();
    assert_eq!(active().await, json!(2));
    app.clock().advance_secs(29 * 86_400);
    assert_eq!(active().await, json!(1));
    app.clock().advance_secs(3 * 86_400);
    assert_eq!(active().await, json!(0));
}

#[tokio::test]
async fn days_are_days_in_order() {
    let app = TestApp::new().await;
    for query in ["from=20260230", "to=2026-01-01", "from=19991231", "from="] {
        let answer = app.get(&format!("/api/v2/stats/daily?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.text("errorCode"), "invalid_query_string");
    }
    let answer = app
        .get("/api/v2/stats/daily?from=20260102&to=20260101")
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text("message"),
        "'from' date cannot be greater than 'to' date"
    );
}
