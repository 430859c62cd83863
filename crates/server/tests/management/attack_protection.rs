//! `/api/v2/attack-protection/…`: kept, shown, without effect.

use m2mint_testkit::TestApp;
use serde_json::json;

const PREFIX: &str = "/api/v2/attack-protection";

#[tokio::test]
async fn what_was_said_stands_over_auth0s_defaults() {
    let app = TestApp::new().await;
    let path = format!("{PREFIX}/suspicious-ip-throttling");
    let before = app.get(&path).await.json();
    assert_eq!(before["stage"]["pre-login"]["max_attempts"], 100);
    let said = json!({"shields": ["block"], "allowlist": ["192.0.2.0/24", "::1"], "stage": {"pre-login": {"max_attempts": 5}}});
    let changed = app.patch(&path, &said).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["shields"], json!(["block"]));
    assert_eq!(
        changed.json()["stage"]["pre-login"],
        json!({"max_attempts": 5, "rate": 864_000})
    );
    assert_eq!(
        changed.json()["stage"]["pre-user-registration"],
        before["stage"]["pre-user-registration"]
    );
    assert_eq!(app.get(&path).await.body, changed.body);
}

#[tokio::test]
async fn every_group_answers_and_refuses_what_it_does_not_know() {
    let app = TestApp::new().await;
    for group in [
        "bot-detection",
        "breached-password-detection",
        "brute-force-protection",
        "captcha",
        "phone-provider-protection",
        "suspicious-ip-throttling",
    ] {
        let path = format!("{PREFIX}/{group}");
        let before = app.get(&path).await;
        assert_eq!(before.status, 200, "{group}");
        assert_eq!(
            app.patch(&path, &json!({"unknown": 1})).await.status,
            400,
            "{group}"
        );
        assert_eq!(app.get(&path).await.body, before.body, "{group}");
    }
    let path = format!("{PREFIX}/brute-force-protection");
    for wrong in [
        json!({"max_attempts": 101}),
        json!({"allowlist": ["x"]}),
        json!({"mode": "x"}),
    ] {
        assert_eq!(app.patch(&path, &wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_secret_of_a_captcha_provider_is_kept_nowhere() {
    let app = TestApp::new().await;
    let path = format!("{PREFIX}/captcha");
    let said = json!({"active_provider_id": "hcaptcha", "hcaptcha": {"site_key": "open", "secret": "hush-hush"}});
    let changed = app.patch(&path, &said).await;
    assert_eq!(changed.json()["hcaptcha"], json!({"site_key": "open"}));
    let tenant = "acme".parse().unwrap();
    let current = app.registry().current(&tenant).await.unwrap();
    let kind = m2mint_domain::document::DocumentKind::AttackProtection;
    assert_eq!(current.state().documents(kind).count(), 1);
    assert!(
        current
            .state()
            .documents(kind)
            .all(|one| !one.body.contains("hush-hush"))
    );
}
