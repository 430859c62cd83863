//! What attackers and broken callers send: always a 4xx with a JSON body, never a 5xx, and nothing
//! of a secret in any answer or in the log.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use http::{Method, Request};
use m2mint_testkit::app::HOST;
use m2mint_testkit::{Answer, Credentials, TestApp};
use serde_json::{Value, json};

const API: &str = "https://api.example";
const FORM: &str = "application/x-www-form-urlencoded";

async fn billing() -> (TestApp, Credentials) {
    let app = TestApp::new().await;
    app.api(API, &["read:a"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:a"]).await;
    (app, client)
}

/// A refusal as it must be: the caller's fault, as JSON, not to be kept.
fn assert_refused(answer: &Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {answer}");
    let json = answer.json();
    let says_why = json.get("error").is_some()
        && (json.get("error_description").is_some() || json.get("message").is_some());
    assert!(says_why, "{what}: {answer}");
    assert!(
        answer
            .header("content-type")
            .starts_with("application/json"),
        "{what}: {answer}"
    );
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    if answer.status == 401 {
        assert_ne!(answer.header("www-authenticate"), "", "{what}");
    }
}

/// Neither the log nor its JSON nor any of `answers` holds `secret`.
async fn assert_unseen(app: &TestApp, secret: &str, answers: &[Answer]) {
    for answer in answers {
        let shown = format!("{answer}{:?}", answer.headers);
        assert!(!shown.contains(secret), "{shown}");
    }
    let events = format!("{:?}", app.log().await);
    assert!(!events.contains(secret), "{events}");
    let listed = app.get("/api/v2/logs?per_page=100").await;
    assert_eq!(listed.status, 200);
    assert!(!listed.to_string().contains(secret), "{listed}");
}

#[tokio::test]
async fn malformed_forms_are_refused() {
    let (app, client) = billing().await;
    let good = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"&&&&".to_vec(),
        b"=".to_vec(),
        b"=====".to_vec(),
        b"grant_type".to_vec(),
        b"%".to_vec(),
        b"grant_type=%zz".to_vec(),
        b"grant_type=client_credentials%00".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"\xff\xfe\xfd".to_vec(),
        [good.as_bytes(), b"&x=\xff"].concat(),
        [good.as_bytes(), b"&client_secret=%ff%fe"].concat(),
        [good.as_bytes(), b"&audience=%c3%28"].concat(),
        [good.as_bytes(), b"&scope=a%00b"].concat(),
        [good.as_bytes(), b"&scope=%22%5c"].concat(),
        [good.as_bytes(), b"&client_id=other"].concat(),
        [good.as_bytes(), b"&grant_type=client_credentials"].concat(),
        [good.as_bytes(), b"&AUDIENCE=x&organization=%00"].concat(),
        [good.as_bytes(), b"&organization=%F0%9F%A6%80"].concat(),
        b"<xml>".to_vec(),
        b"{\"grant_type\":\"client_credentials\"}".to_vec(),
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let headers = [("content-type", FORM)];
        let answer = app.raw(Method::POST, "/oauth/token", &headers, body).await;
        assert_refused(&answer, &shown);
        answers.push(answer);
    }
    assert_unseen(&app, &client.secret, &answers).await;
}

#[tokio::test]
async fn json_of_the_wrong_type_is_refused() {
    let (app, client) = billing().await;
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    let secret = &client.secret;
    let bodies = [
        String::new(),
        "null".into(),
        "true".into(),
        "42".into(),
        "1e999".into(),
        "\"client_credentials\"".into(),
        "[]".into(),
        "{}".into(),
        "{".into(),
        "{}{}".into(),
        "{\"grant_type\":null}".into(),
        "{\"grant_type\":[\"client_credentials\"]}".into(),
        "{\"grant_type\":{\"a\":1}}".into(),
        "{\"grant_type\":\"client_credentials\",\"client_id\":1}".into(),
        "{\"grant_type\":\"client_credentials\",\"client_id\":\"\\ud800\"}".into(),
        "{\"grant_type\":\"client_credentials\",\"client_id\":\"a\\u0000b\",\"client_secret\":\"x\"}".into(),
        format!("{{\"grant_type\":\"client_credentials\",\"client_secret\":[\"{secret}\"]}}"),
        format!("{{\"grant_type\":\"client_credentials\",\"client_secret\":{{\"x\":\"{secret}\"}}}}"),
        deep.clone(),
        format!("{{\"x\":{deep}}}"),
        deep_object,
        format!("{{\"grant_type\":\"client_credentials\",\"scope\":{deep}}}"),
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let shown: String = body.chars().take(80).collect();
        let headers = [("content-type", "application/json")];
        let answer = app.raw(Method::POST, "/oauth/token", &headers, body).await;
        assert_refused(&answer, &shown);
        answers.push(answer);
    }
    assert_unseen(&app, secret, &answers).await;
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_too_large_everywhere() {
    let (app, _) = billing().await;
    let big = "x".repeat(1 << 20);
    let form = app
        .form(&format!("grant_type=client_credentials&x={big}"))
        .await;
    assert_eq!(form.status, 413, "{form}");
    assert_refused(&form, "form");
    let json = app
        .json(&json!({"grant_type": "client_credentials", "x": big}))
        .await;
    assert_eq!(json.status, 413);
    assert_refused(&json, "json");
    let managed = app.post("/api/v2/clients", &json!({"name": big})).await;
    assert_eq!(managed.status, 413, "{managed}");
    assert_refused(&managed, "management");
}

#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_cut_at_the_limit_too() {
    let (app, _) = billing().await;
    let body = Body::new(Chunks(2_000));
    let answer = app
        .raw(
            Method::POST,
            "/oauth/token",
            &[("content-type", FORM)],
            body,
        )
        .await;
    assert_eq!(answer.status, 413);
    assert_refused(&answer, "stream");
}

/// So many chunks of a KiB, which do not say how many they are.
struct Chunks(u32);

impl http_body::Body for Chunks {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let Some(left) = self.0.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.0 = left;
        Poll::Ready(Some(Ok(http_body::Frame::data(vec![b'x'; 1_024].into()))))
    }
}

#[tokio::test]
async fn too_many_parameters_are_refused() {
    let (app, client) = billing().await;
    let many = (0..3_000).fold(String::new(), |all, number| all + &format!("&p{number}="));
    let form = app.token(&client, &format!("audience={API}{many}")).await;
    assert_eq!(form.status, 400);
    assert_refused(&form, "form");
    let mut body = json!({"grant_type": "client_credentials"});
    for number in 0..3_000 {
        body[format!("p{number}")] = json!(0);
    }
    assert_refused(&app.json(&body).await, "json");
    // Ten thousand are more than the body may hold.
    let many = (0..10_000).fold(String::new(), |all, number| all + &format!("&p{number}="));
    assert_refused(&app.token(&client, &many).await, "ten thousand");
}

#[tokio::test]
async fn huge_scope_lists_are_refused() {
    let (app, client) = billing().await;
    let words: Vec<String> = (0..5_000).map(|number| format!("s:{number}")).collect();
    let many = app
        .token(
            &client,
            &format!("audience={API}&scope={}", words.join("+")),
        )
        .await;
    assert_refused(&many, "many");
    let long = "x".repeat(60_000);
    let one = app
        .token(&client, &format!("audience={API}&scope={long}"))
        .await;
    assert_refused(&one, "long");
    let listed = app
        .json(&json!({
            "grant_type": "client_credentials",
            "client_id": client.id,
            "client_secret": client.secret,
            "audience": API,
            "scope": words,
        }))
        .await;
    assert_refused(&listed, "list");
    assert_unseen(&app, &client.secret, &[many, one, listed]).await;
}

#[tokio::test]
async fn the_token_endpoint_takes_post_only() {
    let (app, client) = billing().await;
    let mut answers = Vec::new();
    for method in [
        Method::GET,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::TRACE,
        Method::from_bytes(b"BREW").unwrap(),
    ] {
        let path = format!(
            "/oauth/token?grant_type=client_credentials&client_id={}&client_secret={}",
            client.id, client.secret
        );
        let answer = app.raw(method.clone(), &path, &[], "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "POST");
        answers.push(answer);
    }
    assert_unseen(&app, &client.secret, &answers).await;
}

#[tokio::test]
async fn credentials_in_the_address_are_not_taken() {
    let (app, client) = billing().await;
    let path = format!(
        "/oauth/token?grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let answer = app
        .raw(Method::POST, &path, &[("content-type", FORM)], "")
        .await;
    assert_eq!(answer.status, 400);
    assert_refused(&answer, "query");
    assert_unseen(&app, &client.secret, &[answer]).await;
}

#[tokio::test]
async fn other_content_types_and_none_are_refused() {
    let (app, client) = billing().await;
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    for content_type in [
        None,
        Some(""),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some("application/xml"),
        Some("application/x-www-form-urlencodedx"),
        Some("application/json, application/x-www-form-urlencoded"),
    ] {
        let headers: Vec<(&str, &str)> = content_type
            .map(|value| ("content-type", value))
            .into_iter()
            .collect();
        let answer = app
            .raw(Method::POST, "/oauth/token", &headers, body.clone())
            .await;
        assert_eq!(answer.status, 400, "{content_type:?}");
        assert_refused(&answer, "content type");
    }
    for content_type in [
        "APPLICATION/X-WWW-FORM-URLENCODED",
        "application/x-www-form-urlencoded ; charset=UTF-8",
    ] {
        let headers = [("content-type", content_type)];
        let answer = app
            .raw(Method::POST, "/oauth/token", &headers, body.clone())
            .await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn a_request_must_name_one_known_host() {
    let (app, client) = billing().await;
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    for host in [
        "evil.example",
        "",
        "acme.example:8443",
        "acme.example.",
        "127.0.0.1",
        "x@acme.example",
    ] {
        let headers = [("content-type", FORM), ("host", host)];
        let answer = app
            .raw(Method::POST, "/oauth/token", &headers, body.clone())
            .await;
        assert_eq!(answer.status, 404, "{host}");
        assert_refused(&answer, host);
    }
    for path in [
        "/oauth/token",
        "/api/v2/clients",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/dev/token",
    ] {
        let method = if path.starts_with("/api") || path.starts_with("/.") {
            Method::GET
        } else {
            Method::POST
        };
        let two = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("host", HOST)
            .header("content-type", FORM)
            .header(
                "authorization",
                format!("Bearer {}", app.management_token()),
            )
            .body(Body::from(body.clone()))
            .unwrap();
        let answer = app.send(two).await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
        assert_refused(&answer, path);
    }
}

#[tokio::test]
async fn repeated_headers_are_refused() {
    let (app, client) = billing().await;
    let basic = {
        use base64::Engine as _;
        let text = format!("{}:{}", client.id, client.secret);
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(text)
        )
    };
    let body = format!("grant_type=client_credentials&audience={API}");
    let good = [("content-type", FORM), ("authorization", &*basic)];
    let answer = app
        .raw(Method::POST, "/oauth/token", &good, body.clone())
        .await;
    assert_eq!(answer.status, 200);
    for headers in [
        vec![good[0], good[1], good[1]],
        vec![good[0], good[0], good[1]],
        vec![good[0], ("content-type", "application/json"), good[1]],
    ] {
        let answer = app
            .raw(Method::POST, "/oauth/token", &headers, body.clone())
            .await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_refused(&answer, "repeated");
    }
    let token = format!("Bearer {}", app.management_token());
    let twice = [("authorization", &*token), ("authorization", &*token)];
    let answer = app.raw(Method::GET, "/api/v2/clients", &twice, "").await;
    assert_eq!(answer.status, 401);
    assert_refused(&answer, "two tokens");
}

#[tokio::test]
async fn credentials_come_from_one_place() {
    let (app, client) = billing().await;
    let encode = |text: String| {
        use base64::Engine as _;
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(text)
        )
    };
    let header = encode(format!("{}:{}", client.id, client.secret));
    let form = format!("grant_type=client_credentials&audience={API}");
    let secret = &client.secret;
    let mut answers = Vec::new();
    for (authorization, body) in [
        (
            header.clone(),
            format!("{form}&client_id={}&client_secret={secret}", client.id),
        ),
        (header.clone(), format!("{form}&client_secret={secret}")),
        (header.clone(), format!("{form}&client_id=other")),
        (header.clone(), format!("{form}&client_assertion=a.b.c")),
        (format!("Bearer {secret}"), form.clone()),
        (format!("basic{secret}"), form.clone()),
        (encode(secret.clone()), form.clone()),
        (encode(format!(":{secret}")), form.clone()),
        (encode(format!("{}:", client.id)), form.clone()),
        (format!("Basic {}", "A".repeat(50_000)), form.clone()),
        ("Basic ====".into(), form.clone()),
        (String::new(), form.clone()),
    ] {
        let headers = [("content-type", FORM), ("authorization", &*authorization)];
        let answer = app.raw(Method::POST, "/oauth/token", &headers, body).await;
        let shown: String = authorization.chars().take(60).collect();
        assert_refused(&answer, &shown);
        answers.push(answer);
    }
    assert_unseen(&app, secret, &answers).await;
}

/// People mix up the two fields, and a log must survive that.
#[tokio::test]
async fn a_secret_in_the_place_of_the_client_id_is_not_written_down() {
    let (app, client) = billing().await;
    let swapped = Credentials {
        id: client.secret.clone(),
        secret: client.id.clone(),
    };
    let answer = app.token(&swapped, &format!("audience={API}")).await;
    assert_eq!(answer.status, 401);
    assert_unseen(&app, &client.secret, &[answer]).await;
}

#[tokio::test]
async fn giant_headers_are_no_trouble() {
    let (app, client) = billing().await;
    let long = "x".repeat(100_000);
    let headers = [
        ("content-type", FORM),
        ("user-agent", &*long),
        ("x-forwarded-for", &*long),
        ("x-anything", &*long),
    ];
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
        client.id, client.secret
    );
    let answer = app.raw(Method::POST, "/oauth/token", &headers, body).await;
    assert_eq!(answer.status, 200);
    let events = app.log().await;
    let kept = events
        .iter()
        .filter_map(|event| event.user_agent.as_ref())
        .map(|text| text.len())
        .max();
    assert_eq!(kept, Some(256));
    let token = format!("Bearer {long}");
    let headers = [("authorization", &*token), ("if-none-match", &*long)];
    assert_refused(
        &app.raw(Method::GET, "/api/v2/clients", &headers, "").await,
        "giant token",
    );
    let cached = app
        .raw(Method::GET, "/.well-known/jwks.json", &headers, "")
        .await;
    assert_eq!(cached.status, 200);
}

#[tokio::test]
async fn header_values_that_are_no_text_are_no_trouble() {
    let (app, client) = billing().await;
    let odd = http::HeaderValue::from_bytes(b"\xff\xfe\x80").unwrap();
    for name in [
        "user-agent",
        "x-forwarded-for",
        "authorization",
        "content-type",
        "host",
    ] {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/oauth/token")
            .header("host", HOST)
            .header("content-type", FORM)
            .body(Body::from(format!(
                "grant_type=client_credentials&client_id={}&client_secret={}&audience={API}",
                client.id, client.secret
            )))
            .unwrap();
        request
            .headers_mut()
            .insert(http::HeaderName::from_static(name), odd.clone());
        let answer = app.send(request).await;
        if matches!(name, "user-agent" | "x-forwarded-for") {
            assert_eq!(answer.status, 200, "{name}: {answer}");
        } else {
            assert_refused(&answer, name);
        }
    }
}

#[tokio::test]
async fn the_management_api_refuses_bodies_that_are_no_objects() {
    let (app, client) = billing().await;
    let token = format!("Bearer {}", app.management_token());
    let headers = [
        ("authorization", &*token),
        ("content-type", "application/json"),
    ];
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
    let path = format!("/api/v2/clients/{}", client.id);
    for body in [
        b"[]".to_vec(),
        b"null".to_vec(),
        b"7".to_vec(),
        b"{".to_vec(),
        b"{}{}".to_vec(),
        b"\xff".to_vec(),
        b"\0".to_vec(),
        deep.into_bytes(),
        b"{\"name\":7}".to_vec(),
        b"{\"name\":[\"x\"]}".to_vec(),
        b"{\"grant_types\":\"client_credentials\"}".to_vec(),
        b"{\"grant_types\":[7]}".to_vec(),
        b"{\"client_metadata\":{\"a\":1}}".to_vec(),
        b"{\"client_metadata\":[]}".to_vec(),
        b"{\"default_organization\":\"org_1\"}".to_vec(),
        b"{\"is_first_party\":\"yes\"}".to_vec(),
        b"{\"name\":\"a\\u0000b\"}".to_vec(),
        b"{\"name\":\"<script>\"}".to_vec(),
    ] {
        let shown: String = String::from_utf8_lossy(&body).chars().take(60).collect();
        for (method, path) in [(Method::POST, "/api/v2/clients"), (Method::PATCH, &*path)] {
            let answer = app.raw(method, path, &headers, body.clone()).await;
            assert_refused(&answer, &shown);
            assert_eq!(answer.status, 400, "{shown}");
        }
    }
}

#[tokio::test]
async fn every_operation_with_a_body_refuses_what_is_no_body_of_it() {
    let (app, _) = billing().await;
    let token = format!("Bearer {}", app.management_token());
    let headers = [
        ("authorization", &*token),
        ("content-type", "application/json"),
    ];
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let deep_objects = format!("{}1{}", "{\"name\":".repeat(200), "}".repeat(200));
    let bodies: [(&str, Vec<u8>); 9] = [
        ("an array", b"[{}]".to_vec()),
        ("a text", b"\"name\"".to_vec()),
        ("an unknown member", b"{\"no_such_member\":1}".to_vec()),
        (
            "a member twice",
            b"{\"name\":\"a\",\"name\":\"a\"}".to_vec(),
        ),
        (
            "a member twice inside another",
            b"{\"x\":[{\"y\":1,\"\\u0079\":1}]}".to_vec(),
        ),
        ("no UTF-8", b"{\"name\":\"\xff\xfe\"}".to_vec()),
        (
            "200 arrays deep",
            format!("{{\"name\":{deep}}}").into_bytes(),
        ),
        ("200 objects deep", deep_objects.into_bytes()),
        (
            "a mebibyte",
            format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes(),
        ),
    ];
    let document = app.fetch("/m2mint/v1/openapi.json").await.json();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"].is_null() {
                continue;
            }
            operations += 1;
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.replace(['{', '}'], "");
            for (what, body) in &bodies {
                let shown = format!("{method} {path}: {what}");
                let answer = app.raw(method.clone(), &path, &headers, body.clone()).await;
                assert_refused(&answer, &shown);
                let json = answer.json();
                assert_eq!(json["statusCode"], answer.status.as_u16(), "{shown}");
                assert!(json["message"].is_string(), "{shown}: {answer}");
                let about_the_body = match answer.status.as_u16() {
                    400 => json["errorCode"] == "invalid_body",
                    status => status == 413 && *what == "a mebibyte",
                };
                assert!(about_the_body, "{shown}: {answer}");
            }
        }
    }
    assert!(40 < operations, "only {operations} operations have a body");
}

#[tokio::test]
async fn a_refused_body_changes_nothing() {
    let (app, client) = billing().await;
    let token = format!("Bearer {}", app.management_token());
    let headers = [
        ("authorization", &*token),
        ("content-type", "application/json"),
    ];
    let path = format!("/api/v2/clients/{}", client.id);
    let before = app.get(&path).await.json();
    let body = "{\"name\":\"first\",\"name\":\"second\"}";
    let answer = app.raw(Method::PATCH, &path, &headers, body).await;
    assert_eq!(answer.status, 400, "{answer}");
    assert_eq!(
        answer.text("message"),
        "Invalid request payload JSON format"
    );
    assert_eq!(app.get(&path).await.json(), before);
}

#[tokio::test]
async fn odd_paths_and_queries_are_refused_as_json() {
    let (app, _) = billing().await;
    for path in [
        "/",
        "/nothing",
        "/oauth",
        "/oauth/token/",
        "/api",
        "/api/v2",
        "/api/v2/",
        "/api/v2/nothing",
        "/api/v2/clients/a/b/c",
        "/api/v2/clients/%FF",
        "/api/v2/clients/%00",
        "/api/v2/clients/..%2F..%2Fetc%2Fpasswd",
        "/api/v2/resource-servers/%FF%FE",
        "/api/v2/organizations/name/%80",
        "/m2mint/v1/nothing",
        "/m2mint/v1/clients/%FF/secrets",
        "/api/v2/clients?per_page=-1",
        "/api/v2/clients?per_page=101",
        "/api/v2/clients?per_page=99999999999999999999",
        "/api/v2/clients?page=x",
        "/api/v2/clients?from=%FF&take=5",
        "/api/v2/clients?from=!!&take=5",
        "/api/v2/logs?from=7",
        "/api/v2/logs?take=101",
        "/api/v2/logs?take=x",
        "/api/v2/logs/7",
        "/api/v2/logs/90020260101000000007000000000000000000000000000000000042",
    ] {
        assert_refused(&app.get(path).await, path);
    }
}

#[tokio::test]
async fn a_wrong_method_is_refused_as_json() {
    let (app, _) = billing().await;
    for (method, path) in [
        (Method::PUT, "/api/v2/clients"),
        (Method::POST, "/api/v2/tenants/settings"),
        (Method::DELETE, "/.well-known/jwks.json"),
        (Method::POST, "/livez"),
        (Method::GET, "/dev/reset"),
        (Method::PATCH, "/m2mint/v1/clients/x/secrets"),
    ] {
        let answer = app.manage(method, path, &Value::Null).await;
        assert_eq!(answer.status, 405, "{path}: {answer}");
        assert_ne!(answer.header("allow"), "", "{path}");
        assert_refused(&answer, path);
        if path.starts_with("/api/v2/") || path.starts_with("/m2mint/v1/") {
            let envelope = json!({
                "statusCode": 405,
                "error": "Method Not Allowed",
                "message": "Method Not Allowed",
            });
            assert_eq!(answer.json(), envelope, "{path}");
        } else {
            assert_eq!(answer.text("error"), "method_not_allowed", "{path}");
        }
    }
}

#[tokio::test]
async fn pages_far_out_are_empty_and_no_trouble() {
    let (app, _) = billing().await;
    let far = format!("/api/v2/clients?page={}&per_page=100", i64::MAX);
    assert_eq!(app.get(&far).await.json(), json!([]));
    let far = format!("/api/v2/logs?page={}&per_page=100", i64::MAX);
    assert_eq!(app.get(&far).await.json(), json!([]));
    let beyond = app.get("/api/v2/clients?page=9223372036854775808").await;
    assert_eq!(beyond.status, 400);
    let none = app.get("/api/v2/clients?take=0").await;
    assert_eq!(none.status, 400, "{none}");
}
