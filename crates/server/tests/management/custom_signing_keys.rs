//! `/api/v2/keys/custom-signing`: somebody else's public keys in the tenant's JWKS.

use http::Method;
use m2mint_testkit::TestApp;
use m2mint_testkit::app::START;
use m2mint_verify::{Algorithm, JwkSet, Rules, check};
use serde_json::{Value, json};

const KEYS: &str = "/api/v2/keys/custom-signing";
const JWKS: &str = "/.well-known/jwks.json";

/// The P-256 key of RFC 7515 appendix A.3.
fn ec(kid: &str) -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

#[tokio::test]
async fn keys_stand_in_front_of_the_tenants_own_until_they_are_deleted() {
    let app = TestApp::new().await;
    let own = app.fetch(JWKS).await;
    assert_eq!(app.get(KEYS).await.status, 404);
    let said = json!({"keys": [ec("a"), ec("b")]});
    let put = app.manage(Method::PUT, KEYS, &said).await;
    assert_eq!((put.status.as_u16(), put.json()), (200, said.clone()));
    assert_eq!(app.get(KEYS).await.json(), said);
    let published = app.fetch(JWKS).await;
    let keys = published.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys[..2], [ec("a"), ec("b")]);
    assert_eq!(keys[2..], *own.json()["keys"].as_array().unwrap());
    assert_ne!(published.header("etag"), own.header("etag"));
    assert_eq!(app.delete(KEYS).await.status, 204);
    assert_eq!(app.fetch(JWKS).await.body, own.body);
    assert_eq!(app.delete(KEYS).await.status, 204);
}

#[tokio::test]
async fn only_public_keys_with_names_of_their_own_are_taken() {
    let app = TestApp::new().await;
    let own_kid = app.fetch(JWKS).await.json()["keys"][0]["kid"].clone();
    let with = |member: &str, value: Value| {
        let mut key = ec("a");
        key[member] = value;
        json!({"keys": [key]})
    };
    let rsa = |n: &str, e: &str| json!({"keys": [{"kty": "RSA", "n": n, "e": e}]});
    for body in [
        json!({"keys": []}),
        json!({"keys": vec![ec("a"); 11]}),
        json!({"keys": [ec("a"), ec("a")]}),
        with("kid", own_kid),
        with("d", json!("AAAA")),
        with("k", json!("AAAA")),
        with("use", json!("enc")),
        with("key_ops", json!(["sign"])),
        with("alg", json!("HS256")),
        with("alg", json!("ES384")),
        with("crv", json!("P-384")),
        with("x", json!("AAAA")),
        with("y", json!("not base64url!")),
        with("kty", json!("oct")),
        with("x5c", json!(vec!["A".repeat(8_000); 7])),
        rsa("AQAB", "AQAB"),
        rsa(&"A".repeat(342), "AQAB"),
        rsa(&format!("{}w", "-".repeat(341)), "AQ"),
    ] {
        let refused = app.manage(Method::PUT, KEYS, &body).await;
        assert_eq!(refused.status, 400, "{body}: {refused}");
    }
    assert_eq!(app.get(KEYS).await.status, 404);
}

#[tokio::test]
async fn text_in_a_key_does_not_break_the_document() {
    let app = TestApp::new().await;
    let mut key = ec("\",]}{");
    key["x5u"] = json!("https://a.example/,]}");
    let said = json!({"keys": [key]});
    assert_eq!(app.manage(Method::PUT, KEYS, &said).await.status, 200);
    assert_eq!(app.fetch(JWKS).await.json()["keys"][0], said["keys"][0]);
}

#[tokio::test]
async fn a_custom_key_signs_nobody_into_the_management_api() {
    use m2mint_jose::{Alg, KeyKind, PrivateKey, Signer, Typ};
    let app = TestApp::new().await;
    let mine = PrivateKey::generate(KeyKind::P256).unwrap();
    let mut key: Value = serde_json::from_str(&mine.public_jwk().unwrap().to_json()).unwrap();
    key["kid"] = json!("mine");
    let put = app.manage(Method::PUT, KEYS, &json!({"keys": [key]})).await;
    assert_eq!(put.status, 200, "{put}");
    let signer = Signer::new(Alg::Es256, "mine", &mine).unwrap();
    let claims = json!({
        "iss": "https://acme.example/",
        "sub": "me@clients",
        "aud": "https://acme.example/api/v2/",
        "iat": 1_767_225_600,
        "exp": 1_767_229_200,
        "azp": "me",
        "gty": "client-credentials",
        "scope": "read:clients",
    });
    let mut forged = Vec::new();
    signer.signing_input(Typ::Jwt, claims.to_string().as_bytes(), &mut forged);
    signer.sign(&mut forged).unwrap();
    let forged = String::from_utf8(forged).unwrap();
    let published = JwkSet::parse(app.fetch(JWKS).await.body).unwrap();
    let rules = Rules::new("https://acme.example/", "https://acme.example/api/v2/")
        .algorithms([Algorithm::Es256]);
    assert!(
        check(&rules, &published, &forged, START).is_ok(),
        "{forged}"
    );
    let answer = app
        .manage_as(&forged, Method::GET, "/api/v2/clients", &Value::Null)
        .await;
    assert_eq!(answer.status, 401);
    // The same token by the tenant's own key would have been let in.
    assert_eq!(app.get("/api/v2/clients").await.status, 200);
}
