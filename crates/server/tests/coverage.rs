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

/// Each route with its methods. `{…}` stands for any segment.
const MANAGEMENT: &[(&str, &[&str])] = &[
    ("/clients", &["GET", "POST"]),
    ("/clients/{id}", &["GET", "PATCH", "DELETE"]),
    ("/clients/{id}/rotate-secret", &["POST"]),
    ("/resource-servers", &["GET", "POST"]),
    ("/resource-servers/{id}", &["GET", "PATCH", "DELETE"]),
    ("/client-grants", &["GET", "POST"]),
    ("/client-grants/{id}", &["GET", "PATCH", "DELETE"]),
    ("/client-grants/{id}/organizations", &["GET"]),
    ("/organizations", &["GET", "POST"]),
    ("/organizations/name/{name}", &["GET"]),
    ("/organizations/{id}", &["GET", "PATCH", "DELETE"]),
    ("/organizations/{id}/client-grants", &["GET", "POST"]),
    ("/organizations/{id}/client-grants/{grant}", &["DELETE"]),
    ("/tenants/settings", &["GET", "PATCH"]),
    ("/keys/signing", &["GET"]),
    ("/keys/signing/rotate", &["POST"]),
    ("/keys/signing/{kid}", &["GET"]),
    ("/keys/signing/{kid}/revoke", &["PUT"]),
    ("/logs", &["GET"]),
    ("/logs/{id}", &["GET"]),
];

/// The same for what Auth0 does not have.
const OURS: &[(&str, &[&str])] = &[
    ("/clients/{id}/secrets", &["GET", "POST"]),
    ("/clients/{id}/secrets/{secret}", &["DELETE"]),
];

/// Routes that need no token, and why.
const OPEN: &[&str] = &[
    "/.well-known/openid-configuration",       // public by nature
    "/.well-known/oauth-authorization-server", // the same
    "/.well-known/jwks.json",                  // the same
    "/livez",                                  // says nothing
    "/readyz",                                 // says one bit
    "/dev/reset",                              // loopback only, tests/dev.rs
    "/dev/token",                              // the same
];

/// Every route with every method, ready to be asked.
fn every_operation() -> Vec<(Method, String)> {
    let of = |prefix: &str, routes: &[(&str, &[&str])]| -> Vec<(Method, String)> {
        routes
            .iter()
            .flat_map(|(path, methods)| {
                let path = format!("{prefix}{}", path.replace(['{', '}'], ""));
                methods
                    .iter()
                    .map(move |method| (method.parse().unwrap(), path.clone()))
            })
            .collect()
    };
    [of("/api/v2", MANAGEMENT), of("/m2mint/v1", OURS)].concat()
}

/// Paths and methods of the router functions, read from their source.
fn routes_in_source() -> Vec<(String, Vec<String>)> {
    let mut routes: Vec<(String, Vec<String>)> = Vec::new();
    for call in ROUTES.split(".route(").skip(1) {
        let path = call.split('"').nth(1).unwrap_or_default().to_owned();
        let end = call.find(".route(").unwrap_or(call.len());
        let call = &call[..end];
        let methods = ["get", "post", "put", "patch", "delete"]
            .into_iter()
            .filter(|method| {
                let named = format!("{method}(");
                call.match_indices(&named).any(|(at, _)| {
                    let before = call[..at].chars().next_back().unwrap_or(' ');
                    !before.is_ascii_alphanumeric() && before != '_' && before != ':'
                })
            })
            .map(str::to_uppercase)
            .collect();
        routes.push((path, methods));
    }
    routes
}

#[test]
fn the_list_here_is_the_list_of_routes() {
    let mut listed: Vec<(String, Vec<String>)> = [MANAGEMENT, OURS]
        .concat()
        .into_iter()
        .map(|(path, methods)| {
            let methods = methods.iter().map(|&method| method.to_owned()).collect();
            (path.to_owned(), methods)
        })
        .collect();
    let mut found = routes_in_source();
    found.retain(|(path, _)| !OPEN.contains(&path.as_str()));
    // One path may stand in two calls, one for each method.
    for list in [&mut listed, &mut found] {
        let mut pairs: Vec<(String, String)> = list
            .drain(..)
            .flat_map(|(path, methods)| {
                methods
                    .into_iter()
                    .map(move |method| (path.clone(), method))
            })
            .collect();
        pairs.sort();
        *list = pairs
            .into_iter()
            .map(|(path, method)| (path, vec![method]))
            .collect();
    }
    assert_eq!(
        found, listed,
        "a route of routes.rs is missing in this file, or the other way round"
    );
    let open = routes_in_source()
        .iter()
        .filter(|(path, _)| OPEN.contains(&path.as_str()))
        .count();
    assert_eq!(open, OPEN.len());
    let nests: Vec<&str> = ROUTES
        .split(".nest(")
        .skip(1)
        .filter_map(|call| call.split('"').nth(1))
        .collect();
    assert_eq!(nests, ["/api/v2", "/m2mint/v1"]);
}

/// Asks every operation with `token` and gives what is wrong with the answers.
async fn ask_all(app: &TestApp, token: Option<&str>, status: u16, message: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (method, path) in every_operation() {
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
    let token = app.scoped_token(&["read:users"]).await;
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
