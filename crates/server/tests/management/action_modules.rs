//! `/api/v2/actions/modules`.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::members;

const MODULES: &str = "/api/v2/actions/modules";
const ACTIONS: &str = "/api/v2/actions/actions";

/// Makes a module and publishes it: its id and that of its version.
async fn published(app: &TestApp, name: &str) -> (String, String) {
    let body = json!({"name": name, "code": "exports.a = 1;"});
    let id = app.post(MODULES, &body).await.text("id");
    let path = format!("{MODULES}/{id}/versions");
    let version = app.post(&path, &Value::Null).await.text("id");
    (id, version)
}

/// An action with these modules.
fn action(modules: &Value) -> Value {
    json!({
        "name": "user",
        "supported_triggers": [{"id": "credentials-exchange"}],
        "modules": modules,
    })
}

#[tokio::test]
async fn a_new_module_is_a_draft() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "greeter",
        "code": "exports.a = 1;",
        "dependencies": [{"name": "lodash", "version": "4.17.21"}],
        "secrets": [{"name": "key", "value": "hunter2"}],
    });
    let made = app.post(MODULES, &body).await;
    let id = made.text("id");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","name":"greeter","code":"exports.a = 1;","dependencies":[{"name":"lodash","version":"4.17.21"}],"secrets":[{"name":"key","updated_at":"2026-01-01T00:00:00.000000Z"}],"all_changes_published":false,"actions_using_module_total":0,"created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z"}
    "#);
    let path = format!("{MODULES}/{id}");
    assert_eq!(app.get(&path).await.body, made.body);
    let changed = app.patch(&path, &json!({"code": "2"})).await.json();
    assert_eq!(changed["code"], "2");
    assert_eq!(changed["dependencies"][0]["name"], "lodash");

    let taken = app.post(MODULES, &body).await;
    assert_eq!(taken.status, 409);
    assert_eq!(
        taken.text("message"),
        "An action module with the same name already exists."
    );
    for wrong in [
        json!({"name": "x"}),
        json!({"code": "x"}),
        json!({"name": "x", "code": "a\u{0}b"}),
        json!({"name": "x", "code": "", "secrets": [{"name": "k"}]}),
        json!({"name": "x", "code": "x".repeat(65_537)}),
    ] {
        assert_eq!(app.post(MODULES, &wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(app.patch(&path, &json!({"name": "x"})).await.status, 400);
}

#[tokio::test]
async fn lists_show_zeros() {
    let app = TestApp::new().await;
    let empty = app.get(&format!("{MODULES}?page=0&per_page=100")).await;
    assert_snapshot!(empty, @r#"
    200 OK
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"modules":[],"total":0,"page":0,"per_page":100}
    "#);
    let (id, _) = published(&app, "one").await;
    let listed = app.get(MODULES).await.json();
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["modules"][0]["latest_version_number"], 1);
    assert_eq!(listed["modules"][0].get("latest_version"), None);
    let path = format!("{MODULES}/{id}/versions?page=1&per_page=50");
    assert_eq!(
        app.get(&path).await.json(),
        json!({"versions": [], "total": 0, "page": 1, "per_page": 50})
    );
}

#[tokio::test]
async fn versions_are_published_and_rolled_back_to() {
    let app = TestApp::new().await;
    let (id, first) = published(&app, "one").await;
    let path = format!("{MODULES}/{id}");
    let versions = format!("{path}/versions");
    let shown = app.get(&path).await.json();
    assert_eq!(shown["all_changes_published"], true);
    assert_eq!(shown["latest_version"]["id"], first);

    let again = app.post(&versions, &Value::Null).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        again.text("message"),
        "No draft version is available to publish."
    );
    let back = format!("{path}/rollback");
    let body = json!({"module_version_id": first});
    let same = app.post(&back, &body).await;
    assert_eq!(same.status, 409);
    assert_eq!(
        same.text("message"),
        "The specified version is already the current draft version."
    );

    app.patch(&path, &json!({"code": "2"})).await;
    let second = app.post(&versions, &Value::Null).await;
    assert_eq!(
        members(&second),
        [
            "id",
            "module_id",
            "version_number",
            "code",
            "secrets",
            "dependencies",
            "created_at"
        ]
    );
    assert_eq!(second.json()["version_number"], 2);
    let rolled = app.post(&back, &body).await.json();
    assert_eq!(rolled["code"], "exports.a = 1;");
    assert_eq!(rolled["all_changes_published"], false);
    assert_eq!(rolled["latest_version"]["version_number"], 2);

    let list = app.get(&versions).await.json();
    assert_eq!(list["versions"][0]["version_number"], 2);
    let one = app.get(&format!("{versions}/{first}")).await.json();
    assert_eq!(one, list["versions"][1]);
    for nowhere in [
        format!("{MODULES}/none/versions"),
        format!("{versions}/none"),
        format!("{MODULES}/none/versions/{first}"),
    ] {
        assert_eq!(app.get(&nowhere).await.status, 404, "{nowhere}");
    }
    let unknown = json!({"module_version_id": "none"});
    assert_eq!(app.post(&back, &unknown).await.status, 404);
}

#[tokio::test]
async fn a_module_in_use_cannot_be_deleted() {
    let app = TestApp::new().await;
    let (id, version) = published(&app, "one").await;
    let path = format!("{MODULES}/{id}");
    let modules = json!([{"module_id": id, "module_version_id": version}]);
    let made = app.post(ACTIONS, &action(&modules)).await;
    assert_eq!(
        made.json()["modules"],
        json!([{
            "module_id": id,
            "module_name": "one",
            "module_version_id": version,
            "module_version_number": 1,
        }])
    );
    let action_path = format!("{ACTIONS}/{}", made.text("id"));
    app.post(&format!("{action_path}/deploy"), &Value::Null)
        .await;
    assert_eq!(app.get(&path).await.json()["actions_using_module_total"], 1);
    let users = app.get(&format!("{path}/actions")).await;
    assert_eq!(
        users.json(),
        json!({
            "actions": [{
                "action_id": made.text("id"),
                "action_name": "user",
                "module_version_id": version,
                "module_version_number": 1,
            }],
            "total": 1,
            "per_page": 50,
        })
    );
    let refused = app.delete(&path).await;
    assert_snapshot!(refused, @r#"
    412 Precondition Failed
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":412,"error":"Precondition Failed","message":"The module cannot be deleted because it is in use by one or more actions."}
    "#);

    // What is deployed counts too.
    app.patch(&action_path, &json!({"modules": []})).await;
    assert_eq!(app.delete(&path).await.status, 412);
    app.post(&format!("{action_path}/deploy"), &Value::Null)
        .await;
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);

    // The version that used it is still there, and cannot be deployed any more.
    let versions = app.get(&format!("{action_path}/versions")).await.json();
    let old = versions["versions"][1]["id"].as_str().unwrap();
    let back = format!("{action_path}/versions/{old}/deploy");
    let refused = app.post(&back, &Value::Null).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert_eq!(
        refused.text("message"),
        "A draft must be in the 'built' state before it can be deployed: version 1 of the module \
         one does not exist."
    );
}

#[tokio::test]
async fn an_action_names_modules_by_id_or_as_people_do() {
    let app = TestApp::new().await;
    let (id, version) = published(&app, "one").await;
    let by_name = json!([{"module_name": "one", "module_version_number": 1}]);
    let made = app.post(ACTIONS, &action(&by_name)).await;
    assert_eq!(made.json()["modules"][0]["module_id"], id);
    assert_eq!(made.json()["modules"][0]["module_version_id"], version);
    let path = format!("{ACTIONS}/{}", made.text("id"));
    for (modules, status, message) in [
        (
            json!([{"module_id": "none", "module_version_id": version}]),
            404,
            "The action module does not exist.",
        ),
        (
            json!([{"module_id": id}]),
            404,
            "The action module version does not exist.",
        ),
        (
            json!([{"module_id": id, "module_version_number": 2}]),
            404,
            "The action module version does not exist.",
        ),
    ] {
        let refused = app.patch(&path, &json!({"modules": modules})).await;
        assert_eq!(refused.status, status, "{refused}");
        assert_eq!(refused.text("message"), message);
    }
}
