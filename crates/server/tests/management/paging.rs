//! Pages of lists, both ways.

use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::{each, members};

async fn with_organizations(count: usize) -> TestApp {
    let app = TestApp::new().await;
    for number in 0..count {
        let body = json!({"name": format!("org-{number}")});
        assert_eq!(app.post("/api/v2/organizations", &body).await.status, 201);
    }
    app
}

#[tokio::test]
async fn one_slash_too_many_at_the_end_of_a_path_is_tolerated() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let list = app.get("/api/v2/clients?include_totals=true").await;
    let slashed = app.get("/api/v2/clients/?include_totals=true").await;
    assert_eq!(slashed.status, 200, "{slashed}");
    assert_eq!(slashed.json(), list.json());
    let path = format!("/api/v2/clients/{}/", client.id);
    assert_eq!(app.get(&path).await.text("client_id"), client.id);
    let made = app.post("/api/v2/clients/", &json!({"name": "x"})).await;
    assert_eq!(made.status, 201, "{made}");
    // It is no wildcard: two are two, and elsewhere a path is a path.
    for path in [
        "/api/v2/clients//",
        "/api/v2/",
        "/livez/",
        "/.well-known/jwks.json/",
    ] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
    // Where the id itself ends with a slash, it comes encoded.
    let own = "/api/v2/resource-servers/https:%2F%2Facme.example%2Fapi%2Fv2%2F";
    assert_eq!(app.get(own).await.status, 200);
}

#[tokio::test]
async fn pages_by_number_cover_everything_once() {
    let app = with_organizations(5).await;
    let all = each(&app.get("/api/v2/organizations").await, "id");
    assert_eq!(all.len(), 5);
    let mut seen = Vec::new();
    for page in 0..4 {
        let path = format!("/api/v2/organizations?page={page}&per_page=2");
        seen.extend(each(&app.get(&path).await, "id"));
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn pages_by_checkpoint_cover_everything_once_and_the_last_names_no_next() {
    let app = with_organizations(5).await;
    let all = each(&app.get("/api/v2/organizations").await, "id");
    let mut seen: Vec<Value> = Vec::new();
    let mut path = "/api/v2/organizations?take=2".to_owned();
    loop {
        let answer = app.get(&path).await.json();
        seen.extend(
            answer["organizations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].clone()),
        );
        let Some(next) = answer.get("next") else {
            break;
        };
        path = format!(
            "/api/v2/organizations?take=2&from={}",
            next.as_str().unwrap()
        );
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_checkpoint_holds_when_something_is_deleted_or_added_meanwhile() {
    let app = with_organizations(4).await;
    let all = each(&app.get("/api/v2/organizations").await, "id");
    let first = app.get("/api/v2/organizations?take=2").await.json();
    app.delete(&format!("/api/v2/organizations/{}", all[1]))
        .await;
    let path = format!(
        "/api/v2/organizations?take=2&from={}",
        first["next"].as_str().unwrap()
    );
    let rest = app.get(&path).await.json();
    assert_eq!(rest["organizations"][0]["id"], all[2].as_str());
    assert_eq!(rest["organizations"][1]["id"], all[3].as_str());
}

#[tokio::test]
async fn totals_stand_before_or_behind_as_at_auth0() {
    let app = with_organizations(3).await;
    for name in ["a", "b", "c"] {
        app.client(name).await;
    }
    let clients = app
        .get("/api/v2/clients?page=1&per_page=2&include_totals=true")
        .await;
    assert_eq!(members(&clients), ["total", "start", "limit", "clients"]);
    assert_eq!(
        [
            &clients.json()["total"],
            &clients.json()["start"],
            &clients.json()["limit"]
        ],
        [&json!(4), &json!(2), &json!(2)]
    );
    let organizations = app.get("/api/v2/organizations?include_totals=true").await;
    assert_eq!(
        members(&organizations),
        ["organizations", "start", "limit", "total"]
    );
    assert_eq!(organizations.json()["limit"], 50);
}

#[tokio::test]
async fn a_tool_that_sends_both_kinds_means_the_checkpoint() {
    let app = with_organizations(3).await;
    let path = "/api/v2/organizations?include_totals=true&per_page=1&page=1&take=100";
    assert_eq!(members(&app.get(path).await), ["organizations"]);
}

#[tokio::test]
async fn without_paging_there_are_fifty_at_most() {
    let app = with_organizations(51).await;
    assert_eq!(
        each(&app.get("/api/v2/organizations").await, "id").len(),
        50
    );
    let all = app.get("/api/v2/organizations?per_page=100").await;
    assert_eq!(each(&all, "id").len(), 51);
    let refused = app.get("/api/v2/organizations?per_page=101").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text("errorCode"), "invalid_query_string");
    assert_eq!(
        refused.text("message"),
        "Query validation error: 'Value 101 is greater than maximum 100' on property per_page."
    );
}
