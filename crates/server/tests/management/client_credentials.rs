//! `/api/v2/clients/{client_id}/credentials`, and what they are bound to.

use http::Method;
use insta::assert_snapshot;
use m2mint_jose::{KeyKind, PrivateKey, certificate};
use m2mint_testkit::{Answer, Credentials, TestApp};
use serde_json::{Value, json};

use super::{API, each, members};

/// 2026-01-01T00:00:00Z; such a certificate ends 5000 days later, on 2039-09-10.
const NEW_YEAR: i64 = 1_767_225_600;

fn certificate_of(kind: KeyKind) -> String {
    let key = PrivateKey::generate(kind).unwrap();
    let der = certificate::self_signed(&key, "acme.example", NEW_YEAR, [7; 9]).unwrap();
    certificate::pem(&der)
}

fn public_key() -> Value {
    json!({"credential_type": "public_key", "pem": certificate_of(KeyKind::Rsa2048)})
}

async fn with_client() -> (TestApp, Credentials, String) {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    let path = format!("/api/v2/clients/{}/credentials", client.id);
    (app, client, path)
}

async fn ask(app: &TestApp, client: &Credentials) -> Answer {
    app.token(client, &format!("audience={API}")).await
}

#[tokio::test]
async fn a_public_key_is_registered_expires_and_is_deleted() {
    let (app, _, path) = with_client().await;
    let mut body = public_key();
    body["name"] = json!("first");
    body["parse_expiry_from_cert"] = json!(true);
    let made = app.post(&path, &body).await;
    let (id, kid) = (made.text("id"), made.text("kid"));
    assert!(id.starts_with("cred_") && id.len() == 27, "{id}");
    assert_eq!(kid.len(), 43);
    let shown = made.to_string().replace(&id, "ID").replace(&kid, "KID");
    assert_snapshot!(shown, @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","credential_type":"public_key","kid":"KID","alg":"RS256","name":"first","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","expires_at":"2039-09-10T00:00:00.000Z"}
    "#);
    let one = format!("{path}/{id}");
    assert_eq!(app.get(&one).await.json(), made.json());
    assert_eq!(app.get(&path).await.json(), json!([made.json()]));

    app.clock().advance_secs(60);
    let sooner = json!({"expires_at": "2030-01-01T01:00:00+01:00"});
    let changed = app.patch(&one, &sooner).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.text("expires_at"), "2030-01-01T00:00:00.000Z");
    assert_eq!(changed.text("updated_at"), "2026-01-01T00:01:00.000Z");
    assert_eq!(changed.text("created_at"), made.text("created_at"));
    let never = app.patch(&one, &json!({"expires_at": null})).await;
    assert_eq!(never.json().get("expires_at"), None);

    for _ in 0..2 {
        assert_eq!(app.delete(&one).await.status, 204);
    }
    assert_eq!(app.get(&path).await.json(), json!([]));
    for gone in [app.get(&one).await, app.patch(&one, &sooner).await] {
        assert_eq!(gone.status, 404);
        assert_eq!(gone.text("message"), "Credential does not exist");
    }
    let nobody = app.post("/api/v2/clients/none/credentials", &body).await;
    assert_eq!(nobody.text("errorCode"), "inexistent_client");
}

#[tokio::test]
async fn subjects_and_certificates_show_what_they_are_compared_with() {
    let (app, _, path) = with_client().await;
    let pem = certificate_of(KeyKind::P256);
    let subject = json!({"credential_type": "cert_subject_dn", "pem": pem});
    let subject = app.post(&path, &subject).await;
    assert_eq!(subject.text("subject_dn"), "CN=acme.example");
    assert_eq!(
        members(&subject),
        [
            "id",
            "credential_type",
            "subject_dn",
            "created_at",
            "updated_at"
        ]
    );
    let said = json!({"credential_type": "cert_subject_dn", "subject_dn": "C=JP\nCN=x"});
    assert_eq!(
        app.post(&path, &said).await.text("subject_dn"),
        "C=JP\nCN=x"
    );

    let certificate = json!({"credential_type": "x509_cert", "pem": pem, "name": "leaf"});
    let certificate = app.post(&path, &certificate).await;
    assert_eq!(certificate.text("thumbprint_sha256").len(), 43);
    assert_eq!(certificate.text("expires_at"), "2039-09-10T00:00:00.000Z");
    // The newest comes first where there is no key id.
    let types = each(&app.get(&path).await, "credential_type");
    assert_eq!(types, ["x509_cert", "cert_subject_dn", "cert_subject_dn"]);
}

#[tokio::test]
async fn keys_are_listed_by_their_key_id() {
    let (app, _, path) = with_client().await;
    for kid in ["w0kIFOcq7KKK", "FnNtsjkgcpkH", "-BytQCzAFJsU"] {
        let pem = certificate_of(KeyKind::Rsa2048);
        let body = json!({"credential_type": "public_key", "pem": pem, "kid": kid});
        assert_eq!(app.post(&path, &body).await.status, 201);
        app.clock().advance_secs(1);
    }
    assert_eq!(
        each(&app.get(&path).await, "kid"),
        ["-BytQCzAFJsU", "FnNtsjkgcpkH", "w0kIFOcq7KKK"]
    );
}

#[tokio::test]
async fn what_is_no_key_or_says_two_things_is_refused_and_leaves_nothing_behind() {
    let (app, _, path) = with_client().await;
    let rsa = certificate_of(KeyKind::Rsa2048);
    let ec = certificate_of(KeyKind::P256);
    let body = |more: Value| {
        let mut body = json!({"credential_type": "public_key", "pem": rsa});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for body in [
        body(json!({"pem": "x"})),
        body(json!({"pem": "x".repeat(4097)})),
        body(json!({"pem": rsa.replace("CERTIFICATE", "PRIVATE KEY")})),
        body(json!({"pem": format!("{rsa}\n{rsa}")})),
        body(json!({"pem": ec})),
        body(json!({"alg": "HS256"})),
        body(json!({"kid": "short"})),
        body(json!({"kid": "0123456789 x"})),
        body(json!({"expires_at": "tomorrow"})),
        body(json!({"expires_at": "2030-01-01T00:00:00Z", "parse_expiry_from_cert": true})),
        body(json!({"subject_dn": "CN=x"})),
        body(json!({"name": "x".repeat(129)})),
        body(json!({"unknown": 1})),
        json!({"credential_type": "public_key"}),
        json!({"credential_type": "password"}),
        json!({"credential_type": "cert_subject_dn"}),
        json!({"credential_type": "cert_subject_dn", "subject_dn": "CN=x", "pem": rsa}),
        json!({"credential_type": "cert_subject_dn", "subject_dn": "x".repeat(257)}),
        json!({"credential_type": "x509_cert", "pem": rsa, "expires_at": "2030-01-01T00:00:00Z"}),
    ] {
        let refused = app.post(&path, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body", "{body}");
    }
    assert_eq!(app.get(&path).await.json(), json!([]));
}

#[tokio::test]
async fn a_client_has_a_limited_number_of_credentials() {
    let (app, _, path) = with_client().await;
    let body = json!({"credential_type": "cert_subject_dn", "subject_dn": "CN=x"});
    for _ in 0..10 {
        assert_eq!(app.post(&path, &body).await.status, 201);
    }
    let refused = app.post(&path, &body).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.text("errorCode"), "too_many_entities");
}

#[tokio::test]
async fn while_a_key_is_bound_the_secret_is_refused_like_a_wrong_one() {
    let (app, client, path) = with_client().await;
    let id = app.post(&path, &public_key()).await.text("id");
    assert_eq!(ask(&app, &client).await.status, 200);

    let one = format!("/api/v2/clients/{}", client.id);
    let bind = json!({"client_authentication_methods": {"private_key_jwt": {"credentials": [{"id": id}]}}});
    let bound = app.patch(&one, &bind).await;
    assert_eq!(bound.status, 200, "{bound}");
    assert_eq!(
        bound.json()["client_authentication_methods"],
        bind["client_authentication_methods"]
    );
    for hidden in ["client_secret", "token_endpoint_auth_method"] {
        assert_eq!(bound.json().get(hidden), None, "{hidden}");
    }
    let wrong = Credentials {
        id: client.id.clone(),
        secret: "x".repeat(64),
    };
    let refused = ask(&app, &client).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json(), ask(&app, &wrong).await.json());
    let rotated = app.post(&format!("{one}/rotate-secret"), &json!({})).await;
    assert_eq!(rotated.text("errorCode"), "operation_not_supported");

    // What is bound stays; what would be weaker has to be said in full.
    let kept = app.delete(&format!("{path}/{id}")).await;
    assert_eq!(kept.status, 400);
    assert_eq!(kept.text("errorCode"), "operation_not_supported");
    let secret = json!({"token_endpoint_auth_method": "client_secret_post"});
    assert_eq!(app.patch(&one, &secret).await.status, 400);
    assert_eq!(ask(&app, &client).await.status, 401);

    let back = json!({
        "client_authentication_methods": null,
        "token_endpoint_auth_method": "client_secret_post",
    });
    let back = app.patch(&one, &back).await;
    assert_eq!(back.text("client_secret"), client.secret);
    assert_eq!(ask(&app, &client).await.status, 200);
    assert_eq!(app.delete(&format!("{path}/{id}")).await.status, 204);
}

#[tokio::test]
async fn a_client_may_be_made_with_its_keys() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "billing",
        "client_authentication_methods": {"private_key_jwt": {"credentials": [public_key()]}},
    });
    let made = app.post("/api/v2/clients", &body).await;
    assert_eq!(made.status, 201, "{made}");
    assert_eq!(made.json().get("client_secret"), None);
    let credential =
        &made.json()["client_authentication_methods"]["private_key_jwt"]["credentials"][0];
    assert_eq!(credential["credential_type"], "public_key");
    let id = &credential["id"];
    let path = format!("/api/v2/clients/{}", made.text("client_id"));
    assert_eq!(
        app.get(&path).await.json()["client_authentication_methods"],
        json!({"private_key_jwt": {"credentials": [{"id": id}]}})
    );
    let listed = app.get(&format!("{path}/credentials")).await;
    assert_eq!(each(&listed, "id"), [id.as_str().unwrap()]);
}

#[tokio::test]
async fn only_the_clients_own_credentials_of_the_right_kind_are_bound() {
    let (app, client, path) = with_client().await;
    let other = app.client("other").await;
    let theirs = format!("/api/v2/clients/{}/credentials", other.id);
    let theirs = app.post(&theirs, &public_key()).await.text("id");
    let subject = json!({"credential_type": "cert_subject_dn", "subject_dn": "CN=x"});
    let subject = app.post(&path, &subject).await.text("id");
    let key = app.post(&path, &public_key()).await.text("id");
    let one = format!("/api/v2/clients/{}", client.id);
    let before = app.get(&one).await.json();
    let by = |method: &str, ids: &[&str]| {
        let ids: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        json!({"client_authentication_methods": {method: {"credentials": ids}}})
    };
    let mut two = by("private_key_jwt", &[&key]);
    two["client_authentication_methods"]["tls_client_auth"] = json!({"credentials": []});
    for body in [
        by("private_key_jwt", &[&theirs]),
        by("private_key_jwt", &[&subject]),
        by("self_signed_tls_client_auth", &[&subject]),
        by("tls_client_auth", &[&key]),
        by("private_key_jwt", &["cred_none"]),
        by("private_key_jwt", &[&key, &key]),
        by("magic", &[&key]),
        two,
        json!({"client_authentication_methods": {}}),
        json!({"signed_request_object": {"credentials": [{"id": subject}]}}),
    ] {
        let refused = app.patch(&one, &body).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    assert_eq!(app.get(&one).await.json(), before);
    assert_eq!(
        app.patch(&one, &by("tls_client_auth", &[&subject]))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn settings_with_credentials_are_changed_member_by_member() {
    let (app, client, path) = with_client().await;
    let key = app.post(&path, &public_key()).await.text("id");
    let one = format!("/api/v2/clients/{}", client.id);
    let body = json!({"signed_request_object": {"credentials": [{"id": key}]}});
    app.patch(&one, &body).await;
    let both = app
        .patch(&one, &json!({"signed_request_object": {"required": true}}))
        .await;
    assert_eq!(
        both.json()["signed_request_object"],
        json!({"required": true, "credentials": [{"id": key}]})
    );
    assert_eq!(app.delete(&format!("{path}/{key}")).await.status, 400);
    let none = app
        .patch(&one, &json!({"signed_request_object": null}))
        .await;
    assert_eq!(none.json().get("signed_request_object"), None);
    assert_eq!(app.delete(&format!("{path}/{key}")).await.status, 204);
}

/// Whoever may set a key can become the client.
#[tokio::test]
async fn ways_to_authenticate_take_scopes_of_their_own() {
    let (app, client, path) = with_client().await;
    let key = app.post(&path, &public_key()).await.text("id");
    let one = format!("/api/v2/clients/{}", client.id);
    let bind = json!({"client_authentication_methods": {"private_key_jwt": {"credentials": [{"id": key}]}}});
    let rename = json!({"name": "x"});
    let narrow = app.scoped_token(&["update:clients"]).await;
    let credentials = app.scoped_token(&["update:client_credentials"]).await;
    for (token, body, status) in [
        (&narrow, &bind, 403),
        (&credentials, &rename, 403),
        (&narrow, &rename, 200),
        (&credentials, &bind, 200),
    ] {
        let answer = app.manage_as(token, Method::PATCH, &one, body).await;
        assert_eq!(answer.status, status, "{body}");
    }
    let token = app.scoped_token(&["create:clients"]).await;
    let body = json!({
        "name": "x",
        "client_authentication_methods": {"private_key_jwt": {"credentials": [public_key()]}},
    });
    let refused = app
        .manage_as(&token, Method::POST, "/api/v2/clients", &body)
        .await;
    assert_eq!(refused.status, 403);
    // What may authenticate is not for everyone who may read clients.
    let reader = app.scoped_token(&["read:clients"]).await;
    let read = app
        .manage_as(&reader, Method::GET, &one, &Value::Null)
        .await;
    assert_eq!(read.json().get("client_authentication_methods"), None);
}
