//! `/m2mint/v1/history`.

use m2mint_testkit::TestApp;
use serde_json::{Value, json};

const HISTORY: &str = "/m2mint/v1/history";

/// The entries that a query finds.
async fn history(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("{HISTORY}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer}");
    let history = answer.json().get("history").cloned().unwrap();
    history.as_array().unwrap().clone()
}

#[tokio::test]
async fn every_change_of_an_object_is_there_with_who_when_and_what_was_before() {
    let app = TestApp::new().await;
    let client = app.client("first").await;
    let path = format!("/api/v2/clients/{}", client.id);
    app.clock().advance_secs(60);
    app.patch(&path, &json!({"name": "second"})).await;
    app.patch(&path, &json!({"name": "third"})).await;
    app.delete(&path).await;

    let found = history(&app, &format!("kind=client&id={}", client.id)).await;
    let steps: Vec<Value> = found
        .iter()
        .map(|one| json!([one["change"], one["before"]["name"], one["after"]["name"]]))
        .collect();
    assert_eq!(
        json!(steps),
        json!([
            ["deleted", "third", null],
            ["updated", "second", "third"],
            ["updated", "first", "second"],
            ["created", null, "first"],
        ])
    );
    for one in &found {
        assert_eq!(one["kind"], "client");
        assert_eq!(one["id"], client.id);
        assert_eq!(one["actor"], json!({"kind": "client", "id": "dev"}));
    }
    assert_eq!(found[3]["at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(found[2]["at"], "2026-01-01T00:01:00.000Z");
    let revisions: Vec<u64> = found
        .iter()
        .map(|one| one["revision"].as_u64().unwrap())
        .collect();
    assert!(revisions.is_sorted_by(|newer, older| older < newer));
    // Gone is gone before as well as after: a deletion shows no object behind it.
    assert_eq!(found[0].get("after"), None);
}

#[tokio::test]
async fn no_secret_is_ever_in_it() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let rotate = format!("/api/v2/clients/{}/rotate-secret", client.id);
    let rotated = app.post(&rotate, &json!({})).await.text("client_secret");
    let body = json!({
        "identifier": "https://a.example", "signing_alg": "HS256", "signing_secret": "sixteen bytes ok",
    });
    app.post("/api/v2/resource-servers", &body).await;

    let everything = app.get(&format!("{HISTORY}?take=100")).await.to_string();
    for secret in [&client.secret, &rotated, &"sixteen bytes ok".to_owned()] {
        assert!(!everything.contains(secret.as_str()));
    }
    let entries = history(&app, "kind=client").await;
    assert_eq!(entries[0]["after"]["secrets"][0]["tag"], "[masked]");
    let entries = history(&app, "kind=resource_server").await;
    assert_eq!(entries[0]["after"]["signing_secret"], "[masked]");
    let keys = history(&app, "kind=signing_key").await;
    assert!(!keys.is_empty());
    for key in &keys {
        assert_eq!(key["after"]["private_key"], "[masked]");
        assert_eq!(key["change"], "created");
        assert_eq!(key["actor"]["kind"], "system");
    }
}

#[tokio::test]
async fn it_comes_in_pages_from_the_newest() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        app.client(name).await;
    }
    let mut names = Vec::new();
    let mut path = format!("{HISTORY}?kind=client&take=2");
    // The last one is the global client, as old as the tenant.
    for expected in [2, 2, 2] {
        let page = app.get(&path).await.json();
        let entries = page["history"].as_array().unwrap();
        assert_eq!(entries.len(), expected);
        names.extend(
            entries
                .iter()
                .map(|one| one["after"]["name"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("{HISTORY}?kind=client&take=2&from={next}"),
            None => assert_eq!(names.len(), 6),
        }
    }
    assert_eq!(names, ["e", "d", "c", "b", "a", "All Applications"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_tenants_are_apart() {
    let app = TestApp::new().await;
    app.tenant("beta", "beta.example").await;
    app.client("only at acme").await;
    for (query, status) in [
        ("kind=account", 400),
        ("id=x", 400),
        ("kind=client&from=eA", 400),
        ("take=0", 400),
        ("kind=client&id=nobody", 200),
    ] {
        let answer = app.get(&format!("{HISTORY}?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    }
    let token = app.management_token_of("beta.example").await;
    let bearer = format!("Bearer {token}");
    let headers = [("host", "beta.example"), ("authorization", bearer.as_str())];
    let path = format!("{HISTORY}?take=100");
    let theirs = app.raw(http::Method::GET, &path, &headers, "").await;
    assert_eq!(theirs.status, 200);
    assert!(!theirs.to_string().contains("only at acme"));
}
