//! `/api/v2/actions/actions`, its versions and its triggers.

use http::Method;
use insta::assert_snapshot;
use m2mint_store::Revision;
use m2mint_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::{API, members};

const ACTIONS: &str = "/api/v2/actions/actions";
const CODE: &str = "exports.onExecuteCredentialsExchange = async (event, api) => {};";

/// What it takes to make an action.
fn action(name: &str) -> Value {
    json!({
        "name": name,
        "supported_triggers": [{"id": "credentials-exchange", "version": "v2"}],
        "code": CODE,
    })
}

/// Makes an action and gives its id.
async fn made(app: &TestApp, name: &str) -> String {
    app.post(ACTIONS, &action(name)).await.text("id")
}

/// Makes an action that is deployed.
async fn deployed(app: &TestApp, name: &str) -> String {
    let id = made(app, name).await;
    let answer = deploy(app, &id).await;
    assert_eq!(answer.status, 200, "{answer}");
    id
}

async fn deploy(app: &TestApp, id: &str) -> Answer {
    app.post(&format!("{ACTIONS}/{id}/deploy"), &Value::Null)
        .await
}

fn bindings_of(trigger: &str) -> String {
    format!("/api/v2/actions/triggers/{trigger}/bindings")
}

async fn bind(app: &TestApp, ids: &[&str]) -> Answer {
    let bindings: Vec<Value> = ids
        .iter()
        .map(|id| json!({"ref": {"type": "action_id", "value": id}}))
        .collect();
    let body = json!({"bindings": bindings});
    app.patch(&bindings_of("credentials-exchange"), &body).await
}

fn names(answer: &Answer, list: &str, member: &str) -> Vec<String> {
    let json = answer.json();
    let items = json.get(list).and_then(Value::as_array).unwrap().iter();
    items
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_new_action_is_pending_and_then_built() {
    let app = TestApp::new().await;
    let mut body = action("Add claims");
    body["dependencies"] =
        json!([{"name": "lodash", "version": "4.0.0", "registry_url": "https://x.example/lodash"}]);
    body["secrets"] = json!([{"name": "key", "value": "hunter2"}]);
    let answer = app.post(ACTIONS, &body).await;
    let id = answer.text("id");
    assert_eq!(id.len(), 36);
    assert_snapshot!(answer.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","name":"Add claims","supported_triggers":[{"id":"credentials-exchange","version":"v2"}],"created_at":"2026-01-01T00:00:00.000000000Z","updated_at":"2026-01-01T00:00:00.000000000Z","code":"exports.onExecuteCredentialsExchange = async (event, api) => {};","dependencies":[{"name":"lodash","version":"4.0.0","registry_url":"https://x.example/lodash"}],"runtime":"node22","status":"pending","secrets":[{"name":"key","updated_at":"2026-01-01T00:00:00.000000000Z"}],"all_changes_deployed":false}
    "#);
    let shown = app.get(&format!("{ACTIONS}/{id}")).await;
    assert_eq!(shown.text("status"), "built");
    let packages = json!([{"name": "lodash", "version": "4.0.0"}]);
    assert_eq!(shown.json()["dependencies"], packages);

    let none = app.get(&format!("{ACTIONS}/none")).await;
    assert_snapshot!(none, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"That action does not exist."}
    "#);
}

#[tokio::test]
async fn an_action_that_names_no_runtime_gets_that_of_its_trigger() {
    let app = TestApp::new().await;
    let of = async |name: &str, trigger: Value| {
        let body = json!({"name": name, "supported_triggers": [trigger]});
        app.post(ACTIONS, &body).await
    };
    let old = of("old", json!({"id": "post-login", "version": "v2"})).await;
    assert_eq!(old.text("runtime"), "node16");
    let new = of("new", json!({"id": "post-login"})).await;
    assert_eq!(new.text("runtime"), "node22");
    assert_eq!(new.json()["supported_triggers"][0]["version"], "v3");
    assert_eq!(new.text("code"), "module.exports = () => {}");
    let none = of("none", json!({"id": "post-login", "version": "v9"})).await;
    assert_eq!(none.status, 400);
    assert_eq!(
        none.text("message"),
        "Payload validation error: 'There is no trigger post-login v9' on property \
         supported_triggers."
    );
}

#[tokio::test]
async fn deploying_makes_versions_and_changes_wait_for_the_next_one() {
    let app = TestApp::new().await;
    let id = made(&app, "one").await;
    let path = format!("{ACTIONS}/{id}");

    let first = deploy(&app, &id).await;
    assert_snapshot!(first.to_string().replace(&id, "ID").replace(&first.text("id"), "VERSION"), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"code":"exports.onExecuteCredentialsExchange = async (event, api) => {};","dependencies":[],"id":"VERSION","deployed":false,"number":1,"secrets":[],"status":"built","created_at":"2026-01-01T00:00:00.000000000Z","updated_at":"2026-01-01T00:00:00.000000000Z","runtime":"node22","supported_triggers":[{"id":"credentials-exchange","version":"v2"}],"action":{"id":"ID","name":"one","supported_triggers":[{"id":"credentials-exchange","version":"v2"}],"created_at":"2026-01-01T00:00:00.000000000Z","updated_at":"2026-01-01T00:00:00.000000000Z","all_changes_deployed":false}}
    "#);
    let shown = app.get(&path).await.json();
    assert_eq!(shown["all_changes_deployed"], true);
    assert_eq!(shown["current_version"]["status"], "BUILT");
    assert_eq!(shown["deployed_version"]["id"], first.text("id"));
    assert_eq!(shown["deployed_version"]["deployed"], true);

    let changed = app.patch(&path, &json!({"code": "2"})).await.json();
    assert_eq!(changed["status"], "pending");
    assert_eq!(changed["all_changes_deployed"], false);
    assert_eq!(changed["deployed_version"]["code"], CODE);
    assert_eq!(changed["deployed_version"]["status"], "built");
    let second = deploy(&app, &id).await;
    assert_eq!(second.json()["number"], 2);

    let versions = app.get(&format!("{path}/versions")).await;
    assert_eq!(members(&versions), ["versions", "total", "per_page"]);
    let list = versions.json()["versions"].clone();
    assert_eq!(
        (&list[0]["number"], &list[0]["deployed"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        (&list[1]["number"], &list[1]["deployed"]),
        (&json!(1), &json!(false))
    );
    let one = app
        .get(&format!("{path}/versions/{}", first.text("id")))
        .await;
    assert_eq!(one.json(), list[1]);

    let other = made(&app, "other").await;
    let foreign = format!("{ACTIONS}/{other}/versions/{}", first.text("id"));
    assert_eq!(app.get(&foreign).await.status, 404);
}

#[tokio::test]
async fn an_earlier_version_is_deployed_again_as_a_new_one() {
    let app = TestApp::new().await;
    let id = made(&app, "one").await;
    let path = format!("{ACTIONS}/{id}");
    let first = deploy(&app, &id).await.text("id");
    app.patch(&path, &json!({"code": "2"})).await;
    deploy(&app, &id).await;

    let back = format!("{path}/versions/{first}/deploy");
    let third = app.post(&back, &Value::Null).await.json();
    assert_eq!(
        (&third["number"], &third["code"]),
        (&json!(3), &json!(CODE))
    );
    let shown = app.get(&path).await.json();
    assert_eq!(
        (&shown["code"], &shown["all_changes_deployed"]),
        (&json!("2"), &json!(false))
    );

    app.post(&back, &json!({"update_draft": true})).await;
    let shown = app.get(&path).await.json();
    assert_eq!(
        (&shown["code"], &shown["all_changes_deployed"]),
        (&json!(CODE), &json!(true))
    );
    assert_eq!(shown["deployed_version"]["number"], 4);

    // Some clients send `null` for a body they do not have.
    let token = format!("Bearer {}", app.management_token());
    let headers = [("authorization", token.as_str())];
    let null = app.raw(Method::POST, &back, &headers, "null").await;
    assert_eq!(null.json()["number"], 5, "{null}");
    let unknown = format!("{path}/versions/none/deploy");
    assert_eq!(app.post(&unknown, &json!({})).await.status, 404);
}

#[tokio::test]
async fn an_action_can_be_deployed_when_it_is_made() {
    let app = TestApp::new().await;
    let mut body = action("one");
    body["deploy"] = json!(true);
    let answer = app.post(ACTIONS, &body).await.json();
    assert_eq!(answer["current_version"]["status"], "PENDING");
    assert_eq!(answer["deployed_version"]["deployed"], true);
    assert_eq!(answer["deployed_version"].get("built_at"), None);
    assert_eq!(answer["all_changes_deployed"], true);
    let id = answer["id"].as_str().unwrap();
    let shown = app.get(&format!("{ACTIONS}/{id}")).await.json();
    assert_eq!(shown["current_version"]["status"], "BUILT");
}

#[tokio::test]
async fn a_draft_that_is_not_built_says_why_and_is_not_deployed() {
    let app = TestApp::new().await;
    let mut body = action("one");
    body["dependencies"] = json!([{"name": "../x", "version": "1.0.0"}]);
    body["deploy"] = json!(true);
    let id = app.post(ACTIONS, &body).await.text("id");
    let shown = app.get(&format!("{ACTIONS}/{id}")).await.json();
    assert_eq!(shown["status"], "failed");
    assert_eq!(
        shown["errors"],
        json!([{"id": "invalid_dependency", "msg": "\"../x\" is not the name of a package"}])
    );
    assert_eq!(shown.get("deployed_version"), None);
    let refused = deploy(&app, &id).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.text("message"),
        "A draft must be in the 'built' state before it can be deployed: \"../x\" is not the name \
         of a package."
    );
    let versions = app.get(&format!("{ACTIONS}/{id}/versions")).await;
    assert_eq!(members(&versions), ["versions", "per_page"]);
}

#[tokio::test]
async fn secrets_are_replaced_as_a_list_and_a_name_alone_keeps_the_value() {
    let app = TestApp::new().await;
    let mut body = action("one");
    body["secrets"] = json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]);
    let id = app.post(ACTIONS, &body).await.text("id");
    let path = format!("{ACTIONS}/{id}");
    deploy(&app, &id).await;
    app.clock().advance_secs(60);

    let said = json!({"secrets": [{"name": "c", "value": "3"}, {"name": "a"}]});
    let changed = app.patch(&path, &said).await.json();
    assert_eq!(
        changed["secrets"],
        json!([
            {"name": "a", "updated_at": "2026-01-01T00:00:00.000000000Z"},
            {"name": "c", "updated_at": "2026-01-01T00:01:00.000000000Z"},
        ])
    );
    let kept = names(&app.get(&path).await, "secrets", "name");
    assert_eq!(kept, ["a", "c"]);
    let deployed = &changed["deployed_version"]["secrets"];
    assert_eq!(
        (&deployed[0]["name"], &deployed[1]["name"]),
        (&json!("a"), &json!("b"))
    );

    let valueless = json!({"secrets": [{"name": "new"}]});
    let refused = app.patch(&path, &valueless).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.text("message"),
        "Payload validation error: 'The secret new has no value' on property secrets."
    );
    let twice = json!({"secrets": [{"name": "x", "value": "1"}, {"name": "x", "value": "2"}]});
    assert_eq!(app.patch(&path, &twice).await.status, 400);
    assert_eq!(names(&app.get(&path).await, "secrets", "name"), ["a", "c"]);
    let cleared = app.patch(&path, &json!({"secrets": []})).await;
    assert_eq!(cleared.json()["secrets"], json!([]));
}

#[tokio::test]
async fn the_value_of_a_secret_is_nowhere_but_under_its_seal() {
    const VALUE: &str = "hunter2-hunter2";
    let app = TestApp::new().await;
    let secrets = json!([{"name": "key", "value": VALUE}]);
    let module = app
        .post(
            "/api/v2/actions/modules",
            &json!({"name": "m", "code": "", "secrets": secrets, "publish": true}),
        )
        .await;
    let mut body = action("one");
    body["secrets"] = secrets.clone();
    let made = app.post(ACTIONS, &body).await;
    let path = format!("{ACTIONS}/{}", made.text("id"));
    let answers = [
        deploy(&app, &made.text("id")).await,
        app.patch(&path, &json!({"secrets": secrets})).await,
        app.get(&path).await,
        app.get(ACTIONS).await,
        app.get(&format!("{path}/versions")).await,
        app.get(&format!("/api/v2/actions/modules/{}", module.text("id")))
            .await,
        // Refusals must not repeat it either.
        app.patch(&path, &json!({"secrets": VALUE})).await,
        app.patch(
            &path,
            &json!({"secrets": [{"name": VALUE.repeat(20), "value": VALUE}]}),
        )
        .await,
        module,
        made,
    ];
    for answer in &answers[..6] {
        assert_eq!(answer.status, 200, "{answer}");
    }
    for answer in answers {
        assert!(!answer.to_string().contains(VALUE), "{answer}");
    }
    let store = app.registry().store();
    let tenant = "acme".parse().unwrap();
    let changes = store.changes_since(&tenant, Revision::ZERO, 1_000).await;
    let written = format!("{:?}", changes.unwrap());
    assert!(
        written.contains("sealed"),
        "the test looks at the right thing"
    );
    assert!(!written.contains(VALUE));
    let log = format!("{:?}", app.log().await);
    assert!(!log.contains(VALUE));
}

#[tokio::test]
async fn a_bound_action_is_deleted_by_force_only() {
    let app = TestApp::new().await;
    let (one, two) = (deployed(&app, "one").await, deployed(&app, "two").await);
    bind(&app, &[&one, &two]).await;
    let path = format!("{ACTIONS}/{one}");
    let refused = app.delete(&path).await;
    assert_snapshot!(refused, @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":409,"error":"Conflict","message":"Unable to delete an action bound to a trigger."}
    "#);
    assert_eq!(app.get(&path).await.status, 200);

    assert_eq!(app.delete(&format!("{path}?force=true")).await.status, 204);
    let left = app.get(&bindings_of("credentials-exchange")).await;
    assert_eq!(names(&left, "bindings", "display_name"), ["two"]);
    for gone in [path.clone(), format!("{path}/versions")] {
        assert_eq!(app.get(&gone).await.status, 404);
    }
    assert_eq!(app.delete(&path).await.status, 404);
}

#[tokio::test]
async fn bindings_are_replaced_whole_in_their_order() {
    let app = TestApp::new().await;
    let (one, two) = (deployed(&app, "one").await, deployed(&app, "two").await);
    let path = bindings_of("credentials-exchange");
    assert_eq!(
        app.get(&path).await.json(),
        json!({"bindings": [], "per_page": 50})
    );

    let body = json!({"bindings": [
        {"ref": {"value": "two"}},
        {"ref": {"type": "action_id", "value": one}, "display_name": "First of all"},
    ]});
    let bound = app.patch(&path, &body).await;
    assert_eq!(members(&bound), ["bindings"]);
    assert_eq!(
        names(&bound, "bindings", "display_name"),
        ["two", "First of all"]
    );
    let first = bound.json()["bindings"][0].clone();
    assert_eq!(first["action"].get("code"), None);
    assert_eq!(first["action"]["deployed_version"]["code"], CODE);
    let shown = app.get(&path).await;
    assert_eq!(shown.json()["bindings"], bound.json()["bindings"]);
    assert_eq!(members(&shown), ["bindings", "total", "per_page"]);

    // A binding named by its id stays the same one.
    let body = json!({"bindings": [
        {"ref": {"type": "action_id", "value": two}},
        {"ref": {"type": "binding_id", "value": first["id"]}},
    ]});
    let again = app.patch(&path, &body).await.json();
    assert_eq!(again["bindings"][1], first);
    assert_ne!(again["bindings"][0]["id"], first["id"]);

    assert_eq!(app.patch(&path, &json!({})).await.json(), again);
    let none = app.patch(&path, &json!({"bindings": []})).await;
    assert_eq!(none.json(), json!({"bindings": []}));
}

#[tokio::test]
async fn what_cannot_be_bound_is_refused_and_leaves_the_list_as_it_was() {
    let app = TestApp::new().await;
    let one = deployed(&app, "one").await;
    let draft = made(&app, "draft").await;
    let login =
        json!({"name": "login", "supported_triggers": [{"id": "post-login"}], "deploy": true});
    let login = app.post(ACTIONS, &login).await.text("id");
    bind(&app, &[&one]).await;
    let path = bindings_of("credentials-exchange");
    let before = app.get(&path).await.json();

    let by_id = |id: &str| json!([{"ref": {"type": "action_id", "value": id}}]);
    let with_secret = json!([{"ref": {"value": "one"}, "secrets": [{"name": "a", "value": "b"}]}]);
    let many: Vec<Value> = (0..21).map(|_| json!({"ref": {"value": "one"}})).collect();
    for (bindings, status, message) in [
        (
            by_id(&draft),
            400,
            "Trying to create a binding for an action that hasn't been deployed yet: draft.",
        ),
        (
            by_id(&login),
            400,
            "Payload validation error: 'The action login does not support the trigger \
             credentials-exchange' on property bindings.",
        ),
        (by_id("none"), 404, "That action does not exist."),
        (
            json!([{"ref": {"value": "none"}}]),
            404,
            "That action does not exist.",
        ),
        (
            json!([{"ref": {"type": "binding_id", "value": "none"}}]),
            404,
            "That binding does not exist.",
        ),
        (
            with_secret,
            400,
            "This server does not support secrets of a binding. Give them to the action.",
        ),
        (
            json!(many),
            403,
            "there may be no more than 20 actions at a trigger",
        ),
    ] {
        let answer = app.patch(&path, &json!({"bindings": bindings})).await;
        assert_eq!(answer.status, status, "{answer}");
        assert_eq!(answer.text("message"), message);
    }
    let entity = bindings_of("custom-token-exchange");
    let answer = app.patch(&entity, &json!({"bindings": []})).await;
    assert_eq!(answer.status, 400, "{answer}");
    assert_eq!(app.get(&bindings_of("none")).await.status, 400);
    assert_eq!(app.get(&path).await.json(), before);

    // Nor may a bound action cease to support its trigger.
    let body = json!({"supported_triggers": [{"id": "post-login"}]});
    let refused = app.patch(&format!("{ACTIONS}/{one}"), &body).await;
    assert_eq!(refused.status, 400, "{refused}");
}

#[tokio::test]
async fn no_token_is_issued_past_an_action_that_cannot_run() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    let asked = format!("audience={API}");
    let id = deployed(&app, "deny").await;
    assert_eq!(app.token(&client, &asked).await.status, 200);

    bind(&app, &[&id]).await;
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    500 Internal Server Error
    cache-control: no-store
    content-type: application/json
    {"error":"server_error","error_description":"The server could not run an action."}
    "#);
    let log = app.log().await;
    let refusal = log
        .iter()
        .rfind(|event| event.kind.code() == "feccft")
        .unwrap();
    assert_eq!(
        &*refusal.description,
        "An action is bound to the credentials-exchange trigger, and this server cannot run \
         actions yet. Remove the binding to have tokens issued."
    );
    // The way back stays open: the Management API has tokens for whoever may take the binding away.
    let management = format!("https://{}/api/v2/", m2mint_testkit::app::HOST);
    app.grant(&client, &management, &["update:actions"]).await;
    let token = app.token(&client, &format!("audience={management}")).await;
    assert_eq!(token.status, 200, "{token}");
    // Who may not have a token anyway is told that, and nothing of actions.
    assert_eq!(
        app.token(&client, "audience=https://none.example")
            .await
            .status,
        403
    );

    bind(&app, &[]).await;
    assert_eq!(app.token(&client, &asked).await.status, 200);
    bind(&app, &[&id]).await;
    app.delete(&format!("{ACTIONS}/{id}?force=true")).await;
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn an_action_at_a_trigger_of_user_login_changes_nothing() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    let body =
        json!({"name": "login", "supported_triggers": [{"id": "post-login"}], "deploy": true});
    app.post(ACTIONS, &body).await;
    let bindings = json!({"bindings": [{"ref": {"value": "login"}}]});
    let bound = app.patch(&bindings_of("post-login"), &bindings).await;
    assert_eq!(bound.status, 200, "{bound}");
    assert_eq!(
        app.token(&client, &format!("audience={API}")).await.status,
        200
    );
}

#[tokio::test]
async fn actions_are_listed_oldest_first_and_filtered() {
    let app = TestApp::new().await;
    let empty = app.get(&format!("{ACTIONS}?page=0&per_page=100")).await;
    assert_eq!(empty.json(), json!({"actions": [], "per_page": 100}));
    for (name, trigger, deploy) in [
        ("b", "credentials-exchange", true),
        ("a", "post-login", false),
        ("c", "post-login", true),
    ] {
        app.clock().advance_secs(1);
        let body = json!({"name": name, "supported_triggers": [{"id": trigger}], "deploy": deploy});
        app.post(ACTIONS, &body).await;
    }
    for (query, expected) in [
        ("", &["b", "a", "c"][..]),
        ("?triggerId=post-login", &["a", "c"]),
        ("?actionName=a", &["a"]),
        ("?deployed=true", &["b", "c"]),
        ("?deployed=false", &["a"]),
        ("?installed=true", &[]),
        ("?per_page=2", &["b", "a"]),
        ("?page=1&per_page=2", &["c"]),
    ] {
        let listed = app.get(&format!("{ACTIONS}{query}")).await;
        assert_eq!(names(&listed, "actions", "name"), expected, "{query}");
    }
    let second = app.get(&format!("{ACTIONS}?page=1&per_page=2")).await;
    assert_eq!(members(&second), ["actions", "total", "page", "per_page"]);
    assert_eq!(second.json()["total"], 3);
    let behind = app.get(&format!("{ACTIONS}?page=2&per_page=2")).await;
    assert_eq!(
        behind.json(),
        json!({"actions": [], "page": 2, "per_page": 2})
    );
    assert_eq!(app.get(&format!("{ACTIONS}?triggerId=x")).await.status, 400);
}

#[tokio::test]
async fn names_are_unique_and_there_is_an_end_to_everything() {
    let app = TestApp::new().await;
    let id = made(&app, "one").await;
    let path = format!("{ACTIONS}/{id}");
    let other = made(&app, "other").await;
    let taken = app
        .patch(&format!("{ACTIONS}/{other}"), &json!({"name": "one"}))
        .await;
    assert_eq!(taken.status, 409);
    assert_eq!(
        taken.text("message"),
        "An action with that name already exists."
    );
    assert_eq!(app.patch(&path, &json!({"name": "one"})).await.status, 200);

    let secret = |index: usize| json!({"name": format!("s{index}"), "value": "v"});
    let package = |index: usize| json!({"name": format!("p{index}"), "version": "1"});
    for body in [
        json!({"code": "x".repeat(100_001)}),
        json!({"code": "é".repeat(60_000)}),
        json!({"secrets": (0..31).map(secret).collect::<Vec<_>>()}),
        json!({"secrets": [{"name": "s", "value": "v".repeat(4_097)}]}),
        json!({"secrets": [{"name": "s".repeat(129), "value": "v"}]}),
        json!({"dependencies": (0..11).map(package).collect::<Vec<_>>()}),
        json!({"runtime": "deno"}),
        json!({"deploy": true}),
        json!({"name": ""}),
        json!({"supported_triggers": []}),
        json!({"modules": [{"module_name": "none"}, {}, {}, {}]}),
    ] {
        let answer = app.patch(&path, &body).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_eq!(answer.text("errorCode"), "invalid_body");
    }
    // What is just small enough, with all that JSON adds to it, is not too long for a body.
    let body = json!({
        "code": "\n".repeat(100_000),
        "secrets": (0..30)
            .map(|index| json!({"name": format!("s{index}"), "value": "é".repeat(4_096)}))
            .collect::<Vec<_>>(),
    });
    assert_eq!(app.patch(&path, &body).await.status, 200);

    for index in 2..100 {
        made(&app, &format!("action {index}")).await;
    }
    let one_too_many = app.post(ACTIONS, &action("x")).await;
    assert_eq!(one_too_many.status, 403, "{one_too_many}");
}

#[tokio::test]
async fn the_oldest_versions_make_room() {
    let app = TestApp::new().await;
    let id = made(&app, "one").await;
    let first = deploy(&app, &id).await.text("id");
    for _ in 0..50 {
        deploy(&app, &id).await;
    }
    let versions = app
        .get(&format!("{ACTIONS}/{id}/versions?per_page=100"))
        .await
        .json();
    assert_eq!(versions["total"], 50);
    assert_eq!(versions["versions"][0]["number"], 51);
    assert_eq!(versions["versions"][49]["number"], 2);
    let gone = app.get(&format!("{ACTIONS}/{id}/versions/{first}")).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn an_action_is_not_tested_by_a_server_that_cannot_run_it() {
    let app = TestApp::new().await;
    let id = made(&app, "one").await;
    let path = format!("{ACTIONS}/{id}/test");
    let answer = app.post(&path, &json!({"payload": {"event": {}}})).await;
    assert_snapshot!(answer, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":400,"error":"Bad Request","message":"This server cannot run actions yet.","errorCode":"operation_not_supported"}
    "#);
    let none = format!("{ACTIONS}/none/test");
    assert_eq!(app.post(&none, &json!({"payload": {}})).await.status, 404);
    let execution = app.get("/api/v2/actions/executions/x").await;
    assert_eq!(execution.status, 404);
    assert_eq!(execution.text("message"), "That execution does not exist.");
}

#[tokio::test]
async fn triggers_are_listed_with_their_versions() {
    let app = TestApp::new().await;
    let rows = app.get("/api/v2/actions/triggers").await.json()["triggers"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 20);
    assert_eq!(
        rows[3].to_string(),
        r#"{"id":"credentials-exchange","version":"v2","status":"CURRENT","runtimes":["node18-actions","node22"],"default_runtime":"node22","binding_policy":"trigger-bound","compatible_triggers":[]}"#
    );
    assert_eq!(
        rows[1]["compatible_triggers"],
        json!([{"id": "post-login", "version": "v2"}])
    );
}
