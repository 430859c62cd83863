//! Imports: a tenant becomes what a document says, all of it or nothing.

use m2mint_testkit::TestApp;
use m2mint_testkit::answer::Answer;
use serde_json::{Value, json};

const API: &str = "https://timesheets.example/";

fn document() -> Value {
    json!({
        "tenant": {"friendly_name": "Acme", "default_audience": API},
        "resourceServers": [{
            "name": "Timesheets",
            "identifier": API,
            "scopes": [{"value": "read:timesheets", "description": "Read"}],
        }],
        "clients": [
            {"name": "Cron", "app_type": "non_interactive", "grant_types": ["client_credentials"]},
            {"name": "Report", "client_metadata": {"team": "経理"}},
        ],
        "clientGrants": [{"client_id": "Cron", "audience": API, "scope": ["read:timesheets"]}],
        "organizations": [{"name": "globex", "display_name": "Globex"}],
        "rules": [],
    })
}

async fn import(app: &TestApp, document: &Value, more: &Value) -> Answer {
    let mut body = json!({"document": document});
    let members = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(members);
    app.post("/m2mint/v1/import", &body).await
}

/// What an import did or would do, a line each.
fn lines(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer}");
    let answer = answer.json();
    let changes = answer["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let text = |member: &str| change[member].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("change"), text("kind"), text("name"))
        })
        .collect()
}

async fn names(app: &TestApp, path: &str) -> Vec<String> {
    let answer = app.get(path).await.json();
    let mut names: Vec<String> = answer
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_document_is_brought_in_and_the_second_time_changes_nothing() {
    let app = TestApp::new().await;
    let first = import(&app, &document(), &json!({})).await;
    assert_eq!(
        lines(&first),
        [
            "update tenant settings",
            "create API https://timesheets.example/",
            "create application Cron",
            "create application Report",
            "create grant Cron https://timesheets.example/",
            "create organization globex",
        ]
    );
    let second = import(&app, &document(), &json!({"delete": true})).await;
    assert_eq!(lines(&second), Vec::<String>::new());

    // What was brought in works.
    let made = &first.json()["changes"][2];
    let client = m2mint_testkit::app::Credentials {
        id: made["id"].as_str().unwrap().to_owned(),
        secret: made["client_secret"].as_str().unwrap().to_owned(),
    };
    let token = app.token(&client, "").await;
    assert_eq!(token.text("scope"), "read:timesheets");
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_changes_nothing() {
    let app = TestApp::new().await;
    let dry = import(&app, &document(), &json!({"dry_run": true})).await;
    assert_eq!(dry.json()["dry_run"], true);
    assert_eq!(lines(&dry).len(), 6);
    assert_eq!(
        names(&app, "/api/v2/clients?is_global=false").await,
        Vec::<String>::new()
    );
    let real = import(&app, &document(), &json!({})).await;
    assert_eq!(lines(&real), lines(&dry));
}

#[tokio::test]
async fn of_an_import_with_a_fault_nothing_is_left_behind() {
    let app = TestApp::new().await;
    for (fault, complaint) in [
        (
            json!({"clientGrants": [{"client_id": "Cron", "audience": "https://nowhere.example/"}]}),
            "Nothing was changed. grant Cron https://nowhere.example/: No resource with identifier https://nowhere.example/",
        ),
        (
            json!({"organizations": [{"name": "globex"}, {"name": "globex"}]}),
            "Nothing was changed. organization globex: An organization with this name already exists.",
        ),
        (
            json!({"clients": 1}),
            "The member clients of the document is not an array.",
        ),
        (
            json!({"clients": [1]}),
            "The member clients[0] of the document is not an object.",
        ),
    ] {
        let mut document = document();
        let members = fault.as_object().unwrap().clone();
        document.as_object_mut().unwrap().extend(members);
        let refused = import(&app, &document, &json!({})).await;
        assert!(refused.status.is_client_error(), "{refused}");
        assert_eq!(refused.text("message"), complaint);
        assert_eq!(
            names(&app, "/api/v2/clients?is_global=false").await,
            Vec::<String>::new()
        );
        assert_eq!(
            names(&app, "/api/v2/resource-servers").await,
            ["Auth0 Management API"]
        );
    }
}

#[tokio::test]
async fn what_the_document_does_not_have_goes_only_when_asked() {
    let app = TestApp::new().await;
    import(&app, &document(), &json!({})).await;
    let mut smaller = document();
    smaller["clients"].as_array_mut().unwrap().pop();
    let kept = import(&app, &smaller, &json!({})).await;
    assert_eq!(lines(&kept), Vec::<String>::new());
    let gone = import(&app, &smaller, &json!({"delete": true})).await;
    assert_eq!(lines(&gone), ["delete application Report"]);
    assert_eq!(
        names(&app, "/api/v2/clients?is_global=false").await,
        ["Cron"]
    );
    // Of a kind that the document does not speak of, nothing goes.
    let silent = json!({"clients": smaller["clients"]});
    let kept = import(&app, &silent, &json!({"delete": true})).await;
    assert_eq!(lines(&kept), Vec::<String>::new());
}

#[tokio::test]
async fn an_import_can_do_no_more_than_its_token() {
    let app = TestApp::new().await;
    let scopes = ["read:tenant_settings", "read:clients", "read:client_grants"];
    let token = app.scoped_token(&scopes).await;
    let body = json!({"document": {"clients": [{"name": "x"}]}});
    let refused = app
        .manage_as(&token, http::Method::POST, "/m2mint/v1/import", &body)
        .await;
    assert_eq!(refused.status, 403, "{refused}");
    assert_eq!(
        refused.text("message"),
        "Nothing was changed. application x: Insufficient scope, expected any of: create:clients"
    );
}

#[tokio::test]
async fn secrets_stand_in_no_plan() {
    let app = TestApp::new().await;
    let secret = "a-secret-that-somebody-brings-along-0123456789";
    let document = json!({"clients": [{"name": "Cron", "client_secret": secret}]});
    let made = import(&app, &document, &json!({})).await;
    assert_eq!(lines(&made), ["create application Cron"]);
    assert!(!made.to_string().contains(secret), "{made}");
}
