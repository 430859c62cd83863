//! Access tokens and key sets: nothing is accepted that was not signed, and nothing that was signed
//! is accepted against the rules.
//!
//! Input: one byte that chooses, then two texts separated by the first line break.
//!
//! * `t`: a token from anywhere, against the issuer's keys.
//! * `k`: a key set from anywhere, against tokens that are good.
//! * anything else: a header and a payload, which get a good HS256 signature.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use m2mint_verify::{Algorithm, Claims, Error, ErrorKind, JwkSet, Rules, check};
use serde_json::Value;

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://timesheets.example";
/// 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;
const LEEWAY: u32 = 30;
const SECRET: &[u8] = b"a secret that two of us share, 32";
/// The public halves of three keys; the private ones are gone.
const KEYS: &str = include_str!("../fixtures/jwks.json");
/// Tokens that they signed, good on the first of January 2026.
const GOOD: &str = include_str!("../fixtures/tokens.txt");

static SET: LazyLock<JwkSet> = LazyLock::new(|| JwkSet::parse(KEYS).expect("a key set"));
static SHARED: LazyLock<JwkSet> =
    LazyLock::new(|| JwkSet::from_hs256_secret(SECRET).expect("a secret"));
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::new(ISSUER, AUDIENCE).leeway(LEEWAY));
static SHARED_RULES: LazyLock<Rules> =
    LazyLock::new(|| RULES.clone().algorithms([Algorithm::Hs256]));
static MAC: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, SECRET));

fuzz_target!(
    init: {
        assert_eq!(SET.len(), 3);
        for token in GOOD.lines() {
            judge(check(&RULES, &SET, token, NOW)).expect("a good token");
        }
    },
    |input: &[u8]| {
        let Some((choice, rest)) = input.split_first() else {
            return;
        };
        match choice {
            b't' => any_token(rest),
            b'k' => any_keys(rest),
            _ => any_claims(rest),
        }
    }
);

/// Only what the issuer signed is accepted, to the byte.
fn any_token(token: &[u8]) {
    let Ok(token) = std::str::from_utf8(token) else {
        return;
    };
    for rules in [&RULES, &SHARED_RULES] {
        if judge(check(rules, &SET, token, NOW)).is_some() {
            assert!(GOOD.lines().any(|good| good == token), "a forgery: {token}");
        }
    }
}

/// A key set that verifies a good token holds that token's key under that token's `kid`.
fn any_keys(json: &[u8]) {
    let Ok(set) = JwkSet::parse(json) else {
        return;
    };
    let text: Value = serde_json::from_slice(json).expect("JSON");
    let keys = text["keys"].as_array().expect("an array of keys");
    assert!(keys.len() <= JwkSet::MAX_KEYS);
    let usable = |key: &&Value| key["kty"].is_string() && key.get("d").is_none();
    assert!(set.len() <= keys.iter().filter(usable).count());
    assert_eq!(set.is_empty(), set.len() == 0);
    let _ = format!("{set:?}");
    let issuers: Value = serde_json::from_str(KEYS).expect("JSON");
    for token in GOOD.lines() {
        if judge(check(&RULES, &set, token, NOW)).is_some() {
            let kid = &part(token, 0)["kid"];
            let named = |key: &&Value| key["kid"] == *kid;
            let key = issuers["keys"]
                .as_array()
                .and_then(|keys| keys.iter().find(named));
            let number = number(key.expect("the issuer's key"));
            assert!(
                keys.iter()
                    .filter(named)
                    .any(|key| self::number(key) == number),
                "another key verifies {token}"
            );
        }
    }
}

/// What makes an RSA, EC or Ed25519 key: a big-endian number, without zeros in front.
fn number(key: &Value) -> Option<Vec<u8>> {
    let name = if key["kty"] == "RSA" { "n" } else { "x" };
    let text = key.get(name)?.as_str()?;
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// A signed token is accepted exactly when its claims keep the rules; and what is read of them is
/// what stands there.
fn any_claims(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (header, payload) = input.split_at(end.unwrap_or(input.len()));
    let payload = payload.get(1..).unwrap_or_default();
    let header = if header.is_empty() {
        br#"{"alg":"HS256"}"#
    } else {
        header
    };
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let tag = hmac::sign(&MAC, signed.as_bytes());
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    let claims = judge(check(&SHARED_RULES, &SHARED, &token, NOW));
    // The issuer's public keys never take it.
    assert!(check(&SHARED_RULES, &SET, &token, NOW).is_err());
    let Some(claims) = claims else {
        return;
    };
    let (header, payload) = (part(&token, 0), part(&token, 1));
    assert_eq!(header["alg"], "HS256");
    for member in ["crit", "b64", "zip"] {
        assert_eq!(header.get(member), None);
    }
    assert_eq!(Some(claims.raw()), payload.as_object());
    // A day later it is still the same token, and too old or not.
    let later = NOW + 86_400;
    let expires = payload["exp"].as_f64().expect("a number");
    let too_old =
        expires + f64::from(LEEWAY) <= f64::from(u32::try_from(later).expect("this century"));
    assert_eq!(
        check(&SHARED_RULES, &SHARED, &token, later).is_err(),
        too_old
    );
    // One bit off, and it is nobody's.
    let mut tag = tag.as_ref().to_vec();
    tag[payload.to_string().len() % 32] ^= 1;
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    assert!(matches!(
        check(&SHARED_RULES, &SHARED, &forged, NOW),
        Err(Error::BadSignature)
    ));
}

/// One part of a token, as a reader that trusts everybody sees it.
fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("a part");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// What holds for every answer.
fn judge(answer: Result<Claims, Error>) -> Option<Claims> {
    let claims = match answer {
        Ok(claims) => claims,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidToken);
            assert_eq!(error.retry_after(), None);
            // The text may be shown to the caller: short, ASCII, and the same for everybody.
            let text = error.to_string();
            assert!(text.is_ascii() && text.len() < 60, "{text}");
            return None;
        }
    };
    assert_eq!(claims.iss(), ISSUER);
    assert!(claims.aud().any(|audience| audience == AUDIENCE));
    assert!(NOW - i64::from(LEEWAY) <= claims.exp());
    assert!(
        claims
            .iat()
            .is_none_or(|iat| iat <= NOW + i64::from(LEEWAY))
    );
    for scope in claims.scopes() {
        assert!(!scope.is_empty() && claims.has_scope(scope));
    }
    assert_eq!(claims.cnf().is_some(), claims.raw().contains_key("cnf"));
    assert_eq!(claims.jti().is_some(), claims.raw().contains_key("jti"));
    assert_eq!(
        claims.org_id().is_some(),
        claims.raw().contains_key("org_id")
    );
    Some(claims)
}
