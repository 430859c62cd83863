//! A validator against an issuer on a local port whose answers and clock the test sets.

use std::error::Error as _;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};

use axum::Router;
use axum::extract::State as Shared;
use axum::http::StatusCode as Status;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::*;
use crate::forge::{self, AUDIENCE, ISSUER, NOW, claims, seal, sign};
use crate::{Algorithm, Claims, ErrorKind, Validator, ValidatorBuilder};

/// An issuer's key set endpoint.
struct Issuer {
    answer: Mutex<(Status, String)>,
    fetches: AtomicUsize,
    /// One permit lets one answer out.
    gate: Semaphore,
    now: AtomicI64,
    base: String,
}

impl Issuer {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Arc::new(Self {
            answer: Mutex::new((Status::OK, forge::jwks())),
            fetches: AtomicUsize::new(0),
            gate: Semaphore::new(1000),
            now: AtomicI64::new(NOW),
            base: format!("http://{}/", listener.local_addr().unwrap()),
        });
        let app = Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .with_state(Arc::clone(&issuer));
        tokio::spawn(async move { axum::serve(listener, app).await });
        issuer
    }

    fn builder(self: &Arc<Self>) -> ValidatorBuilder {
        let issuer = Arc::clone(self);
        Validator::builder(ISSUER, AUDIENCE)
            .jwks_uri(format!("{}.well-known/jwks.json", self.base))
            .clock(move || issuer.now.load(SeqCst))
    }

    fn validator(self: &Arc<Self>) -> Validator {
        self.builder().build().unwrap()
    }

    fn answers(&self, status: Status, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    fn after(&self, seconds: i64) {
        self.now.fetch_add(seconds, SeqCst);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(SeqCst)
    }
}

async fn jwks(Shared(issuer): Shared<Arc<Issuer>>) -> (Status, String) {
    issuer.fetches.fetch_add(1, SeqCst);
    issuer.gate.acquire().await.unwrap().forget();
    issuer.answer.lock().unwrap().clone()
}

fn good() -> String {
    let mut claims = claims();
    claims["exp"] = serde_json::json!(NOW + 1_000_000);
    sign(Algorithm::Es256, &claims)
}

/// Signed with a key whose name the issuer's key set does not have.
fn strange() -> String {
    seal(r#"{"alg":"ES256","kid":"new"}"#, &claims(), |text| {
        forge::stranger().sign(text)
    })
}

fn kind(outcome: Result<Claims, Error>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_are_old() {
    let issuer = Issuer::start().await;
    let validator = issuer.validator();
    assert_eq!(issuer.fetches(), 0);
    for (seconds, fetches) in [(0, 1), (0, 1), (599, 1), (1, 2), (599, 2)] {
        issuer.after(seconds);
        validator.validate(&good()).await.unwrap();
        assert_eq!(issuer.fetches(), fetches);
    }
}

#[tokio::test]
async fn the_address_follows_from_the_issuer() {
    for issuer_name in ["", "/"] {
        let issuer = Issuer::start().await;
        let name = format!("{}{issuer_name}", issuer.base.trim_end_matches('/'));
        let validator = Validator::builder(&name, AUDIENCE).clock(|| NOW).build();
        let mut claims = claims();
        claims["iss"] = serde_json::json!(name);
        let token = sign(Algorithm::Ps256, &claims);
        validator.unwrap().validate(&token).await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_in_each_interval() {
    let issuer = Issuer::start().await;
    let validator = issuer.validator();
    validator.validate(&good()).await.unwrap();
    for (seconds, fetches) in [(0, 1), (9, 1), (1, 2), (0, 2), (9, 2), (1, 3)] {
        issuer.after(seconds);
        let outcome = validator.validate(&strange()).await;
        assert!(matches!(outcome, Err(Error::UnknownKey)));
        assert_eq!(issuer.fetches(), fetches);
    }
    // Refused by their header: not worth a fetch.
    issuer.after(10);
    let none = seal(r#"{"alg":"none","kid":"new"}"#, &claims(), |_| vec![]);
    assert_eq!(
        kind(validator.validate(&none).await),
        ErrorKind::InvalidToken
    );
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn a_rotated_key_is_found() {
    let issuer = Issuer::start().await;
    let validator = issuer.validator();
    validator.validate(&good()).await.unwrap();
    issuer.after(60);
    let mut jwk = forge::stranger().jwk();
    jwk["kid"] = "new".into();
    issuer.answers(Status::OK, serde_json::json!({"keys": [jwk]}).to_string());

    validator.validate(&strange()).await.unwrap();

    let outcome = validator.validate(&good()).await;
    assert!(
        matches!(outcome, Err(Error::UnknownKey)),
        "the old key is gone"
    );
}

#[tokio::test]
async fn many_requests_share_one_fetch() {
    let issuer = Issuer::start().await;
    issuer.gate.forget_permits(1000);
    let validator = issuer.validator();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let validator = validator.clone();
            tokio::spawn(async move { validator.validate(&good()).await })
        })
        .collect();
    while issuer.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    issuer.gate.add_permits(20);
    for request in requests {
        request.await.unwrap().unwrap();
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_lose_the_fetch() {
    let issuer = Issuer::start().await;
    issuer.gate.forget_permits(1000);
    let validator = issuer.validator();
    let caller = {
        let validator = validator.clone();
        tokio::spawn(async move { validator.validate(&good()).await })
    };
    while issuer.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    issuer.gate.add_permits(20);
    validator.validate(&good()).await.unwrap();
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn known_keys_serve_for_a_day_while_the_issuer_is_down() {
    let issuer = Issuer::start().await;
    let validator = issuer.validator();
    validator.validate(&good()).await.unwrap();
    issuer.answers(Status::INTERNAL_SERVER_ERROR, "");
    issuer.after(24 * 60 * 60 - 1);
    validator.validate(&good()).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    validator.validate(&good()).await.unwrap();
    assert_eq!(issuer.fetches(), 2, "a failed fetch counts too");
    // Whether this key exists cannot be known now.
    let new_token = seal(r#"{"alg":"ES256","kid":"new"}"#, &claims(), |_| vec![0; 64]);
    let outcome = validator.validate(&new_token).await;
    assert_eq!(kind(outcome), ErrorKind::KeysUnavailable);
    issuer.after(1);
    assert_eq!(
        kind(validator.validate(&good()).await),
        ErrorKind::KeysUnavailable
    );
    issuer.answers(Status::OK, forge::jwks());
    issuer.after(10);
    validator.validate(&good()).await.unwrap();
}

#[tokio::test]
async fn while_one_request_fetches_the_others_use_the_old_keys() {
    let issuer = Issuer::start().await;
    let validator = issuer.validator();
    validator.validate(&good()).await.unwrap();
    issuer.gate.forget_permits(1000);
    issuer.after(3600);
    let first = {
        let validator = validator.clone();
        tokio::spawn(async move { validator.validate(&good()).await })
    };
    while issuer.fetches() == 1 {
        tokio::task::yield_now().await;
    }
    validator.validate(&good()).await.unwrap();
    issuer.gate.add_permits(1);
    first.await.unwrap().unwrap();
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn answers_that_are_no_key_set_are_failures() {
    let too_many = serde_json::json!({"keys": vec![forge::p256_jwk(); 101]}).to_string();
    for (status, body) in [
        (Status::OK, String::new()),
        (Status::OK, "<html>".into()),
        (Status::OK, " ".repeat(JwkSet::MAX_BYTES + 1)),
        (Status::OK, too_many),
        (Status::NOT_FOUND, forge::jwks()),
        (Status::FOUND, forge::jwks()),
    ] {
        let issuer = Issuer::start().await;
        issuer.answers(status, body);
        let error = issuer.validator().validate(&good()).await.unwrap_err();
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_secs(10)),
            "{error:?}"
        );
        assert!(!error.source().unwrap().to_string().contains("127.0.0.1"));
        assert_eq!(issuer.fetches(), 1);
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_in_time_is_a_failure() {
    let issuer = Issuer::start().await;
    issuer.gate.forget_permits(1000);
    let builder = issuer.builder().request_timeout(Duration::from_millis(1));
    let outcome = builder.build().unwrap().validate(&good()).await;
    assert_eq!(kind(outcome), ErrorKind::KeysUnavailable);
}

#[test]
fn addresses_that_cannot_be_fetched_are_refused_at_once() {
    for uri in ["", "jwks.json", "file:///etc/keys", "ftp://issuer.example/"] {
        let built = Validator::builder(ISSUER, AUDIENCE).jwks_uri(uri).build();
        assert_eq!(built.unwrap_err().kind(), ErrorKind::Misconfigured, "{uri}");
    }
}
