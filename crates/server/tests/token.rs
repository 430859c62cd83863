//! `POST /oauth/token`, as a caller sees it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use insta::assert_snapshot;
use m2mint_domain::log_event::LogEvent;
use m2mint_server::Settings;
use m2mint_testkit::app::{HOST, START};
use m2mint_testkit::{Answer, Credentials, TestApp};
use m2mint_verify::{Algorithm, Claims, JwkSet, Rules, check};
use serde_json::{Value, json};

const API: &str = "https://api.example";

/// An app with an API, and a client that may have all of its scopes.
async fn billing() -> (TestApp, Credentials) {
    let app = TestApp::new().await;
    app.api(API, &["read:invoices", "write:invoices"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:invoices", "write:invoices"])
        .await;
    (app, client)
}

/// An app with an API that has these settings, and a client with both of its scopes.
async fn with_api(settings: Value) -> (TestApp, Credentials, Answer) {
    let app = TestApp::new().await;
    let mut body =
        json!({"identifier": API, "scopes": [{"value": "read:a"}, {"value": "write:a"}]});
    for (member, value) in settings.as_object().unwrap() {
        body[member] = value.clone();
    }
    let api = app.post("/api/v2/resource-servers", &body).await;
    assert_eq!(api.status, 201, "{api}");
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a", "write:a"]).await;
    (app, client, api)
}

/// Checks a token as an API would, with the keys that this server publishes.
async fn verified(app: &TestApp, token: &str, algorithm: Algorithm) -> Claims {
    let keys = JwkSet::parse(app.fetch("/.well-known/jwks.json").await.body).unwrap();
    let rules = Rules::new(format!("https://{HOST}/"), API)
        .algorithms([algorithm])
        .leeway(0);
    check(&rules, &keys, token, START).unwrap()
}

/// The raw text of one part of a compact token: the order of members counts.
fn raw_part(token: &str, place: usize) -> String {
    let part = token.split('.').nth(place).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn with_basic(app: &TestApp, authorization: &str, body: &str) -> Answer {
    let headers = [
        ("authorization", authorization),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    app.raw(Method::POST, "/oauth/token", &headers, body.to_owned())
        .await
}

/// The newest event of a token request.
async fn last_event(app: &TestApp) -> LogEvent {
    let mut events = app.log().await;
    events.retain(|event| event.kind.code().ends_with("ccft"));
    events.pop().unwrap()
}

// What a token is.

#[tokio::test]
async fn a_client_with_a_grant_gets_a_token_in_auth0s_profile() {
    let (app, client) = billing().await;

    let answer = app.token(&client, "audience=https://api.example").await;

    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let token = answer.text("access_token");
    assert_eq!(
        String::from_utf8_lossy(&answer.body),
        format!(
            r#"{{"access_token":"{token}","scope":"read:invoices write:invoices","expires_in":86400,"token_type":"Bearer"}}"#
        )
    );
    let kid = answer.jose_header()["kid"].as_str().unwrap().to_owned();
    assert_eq!(kid.len(), 21);
    assert_eq!(
        raw_part(&token, 0),
        format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{kid}"}}"#)
    );
    let id = &client.id;
    assert_eq!(
        raw_part(&token, 1),
        format!(
            r#"{{"iss":"https://acme.example/","sub":"{id}@clients","aud":"https://api.example","iat":1767225600,"exp":1767312000,"scope":"read:invoices write:invoices","gty":"client-credentials","azp":"{id}"}}"#
        )
    );
    assert_eq!(app.token_log().await, ["seccft"]);
}

#[tokio::test]
async fn the_rfc9068_profile_has_its_own_type_and_claims() {
    let (app, client, _) = with_api(json!({"token_dialect": "rfc9068_profile"})).await;

    let answer = app.token(&client, "audience=https://api.example").await;

    let token = answer.text("access_token");
    let kid = answer.jose_header()["kid"].as_str().unwrap().to_owned();
    assert_eq!(
        raw_part(&token, 0),
        format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#)
    );
    let jti = answer.claims()["jti"].as_str().unwrap().to_owned();
    assert_eq!(jti.len(), 22);
    let id = &client.id;
    assert_eq!(
        raw_part(&token, 1),
        format!(
            r#"{{"iss":"https://acme.example/","sub":"{id}@clients","aud":"https://api.example","client_id":"{id}","exp":1767312000,"iat":1767225600,"jti":"{jti}","scope":"read:a write:a"}}"#
        )
    );
    let event = last_event(&app).await;
    assert_eq!(event.token_id.unwrap().as_str(), jti);
}

#[tokio::test]
async fn the_authz_dialects_add_permissions_that_mirror_the_scopes() {
    for dialect in ["access_token_authz", "rfc9068_profile_authz"] {
        let settings = json!({"token_dialect": dialect, "enforce_policies": true});
        let (app, client, _) = with_api(settings).await;

        let all = app.token(&client, &format!("audience={API}")).await;
        let one = app
            .token(&client, &format!("audience={API}&scope=write:a"))
            .await;

        assert_eq!(all.claims()["permissions"], json!(["read:a", "write:a"]));
        assert_eq!(one.claims()["permissions"], json!(["write:a"]));
        let rfc = dialect.starts_with("rfc");
        assert_eq!(all.claims().get("jti").is_some(), rfc, "{dialect}");
        assert_eq!(all.claims().get("azp").is_some(), !rfc, "{dialect}");
    }
}

#[tokio::test]
async fn permissions_are_an_empty_list_when_nothing_was_granted() {
    let app = TestApp::new().await;
    let body = json!({"identifier": API, "token_dialect": "access_token_authz"});
    app.post("/api/v2/resource-servers", &body).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;

    let answer = app.token(&client, &format!("audience={API}")).await;

    assert_eq!(answer.claims()["permissions"], json!([]));
}

#[tokio::test]
async fn every_asymmetric_algorithm_verifies_with_the_published_keys() {
    for (name, algorithm) in [
        ("RS256", Algorithm::Rs256),
        ("RS512", Algorithm::Rs512),
        ("PS256", Algorithm::Ps256),
        ("ES256", Algorithm::Es256),
        ("EdDSA", Algorithm::EdDsa),
    ] {
        let (app, client, api) = with_api(json!({"signing_alg": name})).await;
        assert_eq!(api.text("signing_alg"), name);
        assert_eq!(api.json().get("signing_secret"), None);

        let answer = app.token(&client, &format!("audience={API}")).await;

        assert_eq!(answer.jose_header()["alg"], name);
        let claims = verified(&app, &answer.text("access_token"), algorithm).await;
        assert_eq!(claims.client_id(), Some(client.id.as_str()), "{name}");
        assert!(claims.has_scope("write:a"));
    }
}

#[tokio::test]
async fn an_hs256_token_verifies_with_the_secret_of_the_apis_answer_and_has_no_kid() {
    let (app, client, api) = with_api(json!({"signing_alg": "HS256"})).await;
    let secret = api.text("signing_secret");

    let answer = app.token(&client, &format!("audience={API}")).await;

    let token = answer.text("access_token");
    assert_eq!(raw_part(&token, 0), r#"{"alg":"HS256","typ":"JWT"}"#);
    let keys = JwkSet::from_hs256_secret(secret.as_bytes()).unwrap();
    let rules = Rules::new("https://acme.example/", API).algorithms([Algorithm::Hs256]);
    assert!(check(&rules, &keys, &token, START).is_ok());
    let other = JwkSet::from_hs256_secret(b"another secret of 32 characters!").unwrap();
    assert!(check(&rules, &other, &token, START).is_err());
    assert!(!format!("{:?}", app.log().await).contains(&secret));
}

#[tokio::test]
async fn a_lifetime_of_the_api_is_in_the_answer_and_in_the_token() {
    let (app, client, _) = with_api(json!({"token_lifetime": 600})).await;

    let answer = app.token(&client, &format!("audience={API}")).await;

    assert_eq!(answer.json()["expires_in"], 600);
    let claims = answer.claims();
    assert_eq!(claims["iat"], START);
    assert_eq!(claims["exp"], START + 600);
}

#[tokio::test]
async fn the_issuer_is_the_name_that_was_asked() {
    let (app, client) = billing().await;
    app.alias("login.acme.example").await;
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let headers = |host| {
        [
            ("host", host),
            ("content-type", "application/x-www-form-urlencoded"),
        ]
    };

    for (host, issuer) in [
        ("acme.example", "https://acme.example/"),
        ("ACME.example", "https://acme.example/"),
        ("acme.example:443", "https://acme.example/"),
        ("login.acme.example", "https://login.acme.example/"),
    ] {
        let answer = app
            .raw(Method::POST, "/oauth/token", &headers(host), body.clone())
            .await;
        assert_eq!(answer.claims()["iss"], issuer, "{host}");
    }
}

// Which scopes a token has.

#[tokio::test]
async fn without_scopes_the_answer_has_three_members_and_the_token_no_scope_claim() {
    let app = TestApp::new().await;
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;

    let answer = app.token(&client, &format!("audience={API}")).await;

    let members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type"]);
    assert_eq!(answer.claims().get("scope"), None);
}

#[tokio::test]
async fn a_scope_that_is_left_out_or_empty_means_all_that_was_granted() {
    let (app, client) = billing().await;
    for more in ["", "&scope=", "&scope", "&scope=+"] {
        let answer = app.token(&client, &format!("audience={API}{more}")).await;
        assert_eq!(
            answer.text("scope"),
            "read:invoices write:invoices",
            "{more}"
        );
    }
}

#[tokio::test]
async fn requested_scopes_come_back_exactly_and_in_the_order_they_were_asked_for() {
    let (app, client) = billing().await;
    for (asked, given) in [
        ("write:invoices", "write:invoices"),
        (
            "write:invoices%20read:invoices",
            "write:invoices read:invoices",
        ),
        ("read:invoices+read:invoices", "read:invoices"),
    ] {
        let answer = app
            .token(&client, &format!("audience={API}&scope={asked}"))
            .await;
        assert_eq!(answer.text("scope"), given);
        assert_eq!(answer.claims()["scope"], given);
    }
}

#[tokio::test]
async fn json_may_give_scopes_as_a_list() {
    let (app, client) = billing().await;
    let answer = app
        .json(&json!({
            "grant_type": "client_credentials",
            "client_id": client.id,
            "client_secret": client.secret,
            "audience": API,
            "scope": ["write:invoices"],
        }))
        .await;
    assert_eq!(answer.text("scope"), "write:invoices");
}

#[tokio::test]
async fn allow_all_scopes_follows_the_api() {
    let app = TestApp::new().await;
    let id = app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let body = json!({"client_id": client.id, "audience": API, "allow_all_scopes": true});
    app.post("/api/v2/client-grants", &body).await;
    let asked = format!("audience={API}");

    assert_eq!(app.token(&client, &asked).await.text("scope"), "read:a");
    let scopes = json!({"scopes": [{"value": "read:a"}, {"value": "read:b"}]});
    app.patch(&format!("/api/v2/resource-servers/{id}"), &scopes)
        .await;
    assert_eq!(
        app.token(&client, &asked).await.text("scope"),
        "read:a read:b"
    );
}

#[tokio::test]
async fn a_change_is_seen_by_the_very_next_request() {
    let (app, client) = billing().await;
    let grant = app.get("/api/v2/client-grants").await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let asked = format!("audience={API}");
    assert_eq!(app.token(&client, &asked).await.status, 200);

    app.delete(&format!("/api/v2/client-grants/{grant}")).await;
    assert_eq!(app.token(&client, &asked).await.status, 403);
    app.delete(&format!("/api/v2/clients/{}", client.id)).await;
    assert_eq!(app.token(&client, &asked).await.status, 401);
}

// Which audience.

#[tokio::test]
async fn the_tenants_default_audience_is_used_when_none_is_named() {
    let (app, client) = billing().await;
    let settings = json!({"default_audience": API});
    app.patch("/api/v2/tenants/settings", &settings).await;

    assert_eq!(app.token(&client, "").await.claims()["aud"], API);
    assert_eq!(app.token(&client, "audience=").await.claims()["aud"], API);
}

#[tokio::test]
async fn the_management_api_is_one_audience_whichever_name_stands_in_it() {
    let app = TestApp::new().await;
    app.alias("login.acme.example").await;
    let client = app.client("terraform").await;
    let own = "https://acme.example/api/v2/";
    app.grant(&client, own, &["read:clients"]).await;

    for audience in [own, "https://login.acme.example/api/v2/"] {
        let answer = app.token(&client, &format!("audience={audience}")).await;
        assert_eq!(answer.claims()["aud"], own, "{audience}");
        let token = answer.text("access_token");
        let list = app
            .manage_as(&token, Method::GET, "/api/v2/clients", &Value::Null)
            .await;
        assert_eq!(list.status, 200, "{list}");
    }
    let other = app
        .token(&client, "audience=https://evil.example/api/v2/")
        .await;
    assert_eq!(other.status, 403);
}

#[tokio::test]
async fn an_identifier_is_compared_to_the_byte() {
    let (app, client) = billing().await;
    for audience in ["https://api.example/", "https://API.example"] {
        let answer = app.token(&client, &format!("audience={audience}")).await;
        assert_eq!(
            answer.text("error_description"),
            format!("Service not enabled within domain: {audience}")
        );
    }
}

// How a client proves itself.

#[tokio::test]
async fn a_secret_is_taken_from_the_header_and_from_the_body_whatever_the_client_is_registered_for()
{
    for method in [
        None,
        Some("client_secret_post"),
        Some("client_secret_basic"),
    ] {
        let app = TestApp::new().await;
        app.api(API, &["read:a"]).await;
        let mut body = json!({"name": "billing", "grant_types": ["client_credentials"]});
        if let Some(method) = method {
            body["token_endpoint_auth_method"] = method.into();
        }
        let made = app.post("/api/v2/clients", &body).await;
        let client = Credentials {
            id: made.text("client_id"),
            secret: made.text("client_secret"),
        };
        app.grant(&client, API, &["read:a"]).await;

        let posted = app.token(&client, &format!("audience={API}")).await;
        let form = format!("grant_type=client_credentials&audience={API}");
        let header = basic(&client.id, &client.secret);
        let in_header = with_basic(&app, &header, &form).await;
        let beside = format!("{form}&client_id={}", client.id);
        let in_both = with_basic(&app, &header, &beside).await;

        for answer in [posted, in_header, in_both] {
            assert_eq!(answer.status, 200, "{method:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn e1_a_wrong_secret() {
    let (app, client) = billing().await;
    let wrong = Credentials {
        secret: "wrong".into(),
        ..client.clone()
    };

    let answer = app.token(&wrong, &format!("audience={API}")).await;

    assert_snapshot!(answer, @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/json
    www-authenticate: Basic realm="m2mint"
    {"error":"access_denied","error_description":"Unauthorized"}
    "#);
    let event = last_event(&app).await;
    assert_eq!(event.kind.code(), "feccft");
    assert_eq!(&*event.description, "Failed client authentication");
    assert_eq!(event.client_id.unwrap().as_str(), client.id);
    assert_eq!(event.client_name.as_deref(), Some("billing"));
    assert_eq!(event.credential_id, None);
    let details: Value = serde_json::from_str(&event.details.unwrap()).unwrap();
    let reason = "the secret is none of the client's";
    assert_eq!(details["client_authentication_error"], reason);
    // As Auth0's schema spells it.
    assert_eq!(details["client_authentoication_error"], reason);
}

#[tokio::test]
async fn e2_an_unknown_client_gets_the_same_bytes_as_a_wrong_secret() {
    let (app, client) = billing().await;
    let ask = async |id: &str, secret: &str| {
        let client = Credentials {
            id: id.into(),
            secret: secret.into(),
        };
        app.token(&client, &format!("audience={API}")).await
    };

    let wrong = ask(&client.id, "wrong").await;
    let unknown = ask("nobody", "wrong").await;
    let no_secret = app
        .form(&format!(
            "grant_type=client_credentials&client_id={}&audience={API}",
            client.id
        ))
        .await;

    assert_eq!(wrong.to_string(), unknown.to_string());
    assert_eq!(wrong.headers, unknown.headers);
    assert_eq!(wrong.to_string(), no_secret.to_string());
    let event = last_event(&app).await;
    assert!(event.details.unwrap().contains("the request has no secret"));
}

#[tokio::test]
async fn e3_a_request_that_names_no_client() {
    let (app, _) = billing().await;
    let answer = app
        .form(&format!("grant_type=client_credentials&audience={API}"))
        .await;
    assert_snapshot!(answer, @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/json
    www-authenticate: Basic realm="m2mint"
    {"error":"invalid_client","error_description":"Missing client_id"}
    "#);
}

#[tokio::test]
async fn e4_a_client_that_may_not_use_the_grant_type() {
    let (app, client) = billing().await;
    let body = json!({"grant_types": ["authorization_code"]});
    app.patch(&format!("/api/v2/clients/{}", client.id), &body)
        .await;

    let answer = app.token(&client, &format!("audience={API}")).await;

    assert_snapshot!(answer, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json
    {"error":"unauthorized_client","error_description":"Grant type 'client_credentials' not allowed for the client.","error_uri":"https://auth0.com/docs/clients/client-grant-types"}
    "#);
}

#[tokio::test]
async fn e4_a_public_client_gets_no_token_even_when_it_lists_the_grant_type() {
    let app = TestApp::new().await;
    app.api(API, &[]).await;
    let body = json!({
        "name": "spa",
        "token_endpoint_auth_method": "none",
        "grant_types": ["client_credentials"],
    });
    let made = app.post("/api/v2/clients", &body).await;
    let (id, secret) = (made.text("client_id"), made.text("client_secret"));
    for proof in [String::new(), format!("&client_secret={secret}")] {
        let answer = app
            .form(&format!(
                "grant_type=client_credentials&client_id={id}&audience={API}{proof}"
            ))
            .await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.text("error"), "unauthorized_client");
    }
}

#[tokio::test]
async fn e5_no_audience_and_no_default() {
    let (app, client) = billing().await;
    assert_snapshot!(app.token(&client, "").await, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json
    {"error":"access_denied","error_description":"Non-global clients are not allowed access to APIv1"}
    "#);
}

#[tokio::test]
async fn e6_an_audience_that_is_no_api() {
    let (app, client) = billing().await;
    let answer = app.token(&client, "audience=https://my-api").await;
    assert_snapshot!(answer, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json
    {"error":"access_denied","error_description":"Service not enabled within domain: https://my-api"}
    "#);
    let event = last_event(&app).await;
    assert_eq!(
        &*event.description,
        "Service not enabled within domain: https://my-api"
    );
    assert_eq!(event.audience.as_deref(), Some("https://my-api"));
}

#[tokio::test]
async fn e7_an_api_without_a_grant() {
    let (app, client) = billing().await;
    app.api("https://other.example", &[]).await;
    let answer = app.token(&client, "audience=https://other.example").await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.body,
        json!({
            "error": "access_denied",
            "error_description": format!("Client \"{}\" is not authorized to access resource server \"https://other.example\". You need to create a \"client-grant\" associated to this API.", client.id),
        })
        .to_string()
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn e9_an_api_that_refuses_all_clients() {
    let settings = json!({"subject_type_authorization": {"client": {"policy": "deny_all"}}});
    let (app, client, _) = with_api(settings).await;
    let answer = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.text("error_description"),
        format!(
            "Client \"{}\" is not authorized to access resource server \"{API}\". You need to create a \"client-grant\" associated to this API.",
            client.id
        )
    );
}

#[tokio::test]
async fn e7_a_grant_for_users_is_none_for_the_client_itself() {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let body = json!({"client_id": client.id, "audience": API, "scope": ["read:a"], "subject_type": "user"});
    assert_eq!(app.post("/api/v2/client-grants", &body).await.status, 201);
    let answer = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.text("error"), "access_denied");
}

#[tokio::test]
async fn e10_scopes_outside_the_grant() {
    let (app, client) = billing().await;
    let asked = format!("audience={API}&scope=read:invoices+listen:events+openid");
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/json
    {"error":"access_denied","error_description":"Client has not been granted scopes: listen:events, openid"}
    "#);
    let event = last_event(&app).await;
    assert_eq!(
        &*event.description,
        "Client has not been granted scopes: listen:events, openid"
    );
    assert_eq!(
        event.scope.as_deref(),
        Some("read:invoices listen:events openid")
    );
}

#[tokio::test]
async fn e11_a_scope_of_the_wrong_type() {
    let app = TestApp::new().await;
    let answer = app
        .json(&json!({"grant_type": "client_credentials", "scope": 7}))
        .await;
    assert_snapshot!(answer, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_scope","error_description":"Scope must be an array or a string"}
    "#);
}

#[tokio::test]
async fn e12_no_grant_type() {
    let app = TestApp::new().await;
    assert_snapshot!(app.form("client_id=a&client_secret=b").await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"Missing required parameter: grant_type"}
    "#);
}

#[tokio::test]
async fn e13_a_grant_type_that_is_not_ours() {
    let app = TestApp::new().await;
    assert_snapshot!(app.form("grant_type=authorization_code&code=x").await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"unsupported_grant_type","error_description":"Grant type not supported"}
    "#);
}

#[tokio::test]
async fn e14_json_that_is_none() {
    let app = TestApp::new().await;
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer = app
        .raw(Method::POST, "/oauth/token", &headers, "{\"grant_type\":")
        .await;
    assert_snapshot!(answer, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"The request body is not valid JSON."}
    "#);
}

#[tokio::test]
async fn an_assertion_is_not_taken_yet() {
    let app = TestApp::new().await;
    let answer = app
        .form("grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=a.b.c")
        .await;
    assert_snapshot!(answer, @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/json
    www-authenticate: Basic realm="m2mint"
    {"error":"invalid_client","error_description":"Client assertions are not supported"}
    "#);
}

#[tokio::test]
async fn unknown_parameters_change_nothing() {
    let (app, client) = billing().await;
    let asked = format!("audience={API}&resource=https://x&foo=bar&username=a");
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

// Organizations.

/// The organization `customer`, and a grant with these settings.
async fn with_organization(grant: Value, associated: bool) -> (TestApp, Credentials, String) {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    let mut body = json!({"client_id": client.id, "audience": API, "scope": ["read:a"]});
    for (member, value) in grant.as_object().unwrap() {
        body[member] = value.clone();
    }
    let grant = app.post("/api/v2/client-grants", &body).await.text("id");
    let made = app
        .post("/api/v2/organizations", &json!({"name": "customer"}))
        .await;
    let organization = made.text("id");
    if associated {
        let path = format!("/api/v2/organizations/{organization}/client-grants");
        let added = app.post(&path, &json!({"grant_id": grant})).await;
        assert_eq!(added.status, 201, "{added}");
    }
    (app, client, organization)
}

#[tokio::test]
async fn e18_an_organization_where_the_grant_allows_none() {
    for grant in [json!({}), json!({"organization_usage": "deny"})] {
        let (app, client, organization) = with_organization(grant, true).await;
        let plain = app.token(&client, &format!("audience={API}")).await;
        assert_eq!(plain.status, 200);
        let asked = format!("audience={API}&organization={organization}");
        let answer = app.token(&client, &asked).await;
        insta::allow_duplicates! {
            assert_snapshot!(answer, @r#"
            400 Bad Request
            cache-control: no-store
            content-type: application/json
            {"error":"invalid_request","error_description":"parameter organization is not allowed for this client"}
            "#);
        }
    }
}

#[tokio::test]
async fn an_optional_organization_is_in_the_token_when_it_was_asked_for() {
    let grant = json!({"organization_usage": "allow"});
    let (app, client, organization) = with_organization(grant, true).await;

    let plain = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(plain.claims().get("org_id"), None);
    assert_eq!(last_event(&app).await.organization, None);

    let asked = format!("audience={API}&organization={organization}");
    let answer = app.token(&client, &asked).await;
    assert_eq!(answer.claims()["org_id"], organization);
    assert_eq!(answer.claims().get("org_name"), None);
    let (id, name) = last_event(&app).await.organization.unwrap();
    assert_eq!((id.as_str(), &*name), (&*organization, "customer"));
}

#[tokio::test]
async fn e17_an_organization_that_is_required() {
    let grant = json!({"organization_usage": "require"});
    let (app, client, organization) = with_organization(grant, true).await;
    assert_snapshot!(app.token(&client, &format!("audience={API}")).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"parameter organization is required for this client"}
    "#);
    let asked = format!("audience={API}&organization={organization}");
    assert_eq!(
        app.token(&client, &asked).await.claims()["org_id"],
        organization
    );
}

#[tokio::test]
async fn a_default_organization_stands_in_only_where_one_is_required() {
    for (usage, expected) in [("require", true), ("allow", false), ("deny", false)] {
        let grant = json!({"organization_usage": usage});
        let (app, client, organization) = with_organization(grant, true).await;
        let body = json!({"default_organization": {
            "organization_id": organization, "flows": ["client_credentials"],
        }});
        app.patch(&format!("/api/v2/clients/{}", client.id), &body)
            .await;

        let answer = app.token(&client, &format!("audience={API}")).await;

        let expected = expected.then(|| json!(organization));
        assert_eq!(
            answer.claims().get("org_id"),
            expected.as_ref(),
            "{usage}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_default_organization_must_be_usable_too() {
    let grant = json!({"organization_usage": "require"});
    let (app, client, organization) = with_organization(grant, false).await;
    let body = json!({"default_organization": {
        "organization_id": organization, "flows": ["client_credentials"],
    }});
    app.patch(&format!("/api/v2/clients/{}", client.id), &body)
        .await;
    let answer = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text("error_description"),
        format!("parameter organization is invalid: {organization}")
    );
}

#[tokio::test]
async fn e19_an_organization_that_is_unknown_or_not_associated() {
    let grant = json!({"organization_usage": "allow"});
    let (app, client, organization) = with_organization(grant, false).await;
    let asked = format!("audience={API}&organization=org_0000000000000000");
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"parameter organization is invalid: org_0000000000000000"}
    "#);
    let asked = format!("audience={API}&organization={organization}");
    assert_eq!(
        app.token(&client, &asked).await.text("error_description"),
        format!("parameter organization is invalid: {organization}")
    );
}

#[tokio::test]
async fn any_organization_needs_no_association() {
    let grant = json!({"organization_usage": "allow", "allow_any_organization": true});
    let (app, client, organization) = with_organization(grant, false).await;
    let asked = format!("audience={API}&organization={organization}");
    assert_eq!(
        app.token(&client, &asked).await.claims()["org_id"],
        organization
    );
}

#[tokio::test]
async fn e20_a_name_where_the_tenant_wants_ids() {
    let grant = json!({"organization_usage": "allow"});
    let (app, client, _) = with_organization(grant, true).await;
    let asked = format!("audience={API}&organization=customer");
    assert_snapshot!(app.token(&client, &asked).await, @r#"
    400 Bad Request
    cache-control: no-store
    content-type: application/json
    {"error":"invalid_request","error_description":"authorization request parameter organization must be an organization id"}
    "#);
}

#[tokio::test]
async fn a_tenant_that_allows_names_takes_them_and_puts_them_into_the_token() {
    let grant = json!({"organization_usage": "allow"});
    let (app, client, organization) = with_organization(grant, true).await;
    let settings = json!({"allow_organization_name_in_authentication_api": true});
    app.patch("/api/v2/tenants/settings", &settings).await;

    for asked in ["customer", "Customer", &organization] {
        let answer = app
            .token(&client, &format!("audience={API}&organization={asked}"))
            .await;
        assert_eq!(answer.claims()["org_id"], organization, "{asked}");
        assert_eq!(answer.claims()["org_name"], "customer");
    }
    let unknown = app
        .token(&client, &format!("audience={API}&organization=nobody"))
        .await;
    assert_eq!(
        unknown.text("error_description"),
        "parameter organization is invalid: nobody"
    );
}

// Secrets over time.

#[tokio::test]
async fn after_a_rotation_as_auth0_does_it_the_old_secret_is_worth_nothing() {
    let (app, client) = billing().await;
    let path = format!("/api/v2/clients/{}/rotate-secret", client.id);
    let fresh = Credentials {
        secret: app.post(&path, &json!({})).await.text("client_secret"),
        ..client.clone()
    };
    let asked = format!("audience={API}");
    assert_eq!(app.token(&client, &asked).await.status, 401);
    assert_eq!(app.token(&fresh, &asked).await.status, 200);
}

#[tokio::test]
async fn with_an_overlap_both_secrets_work_until_the_old_ones_time_is_over() {
    let (app, client) = billing().await;
    let path = format!("/m2mint/v1/clients/{}/secrets", client.id);
    let body = json!({"retire": {"after_seconds": 3_600}});
    let fresh = Credentials {
        secret: app.post(&path, &body).await.text("client_secret"),
        ..client.clone()
    };
    let asked = format!("audience={API}");

    app.clock().advance_secs(3_599);
    assert_eq!(app.token(&client, &asked).await.status, 200);
    assert_eq!(app.token(&fresh, &asked).await.status, 200);
    app.clock().advance_secs(1);
    let expired = app.token(&client, &asked).await;
    assert_eq!(expired.status, 401);
    assert_eq!(
        expired.body,
        r#"{"error":"access_denied","error_description":"Unauthorized"}"#
    );
    let event = last_event(&app).await;
    assert!(event.details.unwrap().contains("the secret has expired"));
    assert_eq!(app.token(&fresh, &asked).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_was_retired_by_name_stops_at_once() {
    let (app, client) = billing().await;
    let path = format!("/m2mint/v1/clients/{}/secrets", client.id);
    let old = app.get(&path).await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.post(&path, &json!({})).await;
    let asked = format!("audience={API}");
    assert_eq!(app.token(&client, &asked).await.status, 200);

    assert_eq!(app.delete(&format!("{path}/{old}")).await.status, 204);
    assert_eq!(app.token(&client, &asked).await.status, 401);
}

// The same question twice.

#[tokio::test]
async fn the_same_request_in_the_same_second_is_the_same_token() {
    let (app, client) = billing().await;
    let asked = format!("audience={API}");
    let first = app.token(&client, &asked).await.text("access_token");
    assert_eq!(app.token(&client, &asked).await.text("access_token"), first);
    let narrower = format!("{asked}&scope=read:invoices");
    assert_ne!(
        app.token(&client, &narrower).await.text("access_token"),
        first
    );

    app.clock().advance_secs(1);
    assert_ne!(app.token(&client, &asked).await.text("access_token"), first);
    // Each of them is in the log.
    assert_eq!(
        app.token_log().await,
        ["seccft", "seccft", "seccft", "seccft"]
    );
}

#[tokio::test]
async fn rfc9068_tokens_are_never_the_same() {
    let (app, client, _) = with_api(json!({"token_dialect": "rfc9068_profile"})).await;
    let asked = format!("audience={API}");
    let one = app.token(&client, &asked).await;
    let two = app.token(&client, &asked).await;
    assert_ne!(one.claims()["jti"], two.claims()["jti"]);
    assert_ne!(one.text("access_token"), two.text("access_token"));
}

// What is written down.

#[tokio::test]
async fn a_success_is_logged_with_who_what_and_from_where_and_without_the_secret() {
    let (app, client) = billing().await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", "billing/1.0"),
    ];
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let answer = app.raw(Method::POST, "/oauth/token", &headers, body).await;

    let event = last_event(&app).await;
    assert_eq!(&*event.description, "Client Credentials for Access Token");
    assert_eq!(event.at.as_secs(), START);
    assert_eq!(event.client_name.as_deref(), Some("billing"));
    assert_eq!(event.audience.as_deref(), Some(API));
    assert_eq!(event.scope.as_deref(), Some("read:invoices write:invoices"));
    assert_eq!(event.ip.unwrap().to_string(), "127.0.0.1");
    assert_eq!(&*event.hostname, "acme.example");
    assert_eq!(event.user_agent.as_deref(), Some("billing/1.0"));
    assert_eq!(event.token_id, None);
    let secrets = format!("/m2mint/v1/clients/{}/secrets", client.id);
    let used = &app.get(&secrets).await.json()[0];
    assert_eq!(used["id"], event.credential_id.as_ref().unwrap().as_str());
    assert_eq!(used["last_used_at"], "2026-01-01T00:00:00.000Z");
    let log = format!("{:?}{}", app.log().await, app.get("/api/v2/logs").await);
    assert!(!log.contains(&client.secret));
    assert!(!log.contains(&answer.text("access_token")));
}

#[tokio::test]
async fn a_caller_behind_a_trusted_proxy_is_logged_by_its_own_address() {
    let settings = Settings {
        dev: true,
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..Settings::default()
    };
    let app = TestApp::with(settings, m2mint_authority::log::Durability::Durable).await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-for", "192.0.2.1, 203.0.113.9"),
    ];
    let body = "grant_type=client_credentials&client_id=a&client_secret=b";
    app.raw(Method::POST, "/oauth/token", &headers, body).await;
    assert_eq!(
        last_event(&app).await.ip.unwrap().to_string(),
        "203.0.113.9"
    );
}
