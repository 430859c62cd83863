//! What an operator may limit: objects of a tenant, and calls of its Management API.

use std::num::NonZeroU32;

use insta::assert_snapshot;
use m2mint_authority::log::Durability;
use m2mint_authority::registry::EntityLimits;
use m2mint_server::{ManagementRate, Settings};
use m2mint_testkit::TestApp;
use serde_json::json;

fn development() -> Settings {
    Settings {
        dev: true,
        ..Settings::default()
    }
}

#[tokio::test]
async fn one_object_too_many_is_refused_and_what_is_there_may_change_and_go() {
    let mut limits = EntityLimits::default();
    assert!(
        limits.set("client", 2) && limits.set("resource_server", 1) && limits.set("network_acl", 1)
    );
    assert!(!limits.set("unicorn", 1));
    let app = TestApp::with_limits(development(), Durability::Buffered, limits).await;
    let one = app.client("one").await;
    app.client("two").await;
    let refused = app.post("/api/v2/clients", &json!({"name": "three"})).await;
    assert_snapshot!(refused, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":403,"error":"Forbidden","message":"You reached the limit of entities of this type for this tenant.","errorCode":"too_many_entities"}
    "#);
    let path = format!("/api/v2/clients/{}", one.id);
    assert_eq!(app.patch(&path, &json!({"name": "uno"})).await.status, 200);
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(
        app.post("/api/v2/clients", &json!({"name": "three"}))
            .await
            .status,
        201
    );
    // The tenant's own API does not count.
    app.api("https://one.example", &[]).await;
    let second = json!({"identifier": "https://two.example"});
    assert_eq!(
        app.post("/api/v2/resource-servers", &second).await.status,
        403
    );
    // Documents are limited by the same rule.
    let acl = |priority: u8| {
        json!({
            "description": "", "active": false, "priority": priority,
            "rule": {"action": {"block": true}, "scope": "tenant"},
        })
    };
    assert_eq!(app.post("/api/v2/network-acls", &acl(1)).await.status, 201);
    assert_eq!(app.post("/api/v2/network-acls", &acl(2)).await.status, 403);
}

#[tokio::test]
async fn without_a_limit_answers_say_nothing_of_one() {
    let app = TestApp::new().await;
    let answer = app.get("/api/v2/clients").await;
    assert_eq!(answer.header("x-ratelimit-limit"), "");
}

#[tokio::test]
async fn calls_beyond_the_limit_wait_and_every_answer_says_what_is_left() {
    let settings = Settings {
        management_rate: Some(ManagementRate {
            per_second: NonZeroU32::new(1).unwrap(),
            burst: NonZeroU32::new(2).unwrap(),
        }),
        ..development()
    };
    let app = TestApp::with(settings, Durability::Buffered).await;
    let path = "/api/v2/clients";
    let first = app.get(path).await;
    let shown = |answer: &m2mint_testkit::Answer| {
        [
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
        ]
        .map(|name| answer.header(name).to_owned())
    };
    assert_eq!(shown(&first), ["2", "1", "1767225601"]);
    // Who is not believed uses up nothing.
    for _ in 0..5 {
        app.manage_as("x", http::Method::GET, path, &json!({}))
            .await;
    }
    assert_eq!(app.get(path).await.status, 200);
    let refused = app.get(path).await;
    assert_snapshot!(refused, @r#"
    429 Too Many Requests
    cache-control: no-store
    content-type: application/json; charset=utf-8
    retry-after: 1
    {"statusCode":429,"error":"Too Many Requests","message":"Global limit has been reached","errorCode":"too_many_requests"}
    "#);
    assert_eq!(shown(&refused), ["2", "0", "1767225602"]);
    app.tenant("other", "other.example").await;
    let token = app.management_token_of("other.example").await;
    let headers = [
        ("host", "other.example"),
        ("authorization", &*format!("Bearer {token}")),
    ];
    assert_eq!(
        app.raw(http::Method::GET, path, &headers, "").await.status,
        200
    );
    app.clock().advance_secs(1);
    assert_eq!(app.get(path).await.status, 200);
}
