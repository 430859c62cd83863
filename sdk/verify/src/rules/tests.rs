//! Good tokens of every algorithm, and a table of forged ones.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::forge::{self, AUDIENCE, ISSUER, NOW, claims, forge, seal, sign};

const EVERY: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

fn rules() -> Rules {
    Rules::new(ISSUER, AUDIENCE)
}

fn keys() -> JwkSet {
    JwkSet::parse(forge::jwks()).unwrap()
}

fn outcome(token: &str) -> Result<Claims, Error> {
    check(&rules(), &keys(), token, NOW)
}

fn with(name: &str, value: Value) -> Result<Claims, Error> {
    let mut claims = claims();
    claims[name] = value;
    outcome(&sign(Algorithm::Es256, &claims))
}

#[test]
fn a_good_token_of_every_algorithm_is_accepted() {
    let rules = rules().algorithms(EVERY);
    for algorithm in EVERY {
        let token = sign(algorithm, &claims());
        let claims = check(&rules, &keys(), &token, NOW).unwrap();
        assert_eq!(claims.client_id(), Some("cron"), "{algorithm}");
    }
}

#[test]
fn every_other_algorithm_on_the_list_does_not_help() {
    for algorithm in EVERY {
        let others = EVERY.into_iter().filter(|other| *other != algorithm);
        let token = sign(algorithm, &claims());
        let outcome = check(&rules().algorithms(others), &keys(), &token, NOW);
        assert!(
            matches!(outcome, Err(Error::AlgorithmRefused)),
            "{algorithm}"
        );
    }
}

#[test]
fn a_shared_secret_verifies_hs256_and_nothing_else() {
    let secret = b"thirty-two bytes of a test secret";
    let keys = JwkSet::from_hs256_secret(secret).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mac = |header: &str| {
        seal(header, &claims(), |text| {
            hmac::sign(&key, text).as_ref().to_vec()
        })
    };
    let hs256 = rules().algorithms([Algorithm::Hs256]);

    check(&hs256, &keys, &mac(r#"{"alg":"HS256"}"#), NOW).unwrap();
    check(&hs256, &keys, &mac(r#"{"alg":"HS256","kid":"any"}"#), NOW).unwrap();
    let outcome = check(&rules(), &keys, &mac(r#"{"alg":"HS256"}"#), NOW);
    assert!(matches!(outcome, Err(Error::AlgorithmRefused)));
    let outcome = check(&rules(), &keys, &sign(Algorithm::Rs256, &claims()), NOW);
    assert!(matches!(outcome, Err(Error::UnknownKey)));
}

#[test]
fn an_rsa_public_key_is_never_an_hmac_secret() {
    let jwk = forge::rsa_jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [modulus.as_slice(), jwk.to_string().as_bytes()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let token = seal(r#"{"alg":"HS256","kid":"rsa"}"#, &claims(), |text| {
            hmac::sign(&key, text).as_ref().to_vec()
        });
        assert!(matches!(outcome(&token), Err(Error::AlgorithmRefused)));
        // Not even with HS256 on the list.
        let both = rules().algorithms([Algorithm::Rs256, Algorithm::Hs256]);
        let outcome = check(&both, &keys(), &token, NOW);
        assert!(matches!(outcome, Err(Error::UnknownKey)));
    }
}

#[test]
fn forged_signatures_are_refused() {
    for (why, header, signature) in [
        ("empty", r#"{"alg":"RS256","kid":"rsa"}"#, vec![]),
        ("zeros", r#"{"alg":"RS256","kid":"rsa"}"#, vec![0; 256]),
        (
            "r and s are zero",
            r#"{"alg":"ES256","kid":"p256"}"#,
            vec![0; 64],
        ),
        ("empty", r#"{"alg":"ES256","kid":"p256"}"#, vec![]),
        ("zeros", r#"{"alg":"EdDSA","kid":"ed"}"#, vec![0; 64]),
    ] {
        let token = seal(header, &claims(), |_| signature.clone());
        assert!(
            matches!(outcome(&token), Err(Error::BadSignature)),
            "{why} {header}"
        );
    }
    let header = r#"{"alg":"none"}"#;
    let unsigned = seal(header, &claims(), |_| vec![]);
    assert!(matches!(outcome(&unsigned), Err(Error::AlgorithmRefused)));
}

#[test]
fn truncated_and_lengthened_signatures_are_refused() {
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Es256,
        Algorithm::EdDsa,
    ] {
        let header = forge::header(algorithm);
        for change in [-1_isize, 1] {
            let token = seal(&header, &claims(), |text| {
                let mut signature = forge(algorithm, text);
                signature.resize(signature.len().saturating_add_signed(change), 0);
                signature
            });
            assert!(
                matches!(outcome(&token), Err(Error::BadSignature)),
                "{algorithm}"
            );
        }
    }
}

#[test]
fn one_keys_signature_is_not_anothers() {
    // RS256 under the label PS256, P-256 under Ed25519's name and so on.
    for (signed_with, header) in [
        (Algorithm::Rs256, r#"{"alg":"PS256","kid":"rsa"}"#),
        (Algorithm::Ps256, r#"{"alg":"RS256","kid":"rsa"}"#),
        (Algorithm::Es256, r#"{"alg":"EdDSA","kid":"ed"}"#),
    ] {
        let token = seal(header, &claims(), |text| forge(signed_with, text));
        assert!(
            matches!(outcome(&token), Err(Error::BadSignature)),
            "{header}"
        );
    }
    for header in [
        r#"{"alg":"ES256","kid":"rsa"}"#,
        r#"{"alg":"RS256","kid":"p256"}"#,
        r#"{"alg":"EdDSA","kid":"p256"}"#,
        r#"{"alg":"ES256","kid":"nobody"}"#,
        r#"{"alg":"ES256","kid":""}"#,
    ] {
        let token = seal(header, &claims(), |text| forge(Algorithm::Es256, text));
        assert!(
            matches!(outcome(&token), Err(Error::UnknownKey)),
            "{header}"
        );
    }
}

#[test]
fn a_token_cannot_bring_its_own_key() {
    let other = forge::stranger();
    for member in ["jwk", "jku", "x5u", "x5c"] {
        let value = match member {
            "jwk" => other.jwk(),
            "x5c" => json!(["AAAA"]),
            _ => json!("https://attacker.example/jwks.json"),
        };
        for kid in ["p256", "stranger"] {
            let header = json!({"alg": "ES256", "kid": kid, member: value}).to_string();
            let token = seal(&header, &claims(), |text| other.sign(text));
            let error = outcome(&token).unwrap_err();
            assert!(
                matches!(error, Error::BadSignature | Error::UnknownKey),
                "{member}"
            );
        }
    }
}

#[test]
fn without_a_kid_exactly_one_key_must_fit() {
    let token = seal(r#"{"alg":"ES256"}"#, &claims(), |text| {
        forge(Algorithm::Es256, text)
    });
    outcome(&token).unwrap();

    let two = json!({"keys": [forge::p256_jwk(), forge::stranger().jwk()]}).to_string();
    let outcome = check(&rules(), &JwkSet::parse(two).unwrap(), &token, NOW);
    assert!(matches!(outcome, Err(Error::AmbiguousKey)));
    let outcome = check(&rules(), &JwkSet::default(), &token, NOW);
    assert!(matches!(outcome, Err(Error::UnknownKey)));
}

#[test]
fn repeated_members_are_refused_though_signed() {
    let twice = r#"{"iss":"a","iss":"b"}"#;
    let token = forge::seal_text(&forge::header(Algorithm::Es256), twice, |text| {
        forge(Algorithm::Es256, text)
    });
    assert!(matches!(
        outcome(&token),
        Err(Error::Malformed { part: "payload" })
    ));

    let header = r#"{"alg":"ES256","kid":"x","kid":"p256"}"#;
    let token = seal(header, &claims(), |text| forge(Algorithm::Es256, text));
    assert!(matches!(
        outcome(&token),
        Err(Error::Malformed { part: "header" })
    ));
}

#[test]
fn the_issuer_is_compared_exactly() {
    for issuer in [
        "https://issuer.example",
        "https://issuer.example//",
        "HTTPS://issuer.example/",
        "http://issuer.example/",
        "",
    ] {
        assert!(
            matches!(with("iss", json!(issuer)), Err(Error::WrongIssuer)),
            "{issuer}"
        );
    }
    assert!(matches!(
        with("iss", Value::Null),
        Err(Error::InvalidClaim { name: "iss" })
    ));
}

#[test]
fn the_audience_may_be_one_of_several_on_both_sides() {
    with("aud", json!([AUDIENCE])).unwrap();
    with("aud", json!(["https://else.example", AUDIENCE])).unwrap();
    for aud in [
        json!("https://else.example"),
        json!([]),
        json!(""),
        json!([""]),
    ] {
        assert!(
            matches!(with("aud", aud.clone()), Err(Error::WrongAudience)),
            "{aud}"
        );
    }
    let mut other = claims();
    other["aud"] = json!("https://else.example");
    other["iss"] = json!("https://old.example/");
    let rules = rules()
        .or_audience("https://else.example")
        .or_issuer("https://old.example/");
    check(&rules, &keys(), &sign(Algorithm::Es256, &other), NOW).unwrap();
}

#[test]
fn a_token_ends_at_exp_with_leeway_and_not_later() {
    with("exp", json!(NOW - 29)).unwrap();
    with("exp", json!(f64::from(i32::try_from(NOW).unwrap()) - 29.5)).unwrap();
    for exp in [
        json!(NOW - 30),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(-1e300),
    ] {
        assert!(
            matches!(with("exp", exp.clone()), Err(Error::Expired)),
            "{exp}"
        );
    }
    with("exp", json!(u64::MAX)).unwrap();
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    let outcome = outcome(&sign(Algorithm::Es256, &endless));
    assert!(matches!(outcome, Err(Error::InvalidClaim { name: "exp" })));
}

#[test]
fn a_token_does_not_begin_before_nbf_and_iat() {
    for name in ["nbf", "iat"] {
        with(name, json!(NOW + 30)).unwrap();
        assert!(
            matches!(with(name, json!(NOW + 31)), Err(Error::NotYetValid)),
            "{name}"
        );
    }
    let mut strict = claims();
    strict["iat"] = json!(NOW + 1);
    let outcome = check(
        &rules().leeway(0),
        &keys(),
        &sign(Algorithm::Es256, &strict),
        NOW,
    );
    assert!(matches!(outcome, Err(Error::NotYetValid)));
}

#[test]
fn the_organization_can_be_required() {
    let check_for = |organization: Organization, claims: &Value| {
        let rules = rules().organization(organization);
        check(&rules, &keys(), &sign(Algorithm::Es256, claims), NOW)
    };
    let mut acme = claims();
    acme["org_id"] = json!("org_1");
    acme["org_name"] = json!("acme");

    check_for(Organization::Required, &acme).unwrap();
    check_for(
        Organization::OneOf(vec!["org_2".into(), "org_1".into()]),
        &acme,
    )
    .unwrap();
    check_for(Organization::OneOf(vec!["acme".into()]), &acme).unwrap();
    for (organization, claims) in [
        (Organization::Required, claims()),
        (Organization::OneOf(vec!["org_2".into()]), acme.clone()),
        (Organization::OneOf(vec![]), acme),
        (Organization::OneOf(vec!["org_1".into()]), claims()),
    ] {
        let outcome = check_for(organization, &claims);
        assert!(matches!(outcome, Err(Error::WrongOrganization)));
    }
}

#[test]
fn huge_tokens_are_not_looked_at() {
    let mut large = claims();
    large["filler"] = json!("x".repeat(16 * 1024));
    let token = sign(Algorithm::Es256, &large);
    assert!(matches!(outcome(&token), Err(Error::TokenTooLarge)));
}

#[test]
fn padded_base64_is_refused_in_each_part() {
    let token = sign(Algorithm::EdDsa, &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let padded = format!("{}.{}.{}", parts[0], parts[1], URL_SAFE.encode(signature));
    assert!(padded.ends_with("=="));
    assert!(matches!(
        outcome(&padded),
        Err(Error::Malformed { part: "signature" })
    ));
    let padded = format!("{}==.{}.{}", parts[0], parts[1], parts[2]);
    assert!(matches!(
        outcome(&padded),
        Err(Error::Malformed { part: "header" })
    ));
    // The signature covers the payload's padding, so its owner could have written it; still no.
    let token = format!("{}.{}==", parts[0], parts[1]);
    let token = format!(
        "{token}.{}",
        URL_SAFE_NO_PAD.encode(forge(Algorithm::EdDsa, token.as_bytes()))
    );
    assert!(matches!(
        outcome(&token),
        Err(Error::Malformed { part: "payload" })
    ));
    assert!(outcome(&format!("{}.", sign(Algorithm::EdDsa, &claims()))).is_err());
}

proptest! {
    #[test]
    fn no_text_is_accepted_or_panics(token in ".{0,300}") {
        let error = outcome(&token).unwrap_err();
        prop_assert_eq!(error.kind(), ErrorKind::InvalidToken);
    }

    #[test]
    fn no_header_and_payload_panic(
        header in r#"\{("alg":"(ES256|EdDSA)"|"kid":("ed"|1)|"typ":"JWT"|,){0,6}\}"#,
        payload in any::<Vec<u8>>(),
    ) {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(forge(Algorithm::EdDsa, text.as_bytes()));
        let token = format!("{text}.{signature}");
        prop_assert!(outcome(&token).is_err());
    }

    #[test]
    fn a_changed_token_is_refused(position in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let token = sign(Algorithm::EdDsa, &claims());
        let mut changed = token.clone().into_bytes();
        let position = position.index(changed.len());
        prop_assume!(changed[position] != byte);
        changed[position] = byte;
        prop_assert!(outcome(std::str::from_utf8(&changed).unwrap()).is_err());
    }

    #[test]
    fn no_key_set_panics(bytes in any::<Vec<u8>>(), text in "[A-Za-z0-9_-]{0,90}") {
        let _ = JwkSet::parse(&bytes);
        for (kty, crv) in [("RSA", ""), ("EC", "P-256"), ("EC", "P-384"), ("OKP", "Ed25519")] {
            let jwk = json!({"kty": kty, "crv": crv, "x": text, "y": text, "n": text, "e": "AQAB"});
            let _ = JwkSet::parse(json!({"keys": [jwk]}).to_string());
        }
    }
}
