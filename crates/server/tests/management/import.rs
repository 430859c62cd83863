//! Imports: a tenant becomes what a document says, all of it or nothing.

#![expect(
    clippy::indexing_slicing,
    reason = "all of this is tests, the functions between them too"
)]

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

/// One object of every kind.
fn everything() -> Value {
    let mut document = document();
    let trigger = json!([{"id": "credentials-exchange", "version": "v2"}]);
    let code = "exports.onExecuteCredentialsExchange = async () => {};";
    let more = json!({
        "actionModules": [{
            "name": "shared",
            "code": "module.exports = 1;",
            "all_changes_published": true,
            "secrets": [{"name": "KEY", "value": "one"}],
        }],
        "actions": [{
            "name": "Tag",
            "code": code,
            "deployed": true,
            "status": "built",
            "supported_triggers": trigger,
            "secrets": [{"name": "B", "value": "two"}, {"name": "A", "value": "three"}],
        }],
        "triggers": {"credentials-exchange": [{"action_name": "Tag", "display_name": "Tag it"}]},
        "tokenExchangeProfiles": [{
            "name": "legacy",
            "subject_token_type": "https://acme.example/legacy",
            "action": "Exchange",
            "type": "custom_authentication",
        }],
        "logStreams": [{
            "name": "Collector",
            "type": "http",
            "status": "paused",
            "sink": {
                "httpEndpoint": "https://collector.example/logs",
                "httpContentType": "application/json",
                "httpContentFormat": "JSONLINES",
                "httpAuthorization": "Bearer four",
            },
            "filters": [],
        }],
        "networkACLs": [{
            "description": "No crawlers",
            "active": true,
            "priority": 3,
            "rule": {
                "action": {"block": true},
                "scope": "authentication",
                "match": {"user_agents": ["crawler"]},
            },
        }],
        "rateLimitPolicies": [{
            "resource": "oauth_authentication_api",
            "consumer": "client",
            "consumer_selector": "client_id:Cron",
            "configuration": {"action": "block", "limit": 5},
        }],
        "customDomains": [{"domain": "login.acme.example", "type": "self_managed_certs"}],
        "attackProtection": {
            "suspiciousIpThrottling": {"enabled": true, "allowlist": ["192.0.2.1"]},
        },
    });
    let members = more.as_object().cloned().unwrap_or_default();
    document.as_object_mut().unwrap().extend(members);
    document["actions"].as_array_mut().unwrap().push(json!({
        "name": "Exchange",
        "code": "exports.onExecuteCustomTokenExchange = async () => {};",
        "deployed": true,
        "supported_triggers": [{"id": "custom-token-exchange", "version": "v1"}],
    }));
    document["clientGrants"][0]["organization_usage"] = json!("allow");
    document["organizations"][0]["client_grants"] = json!([{"client_id": "Cron"}]);
    document
}

/// The same without the values of secrets, as an export has it.
fn without_secrets(document: &Value) -> Value {
    let mut document = document.clone();
    for kind in ["actions", "actionModules"] {
        for object in document[kind].as_array_mut().unwrap() {
            let secrets = object.get_mut("secrets").and_then(Value::as_array_mut);
            for secret in secrets.into_iter().flatten() {
                secret["value"] = json!("_VALUE_NOT_SHOWN_");
            }
        }
    }
    document["logStreams"][0]["sink"]["httpAuthorization"] = json!("##COLLECTOR##");
    document
}

#[tokio::test]
async fn every_kind_of_object_is_brought_in_and_the_second_time_changes_nothing() {
    let app = TestApp::new().await;
    let first = import(&app, &everything(), &json!({})).await;
    assert_eq!(
        lines(&first),
        [
            "update tenant settings",
            "create API https://timesheets.example/",
            "create action module shared",
            "create action Tag",
            "create action Exchange",
            "create application Cron",
            "create application Report",
            "create grant Cron https://timesheets.example/",
            "create organization globex",
            "create grant of organization globex: Cron https://timesheets.example/",
            "create custom domain login.acme.example",
            "create token exchange profile legacy",
            "create log stream Collector",
            "update log stream Collector",
            "create network ACL No crawlers",
            "create rate limit policy oauth_authentication_api client client_id:Cron",
            "update trigger credentials-exchange",
            "update attack protection suspiciousIpThrottling",
        ]
    );
    assert_eq!(first.json()["skipped"], json!([]));
    for secret in ["\"one\"", "\"two\"", "\"three\"", "Bearer four"] {
        assert!(!first.to_string().contains(secret), "{first}");
    }
    let second = import(
        &app,
        &without_secrets(&everything()),
        &json!({"delete": true}),
    )
    .await;
    assert_eq!(lines(&second), Vec::<String>::new());

    let actions = app
        .get("/api/v2/actions/actions?actionName=Tag")
        .await
        .json();
    assert_eq!(actions["actions"][0]["all_changes_deployed"], true);
    let path = "/api/v2/actions/triggers/credentials-exchange/bindings";
    let bound = app.get(path).await.json();
    assert_eq!(bound["bindings"][0]["display_name"], "Tag it");
    let cron = &first.json()["changes"][5]["id"];
    let policies = app.get("/api/v2/rate-limit-policies").await.json();
    let selector = &policies["rate_limit_policies"][0]["consumer_selector"];
    assert_eq!(
        selector,
        &json!(format!("client_id:{}", cron.as_str().unwrap()))
    );
}

#[tokio::test]
async fn a_change_of_a_script_is_deployed_and_keeps_the_secrets_that_have_no_value() {
    let app = TestApp::new().await;
    import(&app, &everything(), &json!({})).await;
    let mut changed = without_secrets(&everything());
    changed["actions"][0]["code"] =
        json!("exports.onExecuteCredentialsExchange = async () => { };");
    changed["actionModules"][0]["code"] = json!("module.exports = 2;");
    let plan = import(&app, &changed, &json!({})).await;
    assert_eq!(
        lines(&plan),
        [
            "update action module shared",
            "update action module shared",
            "update action Tag",
            "update action Tag",
        ]
    );
    assert_eq!(
        plan.json()["changes"][3]["after"],
        json!({"deployed": true})
    );
    let actions = app
        .get("/api/v2/actions/actions?actionName=Tag")
        .await
        .json();
    let action = &actions["actions"][0];
    assert_eq!(action["all_changes_deployed"], true);
    let names: Vec<&str> = action["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|secret| secret["name"].as_str())
        .collect();
    assert_eq!(names.len(), 2, "{action}");
    let modules = app.get("/api/v2/actions/modules").await.json();
    assert_eq!(modules["modules"][0]["all_changes_published"], true);
    assert_eq!(
        lines(&import(&app, &changed, &json!({})).await),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_rule_is_replaced_whole_and_lists_of_an_organization_are_whole_lists() {
    let app = TestApp::new().await;
    import(&app, &everything(), &json!({})).await;
    let mut changed = without_secrets(&everything());
    changed["networkACLs"][0]["rule"]["match"] = json!({"user_agents": ["spider"]});
    changed["organizations"][0]["client_grants"] = json!([]);
    let plan = import(&app, &changed, &json!({})).await;
    assert_eq!(
        lines(&plan)[1..],
        ["update network ACL No crawlers".to_owned()]
    );
    assert!(lines(&plan)[0].starts_with("delete grant of organization globex: "));

    // Which grants are meant must be plain.
    let mut two = without_secrets(&everything());
    two["resourceServers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "B", "identifier": "urn:b"}));
    two["clientGrants"].as_array_mut().unwrap().push(
        json!({"client_id": "Cron", "audience": "urn:b", "scope": [], "organization_usage": "allow"}),
    );
    let refused = import(&app, &two, &json!({})).await;
    assert_eq!(
        refused.text("message"),
        "Nothing was changed. grant of organization globex: Cron has 2 grants that this could be. Say which by its audience."
    );
    two["organizations"][0]["client_grants"] = json!([{"client_id": "Cron", "audience": "urn:b"}]);
    let plan = import(&app, &two, &json!({})).await;
    assert!(
        lines(&plan).contains(&"create grant of organization globex: Cron urn:b".to_owned()),
        "{plan}"
    );
}

#[tokio::test]
async fn what_there_is_not_is_said_to_be_skipped() {
    let app = TestApp::new().await;
    let document = json!({
        "triggers": {"no-such": [{"action_name": "x"}]},
        "attackProtection": {"palisades": {"high": true}},
        "organizations": [{"name": "globex", "connections": [{"name": "c"}], "clients": []}],
        "roles": [{"name": "r"}],
    });
    let plan = import(&app, &document, &json!({})).await;
    assert_eq!(lines(&plan), ["create organization globex"]);
    assert_eq!(
        plan.json()["skipped"],
        json!([
            "organizations.connections",
            "triggers.no-such",
            "attackProtection.palisades",
            "roles"
        ])
    );
}

#[tokio::test]
async fn a_dry_run_makes_no_secret_known() {
    let app = TestApp::new().await;
    let dry = import(&app, &document(), &json!({"dry_run": true})).await;
    for change in dry.json()["changes"].as_array().unwrap() {
        assert!(change.get("client_secret").is_none(), "{change}");
        assert!(
            change.get("id").is_none() || change["change"] != "create",
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_log_stream_keeps_the_secret_that_has_no_value() {
    let app = TestApp::new().await;
    import(&app, &everything(), &json!({})).await;
    let mut changed = without_secrets(&everything());
    changed["logStreams"][0]["sink"]["httpEndpoint"] = json!("https://collector.example/new");
    let plan = import(&app, &changed, &json!({})).await;
    assert_eq!(lines(&plan), ["update log stream Collector"]);
    assert!(!plan.to_string().contains("four"), "{plan}");
    let streams = app.get("/api/v2/log-streams").await.json();
    let sink = &streams[0]["sink"];
    assert_eq!(sink["httpEndpoint"], "https://collector.example/new");
    assert_eq!(sink["httpAuthorization"], "Bearer four");
    assert_eq!(streams[0]["status"], "paused");
}

#[tokio::test]
async fn ids_that_the_document_has_are_kept() {
    let app = TestApp::new().await;
    let document = json!({
        "clients": [{"name": "Cron", "client_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}],
        "resourceServers": [{"name": "B", "identifier": "urn:b", "id": "5f0000000000000000000001"}],
    });
    let plan = import(&app, &document, &json!({})).await;
    assert_eq!(plan.json()["changes"][0]["id"], "5f0000000000000000000001");
    let client = app
        .get("/api/v2/clients/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .await;
    assert_eq!(client.text("name"), "Cron");
    let again = import(&app, &document, &json!({})).await;
    assert_eq!(lines(&again), Vec::<String>::new());
}

#[tokio::test]
async fn a_client_that_widens_its_own_grant_by_an_import_is_marked_in_the_log() {
    let app = TestApp::new().await;
    let api = format!("https://{}/api/v2/", m2mint_testkit::app::HOST);
    let client = app.client("terraform").await;
    let scopes = [
        "read:tenant_settings",
        "read:clients",
        "read:client_grants",
        "update:client_grants",
    ];
    app.grant(&client, &api, &scopes).await;
    let token = app.token(&client, &format!("audience={api}")).await;
    let token = token.text("access_token");
    let more = [scopes.as_slice(), &["delete:clients"]].concat();
    let body = json!({"document": {"clientGrants": [
        {"client_id": "terraform", "audience": api, "scope": more},
    ]}});
    let path = "/m2mint/v1/import";
    let done = app.manage_as(&token, http::Method::POST, path, &body).await;
    assert_eq!(done.status, 200, "{done}");
    let log = app.log().await;
    let event = log.last().unwrap();
    assert_eq!(&*event.description, "Import a document");
    let details: Value = serde_json::from_str(event.details.as_deref().unwrap()).unwrap();
    assert_eq!(details["ownGrant"], true);
}
