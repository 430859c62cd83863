//! `/api/v2/log-streams`.

use m2mint_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::members;

const STREAMS: &str = "/api/v2/log-streams";
const HISTORY: &str = "/m2mint/v1/history?kind=log_stream";

fn datadog() -> Value {
    json!({
        "name": "ours", "type": "datadog",
        "sink": {"datadogRegion": "us", "datadogApiKey": "121233123455"},
    })
}

async fn created(app: &TestApp, body: &Value) -> (String, Answer) {
    let answer = app.post(STREAMS, body).await;
    assert_eq!(answer.status, 200, "{answer}");
    (format!("{STREAMS}/{}", answer.text("id")), answer)
}

#[tokio::test]
async fn a_new_stream_is_shown_in_auth0s_order_and_may_be_read_again() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "ours", "type": "http", "isPriority": false,
        "pii_config": {"log_fields": ["first_name"]},
        "filters": [{"name": "auth.login.fail", "type": "category"}],
        "sink": {
            "httpContentFormat": "JSONLINES", "httpContentType": "application/json",
            "httpEndpoint": "https://example.com/logs", "httpAuthorization": "Bearer hunter2",
            "httpCustomHeaders": [{"header": "x-a", "value": "hunter3"}],
        },
    });
    let (path, answer) = created(&app, &body).await;
    let shown = answer.json();
    let id = shown["id"].as_str().unwrap();
    assert_eq!(id.len(), 20);
    assert!(id.starts_with("lst_"));
    assert_eq!(
        shown,
        json!({
            "id": id, "name": "ours", "type": "http", "status": "active",
            "sink": {
                "httpAuthorization": "Bearer hunter2", "httpContentFormat": "JSONLINES",
                "httpContentType": "application/json", "httpEndpoint": "https://example.com/logs",
                "httpCustomHeaders": [{"header": "x-a", "value": "hunter3"}],
            },
            "filters": [{"type": "category", "name": "auth.login.fail"}],
            "isPriority": false,
            "pii_config": {"log_fields": ["first_name"], "method": "hash", "algorithm": "xxhash"},
        })
    );
    assert_eq!(
        members(&answer),
        [
            "id",
            "name",
            "type",
            "status",
            "sink",
            "filters",
            "isPriority",
            "pii_config"
        ]
    );
    assert_eq!(app.get(&path).await.json(), shown);
    assert_eq!(app.get(STREAMS).await.json(), json!([shown]));
}

#[tokio::test]
async fn secrets_are_sealed_on_disk_and_their_reading_is_in_the_log() {
    let app = TestApp::new().await;
    let (path, _) = created(&app, &datadog()).await;
    let body = json!({
        "type": "mixpanel",
        "sink": {
            "mixpanelRegion": "us", "mixpanelProjectId": "1",
            "mixpanelServiceAccountUsername": "me", "mixpanelServiceAccountPassword": "hunter2",
        },
    });
    let (mixpanel, answer) = created(&app, &body).await;
    let hidden = "********";
    assert_eq!(
        answer.json()["sink"]["mixpanelServiceAccountPassword"],
        hidden
    );
    let history = app.get(HISTORY).await.to_string();
    let snapshot = app.snapshots().site("acme.example").unwrap();
    let kept = format!("{:?}", snapshot.tenant.state());
    for text in [&history, &kept] {
        assert!(text.contains("log_stream") || text.contains("LogStream"));
        for secret in ["121233123455", "hunter2"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let reads = async || {
        let found = app.get("/api/v2/logs?type=mgmt_api_read").await.json();
        found.as_array().unwrap().len()
    };
    app.get(&mixpanel).await;
    assert_eq!(reads().await, 0);
    app.get(&path).await;
    app.get(STREAMS).await;
    assert_eq!(reads().await, 2);
    // A change that does not say the password keeps it.
    let change = json!({"sink": {
        "mixpanelRegion": "eu", "mixpanelProjectId": "2", "mixpanelServiceAccountUsername": "you",
    }});
    let changed = app.patch(&mixpanel, &change).await.json();
    assert_eq!(
        changed["sink"],
        json!({
            "mixpanelRegion": "eu", "mixpanelProjectId": "2",
            "mixpanelServiceAccountUsername": "you", "mixpanelServiceAccountPassword": hidden,
        })
    );
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_say_but_what_it_says_about_people() {
    let app = TestApp::new().await;
    let mut body = datadog();
    body["pii_config"] = json!({"log_fields": ["email"], "method": "mask"});
    let (path, _) = created(&app, &body).await;
    let changed = async |change: Value| {
        let answer = app.patch(&path, &change).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.json()
    };
    let shown = changed(json!({
        "filters": [{"type": "category", "name": "management.fail"}],
        "pii_config": {"log_fields": ["phone"]},
    }))
    .await;
    assert_eq!(shown["name"], "ours");
    assert_eq!(shown["sink"]["datadogApiKey"], "121233123455");
    assert_eq!(shown["pii_config"]["method"], "hash");

    let shown = changed(json!({"status": "paused"})).await;
    assert_eq!(shown["status"], "paused");
    assert_eq!(shown.get("pii_config"), None);
    assert_eq!(shown["filters"][0]["name"], "management.fail");

    let shown = changed(json!({"filters": [], "name": "theirs"})).await;
    assert_eq!(shown.get("filters"), None);
    assert_eq!(shown["name"], "theirs");
    assert_eq!(shown["status"], "paused");
}

#[tokio::test]
async fn a_stream_with_priority_carries_what_concerns_security() {
    let app = TestApp::new().await;
    let mut body = datadog();
    body["isPriority"] = json!(true);
    let (path, answer) = created(&app, &body).await;
    let security = json!([{"type": "category", "name": "security"}]);
    assert_eq!(answer.json()["filters"], security);
    let filters = json!({"filters": [{"name": "auth.login.fail", "type": "category"}]});
    let changed = app.patch(&path, &filters).await.json();
    assert_eq!(changed["filters"], security);
    let changed = app.patch(&path, &json!({"isPriority": false})).await.json();
    assert_eq!(changed["filters"][0]["name"], "auth.login.fail");
}

#[tokio::test]
async fn bodies_are_checked_and_a_refused_one_leaves_no_trace() {
    let app = TestApp::new().await;
    let http = |sink: Value| {
        let mut sink = sink;
        if sink.get("httpEndpoint").is_none() {
            sink["httpEndpoint"] = json!("https://example.com/");
        }
        json!({"type": "http", "sink": sink})
    };
    let header = |name: &str, value: &str| {
        http(json!({"httpCustomHeaders": [{"header": name, "value": value}]}))
    };
    for body in [
        json!({}),
        json!({"type": "http"}),
        json!({"type": "ftp", "sink": {"httpEndpoint": "https://example.com/"}}),
        json!({"type": "datadog", "sink": {"httpEndpoint": "https://example.com/"}}),
        json!({"type": "splunk", "sink": {"splunkDomain": "a", "splunkToken": "b"}}),
        json!({"type": "sumo", "sink": {"sumoSourceAddress": "a", "more": 1}}),
        json!({"type": "eventbridge", "sink": {"awsAccountId": "1", "awsRegion": "us-west-2"}}),
        http(json!({"httpEndpoint": "http://example.com/"})),
        http(json!({"httpEndpoint": "https://10.0.0.1/"})),
        http(json!({"httpEndpoint": "https://169.254.169.254/latest"})),
        http(json!({"httpEndpoint": "https://user:pass@example.com/"})),
        http(json!({"httpAuthorization": "a\r\nb: c"})),
        http(json!({"httpContentType": "a\nb"})),
        http(json!({"httpContentFormat": "XML"})),
        header("content-length", "1"),
        header("Host", "internal"),
        header("Authorization", "x"),
        header("x y", "z"),
        header("x", "a\r\nb"),
        {
            let mut body = datadog();
            body["startFrom"] = json!("yesterday");
            body
        },
        {
            let mut body = datadog();
            body["status"] = json!("paused");
            body
        },
        {
            let mut body = datadog();
            body["filters"] = json!([{"type": "category", "name": "everything"}]);
            body
        },
        {
            let mut body = datadog();
            body["pii_config"] = json!({"log_fields": []});
            body
        },
    ] {
        let answer = app.post(STREAMS, &body).await;
        assert_eq!(answer.status, 400, "{body}: {answer}");
        assert_eq!(answer.text("errorCode"), "invalid_body", "{body}");
    }
    assert_eq!(app.get(STREAMS).await.json(), json!([]));

    let (path, _) = created(&app, &datadog()).await;
    for change in [
        json!({"type": "http"}),
        json!({"status": "broken"}),
        json!({"startFrom": "2026-01-01T00:00:00Z"}),
        json!({"sink": {"httpEndpoint": "https://example.com/"}}),
        json!({"sink": {"datadogRegion": "us"}}),
    ] {
        let answer = app.patch(&path, &change).await;
        assert_eq!(answer.status, 400, "{change}: {answer}");
    }
}

#[tokio::test]
async fn a_stream_there_is_not_is_not_found_and_may_be_deleted() {
    let app = TestApp::new().await;
    let (path, _) = created(&app, &datadog()).await;
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.delete(&path).await.status, 204);
    for answer in [
        app.get(&path).await,
        app.patch(&path, &json!({"name": "x"})).await,
    ] {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.text("message"), "The log stream does not exist.");
    }
}

#[tokio::test]
async fn a_tenant_has_twenty_streams_at_most() {
    let app = TestApp::new().await;
    for _ in 0..20 {
        created(&app, &datadog()).await;
    }
    let answer = app.post(STREAMS, &datadog()).await;
    assert_eq!(answer.status, 409);
    assert_eq!(
        answer.text("message"),
        "You have reached the maximum number of log streams for your account."
    );
}
