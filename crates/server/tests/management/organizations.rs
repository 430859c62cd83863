//! `/api/v2/organizations`.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::json;

use super::{API, each, members};

const ORGANIZATIONS: &str = "/api/v2/organizations";

#[tokio::test]
async fn a_new_organization_is_shown_in_auth0s_order() {
    let app = TestApp::new().await;
    let body = json!({"name": "org2", "display_name": "Organization2"});
    let made = app.post(ORGANIZATIONS, &body).await;
    let id = made.text("id");
    assert!(id.starts_with("org_"));
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","display_name":"Organization2","name":"org2","third_party_client_access":"block","is_app_entitlement_active":false}
    "#);
    for path in [
        format!("{ORGANIZATIONS}/{id}"),
        format!("{ORGANIZATIONS}/name/org2"),
    ] {
        assert_eq!(app.get(&path).await.body, made.body, "{path}");
    }
    for path in [
        format!("{ORGANIZATIONS}/org_none"),
        format!("{ORGANIZATIONS}/name/none"),
    ] {
        let answer = app.get(&path).await;
        insta::allow_duplicates! {
            assert_snapshot!(answer, @r#"
            404 Not Found
            cache-control: no-store
            content-type: application/json; charset=utf-8
            {"statusCode":404,"error":"Not Found","message":"No organization found by that id or name"}
            "#);
        }
    }
}

#[tokio::test]
async fn names_are_slugs_and_unique() {
    let app = TestApp::new().await;
    app.post(ORGANIZATIONS, &json!({"name": "one"})).await;
    assert_snapshot!(app.post(ORGANIZATIONS, &json!({"name": "one"})).await, @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":409,"error":"Conflict","message":"An organization with this name already exists."}
    "#);
    for name in ["", "One", "a b", "a/b", "日本", &"x".repeat(51)] {
        let refused = app.post(ORGANIZATIONS, &json!({"name": name})).await;
        assert_eq!(refused.status, 400, "{name}");
    }
    let two = app
        .post(ORGANIZATIONS, &json!({"name": "two"}))
        .await
        .text("id");
    let path = format!("{ORGANIZATIONS}/{two}");
    assert_eq!(app.patch(&path, &json!({"name": "one"})).await.status, 409);
    assert_eq!(app.patch(&path, &json!({"name": "two"})).await.status, 200);
}

#[tokio::test]
async fn metadata_is_replaced_whole_and_an_empty_object_clears_it() {
    let app = TestApp::new().await;
    let body = json!({"name": "one", "metadata": {"a": "1", "b": "2"}, "branding": {"logo_url": "https://x"}});
    let made = app.post(ORGANIZATIONS, &body).await;
    let path = format!("{ORGANIZATIONS}/{}", made.text("id"));
    let changed = app.patch(&path, &json!({"metadata": {"c": "3"}})).await;
    assert_eq!(changed.json()["metadata"], json!({"c": "3"}));
    assert_eq!(changed.json()["branding"], json!({"logo_url": "https://x"}));
    let cleared = app
        .patch(&path, &json!({"metadata": {}, "display_name": "x"}))
        .await;
    assert_eq!(cleared.json().get("metadata"), None);
    assert_eq!(cleared.text("display_name"), "x");
    let unset = app.patch(&path, &json!({"display_name": null})).await;
    assert_eq!(unset.json().get("display_name"), None);
}

#[tokio::test]
async fn grants_are_added_and_taken_away() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let grant = app.grant(&client, API, &["read:a"]).await;
    let organization = app
        .post(ORGANIZATIONS, &json!({"name": "one"}))
        .await
        .text("id");
    let path = format!("{ORGANIZATIONS}/{organization}/client-grants");

    let added = app.post(&path, &json!({"grant_id": grant})).await;
    assert_eq!(added.status, 201);
    assert_eq!(
        members(&added),
        ["grant_id", "client_id", "audience", "scope"]
    );
    assert_eq!(added.text("grant_id"), grant);

    let again = app.post(&path, &json!({"grant_id": grant})).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        again.text("message"),
        "The client grant has already been added to this organization."
    );
    let unknown = app.post(&path, &json!({"grant_id": "cgr_none"})).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.text("message"), "The grant does not exist.");
    let nowhere = format!("{ORGANIZATIONS}/org_none/client-grants");
    let unknown = app.post(&nowhere, &json!({"grant_id": grant})).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.text("message"), "No organization found by that id");

    assert_eq!(each(&app.get(&path).await, "id"), [grant.as_str()]);
    let totals = app.get(&format!("{path}?include_totals=true")).await;
    assert_eq!(
        members(&totals),
        ["client_grants", "start", "limit", "total"]
    );
    assert_eq!(totals.json()["client_grants"][0]["subject_type"], "client");
    for (query, count) in [
        (format!("audience={API}"), 1),
        ("audience=https://b.example".into(), 0),
        (format!("client_id={}", client.id), 1),
        ("client_id=x".into(), 0),
    ] {
        let found = app.get(&format!("{path}?{query}")).await;
        assert_eq!(found.json().as_array().unwrap().len(), count, "{query}");
    }

    for _ in 0..2 {
        assert_eq!(app.delete(&format!("{path}/{grant}")).await.status, 204);
    }
    assert_eq!(app.get(&path).await.json(), json!([]));
}

#[tokio::test]
async fn deleting_clears_defaults_that_named_it_and_may_be_repeated() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let id = app
        .post(ORGANIZATIONS, &json!({"name": "one"}))
        .await
        .text("id");
    let path = format!("/api/v2/clients/{}", client.id);
    let default = json!({"organization_id": id, "flows": ["client_credentials"]});
    let with = app
        .patch(&path, &json!({"default_organization": default}))
        .await;
    assert_eq!(with.json()["default_organization"], default);
    for _ in 0..2 {
        assert_eq!(
            app.delete(&format!("{ORGANIZATIONS}/{id}")).await.status,
            204
        );
    }
    assert_eq!(
        app.get(&path).await.json().get("default_organization"),
        None
    );
}

#[tokio::test]
async fn a_deleted_client_leaves_no_grant_behind_in_an_organization() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let id = app
        .post(ORGANIZATIONS, &json!({"name": "one"}))
        .await
        .text("id");
    let path = format!("{ORGANIZATIONS}/{id}/client-grants");
    for name in ["a", "b"] {
        let audience = format!("https://{name}.example");
        app.api(&audience, &[]).await;
        let grant = app.grant(&client, &audience, &[]).await;
        app.post(&path, &json!({"grant_id": grant})).await;
    }
    let deleted = app.delete(&format!("/api/v2/clients/{}", client.id)).await;
    assert_eq!(deleted.status, 204, "{deleted}");
    let tenant = app.snapshots().site("acme.example").unwrap().tenant;
    assert!(
        tenant
            .state()
            .organization(&id)
            .unwrap()
            .client_grants
            .is_empty()
    );
}
