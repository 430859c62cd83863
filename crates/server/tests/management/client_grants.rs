//! `/api/v2/client-grants`.

use http::Method;
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

#[tokio::test]
async fn a_default_grant_is_for_third_party_clients_that_have_none_of_their_own() {
    let app = TestApp::new().await;
    app.api(API, &["read:a", "write:a"]).await;
    let body = json!({"audience": API, "scope": ["read:a"], "default_for": "third_party_clients"});
    let made = app.post(GRANTS, &body).await;
    let id = made.text("id");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","audience":"https://api.example","scope":["read:a"],"subject_type":"client","default_for":"third_party_clients"}
    "#);
    assert_snapshot!(app.post(GRANTS, &body).await, @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":409,"error":"Conflict","message":"A client grant already exists between third_party_clients and https://api.example"}
    "#);

    let theirs = json!({
        "name": "theirs",
        "is_first_party": false,
        "grant_types": ["client_credentials"],
    });
    let theirs = app.post("/api/v2/clients", &theirs).await;
    let theirs = Credentials {
        id: theirs.text("client_id"),
        secret: theirs.text("client_secret"),
    };
    let ours = app.client("ours").await;
    let asked = format!("audience={API}");
    assert_eq!(app.token(&theirs, &asked).await.text("scope"), "read:a");
    assert_eq!(app.token(&ours, &asked).await.status, 403);
    let grant = app.grant(&theirs, API, &["write:a"]).await;
    assert_eq!(app.token(&theirs, &asked).await.text("scope"), "write:a");
    app.delete(&format!("{GRANTS}/{grant}")).await;

    let path = format!("{GRANTS}/{id}");
    app.patch(&path, &json!({"scope": ["read:a", "write:a"]}))
        .await;
    assert_eq!(
        app.token(&theirs, &asked).await.text("scope"),
        "read:a write:a"
    );
    let listed = app
        .get(&format!("{GRANTS}?default_for=third_party_clients"))
        .await;
    assert_eq!(each(&listed, "id"), [id]);
    let listed = app.get(&format!("{GRANTS}?client_id={}", theirs.id)).await;
    assert_eq!(listed.json(), json!([]));
    app.delete(&path).await;
    assert_eq!(app.token(&theirs, &asked).await.status, 403);
}

#[tokio::test]
async fn a_grant_has_one_holder_and_a_default_one_is_narrow() {
    let (app, client) = billing().await;
    let default = |more: serde_json::Value| {
        let mut body = json!({"audience": API, "scope": [], "default_for": "third_party_clients"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for body in [
        default(json!({"client_id": client.id})),
        default(json!({"allow_any_organization": true})),
        default(json!({"audience": "https://acme.example/api/v2/"})),
        default(json!({"default_for": "everybody"})),
        default(json!({"scope": ["none:such"]})),
    ] {
        let refused = app.post(GRANTS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    assert_eq!(app.get(GRANTS).await.json(), json!([]));
}

#[tokio::test]
async fn null_unsets_what_allowed_all_scopes() {
    let (app, client) = billing().await;
    let body = json!({"client_id": client.id, "audience": API, "allow_all_scopes": true});
    let path = format!("{GRANTS}/{}", app.post(GRANTS, &body).await.text("id"));
    let unset = app.patch(&path, &json!({"allow_all_scopes": null})).await;
    assert_eq!(unset.json().get("allow_all_scopes"), None);
    assert_eq!(unset.json()["scope"], json!([]));
    let asked = format!("audience={API}&scope=read:a");
    assert_eq!(app.token(&client, &asked).await.status, 403);
    let unset = app
        .patch(
            &path,
            &json!({"organization_usage": null, "allow_any_organization": null}),
        )
        .await;
    assert_eq!(
        members(&unset),
        ["id", "client_id", "audience", "scope", "subject_type"]
    );
}

#[tokio::test]
async fn types_of_authorization_details_are_for_users() {
    let (app, client) = billing().await;
    let body = |subject: &str| {
        json!({
            "client_id": client.id,
            "audience": API,
            "scope": [],
            "subject_type": subject,
            "authorization_details_types": ["payment"],
        })
    };
    assert_eq!(app.post(GRANTS, &body("client")).await.status, 400);
    let made = app.post(GRANTS, &body("user")).await;
    assert_eq!(
        members(&made),
        [
            "id",
            "client_id",
            "audience",
            "scope",
            "subject_type",
            "authorization_details_types"
        ]
    );
    let path = format!("{GRANTS}/{}", made.text("id"));
    let changed = app
        .patch(&path, &json!({"authorization_details_types": []}))
        .await;
    assert_eq!(changed.json()["authorization_details_types"], json!([]));
}

#[tokio::test]
async fn a_client_that_changes_its_own_grant_is_marked_in_the_log() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let scopes = [
        "create:client_grants",
        "update:client_grants",
        "delete:client_grants",
        "create:organization_client_grants",
    ];
    let caller = app.client("deployer").await;
    let management = "https://acme.example/api/v2/";
    let own = app.grant(&caller, management, &scopes).await;
    let token = app
        .token(&caller, &format!("audience={management}"))
        .await
        .text("access_token");
    let other = app.client("other").await;
    let others = app.grant(&other, API, &[]).await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "one"}))
        .await
        .text("id");
    app.log().await;
    let before = app.log().await.len();

    let call = async |method: Method, path: String, body: serde_json::Value| {
        app.manage_as(&token, method, &path, &body)
            .await
            .status
            .as_u16()
    };
    let own_api = json!({"client_id": caller.id, "audience": API, "scope": ["read:a"]});
    let widened = json!({"scope": ["read:clients"]});
    let null = serde_json::Value::Null;
    let associate = format!("/api/v2/organizations/{organization}/client-grants");
    assert_eq!(call(Method::POST, GRANTS.into(), own_api).await, 201);
    assert_eq!(
        call(
            Method::PATCH,
            format!("{GRANTS}/{others}"),
            json!({"scope": []})
        )
        .await,
        200
    );
    assert_eq!(
        call(Method::POST, associate, json!({"grant_id": own})).await,
        201
    );
    assert_eq!(
        call(Method::PATCH, format!("{GRANTS}/{own}"), widened).await,
        200
    );
    assert_eq!(
        call(Method::DELETE, format!("{GRANTS}/{others}"), null.clone()).await,
        204
    );
    assert_eq!(
        call(Method::DELETE, format!("{GRANTS}/{own}"), null).await,
        204
    );

    let events = app.log().await;
    let marked: Vec<bool> = events
        .iter()
        .skip(before)
        .map(|event| {
            event
                .details
                .as_deref()
                .unwrap()
                .contains("\"ownGrant\":true")
        })
        .collect();
    assert_eq!(marked, [true, false, true, true, false, true]);
}
