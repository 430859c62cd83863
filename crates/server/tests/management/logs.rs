//! `/api/v2/logs`.

use http::Method;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::{Value, json};

use super::{API, each, get_later};

const APIS: &str = "/api/v2/resource-servers";

/// An app whose log holds token requests alone: five refused ones, a second apart.
async fn five_refusals() -> TestApp {
    let app = TestApp::new().await;
    let nobody = Credentials {
        id: "nobody".into(),
        secret: "x".into(),
    };
    for _ in 0..5 {
        app.token(&nobody, "").await;
        app.clock().advance_secs(1);
    }
    app
}

#[tokio::test]
async fn an_entry_has_auth0s_members() {
    let app = TestApp::new().await;
    let body = json!({"identifier": API, "token_dialect": "rfc9068_profile", "scopes": [{"value": "read:a"}]});
    app.post("/api/v2/resource-servers", &body).await;
    let client = app.client("billing").await;
    let body = json!({
        "client_id": client.id, "audience": API, "scope": ["read:a"],
        "organization_usage": "allow", "allow_any_organization": true,
    });
    app.post("/api/v2/client-grants", &body).await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await
        .text("id");
    let token = app
        .token(
            &client,
            &format!("audience={API}&organization={organization}"),
        )
        .await;

    let listed = app.get("/api/v2/logs?type=seccft").await.json();
    let entry = &listed[0];
    for (member, value) in [
        ("date", json!("2026-01-01T00:00:00.000Z")),
        ("type", json!("seccft")),
        ("description", json!("Client Credentials for Access Token")),
        ("client_id", json!(client.id)),
        ("client_name", json!("billing")),
        ("ip", json!("127.0.0.1")),
        ("client_ip", json!("127.0.0.1")),
        ("user_agent", json!("Other 0.0.0 / Other 0.0.0")),
        ("hostname", json!("acme.example")),
        ("user_id", json!("")),
        ("user_name", json!("")),
        ("organization_id", json!(organization)),
        ("organization_name", json!("customer")),
        ("audience", json!(API)),
        ("scope", json!("read:a")),
        ("$event_schema", json!({"version": "1.0.0"})),
        ("tenant_name", json!("acme")),
        ("isMobile", json!(false)),
    ] {
        assert_eq!(entry[member], value, "{member}");
    }
    assert_eq!(entry["details"]["access_token_jti"], token.claims()["jti"]);
    let id = entry["log_id"].as_str().unwrap();
    assert_eq!(id.len(), 56);
    assert_eq!(entry["_id"], id);
    assert_eq!(entry["id"], id);
    assert_eq!(app.get(&format!("/api/v2/logs/{id}")).await.json(), *entry);
}

#[tokio::test]
async fn pages_go_from_the_newest_and_checkpoints_from_the_oldest() {
    let app = five_refusals().await;
    let ids = each(&app.get("/api/v2/logs").await, "log_id");
    assert_eq!(ids.len(), 5);
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!(ids, sorted);

    let second = app.get("/api/v2/logs?page=1&per_page=2").await;
    assert_eq!(each(&second, "log_id"), ids[2..4]);
    let totals = app
        .get("/api/v2/logs?page=2&per_page=2&include_totals=true")
        .await
        .json();
    assert_eq!(totals["start"], 4);
    assert_eq!(totals["limit"], 2);
    assert_eq!(totals["length"], 1);
    assert_eq!(totals["logs"].as_array().unwrap().len(), 1);

    let mut seen = Vec::new();
    let mut path = "/api/v2/logs?take=2".to_owned();
    for expected in [2, 2, 1, 0] {
        let answer = app.get(&path).await;
        let page = each(&answer, "log_id");
        assert_eq!(page.len(), expected);
        seen.extend(page);
        let link = answer.header("link").to_owned();
        assert!(link.ends_with(">; rel=\"next\""), "{link}");
        path = link
            .split(['<', '>'])
            .nth(1)
            .and_then(|url| url.strip_prefix("https://acme.example"))
            .unwrap()
            .to_owned();
    }
    seen.reverse();
    assert_eq!(seen, ids);
    // What comes later is found from there.
    let nobody = Credentials {
        id: "nobody".into(),
        secret: "x".into(),
    };
    app.token(&nobody, "").await;
    assert_eq!(app.get(&path).await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_are_filtered_by_type_and_client() {
    let app = five_refusals().await;
    let client = app.client("billing").await;
    app.token(&client, "").await;
    for (query, count) in [
        ("type=feccft".to_owned(), 6),
        ("type=sapi".into(), 1),
        ("type=sapi,feccft".into(), 7),
        ("type=seccft".into(), 0),
        (format!("client_id={}", client.id), 1),
        (format!("client_id={}&type=sapi", client.id), 0),
        ("client_id=nobody".into(), 5),
    ] {
        let found = app.get(&format!("/api/v2/logs?{query}")).await.json();
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn changes_and_refused_changes_are_recorded_with_who_and_what_and_without_bodies() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    app.post("/api/v2/clients", &json!({"nonsense": "hunter2"}))
        .await;
    app.post(
        &format!("/api/v2/clients/{}/rotate-secret", client.id),
        &json!({}),
    )
    .await;
    app.get("/api/v2/clients").await;
    // Nobody in particular: not recorded.
    app.raw(Method::POST, "/api/v2/clients", &[], "{}").await;
    let narrow = app.scoped_token(&["read:clients"]).await;
    app.manage_as(&narrow, Method::DELETE, "/api/v2/clients/x", &Value::Null)
        .await;

    let listed = app.get("/api/v2/logs").await;
    let entries = listed.json();
    let mut lines: Vec<String> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["type"] != "seccft")
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["type"].as_str().unwrap(),
                entry["description"].as_str().unwrap(),
                entry["details"]["response"]["statusCode"]
            )
        })
        .collect();
    lines.reverse();
    assert_eq!(
        lines,
        [
            "sapi Create a client 201",
            "fapi Create a client 400",
            "sapi Rotate a client secret 200",
            "mgmt_api_read Read a client 200",
            "sapi Create a client 201",
            "sapi Create a client grant 201",
            "fapi Delete a client 403",
        ]
    );
    assert!(!listed.to_string().contains("hunter2"));
    assert!(!listed.to_string().contains(&client.secret));
    assert_eq!(
        entries[0]["details"]["request"],
        json!({
            "method": "delete", "path": "/api/v2/clients/x", "query": {}, "userAgent": "",
            "channel": "api", "ip": "127.0.0.1",
            "auth": {"user": {}, "strategy": "jwt", "credentials": {}},
        })
    );
}

#[tokio::test]
async fn reads_that_show_a_kept_secret_are_recorded_once_each() {
    let app = TestApp::new().await;
    let own = "sixteen bytes ok";
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        let body = json!({
            "identifier": format!("https://{name}.example"),
            "signing_alg": "HS256",
            "signing_secret": own,
        });
        ids.push(app.post(APIS, &body).await.text("id"));
    }
    let plain = app.api(API, &[]).await;
    let path = format!("{APIS}/{}", ids[0]);
    let recorded = async || app.get("/api/v2/logs?type=mgmt_api_read").await;

    // None of these shows one.
    for query in [
        "?identifiers=https://api.example",
        "?fields=name,id",
        "?page=9&per_page=50",
    ] {
        let answer = app.get(&format!("{APIS}{query}")).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.to_string().contains(own), "{query}");
    }
    app.get(&format!("{APIS}/{plain}")).await;
    app.get(&format!("{path}?fields=name")).await;
    app.manage(Method::HEAD, &path, &Value::Null).await;
    // A change that shows one is recorded as a change.
    app.patch(&path, &json!({"token_lifetime": 60})).await;
    assert_eq!(recorded().await.json(), json!([]));

    assert_eq!(app.get(&path).await.text("signing_secret"), own);
    assert!(app.get(APIS).await.to_string().contains(own));
    let listed = recorded().await;
    let expected = |description: &str, path: &str| {
        json!([description, "dev", {
            "request": {
                "method": "get", "path": path, "query": {}, "userAgent": "", "channel": "api",
                "ip": "127.0.0.1", "auth": {"user": "", "strategy": "jwt", "credentials": {}},
            },
            "response": {"statusCode": 200, "body": {}},
            "accessedSecrets": ["signing_secret"],
        }])
    };
    let found: Vec<Value> = listed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| json!([entry["description"], entry["client_id"], entry["details"]]))
        .collect();
    assert_eq!(
        found,
        [
            expected("Read resource servers", APIS),
            expected("Read a resource server", &path),
        ]
    );
    assert!(!listed.to_string().contains(own));
}

/// The descriptions that a query finds, as one text.
async fn found(app: &TestApp, query: &str) -> String {
    let answer = get_later(app, &format!("/api/v2/logs?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer}");
    let list = answer.json();
    let mut lines = String::new();
    for entry in list.as_array().unwrap() {
        let text = |member: &str| entry.get(member).unwrap().as_str().unwrap().to_owned();
        lines.push_str(&[&text("type"), " ", &text("client_name"), ";"].concat());
    }
    lines
}

#[tokio::test]
async fn searches_find_entries_by_what_they_say() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let billing = app.client("billing").await;
    let mailer = app.client("night mailer").await;
    app.grant(&billing, API, &["read:a"]).await;
    app.clock().advance_secs(86_400);
    app.token(&billing, &format!("audience={API}")).await;
    app.token(&mailer, &format!("audience={API}")).await;

    for (query, expected) in [
        ("q=type%3A%22seccft%22", "seccft billing;"),
        ("q=client_name:%22night+mailer%22", "feccft night mailer;"),
        ("q=client_name:night*", "feccft night mailer;"),
        ("q=client_name:night", ""),
        ("search=client_name:NIGHT", "feccft night mailer;"),
        (
            "q=type:(seccft+OR+feccft)",
            "feccft night mailer;seccft billing;",
        ),
        (
            "q=type:(seccft+OR+feccft)&sort=date:1",
            "seccft billing;feccft night mailer;",
        ),
        (
            "q=type:(seccft+OR+feccft)&per_page=1&page=1",
            "seccft billing;",
        ),
        (
            "q=date:[2026-01-02+TO+*]+AND+NOT+type:seccft",
            "feccft night mailer;",
        ),
        (
            "q=date:2026-01-02&search=client_name:bill",
            "seccft billing;",
        ),
        (
            "q=audience:%22https://api.example%22&type=seccft",
            "seccft billing;",
        ),
        ("q=type:seccft&type=feccft", ""),
        ("q=type:seccft&q=client_name:b*&q=type:feccft", ""),
        ("q=user_id:*", ""),
        ("type=depnote", ""),
    ] {
        assert_eq!(found(&app, query).await, expected, "{query}");
    }
    let by_client = format!("q=client_id:{}", mailer.id);
    assert_eq!(found(&app, &by_client).await, "feccft night mailer;");
    assert_eq!(found(&app, "q=").await.matches(';').count(), 6);
}

#[tokio::test]
async fn a_search_that_cannot_be_read_is_refused_with_its_place() {
    let app = five_refusals().await;
    for (query, message) in [
        (
            "q=nothing:x",
            "'there is no such field to search (at character 1)' on property q",
        ),
        (
            "q=type:a~",
            "'fuzzy terms, boosts and ? are not supported (at character 7)' on property q",
        ),
        (
            "search=(a",
            "'a parenthesis is not closed (at character 3)' on property search",
        ),
        (
            "sort=client_name:1",
            "'Logs are sorted by date:1 or date:-1' on property sort",
        ),
        (
            "per_page=101",
            "'Value 101 is greater than maximum 100' on property per_page",
        ),
        (
            "take=x",
            "'Expected type integer but found type string' on property take",
        ),
        ("from=x", "'Invalid checkpoint' on property from"),
    ] {
        let answer = app.get(&format!("/api/v2/logs?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.text("errorCode"), "invalid_query_string");
        let expected = format!("Query validation error: {message}.");
        assert_eq!(answer.text("message"), expected);
    }
    let nested = format!("q={}a", "(".repeat(1_000));
    assert_eq!(app.get(&format!("/api/v2/logs?{nested}")).await.status, 400);
}

#[tokio::test]
async fn fields_choose_members_and_the_id_always_comes() {
    let app = five_refusals().await;
    let one = async |query: &str| {
        app.get(&format!("/api/v2/logs?per_page=1&{query}"))
            .await
            .json()
    };
    let date = "2026-01-01T00:00:04.000Z";
    let shown = one("fields=date").await;
    assert_eq!(shown[0]["date"], date);
    assert_eq!(shown[0].as_object().unwrap().len(), 2);
    assert_eq!(shown[0]["_id"].as_str().unwrap().len(), 56);
    let rest = one("fields=date,type&include_fields=false").await;
    assert_eq!(rest[0].get("date"), None);
    assert_eq!(rest[0]["hostname"], "acme.example");
    assert!(rest[0].get("_id").is_some());
}

#[tokio::test]
async fn an_entry_there_is_not_is_not_found() {
    let app = five_refusals().await;
    let ids = each(&app.get("/api/v2/logs").await, "log_id");
    let other = format!("{}9", &ids[0][..55]);
    for id in ["x", &other] {
        let answer = app.get(&format!("/api/v2/logs/{id}")).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.text("message"), "Log not found");
    }
}
