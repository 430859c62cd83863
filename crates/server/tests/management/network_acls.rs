//! `/api/v2/network-acls`, and what the rules do to requests.

use std::net::IpAddr;

use axum::body::Body;
use http::{Method, Request};
use insta::assert_snapshot;
use m2mint_authority::log::Durability;
use m2mint_server::Settings;
use m2mint_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::{API, members};

const ACLS: &str = "/api/v2/network-acls";
const STRANGER: &str = "198.51.100.7";

fn block(match_: &Value, scope: &str, priority: u8) -> Value {
    json!({
        "description": "a rule",
        "active": true,
        "priority": priority,
        "rule": {"action": {"block": true}, "match": match_, "scope": scope},
    })
}

fn strangers() -> Value {
    json!({"ipv4_cidrs": ["198.51.100.0/24"]})
}

/// Asks from an address.
async fn ask(
    app: &TestApp,
    ip: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let ip: IpAddr = ip.parse().unwrap();
    let mut request = request.body(Body::empty()).unwrap();
    request
        .headers_mut()
        .entry("host")
        .or_insert("acme.example".parse().unwrap());
    app.send_from(ip, request).await
}

#[tokio::test]
async fn a_new_rule_is_shown_as_auth0_shows_it() {
    let app = TestApp::new().await;
    let made = app.post(ACLS, &block(&strangers(), "tenant", 3)).await;
    let id = made.text("id");
    assert_eq!(id.len(), 26);
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"description":"a rule","active":true,"priority":3,"rule":{"match":{"ipv4_cidrs":["198.51.100.0/24"]},"scope":"tenant","action":{"block":true}},"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","id":"ID"}
    "#);
    let path = format!("{ACLS}/{id}");
    assert_eq!(app.get(&path).await.body, made.body);
    app.clock().advance_secs(1);
    let changed = app.patch(&path, &json!({"active": false})).await;
    assert_eq!(changed.json()["active"], false);
    assert_eq!(changed.json()["rule"], made.json()["rule"]);
    assert_eq!(changed.json()["updated_at"], "2026-01-01T00:00:01.000Z");
    let body = block(&json!({"user_agents": ["curl/8"]}), "management", 9);
    let replaced = app.manage(Method::PUT, &path, &body).await;
    assert_eq!(
        replaced.json()["rule"]["match"],
        json!({"user_agents": ["curl/8"]})
    );
    assert_eq!(replaced.json()["created_at"], made.json()["created_at"]);
    let listed = app
        .get(&format!("{ACLS}?page=0&per_page=100&include_totals=true"))
        .await;
    assert_eq!(
        members(&listed),
        ["total", "start", "limit", "network_acls"]
    );
    assert_eq!(app.delete(&path).await.status, 200);
    assert_eq!(
        app.delete(&path).await.text("message"),
        "This ACL does not exist"
    );
    assert_eq!(app.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_is_no_rule_is_refused_and_leaves_no_trace() {
    let app = TestApp::new().await;
    app.post(ACLS, &block(&strangers(), "tenant", 1)).await;
    let before = app.get(ACLS).await.body;
    let rule =
        |rule: Value| json!({"description": "x", "active": true, "priority": 2, "rule": rule});
    let with = |match_: Value| block(&match_, "authentication", 2);
    for (body, said) in [
        (json!({}), "Missing required property: description"),
        (
            with(json!({"ipv4_cidrs": []})),
            "Array is too short (0), minimum 1",
        ),
        (with(json!({"ipv4_cidrs": ["10.0.0.0/33"]})), "ipv4 or cidr"),
        (with(json!({"ipv4_cidrs": ["::1"]})), "ipv4 or cidr"),
        (
            with(json!({"ipv6_cidrs": ["10.0.0.1"]})),
            "ipv6 or ipv6_cidr",
        ),
        (with(json!({"hostnames": ["a b"]})), "format hostname"),
        (
            with(json!({"ipv4_cidrs": ["10.0.0.1", "10.0.0.1"]})),
            "not unique",
        ),
        (
            with(json!({"cities": ["x"]})),
            "Additional properties not allowed: cities",
        ),
        (
            with(json!({"geo_country_codes": ["DE"]})),
            "cannot tell geo_country_codes",
        ),
        (
            with(json!({"ja4_fingerprints": ["x"], "asns": [1]})),
            "asns, ja4_fingerprints",
        ),
        (
            rule(json!({"action": {}, "scope": "tenant"})),
            "One of block, allow",
        ),
        (
            rule(json!({"action": {"block": true, "allow": true}, "scope": "tenant"})),
            "Only one of",
        ),
        (
            rule(json!({"action": {"redirect": true}, "scope": "tenant"})),
            "Action type of `redirect` requires a `redirect_uri`",
        ),
        (
            rule(
                json!({"action": {"redirect": true, "redirect_uri": "javascript:1"}, "scope": "tenant"}),
            ),
            "format url",
        ),
        (
            rule(json!({"action": {"block": true}, "scope": "users"})),
            "No enum match for: users",
        ),
    ] {
        let refused = app.post(ACLS, &body).await;
        assert_eq!(refused.status, 400, "{body}: {refused}");
        assert!(refused.text("message").contains(said), "{body}: {refused}");
    }
    let taken = app.post(ACLS, &block(&strangers(), "tenant", 1)).await;
    assert_eq!(taken.status, 409);
    assert_eq!(
        taken.text("message"),
        "A Network ACL with this priority number has already been created"
    );
    let wrong = app.get(&format!("{ACLS}/acl_x")).await;
    assert_eq!(
        wrong.text("message"),
        "Network ACL id is not a valid ACL ID in the form 'acl_XXXXXXXXXXXXXXXXXXXXXX'"
    );
    assert_eq!(app.get(ACLS).await.body, before);
}

#[tokio::test]
async fn a_rule_about_what_cannot_be_known_is_kept_while_it_is_not_active() {
    let app = TestApp::new().await;
    let mut body = block(&json!({"geo_country_codes": ["DE"]}), "tenant", 1);
    body["active"] = json!(false);
    let made = app.post(ACLS, &body).await;
    assert_eq!(made.status, 201);
    let path = format!("{ACLS}/{}", made.text("id"));
    assert_eq!(app.patch(&path, &json!({"active": true})).await.status, 400);
    assert_eq!(app.get(&path).await.json()["active"], false);
}

#[tokio::test]
async fn a_blocked_caller_reaches_nothing_and_others_everything() {
    let app = TestApp::new().await;
    app.api(API, &[]).await;
    app.post(ACLS, &block(&strangers(), "tenant", 1)).await;
    let token = format!("Bearer {}", app.management_token());
    let auth = [("authorization", token.as_str())];
    for (method, path) in [
        ("POST", "/oauth/token"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/.well-known/openid-configuration"),
    ] {
        let turned = ask(&app, STRANGER, method, path, &[]).await;
        insta::allow_duplicates! {
            assert_snapshot!(String::from_utf8_lossy(&turned.body), @r#"{"error":"access_denied","error_description":"Access denied by a network ACL of this tenant."}"#);
        }
        assert_eq!(turned.status, 403, "{path}");
        assert_ne!(
            ask(&app, "198.51.101.7", method, path, &[]).await.status,
            403,
            "{path}"
        );
    }
    // Before the token is looked at.
    for headers in [&auth[..], &[]] {
        let turned = ask(&app, STRANGER, "GET", "/api/v2/clients/", headers).await;
        assert_eq!(turned.status, 403);
        assert_eq!(turned.text("errorCode"), "access_denied");
    }
    assert_eq!(ask(&app, STRANGER, "GET", "/livez", &[]).await.status, 200);
    assert_eq!(
        ask(&app, "203.0.113.1", "GET", "/api/v2/clients", &auth)
            .await
            .status,
        200
    );
    assert_eq!(app.token_log().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_scope_names_the_part_of_the_tenant() {
    let app = TestApp::new().await;
    app.post(ACLS, &block(&strangers(), "authentication", 1))
        .await;
    let jwks = "/.well-known/jwks.json";
    assert_eq!(ask(&app, STRANGER, "GET", jwks, &[]).await.status, 403);
    let api = ask(&app, STRANGER, "GET", "/api/v2/clients", &[]).await;
    assert_eq!(api.status, 401);
    assert_eq!(
        ask(&app, STRANGER, "GET", jwks, &[("host", "nobody.example")])
            .await
            .status,
        404
    );
    app.tenant("other", "other.example").await;
    let other = ask(&app, STRANGER, "GET", jwks, &[("host", "other.example")]).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_redirect_sends_elsewhere() {
    let app = TestApp::new().await;
    let mut body = block(&strangers(), "authentication", 1);
    body["rule"]["action"] =
        json!({"redirect": true, "redirect_uri": "https://acme.example/sorry"});
    assert_eq!(app.post(ACLS, &body).await.status, 201);
    let sent = ask(&app, STRANGER, "POST", "/oauth/token", &[]).await;
    assert_eq!(sent.status, 302);
    assert_eq!(sent.header("location"), "https://acme.example/sorry");
}

#[tokio::test]
async fn an_address_that_somebody_only_says_does_not_count() {
    let app = TestApp::new().await;
    app.post(ACLS, &block(&strangers(), "authentication", 1))
        .await;
    let jwks = "/.well-known/jwks.json";
    // From an untrusted peer the header says nothing, neither to get in nor to get out.
    let inside = ask(
        &app,
        STRANGER,
        "GET",
        jwks,
        &[("x-forwarded-for", "203.0.113.1")],
    )
    .await;
    assert_eq!(inside.status, 403);
    let outside = ask(
        &app,
        "203.0.113.1",
        "GET",
        jwks,
        &[("x-forwarded-for", STRANGER)],
    )
    .await;
    assert_eq!(outside.status, 200);
    for header in [
        "x-real-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "forwarded",
        "auth0-forwarded-for",
    ] {
        let told = ask(&app, STRANGER, "GET", jwks, &[(header, "203.0.113.1")]).await;
        assert_eq!(told.status, 403, "{header}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_caller_and_the_proxy_are_two_addresses() {
    let settings = Settings {
        dev: true,
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    let app = TestApp::with(settings, Durability::Buffered).await;
    app.post(ACLS, &block(&strangers(), "authentication", 1))
        .await;
    let by_proxy = json!({"connecting_ipv4_cidrs": ["10.0.0.66"]});
    app.post(ACLS, &block(&by_proxy, "authentication", 2)).await;
    let jwks = "/.well-known/jwks.json";
    let seen = async |peer: &str, chain: &str| {
        let headers = [("x-forwarded-for", chain)];
        ask(&app, peer, "GET", jwks, &headers).await.status.as_u16()
    };
    assert_eq!(seen("10.0.0.1", STRANGER).await, 403);
    assert_eq!(seen("10.0.0.1", "203.0.113.1").await, 200);
    assert_eq!(seen("10.0.0.1", "203.0.113.1, 198.51.100.7").await, 403);
    assert_eq!(seen("10.0.0.66", "203.0.113.1").await, 403);
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let app = TestApp::new().await;
    for (match_, scope) in [
        (json!({"ipv4_cidrs": ["127.0.0.0/8"]}), "tenant"),
        (json!({"hostnames": ["ACME.example"]}), "management"),
    ] {
        let refused = app.post(ACLS, &block(&match_, scope, 1)).await;
        assert_eq!(refused.status, 400, "{refused}");
        assert!(
            refused.text("message").contains("keep you out"),
            "{refused}"
        );
    }
    // The rule that lets them in cannot go while another one keeps them out.
    let mut allow = block(&json!({"ipv4_cidrs": ["127.0.0.1"]}), "tenant", 1);
    allow["rule"]["action"] = json!({"allow": true});
    let allowed = app.post(ACLS, &allow).await.text("id");
    let everyone = json!({
        "description": "all others", "active": true, "priority": 2,
        "rule": {"action": {"block": true}, "scope": "tenant"},
    });
    assert_eq!(app.post(ACLS, &everyone).await.status, 201);
    let path = format!("{ACLS}/{allowed}");
    assert_eq!(app.delete(&path).await.status, 400);
    assert_eq!(app.patch(&path, &json!({"priority": 3})).await.status, 400);
    assert_eq!(app.get(&path).await.json()["priority"], 1);
    assert_eq!(
        ask(&app, STRANGER, "GET", "/.well-known/jwks.json", &[])
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn an_operator_can_switch_the_rules_off() {
    let settings = Settings {
        dev: true,
        network_acls: false,
        ..Settings::default()
    };
    let app = TestApp::with(settings, Durability::Buffered).await;
    app.post(ACLS, &block(&strangers(), "tenant", 1)).await;
    let jwks = ask(&app, STRANGER, "GET", "/.well-known/jwks.json", &[]).await;
    assert_eq!(jwks.status, 200);
}

#[tokio::test]
async fn who_is_shut_out_by_several_rules_may_take_them_back_one_by_one() {
    let settings = Settings {
        dev: true,
        network_acls: false,
        ..Settings::default()
    };
    let app = TestApp::with(settings, Durability::Buffered).await;
    // Somebody elsewhere shuts this machine out, twice.
    let here = json!({"ipv4_cidrs": ["127.0.0.0/8"]});
    let mut ids = Vec::new();
    for priority in [1, 2] {
        let request = Request::post(ACLS)
            .header("host", "acme.example")
            .header(
                "authorization",
                format!("Bearer {}", app.management_token()),
            )
            .body(Body::from(block(&here, "tenant", priority).to_string()))
            .unwrap();
        let made = app.send_from(STRANGER.parse().unwrap(), request).await;
        assert_eq!(made.status, 201, "{made}");
        ids.push(made.text("id"));
    }
    for id in ids {
        let gone = app.delete(&format!("{ACLS}/{id}")).await;
        assert_eq!(gone.status, 200, "{gone}");
    }
}

#[tokio::test]
async fn what_rules_did_is_one_event_each_ten_minutes_however_many_asked() {
    let app = TestApp::new().await;
    let id = app
        .post(ACLS, &block(&strangers(), "authentication", 1))
        .await
        .text("id");
    for _ in 0..20 {
        ask(&app, STRANGER, "GET", "/.well-known/jwks.json", &[]).await;
    }
    app.clock().advance_secs(601);
    ask(&app, "203.0.113.1", "GET", "/.well-known/jwks.json", &[]).await;
    let events = app.log().await;
    let told: Vec<Value> = events
        .iter()
        .filter(|event| event.kind.code() == "acls_summary")
        .map(|event| serde_json::from_str(event.details.as_deref().unwrap()).unwrap())
        .collect();
    let successes = |member: &str| -> u64 {
        told.iter()
            .map(|one| one[member]["successes"].as_u64().unwrap())
            .sum()
    };
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1]["acl_id"], id);
    assert_eq!(
        (successes("match"), successes("total_request_count")),
        (20, 21)
    );
}
