//! The request parser, against what callers send and what attackers send.

use base64::Engine as _;
use proptest::prelude::*;

use super::*;

fn form(body: &str) -> Result<Call<'_>, CallError> {
    read_call(BodyKind::Form, None, body.as_bytes())
}

fn json(body: &str) -> Result<Call<'_>, CallError> {
    read_call(BodyKind::Json, None, body.as_bytes())
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// What a call presents, in one text.
fn presented(call: &Call<'_>) -> String {
    match call.presented() {
        Presented::Nothing => "nothing".into(),
        Presented::ClientId(id) => id.into(),
        Presented::Secret { client_id, secret } => format!("{client_id} {secret}"),
    }
}

const GRANT: &str = "grant_type=client_credentials";

#[test]
fn a_form_may_leave_colons_and_slashes_as_they_are() {
    let encoded = "audience=https%3A%2F%2Fapi.example%2F&client_id=a&client_secret=b%2Bc+d";
    let plain = "audience=https://api.example/&client_id=a&client_secret=b%2Bc%20d";
    for body in [encoded, plain] {
        let body = format!("{GRANT}&{body}");
        let call = form(&body).unwrap();
        assert_eq!(call.audience.as_deref(), Some("https://api.example/"));
        assert_eq!(presented(&call), "a b+c d");
    }
}

#[test]
fn json_and_form_say_the_same() {
    let call = json(
        r#"{"grant_type":"client_credentials","client_id":"a","client_secret":"b","scope":["x:y","z"],
            "organization":"org_1","unknown":{"deep":[1,2]},"audience":null}"#,
    )
    .unwrap();
    assert_eq!(presented(&call), "a b");
    assert_eq!(call.scope.unwrap().as_str(), "x:y z");
    assert_eq!(call.organization.as_deref(), Some("org_1"));
    assert_eq!(call.audience, None);
}

#[test]
fn a_parameter_without_a_value_counts_as_left_out() {
    let body = format!("{GRANT}&audience=&scope&client_id=a&client_secret=");
    let call = form(&body).unwrap();
    assert_eq!(
        (call.audience, call.scope.is_none(), "a"),
        (None, true, "a")
    );
    assert_eq!(
        form("grant_type=").unwrap_err(),
        CallError::MissingGrantType
    );
}

#[test]
fn a_repeated_parameter_is_refused_even_when_it_is_empty_or_unknown() {
    for more in [
        "client_id=a&client_id=a",
        "scope=&scope=x",
        "x=1&x=2",
        "x&%78",
    ] {
        let body = format!("{GRANT}&{more}");
        assert_eq!(form(&body).unwrap_err(), REPEATED, "{more}");
    }
    let twice = r#"{"grant_type":"client_credentials","x":1,"x":2}"#;
    assert_eq!(json(twice).unwrap_err(), REPEATED);
    let escaped = r#"{"grant_type":"client_credentials","client_id":"a","client\u005fid":"b"}"#;
    assert_eq!(json(escaped).unwrap_err(), REPEATED);
}

#[test]
fn ten_thousand_parameters_are_refused() {
    let many = (0..10_000).fold(String::new(), |all, number| all + &format!("&p{number}="));
    assert_eq!(form(&format!("{GRANT}{many}")).unwrap_err(), TOO_MANY);
    let many: Vec<String> = (0..10_000)
        .map(|number| format!("\"p{number}\":0"))
        .collect();
    assert_eq!(
        json(&format!("{{{}}}", many.join(","))).unwrap_err(),
        TOO_MANY
    );
}

#[test]
fn json_of_the_wrong_type_is_named() {
    assert_eq!(
        json("[]").unwrap_err(),
        CallError::Malformed("The request body must be a JSON object.")
    );
    assert_eq!(
        json("null").unwrap_err(),
        CallError::Malformed("The request body must be a JSON object.")
    );
    assert_eq!(
        json("\"x\"").unwrap_err(),
        CallError::Malformed("The request body must be a JSON object.")
    );
    for text in ["", "{", "{}x", "{\"a\":}", "12", "\u{feff}{}"] {
        assert_eq!(
            json(text).unwrap_err(),
            CallError::Malformed("The request body is not valid JSON."),
            "{text}"
        );
    }
    for value in ["1", "true", "{}", "[\"a\"]", "1.5", "-1"] {
        let body = format!(r#"{{"grant_type":"client_credentials","client_id":{value}}}"#);
        assert_eq!(
            json(&body).unwrap_err(),
            CallError::Malformed("A parameter is not a string.")
        );
    }
    for value in ["1", "true", "{}", "[1]", "[\"a b\"]", "[[\"a\"]]"] {
        let body = format!(r#"{{"grant_type":"client_credentials","scope":{value}}}"#);
        assert_eq!(json(&body).unwrap_err(), CallError::ScopeType, "{value}");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(json(&deep).is_err());
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    for body in [
        &b"grant_type=client_credentials&client_id=\xff"[..],
        b"grant_type=%ff",
    ] {
        assert_eq!(read_call(BodyKind::Form, None, body).unwrap_err(), NOT_UTF8);
    }
    assert!(read_call(BodyKind::Json, None, b"{\"grant_type\":\"\xff\"}").is_err());
}

#[test]
fn credentials_in_the_header_are_form_decoded_when_they_are_form_encoded() {
    for (sent, meant) in [
        ("a%2Fb:c%3Ad", "a/b c:d"),
        ("a:b:c", "a b:c"),
        ("a:100%", "a 100%"),
    ] {
        let header = basic(sent);
        let call = read_call(BodyKind::Form, Some(header.as_bytes()), GRANT.as_bytes()).unwrap();
        assert_eq!(presented(&call), meant);
    }
    let header = basic("a:");
    let call = read_call(BodyKind::Form, Some(header.as_bytes()), GRANT.as_bytes()).unwrap();
    assert_eq!(presented(&call), "a");
}

#[test]
fn a_header_that_is_not_basic_or_not_readable_is_refused() {
    for header in [
        "Bearer x",
        "Basic",
        "Basic ",
        "Basic !!",
        "Basic YQ==",
        "basic /w==",
        "",
    ] {
        let outcome = read_call(BodyKind::Form, Some(header.as_bytes()), GRANT.as_bytes());
        assert!(matches!(outcome, Err(CallError::Malformed(_))), "{header}");
    }
    let long = format!("Basic {}", "A".repeat(5_000));
    assert!(read_call(BodyKind::Form, Some(long.as_bytes()), GRANT.as_bytes()).is_err());
}

#[test]
fn one_mechanism_a_request() {
    let header = basic("a:b");
    let with = |more: &str| {
        let body = format!("{GRANT}&{more}");
        read_call(BodyKind::Form, Some(header.as_bytes()), body.as_bytes())
            .map(|call| presented(&call))
    };
    assert_eq!(with("client_id=a").unwrap(), "a b");
    assert!(matches!(with("client_id=c"), Err(CallError::Malformed(_))));
    assert!(matches!(
        with("client_id=a&client_secret=b"),
        Err(CallError::Malformed(_))
    ));
    assert!(matches!(
        with("client_assertion=x"),
        Err(CallError::Malformed(_))
    ));
    let body = format!("{GRANT}&client_assertion=x&client_secret=b");
    assert!(matches!(form(&body), Err(CallError::Malformed(_))));
    let body = format!("{GRANT}&client_assertion=x");
    assert_eq!(form(&body).unwrap_err(), CallError::AssertionUnsupported);
}

#[test]
fn grant_types_and_scopes_are_checked() {
    assert_eq!(form("").unwrap_err(), CallError::MissingGrantType);
    assert_eq!(
        form("grant_type=password").unwrap_err(),
        CallError::UnsupportedGrantType
    );
    let body = format!("{GRANT}&scope=%22");
    assert_eq!(form(&body).unwrap_err(), CallError::ScopeCharacters);
}

#[test]
fn debug_does_not_print_the_secret() {
    let body = format!("{GRANT}&client_id=a&client_secret=hunter2");
    let call = form(&body).unwrap();
    assert!(!format!("{call:?} {:?}", call.presented()).contains("hunter2"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        body in prop::collection::vec(any::<u8>(), 0..300),
        header in prop::option::of(prop::collection::vec(any::<u8>(), 0..100)),
    ) {
        for kind in [BodyKind::Form, BodyKind::Json] {
            let _ = read_call(kind, header.as_deref(), &body);
        }
    }
}
