//! `/api/v2/clients`.

use http::Method;
use insta::assert_snapshot;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::{Value, json};

use super::{API, each, members};

#[tokio::test]
async fn a_new_client_is_shown_in_auth0s_order() {
    let app = TestApp::new().await;
    let made = app
        .post("/api/v2/clients", &json!({"name": "billing"}))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        made.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(made.header("cache-control"), "no-store");
    let (id, secret) = (made.text("client_id"), made.text("client_secret"));
    assert_eq!(id.len(), 32);
    assert_eq!(secret.len(), 64);
    let mut shown = made
        .to_string()
        .replace(&id, "ID")
        .replace(&secret, "SECRET");
    for member in ["cert", "pkcs7"] {
        let pem = made.json()["signing_keys"][0][member].to_string();
        assert!(pem.ends_with("-----\""), "{pem}");
        shown = shown.replace(&pem, "PEM");
    }
    assert_snapshot!(shown, @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"tenant":"acme","global":false,"is_token_endpoint_ip_header_trusted":false,"name":"billing","is_first_party":true,"oidc_conformant":false,"refresh_token":{"expiration_type":"non-expiring","leeway":0,"infinite_token_lifetime":true,"infinite_idle_token_lifetime":true,"token_lifetime":2592000,"idle_token_lifetime":1296000,"rotation_type":"non-rotating"},"sso_disabled":false,"cross_origin_auth":false,"cross_origin_authentication":false,"encrypted":true,"signing_keys":[{"cert":PEM,"pkcs7":PEM,"subject":"/CN=acme.example"}],"client_id":"ID","callback_url_template":false,"client_secret":"SECRET","jwt_configuration":{"secret_encoded":false,"lifetime_in_seconds":36000},"grant_types":["authorization_code","implicit","refresh_token","client_credentials"],"custom_login_page_on":true}
    "#);

    let path = format!("/api/v2/clients/{id}");
    let read = app.get(&path).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.json(), made.json());
}

#[tokio::test]
async fn the_default_grant_types_follow_the_kind_of_application() {
    let app = TestApp::new().await;
    for (app_type, expected) in [
        (
            json!("non_interactive"),
            json!([
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials"
            ]),
        ),
        (
            json!("regular_web"),
            json!([
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials"
            ]),
        ),
        (
            json!("spa"),
            json!(["authorization_code", "implicit", "refresh_token"]),
        ),
        (
            json!("native"),
            json!(["authorization_code", "implicit", "refresh_token"]),
        ),
        (json!("resource_server"), json!([])),
    ] {
        let body = json!({"name": "x", "app_type": app_type});
        let made = app.post("/api/v2/clients", &body).await;
        assert_eq!(made.json()["grant_types"], expected, "{app_type}");
        assert_eq!(made.json()["app_type"], app_type);
    }
}

#[tokio::test]
async fn what_was_said_comes_back() {
    let app = TestApp::new().await;
    let said = json!({
        "name": "billing",
        "description": "Sends invoices",
        "app_type": "non_interactive",
        "grant_types": ["client_credentials"],
        "is_first_party": false,
        "token_endpoint_auth_method": "client_secret_basic",
        "client_metadata": {"team": "money"},
        "is_token_endpoint_ip_header_trusted": true,
        "callbacks": ["https://x.example"],
        "logo_uri": "https://x.example/logo.png",
        "oidc_conformant": true,
        "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 60},
    });
    let made = app.post("/api/v2/clients", &said).await.json();
    for (member, value) in said.as_object().unwrap() {
        if member != "jwt_configuration" {
            assert_eq!(made[member], *value, "{member}");
        }
    }
    assert_eq!(
        made["jwt_configuration"],
        json!({"alg": "RS256", "lifetime_in_seconds": 60, "secret_encoded": false})
    );
}

#[tokio::test]
async fn a_client_may_bring_its_own_secret() {
    let app = TestApp::new().await;
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let body = json!({"name": "billing", "client_secret": own});
    let made = app.post("/api/v2/clients", &body).await;
    assert_eq!(made.text("client_secret"), own);
    for bad in ["short", &"x".repeat(257)] {
        let body = json!({"name": "billing", "client_secret": bad});
        let refused = app.post("/api/v2/clients", &body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text("errorCode"), "invalid_body");
        assert!(!refused.to_string().contains(bad));
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_says_and_null_takes_away() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "billing",
        "description": "x",
        "app_type": "spa",
        "token_endpoint_auth_method": "client_secret_post",
        "client_metadata": {"a": "1", "b": "2"},
        "logo_uri": "https://x.example/logo.png",
    });
    let id = app.post("/api/v2/clients", &body).await.text("client_id");
    let path = format!("/api/v2/clients/{id}");

    let renamed = app.patch(&path, &json!({"name": "payments"})).await;
    assert_eq!(renamed.status, 200);
    assert_eq!(renamed.text("name"), "payments");
    assert_eq!(renamed.text("description"), "x");

    let body = json!({"client_metadata": {"a": null, "c": "3"}});
    let changed = app.patch(&path, &body).await;
    assert_eq!(
        changed.json()["client_metadata"],
        json!({"b": "2", "c": "3"})
    );

    let body = json!({
        "description": null,
        "app_type": null,
        "token_endpoint_auth_method": null,
        "client_metadata": null,
        "default_organization": null,
        "logo_uri": null,
    });
    let emptied = app.patch(&path, &body).await;
    for member in body.as_object().unwrap().keys() {
        assert_eq!(emptied.json().get(member), None, "{member}");
    }
    assert_eq!(emptied.json(), app.get(&path).await.json());
}

#[tokio::test]
async fn a_patch_with_a_secret_replaces_all_secrets() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let path = format!("/api/v2/clients/{}", client.id);
    let patched = app.patch(&path, &json!({"client_secret": own})).await;
    assert_eq!(patched.text("client_secret"), own);
    let secrets = app
        .get(&format!("/m2mint/v1/clients/{}/secrets", client.id))
        .await;
    assert_eq!(each(&secrets, "hint"), ["…CDEF"]);
}

/// A crash between two commits would leave the change without the secret.
#[tokio::test]
async fn a_patch_with_a_secret_is_one_commit() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let revision = || {
        let site = app.snapshots().site("acme.example").unwrap();
        site.tenant.revision()
    };
    let before = revision();
    let own = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    let body = json!({"name": "payments", "client_secret": own});
    let patched = app
        .patch(&format!("/api/v2/clients/{}", client.id), &body)
        .await;
    assert_eq!(patched.text("name"), "payments");
    assert_eq!(patched.text("client_secret"), own);
    assert_eq!(revision(), before.next());
    // The old secret is retired in it, and the new one works.
    let body = json!({"default_audience": "https://acme.example/api/v2/"});
    app.patch("/api/v2/tenants/settings", &body).await;
    assert_eq!(app.token(&client, "").await.text("error"), "access_denied");
    let renewed = Credentials {
        secret: own.to_owned(),
        ..client
    };
    let refused = app.token(&renewed, "").await;
    assert_eq!(refused.status, 403, "it has no grant: {refused}");
}

/// Whoever may set a secret can become the client.
#[tokio::test]
async fn setting_a_secret_takes_the_scope_for_secrets() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let token = app.scoped_token(&["update:clients"]).await;
    let body = json!({"client_secret": "0123456789abcdefghijklmnopqrstuvwxyz"});
    let refused = app.manage_as(&token, Method::PATCH, &path, &body).await;
    assert_eq!(refused.status, 403, "{refused}");
    assert_eq!(
        refused.text("message"),
        "Insufficient scope, expected any of: update:client_keys"
    );
    let renamed = app
        .manage_as(&token, Method::PATCH, &path, &json!({"name": "x"}))
        .await;
    assert_eq!(renamed.status, 200);
}

#[tokio::test]
async fn deleting_takes_the_grants_along_and_may_be_repeated() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let grant = app.grant(&client, API, &["read:a"]).await;
    let path = format!("/api/v2/clients/{}", client.id);
    for _ in 0..2 {
        let deleted = app.delete(&path).await;
        assert_eq!(deleted.status, 204);
        assert!(deleted.body.is_empty());
    }
    assert_snapshot!(app.get(&path).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"The client does not exist","errorCode":"inexistent_client"}
    "#);
    assert_eq!(
        app.get(&format!("/api/v2/client-grants/{grant}"))
            .await
            .status,
        404
    );
    assert_eq!(app.patch(&path, &json!({"name": "x"})).await.status, 404);
}

#[tokio::test]
async fn unknown_members_are_refused_by_name() {
    let app = TestApp::new().await;
    let body = json!({"name": "x", "scopes": []});
    assert_snapshot!(app.post("/api/v2/clients", &body).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":400,"error":"Bad Request","message":"Payload validation error: 'Additional properties not allowed: scopes'.","errorCode":"invalid_body"}
    "#);
}

#[tokio::test]
async fn a_name_is_required_and_has_limits() {
    let app = TestApp::new().await;
    for body in [
        json!({}),
        json!({"name": null}),
        json!({"name": ""}),
        json!({"name": "a<b"}),
        json!({"name": "x".repeat(256)}),
        json!({"name": "x", "description": "x".repeat(141)}),
        json!({"name": "x", "client_metadata": {"a": "x".repeat(256)}}),
        json!({"name": "x", "token_endpoint_auth_method": "magic"}),
        json!({"name": "x", "default_organization": {"organization_id": "org_none", "flows": ["client_credentials"]}}),
        json!({"name": "x", "default_organization": {"organization_id": "org_none", "flows": ["device"]}}),
    ] {
        let refused = app.post("/api/v2/clients", &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body", "{body}");
    }
    assert_eq!(
        app.get("/api/v2/clients?is_global=false").await.json(),
        json!([])
    );
}

#[tokio::test]
async fn lists_are_filtered() {
    let app = TestApp::new().await;
    for (name, app_type, first_party) in [
        ("a", "spa", true),
        ("b", "native", true),
        ("c", "spa", false),
    ] {
        let body = json!({"name": name, "app_type": app_type, "is_first_party": first_party});
        app.post("/api/v2/clients", &body).await;
    }
    for (query, expected) in [
        ("", vec!["All Applications", "a", "b", "c"]),
        ("?app_type=spa", vec!["a", "c"]),
        ("?app_type=spa,native", vec!["a", "b", "c"]),
        ("?is_first_party=false", vec!["c"]),
        ("?is_global=true", vec!["All Applications"]),
        ("?is_global=false", vec!["a", "b", "c"]),
        ("?unknown=1", vec!["All Applications", "a", "b", "c"]),
    ] {
        let mut names = each(&app.get(&format!("/api/v2/clients{query}")).await, "name");
        names.sort();
        assert_eq!(names, expected, "{query}");
    }
}

#[tokio::test]
async fn clients_are_listed_as_they_were_registered_and_the_global_one_last() {
    let app = TestApp::new().await;
    for name in ["b", "c", "a"] {
        app.clock().advance_secs(1);
        app.client(name).await;
    }
    let listed = app.get("/api/v2/clients").await;
    assert_eq!(each(&listed, "name"), ["b", "c", "a", "All Applications"]);

    let mut names = Vec::new();
    let mut from = String::new();
    loop {
        let path = format!("/api/v2/clients?take=1{from}");
        let page = app.get(&path).await.json();
        names.push(page["clients"][0]["name"].as_str().unwrap().to_owned());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        from = format!("&from={next}");
    }
    assert_eq!(names, ["b", "c", "a", "All Applications"]);
}

#[tokio::test]
async fn fields_choose_members() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let some = app.get(&format!("{path}?fields=name,client_id")).await;
    assert_eq!(members(&some), ["tenant", "name", "client_id"]);
    let others = app
        .get(&format!("{path}?fields=name&include_fields=false"))
        .await;
    assert!(!members(&others).contains(&"name".to_owned()));
    let listed = app
        .get("/api/v2/clients?fields=name&include_fields=true&is_global=false")
        .await;
    assert_eq!(
        listed.json(),
        json!([{"tenant": "acme", "name": "billing"}])
    );
}

#[tokio::test]
async fn a_kept_secret_is_shown_to_those_who_may_read_keys_and_it_is_noted() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let clients = app.scoped_token(&["read:clients"]).await;
    let read = app
        .manage_as(&clients, Method::GET, &path, &Value::Null)
        .await;
    for hidden in ["client_secret", "signing_keys", "encryption_key"] {
        assert_eq!(read.json().get(hidden), None, "{hidden}");
        let asked = format!("{path}?fields=name,{hidden}");
        let refused = app
            .manage_as(&clients, Method::GET, &asked, &Value::Null)
            .await;
        assert_eq!(refused.status, 403, "{hidden}");
        assert_eq!(refused.text("errorCode"), "insufficient_scope");
    }
    let summary = app.scoped_token(&["read:client_summary"]).await;
    let read = app
        .manage_as(&summary, Method::GET, &path, &Value::Null)
        .await;
    assert_eq!(members(&read), ["name", "client_id"]);
    for (fields, status) in [("name", 200), ("tenant", 403)] {
        let asked = format!("{path}?fields={fields}");
        let read = app
            .manage_as(&summary, Method::GET, &asked, &Value::Null)
            .await;
        assert_eq!(read.status, status, "{fields}");
    }
    assert!(
        app.log()
            .await
            .iter()
            .all(|event| event.kind.code() != "mgmt_api_read")
    );

    let keys = app.scoped_token(&["read:client_keys"]).await;
    for path in [path, "/api/v2/clients".to_owned()] {
        let read = app.manage_as(&keys, Method::GET, &path, &Value::Null).await;
        assert!(read.to_string().contains(&client.secret), "{path}");
    }
    let noted = app.log().await;
    let noted: Vec<_> = noted
        .iter()
        .filter(|event| event.kind.code() == "mgmt_api_read")
        .collect();
    assert_eq!(noted.len(), 2);
    for event in noted {
        let details = event.details.as_deref().unwrap();
        assert!(details.contains("\"accessedSecrets\":[\"client_secret\"]"));
        assert!(!details.contains(&client.secret));
    }
}

#[tokio::test]
async fn the_newest_live_secret_is_the_one_that_is_shown() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let secrets = format!("/m2mint/v1/clients/{}/secrets", client.id);
    let second = app.post(&secrets, &json!({"retire": "never"})).await;
    let second = second.text("client_secret");
    assert_eq!(app.get(&path).await.text("client_secret"), second);
    let rotated = app.post(&format!("{path}/rotate-secret"), &json!({})).await;
    assert_eq!(
        app.get(&path).await.text("client_secret"),
        rotated.text("client_secret")
    );
}

#[tokio::test]
async fn the_global_client_is_there_stays_and_gets_no_token() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let listed = app.get("/api/v2/clients?is_global=true").await.json();
    let global = listed[0].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(global["global"], true);
    assert_eq!(global["name"], "All Applications");
    let id = global["client_id"].as_str().unwrap();
    let path = format!("/api/v2/clients/{id}");

    let refused = app.delete(&path).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text("message"), "Global client cannot be deleted.");
    let body = json!({"custom_login_page": "<html></html>", "custom_login_page_on": true});
    let changed = app.patch(&path, &body).await;
    assert_eq!(changed.text("custom_login_page"), "<html></html>");
    assert_eq!(changed.json()["global"], true);

    // Not even with its secret and a grant.
    let credentials = Credentials {
        id: id.to_owned(),
        secret: global["client_secret"].as_str().unwrap().to_owned(),
    };
    let body = json!({"client_id": id, "audience": API, "scope": []});
    app.post("/api/v2/client-grants", &body).await;
    app.patch(&path, &json!({"grant_types": ["client_credentials"]}))
        .await;
    let answer = app.token(&credentials, &format!("audience={API}")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_strict_third_party_client_has_an_id_and_rules_of_its_own() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "theirs",
        "is_first_party": false,
        "third_party_security_mode": "strict",
        "app_type": "regular_web",
    });
    let made = app.post("/api/v2/clients", &body).await;
    let id = made.text("client_id");
    assert!(id.starts_with("tpc_") && id.len() == 26, "{id}");
    assert_eq!(made.json()["grant_types"], json!(["authorization_code"]));
    assert_eq!(
        made.json()["jwt_configuration"],
        json!({"secret_encoded": false, "alg": "RS256", "lifetime_in_seconds": 3600})
    );
    let path = format!("/api/v2/clients/{id}");
    let before = app.get(&path).await.json();
    for body in [
        json!({"grant_types": ["implicit"]}),
        json!({"is_first_party": true}),
        json!({"third_party_security_mode": "permissive"}),
        json!({"client_authentication_methods": {"tls_client_auth": {"credentials": []}}}),
    ] {
        assert_eq!(app.patch(&path, &body).await.status, 400, "{body}");
    }
    let body = json!({"organization_usage": "allow"});
    assert_eq!(app.patch(&path, &body).await.status, 403);
    assert_eq!(app.get(&path).await.json(), before);
    let body = json!({"grant_types": ["client_credentials"]});
    assert_eq!(app.patch(&path, &body).await.status, 200);

    let lax = json!({"name": "theirs", "is_first_party": false});
    let lax = app.post("/api/v2/clients", &lax).await;
    assert_eq!(lax.text("third_party_security_mode"), "permissive");
    let ours = json!({"name": "x", "third_party_security_mode": "strict"});
    assert_eq!(app.post("/api/v2/clients", &ours).await.status, 400);
}

#[tokio::test]
async fn settings_of_user_login_are_completed_and_merged_as_at_auth0() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "x",
        "token_endpoint_auth_method": "client_secret_post",
        "jwt_configuration": {"alg": "RS256"},
        "session_transfer": {"can_create_session_transfer_token": true},
        "mobile": {"ios": {"team_id": "1"}},
        "oidc_logout": {"backchannel_logout_urls": ["https://x.example"], "backchannel_logout_initiators": {"mode": "all"}},
    });
    let made = app.post("/api/v2/clients", &body).await;
    let shown = made.json();
    assert_eq!(shown["refresh_token"]["token_lifetime"], 31_557_600);
    assert_eq!(
        shown["jwt_configuration"],
        json!({"alg": "RS256", "secret_encoded": false})
    );
    assert_eq!(shown["session_transfer"]["enforce_device_binding"], "ip");
    assert_eq!(
        shown["oidc_backchannel_logout"],
        json!({"backchannel_logout_urls": ["https://x.example"]})
    );
    let path = format!("/api/v2/clients/{}", made.text("client_id"));
    let body = json!({
        "jwt_configuration": {"lifetime_in_seconds": 60},
        "session_transfer": {"delegation": {"allow_delegated_access": true}},
        "mobile": {"android": {"app_package_name": "a"}},
        "oidc_logout": null,
        "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 7},
    });
    let changed = app.patch(&path, &body).await.json();
    assert_eq!(
        changed["jwt_configuration"],
        json!({"alg": "RS256", "secret_encoded": false, "lifetime_in_seconds": 60})
    );
    assert_eq!(
        changed["mobile"],
        json!({"ios": {"team_id": "1"}, "android": {"app_package_name": "a"}})
    );
    assert_eq!(
        changed["session_transfer"]["can_create_session_transfer_token"],
        true
    );
    assert_eq!(
        changed["session_transfer"]["delegation"],
        json!({"allow_delegated_access": true})
    );
    assert_eq!(changed["refresh_token"]["leeway"], 7);
    for gone in ["oidc_logout", "oidc_backchannel_logout"] {
        assert_eq!(changed.get(gone), None, "{gone}");
    }
    let body = json!({"session_transfer": {"delegation": null}});
    let changed = app.patch(&path, &body).await.json();
    assert_eq!(changed["session_transfer"].get("delegation"), None);
}

#[tokio::test]
async fn quotas_and_profiles_are_kept_and_taken_away() {
    let app = TestApp::new().await;
    let quota = json!({"client_credentials": {"enforce": false, "per_day": 9, "per_hour": 1}});
    let body = json!({
        "name": "x",
        "token_quota": quota,
        "compliance_level": "fapi2_sp_pkj_mtls",
        "require_proof_of_possession": false,
    });
    let made = app.post("/api/v2/clients", &body).await;
    assert_eq!(made.json()["token_quota"], quota);
    assert_eq!(made.json()["compliance_level"], "fapi2_sp_pkj_mtls");
    assert_eq!(made.json()["require_proof_of_possession"], false);
    let path = format!("/api/v2/clients/{}", made.text("client_id"));
    for bad in [
        json!({"token_quota": {}}),
        json!({"token_quota": {"client_credentials": {}}}),
        json!({"token_quota": {"client_credentials": {"per_hour": 0}}}),
        json!({"compliance_level": "fapi9"}),
        json!({}),
    ] {
        assert_eq!(app.patch(&path, &bad).await.status, 400, "{bad}");
    }
    let body = json!({"token_quota": null, "compliance_level": null});
    let emptied = app.patch(&path, &body).await;
    for member in ["token_quota", "compliance_level"] {
        assert_eq!(emptied.json().get(member), None, "{member}");
    }
}

#[tokio::test]
async fn a_token_that_would_have_to_be_bound_is_not_issued() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    let path = format!("/api/v2/clients/{}", client.id);
    let asked = format!("audience={API}");
    app.patch(&path, &json!({"require_proof_of_possession": true}))
        .await;
    let refused = app.token(&client, &asked).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text("error"), "invalid_request");
    // A profile that knows no secrets takes none.
    let body =
        json!({"require_proof_of_possession": null, "compliance_level": "fapi1_adv_pkj_par"});
    app.patch(&path, &body).await;
    assert_eq!(app.token(&client, &asked).await.status, 401);
    app.patch(&path, &json!({"compliance_level": "none"})).await;
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn clients_are_found_by_the_organizations_of_their_grants() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let (one, two) = (app.client("one").await, app.client("two").await);
    let grant = app.grant(&one, API, &["read:a"]).await;
    let any = app.grant(&two, API, &["read:a"]).await;
    let allow = json!({"organization_usage": "allow"});
    app.patch(&format!("/api/v2/client-grants/{grant}"), &allow)
        .await;
    let allow = json!({"organization_usage": "allow", "allow_any_organization": true});
    app.patch(&format!("/api/v2/client-grants/{any}"), &allow)
        .await;
    let organization = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await
        .text("id");
    let added = app
        .post(
            &format!("/api/v2/organizations/{organization}/client-grants"),
            &json!({"grant_id": grant}),
        )
        .await;
    assert_eq!(added.status, 201, "{added}");
    for (q, expected) in [
        (
            format!("client_grant.organization_id:{organization}"),
            vec!["one"],
        ),
        ("client_grant.organization_id:org_none".to_owned(), vec![]),
        (
            "client_grant.allow_any_organization:true".to_owned(),
            vec!["two"],
        ),
    ] {
        let found = app
            .get(&format!("/api/v2/clients?take=50&q={q}"))
            .await
            .json();
        let names: Vec<&str> = found["clients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{q}");
    }
    for query in [
        "q=client_grant.allow_any_organization:true",
        "take=50&q=name:x",
        "take=50&is_global=false&q=client_grant.allow_any_organization:true",
    ] {
        let refused = app.get(&format!("/api/v2/clients?{query}")).await;
        assert_eq!(refused.text("errorCode"), "invalid_query_string", "{query}");
    }
    let none = app
        .get("/api/v2/clients?external_client_id=https://x.example")
        .await;
    assert_eq!(none.json(), json!([]));
}

#[tokio::test]
async fn an_api_has_at_most_one_client_of_its_own() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let of = |identifier: &str, app_type: &str| json!({"name": "x", "app_type": app_type, "resource_server_identifier": identifier});
    for body in [
        of("https://none.example", "resource_server"),
        of("https://acme.example/api/v2/", "resource_server"),
        of(API, "spa"),
    ] {
        assert_eq!(
            app.post("/api/v2/clients", &body).await.status,
            400,
            "{body}"
        );
    }
    let made = app
        .post("/api/v2/clients", &of(API, "resource_server"))
        .await;
    assert_eq!(made.text("resource_server_identifier"), API);
    let second = app
        .post("/api/v2/clients", &of(API, "resource_server"))
        .await;
    assert_eq!(second.status, 400);
    let path = format!("/api/v2/resource-servers/{}", API.replace('/', "%2F"));
    assert_eq!(
        app.get(&path).await.text("client_id"),
        made.text("client_id")
    );
    app.delete(&format!("/api/v2/clients/{}", made.text("client_id")))
        .await;
    assert_eq!(app.get(&path).await.json().get("client_id"), None);
}

#[tokio::test]
async fn an_alias_belongs_to_one_client() {
    let app = TestApp::new().await;
    let body = json!({"name": "x", "client_aliases": ["urn:a", "urn:b"]});
    let path = app.post("/api/v2/clients", &body).await.text("client_id");
    let refused = app.post("/api/v2/clients", &body).await;
    assert_eq!(refused.status, 409);
    let path = format!("/api/v2/clients/{path}");
    let same = json!({"client_aliases": ["urn:b"]});
    assert_eq!(app.patch(&path, &same).await.status, 200);
}

/// A client with a token for this API can widen its own rights.
#[tokio::test]
async fn a_client_that_changes_itself_is_marked_in_the_log() {
    let app = TestApp::new().await;
    let client = app.client("terraform").await;
    let api = "https://acme.example/api/v2/";
    let grant = app.grant(&client, api, &["update:clients"]).await;
    assert!(grant.starts_with("cgr_"));
    let token = app.token(&client, &format!("audience={api}")).await;
    let token = token.text("access_token");
    let other = app.client("billing").await;
    for id in [&client.id, &other.id] {
        let path = format!("/api/v2/clients/{id}");
        let body = json!({"name": "renamed"});
        let changed = app.manage_as(&token, Method::PATCH, &path, &body).await;
        assert_eq!(changed.status, 200, "{changed}");
    }
    let events = app.log().await;
    let marked: Vec<bool> = events
        .iter()
        .filter_map(|event| event.details.as_deref())
        .filter(|details| details.contains("\"method\":\"patch\""))
        .map(|details| details.contains("\"self\":true"))
        .collect();
    let marks = marked.iter().filter(|marked| **marked).count();
    assert_eq!((marked.len(), marks), (2, 1));
}

#[tokio::test]
async fn a_client_has_no_connections_and_no_document_is_fetched() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}/connections", client.id);
    assert_eq!(app.get(&path).await.json(), json!({"connections": []}));
    let none = app.get("/api/v2/clients/none/connections").await;
    assert_eq!(none.status, 404);
    let token = app.scoped_token(&["read:connections"]).await;
    let refused = app
        .manage_as(&token, Method::GET, &path, &Value::Null)
        .await;
    assert_eq!(refused.status, 403);

    let body = json!({"external_client_id": "https://x.example/client.json"});
    let preview = app.post("/api/v2/clients/cimd/preview", &body).await;
    assert_eq!(preview.status, 200);
    assert_eq!(members(&preview), ["errors"]);
    let register = app.post("/api/v2/clients/cimd/register", &body).await;
    assert_eq!(register.status, 400);
    let body = json!({"external_client_id": "http://x.example"});
    let preview = app.post("/api/v2/clients/cimd/preview", &body).await;
    assert_eq!(preview.status, 400);
}

/// They hold keys and passwords of other services.
#[tokio::test]
async fn addons_are_merged_shown_and_kept_sealed() {
    let app = TestApp::new().await;
    let password = "hunter2-of-another-service";
    let body = json!({"name": "x", "addons": {"sap_api": {"servicePassword": password}}});
    let made = app.post("/api/v2/clients", &body).await;
    let id = made.text("client_id");
    assert_eq!(made.json()["addons"], body["addons"]);
    let path = format!("/api/v2/clients/{id}");
    let body = json!({"addons": {"slack": {"team": "a"}}});
    let both = app.patch(&path, &body).await;
    let expected = json!({"sap_api": {"servicePassword": password}, "slack": {"team": "a"}});
    assert_eq!(both.json()["addons"], expected);
    assert_eq!(app.get(&path).await.json()["addons"], expected);
    let tenant = "acme".parse().unwrap();
    let current = app.registry().current(&tenant).await.unwrap();
    let kept = current.state().client(&id).unwrap().client();
    assert!(kept.addons.is_some());
    assert!(!format!("{kept:?}").contains(password));
    let emptied = app.patch(&path, &json!({"addons": null})).await;
    assert_eq!(emptied.json().get("addons"), None);
}

#[tokio::test]
async fn what_only_answers_have_may_be_written_back_and_means_nothing() {
    let app = TestApp::new().await;
    let client = app.client("billing").await;
    let path = format!("/api/v2/clients/{}", client.id);
    let body = json!({"name": "renamed", "encrypted": false, "cross_origin_auth": true});
    let changed = app.patch(&path, &body).await;
    assert_eq!(changed.status, 200, "{changed}");
    assert_eq!(changed.text("name"), "renamed");
    assert_eq!(changed.json()["encrypted"], true);
    assert_eq!(changed.json()["cross_origin_auth"], false);
}

#[tokio::test]
async fn a_whole_number_is_one_however_it_is_written() {
    let app = TestApp::new().await;
    let body = r#"{"name":"x","jwt_configuration":{"lifetime_in_seconds":36000.0}}"#;
    let token = format!("Bearer {}", app.management_token());
    let headers = [("authorization", token.as_str())];
    let made = app
        .raw(http::Method::POST, "/api/v2/clients", &headers, body)
        .await;
    assert_eq!(made.status, 201, "{made}");
    assert_eq!(
        made.json()["jwt_configuration"]["lifetime_in_seconds"],
        36_000
    );
    let body = body.replace("36000.0", "36000.5");
    let refused = app
        .raw(http::Method::POST, "/api/v2/clients", &headers, body)
        .await;
    assert_eq!(refused.status, 400, "{refused}");
}
