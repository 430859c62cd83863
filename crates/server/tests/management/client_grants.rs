//! `/api/v2/client-grants`.

use insta::assert_snapshot;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::json;

use super::{API, each, members};

const GRANTS: &str = "/api/v2/client-grants";

async fn billing() -> (TestApp, Credentials) {
    let app = TestApp::new().await;
    app.api(API, &["read:a", "write:a"]).await;
    let client = app.client("billing").await;
    (app, client)
}

#[tokio::test]
async fn a_new_grant_is_shown_in_auth0s_order_and_unset_members_are_left_out() {
    let (app, client) = billing().await;
    let body = json!({"client_id": client.id, "audience": API, "scope": []});
    let made = app.post(GRANTS, &body).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        members(&made),
        ["id", "client_id", "audience", "scope", "subject_type"]
    );
    assert!(made.text("id").starts_with("cgr_"));
    assert_eq!(made.text("subject_type"), "client");

    app.api("https://b.example", &[]).await;
    let body = json!({
        "client_id": client.id,
        "audience": "https://b.example",
        "scope": [],
        "allow_any_organization": true,
        "organization_usage": "allow",
    });
    let made = app.post(GRANTS, &body).await;
    assert_eq!(
        members(&made),
        [
            "id",
            "client_id",
            "audience",
            "scope",
            "organization_usage",
            "allow_any_organization",
            "subject_type"
        ]
    );
}

#[tokio::test]
async fn allow_all_scopes_hides_the_list_and_a_patch_brings_it_back() {
    let (app, client) = billing().await;
    let body = json!({"client_id": client.id, "audience": API, "allow_all_scopes": true});
    let made = app.post(GRANTS, &body).await;
    assert_eq!(
        members(&made),
        [
            "id",
            "client_id",
            "audience",
            "subject_type",
            "allow_all_scopes"
        ]
    );
    let path = format!("{GRANTS}/{}", made.text("id"));
    let changed = app
        .patch(
            &path,
            &json!({"allow_all_scopes": false, "scope": ["read:a"]}),
        )
        .await;
    assert_eq!(changed.json()["scope"], json!(["read:a"]));
    assert_eq!(changed.json()["allow_all_scopes"], false);
}

#[tokio::test]
async fn a_patch_replaces_scopes_and_null_takes_away() {
    let (app, client) = billing().await;
    let body = json!({
        "client_id": client.id, "audience": API, "scope": ["read:a"],
        "organization_usage": "require", "allow_any_organization": true,
    });
    let path = format!("{GRANTS}/{}", app.post(GRANTS, &body).await.text("id"));
    let changed = app
        .patch(&path, &json!({"scope": ["write:a", "read:a"]}))
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["scope"], json!(["write:a", "read:a"]));
    assert_eq!(changed.text("organization_usage"), "require");
    let body = json!({"organization_usage": null, "allow_any_organization": null, "scope": null});
    let unset = app.patch(&path, &body).await;
    assert_eq!(unset.json().get("organization_usage"), None);
    assert_eq!(unset.json().get("allow_any_organization"), None);
    assert_eq!(unset.json()["scope"], json!([]));
    // Whose it is and for what cannot be changed.
    let refused = app
        .patch(&path, &json!({"audience": "https://b.example"}))
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .text("message")
            .contains("Additional properties not allowed: audience")
    );
}

#[tokio::test]
async fn there_is_one_grant_for_a_client_an_api_and_a_kind_of_subject() {
    let (app, client) = billing().await;
    app.grant(&client, API, &["read:a"]).await;
    let body = json!({"client_id": client.id, "audience": API, "scope": []});
    let refused = app.post(GRANTS, &body).await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        refused.text("message"),
        format!(
            "A client grant already exists between {} and {API}",
            client.id
        )
    );
    let body =
        json!({"client_id": client.id, "audience": API, "scope": [], "subject_type": "user"});
    assert_eq!(app.post(GRANTS, &body).await.status, 201);
}

#[tokio::test]
async fn client_api_and_scopes_must_exist() {
    let (app, client) = billing().await;
    let body = json!({"client_id": "nobody", "audience": API, "scope": []});
    assert_eq!(app.post(GRANTS, &body).await.status, 404);
    let body = json!({"client_id": client.id, "audience": "https://none.example", "scope": []});
    assert_snapshot!(app.post(GRANTS, &body).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"No resource with identifier https://none.example"}
    "#);
    let body = json!({"client_id": client.id, "audience": API, "scope": ["read:a", "x", "y"]});
    assert_snapshot!(app.post(GRANTS, &body).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":400,"error":"Bad Request","message":"The following scopes are not defined by the API: x, y","errorCode":"invalid_body"}
    "#);
    for missing in [json!({"audience": API}), json!({"client_id": client.id})] {
        assert_eq!(app.post(GRANTS, &missing).await.status, 400);
    }
}

#[tokio::test]
async fn a_third_party_client_gets_no_grant_for_the_management_api() {
    let (app, _) = billing().await;
    let body = json!({"name": "theirs", "is_first_party": false});
    let id = app.post("/api/v2/clients", &body).await.text("client_id");
    let body = json!({"client_id": id, "audience": "https://acme.example/api/v2/", "scope": []});
    let refused = app.post(GRANTS, &body).await;
    assert_eq!(refused.status, 400);
    let body =
        json!({"client_id": id, "audience": API, "scope": [], "allow_any_organization": true});
    assert_eq!(app.post(GRANTS, &body).await.status, 400);
    let body = json!({"client_id": id, "audience": API, "scope": []});
    assert_eq!(app.post(GRANTS, &body).await.status, 201);
}

#[tokio::test]
async fn unknown_grants_have_their_own_words_and_deleting_may_be_repeated() {
    let (app, client) = billing().await;
    let grant = app.grant(&client, API, &[]).await;
    let path = format!("{GRANTS}/{grant}");
    assert_eq!(app.get(&path).await.status, 200);
    for _ in 0..2 {
        assert_eq!(app.delete(&path).await.status, 204);
    }
    assert_eq!(
        app.get(&path).await.text("message"),
        "The grant does not exist."
    );
    let patched = app.patch(&path, &json!({"scope": []})).await;
    assert_eq!(patched.status, 404);
    assert_eq!(patched.text("message"), "The client grant does not exist");
}

#[tokio::test]
async fn lists_are_filtered() {
    let (app, client) = billing().await;
    app.api("https://b.example", &[]).await;
    let other = app.client("other").await;
    let one = app.grant(&client, API, &[]).await;
    let two = app.grant(&client, "https://b.example", &[]).await;
    let body = json!({
        "client_id": other.id, "audience": API, "scope": [],
        "organization_usage": "allow", "allow_any_organization": true,
    });
    let three = app.post(GRANTS, &body).await.text("id");
    let body = json!({"client_id": other.id, "audience": API, "scope": [], "subject_type": "user"});
    let four = app.post(GRANTS, &body).await.text("id");
    for (query, mut expected) in [
        (String::new(), vec![&one, &two, &three, &four]),
        (format!("?audience={API}"), vec![&one, &three, &four]),
        (format!("?client_id={}", client.id), vec![&one, &two]),
        (
            format!("?client_id={}&audience={API}", client.id),
            vec![&one],
        ),
        ("?allow_any_organization=true".into(), vec![&three]),
        ("?subject_type=user".into(), vec![&four]),
    ] {
        expected.sort();
        let found = each(&app.get(&format!("{GRANTS}{query}")).await, "id");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[tokio::test]
async fn a_grant_knows_its_organizations() {
    let (app, client) = billing().await;
    let grant = app.grant(&client, API, &[]).await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await;
    app.post("/api/v2/organizations", &json!({"name": "another"}))
        .await;
    let path = format!(
        "/api/v2/organizations/{}/client-grants",
        organization.text("id")
    );
    app.post(&path, &json!({"grant_id": grant})).await;
    let found = app.get(&format!("{GRANTS}/{grant}/organizations")).await;
    assert_eq!(
        found.json(),
        json!({"organizations": [organization.json()]})
    );
    assert_eq!(
        app.get(&format!("{GRANTS}/none/organizations"))
            .await
            .status,
        404
    );
}
