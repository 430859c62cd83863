//! What is below `/api/v2/organizations/{id}`: clients, discovery domains, and what is not here.

use http::Method;
use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::{each, members, tenant};

const ORGANIZATIONS: &str = "/api/v2/organizations";

/// An app with an organization, and the path of it.
async fn with_organization() -> (TestApp, String) {
    let app = TestApp::new().await;
    let made = app.post(ORGANIZATIONS, &json!({"name": "one"})).await;
    let path = format!("{ORGANIZATIONS}/{}", made.text("id"));
    (app, path)
}

#[tokio::test]
async fn an_organization_has_a_brand_and_a_quota() {
    let app = TestApp::new().await;
    let said = json!({
        "name": "two",
        "branding": {
            "logo_url": "https://example.com/logo.gif",
            "colors": {"primary": "#fff", "page_background": "#001122"},
        },
        "token_quota": {"client_credentials": {"enforce": true, "per_day": 2000, "per_hour": 100}},
        "third_party_client_access": "allow",
        "is_app_entitlement_active": true,
    });
    let made = app.post(ORGANIZATIONS, &said).await.json();
    for (member, value) in said.as_object().unwrap() {
        assert_eq!(made[member], *value, "{member}");
    }
    let path = format!("{ORGANIZATIONS}/{}", made["id"].as_str().unwrap());
    let changed = app.patch(&path, &json!({"token_quota": null})).await;
    assert_eq!(changed.json().get("token_quota"), None);
    assert_eq!(changed.json()["branding"], said["branding"]);
    for body in [
        json!({"token_quota": {"client_credentials": {}}}),
        json!({"token_quota": {"client_credentials": {"per_hour": 0}}}),
        json!({"token_quota": {"client_credentials": {"per_hour": 2_147_483_648_u32}}}),
        json!({"token_quota": {"clients": {}}}),
        json!({"branding": {"logo_url": "http://example.com/logo.gif"}}),
        json!({"branding": {"colors": {"primary": "red", "page_background": "#000"}}}),
        json!({"branding": {"colors": {"primary": "#000"}}}),
        json!({"third_party_client_access": "deny"}),
        json!({"metadata": {"key": "v".repeat(256)}}),
        json!({"name": null}),
        json!({"enabled_connections": []}),
    ] {
        let refused = app.patch(&path, &body).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    assert_eq!(app.get(&path).await.json(), changed.json());
}

#[tokio::test]
async fn a_list_is_sorted_both_ways_page_by_page() {
    let app = TestApp::new().await;
    for (name, display_name) in [("b", "Zwei"), ("a", "Eins"), ("c", "Drei")] {
        let body = json!({"name": name, "display_name": display_name});
        app.post(ORGANIZATIONS, &body).await;
        app.clock().advance_secs(1);
    }
    for (sort, expected) in [
        ("name:1", ["a", "b", "c"]),
        ("name:-1", ["c", "b", "a"]),
        ("display_name:1", ["c", "a", "b"]),
        ("created_at:-1", ["c", "a", "b"]),
    ] {
        let listed = app.get(&format!("{ORGANIZATIONS}?sort={sort}")).await;
        assert_eq!(each(&listed, "name"), expected, "{sort}");
        let mut found = Vec::new();
        let mut from = String::new();
        loop {
            let page = app
                .get(&format!("{ORGANIZATIONS}?sort={sort}&take=1{from}"))
                .await
                .json();
            found.push(
                page["organizations"][0]["name"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            let Some(next) = page["next"].as_str() else {
                break;
            };
            from = format!("&from={next}");
        }
        assert_eq!(found, expected, "{sort}");
    }
    let refused = app.get(&format!("{ORGANIZATIONS}?sort=metadata:1")).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn whoever_may_read_a_summary_reads_no_more() {
    let app = TestApp::new().await;
    let body = json!({"name": "one", "display_name": "One", "metadata": {"plan": "gold"}});
    let id = app.post(ORGANIZATIONS, &body).await.text("id");
    let token = app.scoped_token(&["read:organizations_summary"]).await;
    let path = format!("{ORGANIZATIONS}/{id}");
    let get = async |path: &str| app.manage_as(&token, Method::GET, path, &Value::Null).await;
    assert_eq!(members(&get(&path).await), ["id", "display_name", "name"]);
    let listed = get(ORGANIZATIONS).await.json();
    assert_eq!(listed[0].get("metadata"), None);
    let by_name = format!("{ORGANIZATIONS}/name/one");
    assert_eq!(get(&by_name).await.status, 403);
}

#[tokio::test]
async fn client_grants_of_an_organization_are_found_by_their_ids() {
    let (app, path) = with_organization().await;
    let mut grants = Vec::new();
    for api in ["https://a.example", "https://b.example"] {
        app.api(api, &[]).await;
        let client = app.client(api).await;
        let grant = app.grant(&client, api, &[]).await;
        app.post(
            &format!("{path}/client-grants"),
            &json!({"grant_id": grant}),
        )
        .await;
        grants.push(grant);
    }
    for ids in [
        format!("grant_ids={}", grants[1]),
        format!("grant_ids=cgr_none,{}", grants[1]),
        "audience=https://b.example".to_owned(),
    ] {
        let listed = app.get(&format!("{path}/client-grants?{ids}")).await;
        assert_eq!(each(&listed, "id"), [grants[1].clone()], "{ids}");
    }
}

#[tokio::test]
async fn clients_are_associated_changed_and_dissociated() {
    let (app, path) = with_organization().await;
    let clients = format!("{path}/clients");
    let (one, two) = (app.client("one").await, app.client("two").await);
    let added = app
        .post(
            &clients,
            &json!({"clients": [
                {"client_id": one.id, "use_for_member_access": true},
                {"client_id": two.id},
            ]}),
        )
        .await;
    assert_eq!(added.status, 201);
    assert_eq!(
        added.json()[0],
        json!({
            "client_id": one.id,
            "use_for_member_access": true,
            "client": {
                "name": "one",
                "is_first_party": true,
                "grant_types": ["client_credentials"],
            },
        })
    );
    let listed = app.get(&clients).await;
    assert_eq!(members(&listed), ["clients"]);
    assert_eq!(listed.json()["clients"].as_array().unwrap().len(), 2);
    let page = app.get(&format!("{clients}?take=1")).await.json();
    let from = page["next"].as_str().unwrap();
    let rest = app
        .get(&format!("{clients}?take=1&from={from}"))
        .await
        .json();
    assert_ne!(page["clients"], rest["clients"]);
    assert_eq!(rest.get("next"), None);

    let of_two = format!("{clients}/{}", two.id);
    let changed = app
        .patch(&of_two, &json!({"use_for_member_access": true}))
        .await;
    assert_eq!(changed.json()["use_for_member_access"], true);
    assert_eq!(app.get(&of_two).await.body, changed.body);
    let query = format!("{ORGANIZATIONS}?include_client_association_for={}", two.id);
    assert_eq!(
        app.get(&query).await.json()[0]["client"],
        json!({"use_for_member_access": true})
    );

    // All or none.
    let three = app.client("three").await;
    let body = json!({"clients": [{"client_id": three.id}, {"client_id": "nobody"}]});
    assert_eq!(app.post(&clients, &body).await.status, 404);
    assert_eq!(
        app.get(&format!("{clients}/{}", three.id)).await.status,
        404
    );

    let body = json!({"clients": [one.id, "nobody"]});
    for _ in 0..2 {
        assert_eq!(
            app.manage(Method::DELETE, &clients, &body).await.status,
            204
        );
    }
    // A client takes its associations with it.
    app.delete(&format!("/api/v2/clients/{}", two.id)).await;
    assert_eq!(app.get(&clients).await.json(), json!({"clients": []}));
    let nowhere = format!("{ORGANIZATIONS}/org_none/clients");
    assert_eq!(app.get(&nowhere).await.status, 404);
}

#[tokio::test]
async fn a_discovery_domain_is_kept_until_its_organization_goes() {
    let (app, path) = with_organization().await;
    let id = path.rsplit('/').next().unwrap();
    let domains = format!("{path}/discovery-domains");
    let made = app.post(&domains, &json!({"domain": "Acme.Example"})).await;
    let domain = made.text("id");
    assert!(domain.starts_with("ord_"));
    let txt = made.text("verification_txt");
    assert_eq!(txt.len(), 32);
    let shown = made.to_string().replace(&domain, "DOMAIN");
    assert_snapshot!(shown.replace(id, "ORG").replace(&txt, "TXT"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"DOMAIN","domain":"acme.example","status":"pending","verification_host":"_ss-verification.ORG.acme.example","verification_txt":"TXT","use_for_organization_discovery":true}
    "#);
    assert_snapshot!(app.post(&domains, &json!({"domain": "acme.example"})).await, @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":409,"error":"Conflict","message":"An organization discovery domain with this domain is already registered to this organization."}
    "#);
    let one = format!("{domains}/{domain}");
    for path in [one.clone(), format!("{domains}/name/ACME.example")] {
        assert_eq!(app.get(&path).await.body, made.body, "{path}");
    }
    let said = json!({"status": "verified", "use_for_organization_discovery": false});
    let changed = app.patch(&one, &said).await;
    assert_eq!(changed.text("status"), "verified");
    assert_eq!(changed.json()["use_for_organization_discovery"], false);

    app.clock().advance_secs(1);
    app.post(&domains, &json!({"domain": "b.example"})).await;
    let page = app.get(&format!("{domains}?take=1")).await.json();
    assert_eq!(page["domains"][0]["domain"], "acme.example");
    let from = page["next"].as_str().unwrap();
    let rest = app
        .get(&format!("{domains}?take=1&from={from}"))
        .await
        .json();
    assert_eq!(rest["domains"][0]["domain"], "b.example");

    // Another organization does not see it.
    let other = app.post(ORGANIZATIONS, &json!({"name": "two"})).await;
    let elsewhere = format!(
        "{ORGANIZATIONS}/{}/discovery-domains/{domain}",
        other.text("id")
    );
    assert_snapshot!(app.get(&elsewhere).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"No organization domain found by that id"}
    "#);
    assert_eq!(app.delete(&elsewhere).await.status, 204);
    assert_eq!(app.get(&one).await.status, 200);

    for body in [
        json!({}),
        json!({"domain": "-a.example"}),
        json!({"domain": "a..example"}),
        json!({"domain": "a_b.example"}),
        json!({"domain": "ab"}),
        json!({"domain": "c.example", "status": "refused"}),
    ] {
        assert_eq!(app.post(&domains, &body).await.status, 400, "{body}");
    }

    app.delete(&path).await;
    assert_eq!(
        app.get(&domains).await.text("message"),
        "No organization found by that id"
    );
    let current = app.registry().current(&tenant()).await.unwrap();
    let kind = m2mint_domain::document::DocumentKind::DiscoveryDomain;
    assert_eq!(current.state().documents(kind).count(), 0);
}

#[tokio::test]
async fn there_are_no_members_no_connections_and_no_invitations() {
    let (app, path) = with_organization().await;
    for list in [
        "connections",
        "enabled_connections",
        "members",
        "invitations",
    ] {
        let listed = app.get(&format!("{path}/{list}")).await;
        assert_eq!(listed.json(), json!([]), "{list}");
        let totals = app.get(&format!("{path}/{list}?include_totals=true")).await;
        assert_eq!(
            totals.json(),
            json!({list: [], "start": 0, "limit": 50, "total": 0})
        );
        let nowhere = app.get(&format!("{ORGANIZATIONS}/org_none/{list}")).await;
        assert_eq!(nowhere.status, 404, "{list}");
    }
    let paged = app.get(&format!("{path}/members?take=10")).await;
    assert_eq!(paged.json(), json!({"members": []}));
    let invitation = json!({
        "inviter": {"name": "A"},
        "invitee": {"email": "b@example.com"},
        "client_id": "c",
    });
    let members = json!({"members": ["auth0|1"]});
    let connection = json!({"connection_id": "con_1"});
    for (method, below, body, status) in [
        (Method::POST, "members", &members, 404),
        (Method::POST, "members", &json!({}), 400),
        (Method::DELETE, "members", &members, 204),
        (Method::POST, "enabled_connections", &connection, 404),
        (Method::POST, "connections", &connection, 404),
        (Method::PATCH, "enabled_connections/con_1", &json!({}), 404),
        (Method::GET, "enabled_connections/con_1", &Value::Null, 404),
        (
            Method::DELETE,
            "enabled_connections/con_1",
            &Value::Null,
            204,
        ),
        (Method::POST, "invitations", &invitation, 400),
        (Method::GET, "invitations/uinv_1", &Value::Null, 404),
        (Method::DELETE, "invitations/uinv_1", &Value::Null, 204),
    ] {
        let path = format!("{path}/{below}");
        let answer = app.manage(method, &path, body).await;
        assert_eq!(answer.status, status, "{path}: {answer}");
    }
    let body = json!({"name": "two", "enabled_connections": [connection]});
    assert_eq!(app.post(ORGANIZATIONS, &body).await.status, 404);
    assert_eq!(
        app.get(&format!("{ORGANIZATIONS}/name/two")).await.status,
        404
    );
}
