//! Every route of the Management API, asked by those who may not: nobody gets in without a token of
//! this tenant, for this API, that is alive and holds the scope.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

use http::Method;
use m2mint_testkit::TestApp;
use m2mint_testkit::app::HOST;
use serde_json::{Value, json};

/// The page with every URL.
const ROUTES: &str = include_str!("../src/routes.rs");

/// Routes that need no token, and why.
const OPEN: &[&str] = &[
    "/.well-known/openid-configuration",       // public by nature
    "/.well-known/oauth-authorization-server", // the same
    "/.well-known/jwks.json",                  // the same
    "/livez",                                  // says nothing
    "/readyz",                                 // says one bit
    "/m2mint/v1/openapi.json",                 // says nothing of a tenant
    "/dev/reset",                              // loopback only, tests/dev.rs
    "/dev/token",                              // the same
];

/// Every operation that the description of the API lists, ready to be asked: a name in braces
/// stands for itself.
///
/// The router is built from the same list, so an operation cannot be missing here.
async fn every_operation(app: &TestApp) -> Vec<(Method, String)> {
    let document = app
        .raw(Method::GET, "/m2mint/v1/openapi.json", &[], "")
        .await
        .json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys() {
            operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    assert!(20 < operations.len(), "{operations:?}");
    operations
}

#[test]
fn routes_outside_the_list_of_operations_are_the_open_ones() {
    let routed: Vec<&str> = ROUTES
        .split(".route(")
        .skip(1)
        .filter_map(|call| call.split('"').nth(1))
        .collect();
    let mut unknown = routed.clone();
    unknown.retain(|path| !OPEN.contains(path));
    assert_eq!(
        unknown,
        Vec::<&str>::new(),
        "a route that asks for no token"
    );
    assert_eq!(routed.len(), OPEN.len());
    assert!(!ROUTES.contains(".nest(\""), "only the two APIs are nested");
}

/// Asks every operation with `token` and gives what is wrong with the answers.
async fn ask_all(app: &TestApp, token: Option<&str>, status: u16, message: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (method, path) in every_operation(app).await {
        let header = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = header
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let answer = app.raw(method.clone(), &path, &headers, "{}").await;
        let said = answer.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let challenged = answer.header("www-authenticate") == "Bearer realm=\"m2mint\"";
        if answer.status != status
            || !said.starts_with(message)
            || challenged != (status == 401)
            || answer.header("cache-control") != "no-store"
        {
            wrong.push(format!("{method} {path}: {answer}"));
        }
    }
    wrong
}

#[tokio::test]
async fn without_a_token_nobody_gets_in() {
    let app = TestApp::new().await;
    let wrong = ask_all(&app, None, 401, "Missing authentication").await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn garbage_is_no_token() {
    let app = TestApp::new().await;
    let altered = format!("{}x", app.management_token());
    let unsigned = {
        let mut parts = app.management_token().rsplitn(2, '.');
        parts.next();
        format!("{}.", parts.next().unwrap_or_default())
    };
    for token in ["x", "a.b.c", "..", "", &*unsigned, &altered] {
        let wrong = ask_all(&app, Some(token), 401, "").await;
        assert_eq!(wrong, Vec::<String>::new(), "{token}");
    }
}

#[tokio::test]
async fn a_token_with_another_signature_is_named_as_such() {
    let app = TestApp::new().await;
    let (body, signature) = app.management_token().rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let forged = format!("{body}.{turned}");
    let message = "Invalid signature received for JSON Web Token validation";
    let answer = app
        .manage_as(&forged, Method::GET, "/api/v2/clients", &Value::Null)
        .await;
    assert_eq!(answer.status, 401);
    // The last character of a signature has spare bits, so reversed it may be no base64 at all.
    assert!([message, "Invalid token"].contains(&answer.text("message").as_str()));
    assert_eq!(
        answer.json()["attributes"],
        json!({"error": answer.text("message")})
    );
}

#[tokio::test]
async fn an_expired_token_lets_nobody_in() {
    let app = TestApp::new().await;
    app.clock().advance_secs(86_399);
    assert_eq!(app.get("/api/v2/clients").await.status, 200);
    app.clock().advance_secs(1);
    let message = "Expired token received for JSON Web Token validation";
    let wrong = ask_all(&app, Some(app.management_token()), 401, message).await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_token_of_another_tenant_lets_nobody_in() {
    let app = TestApp::new().await;
    app.tenant("other", "other.example").await;
    let foreign = app.management_token_of("other.example").await;
    let wrong = ask_all(&app, Some(&foreign), 401, "").await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_token_for_another_audience_lets_nobody_in() {
    let app = TestApp::new().await;
    let api = "https://api.example";
    // The same scopes, elsewhere.
    app.api(api, &["read:clients", "create:clients"]).await;
    let client = app.client("billing").await;
    app.grant(&client, api, &["read:clients", "create:clients"])
        .await;
    let token = app
        .token(&client, &format!("audience={api}"))
        .await
        .text("access_token");
    let wrong = ask_all(&app, Some(&token), 401, "Invalid token").await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_which_one_it_lacks() {
    let app = TestApp::new().await;
    let token = app.scoped_token(&["blacklist:tokens"]).await;
    let message = "Insufficient scope, expected any of: ";
    let mut wrong = ask_all(&app, Some(&token), 403, message).await;
    // Where the body has to be looked at first, it is looked at for its form only.
    wrong.retain(|answer| !answer.contains("invalid_body"));
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_scope_opens_its_own_operations_only() {
    let app = TestApp::new().await;
    let token = app.scoped_token(&["read:clients"]).await;
    let ask =
        async |method, path: &str| app.manage_as(&token, method, path, &json!({})).await.status;
    assert_eq!(ask(Method::GET, "/api/v2/clients").await, 200);
    assert_eq!(ask(Method::POST, "/api/v2/clients").await, 403);
    assert_eq!(ask(Method::GET, "/api/v2/client-grants").await, 403);
    assert_eq!(ask(Method::GET, "/m2mint/v1/clients/x/secrets").await, 403);
}

#[tokio::test]
async fn a_management_token_of_one_name_is_good_at_the_tenants_other_names() {
    let app = TestApp::new().await;
    app.alias("login.acme.example").await;
    let token = format!("Bearer {}", app.management_token());
    for host in [HOST, "login.acme.example"] {
        let headers = [("host", host), ("authorization", &*token)];
        let answer = app.raw(Method::GET, "/api/v2/clients", &headers, "").await;
        assert_eq!(answer.status, 200, "{host}: {answer}");
    }
}
