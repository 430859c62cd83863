//! Searches: what they find, what they refuse, and that nothing hurts them.

use m2mint_domain::Timestamp;
use m2mint_domain::log_event::{LogEvent, LogKind};
use proptest::prelude::*;

use super::*;

/// 2026-01-31T12:30:00.007Z.
const AT: i64 = 1_769_862_600_007;

fn event() -> LogEvent {
    let at = Timestamp::from_millis(AT);
    let mut event = LogEvent::new(
        at,
        LogKind::TokenRefused,
        "Failed client authentication".into(),
        "acme.example".into(),
    );
    event.client_id = Some("abc123".parse().unwrap());
    event.client_name = Some("Nightly \"billing\"".into());
    event.ip = Some("2001:db8::7".parse().unwrap());
    event.user_agent = Some("curl/8.5".into());
    event
}

fn found(text: &str) -> bool {
    let search = LogSearch::parse(text, Dialect::Lucene);
    search
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .matches(7, &event())
}

#[test]
fn searches_find_what_they_say_and_nothing_else() {
    for (text, expected) in [
        ("type:feccft", true),
        ("type:\"feccft\"", true),
        ("type:FECCFT", false),
        ("type:fecc", false),
        ("type:fecc*", true),
        ("type:*ccf*", true),
        ("type:f*c*t", true),
        ("type:f*x*t", false),
        ("type:*", true),
        ("user_id:*", false),
        ("_exists_:client_id", true),
        ("NOT _exists_:organization_id", true),
        ("feccft", true),
        ("abc123", false),
        ("\"Failed client authentication\"", true),
        ("Failed\\ client\\ *", true),
        ("client_name:\"Nightly \\\"billing\\\"\"", true),
        ("client_name:Nightly*", true),
        ("type:sapi OR type:feccft", true),
        ("type:sapi || type:feccft", true),
        ("type:sapi AND type:feccft", false),
        ("type:feccft client_id:abc123", true),
        ("type:feccft client_id:other", false),
        ("type:sapi OR type:feccft AND client_id:other", false),
        ("(type:sapi OR type:feccft) AND client_id:abc123", true),
        ("type:(sapi OR feccft)", true),
        ("type:(sapi OR seccft)", false),
        ("type:(NOT sapi)", true),
        ("NOT type:sapi", true),
        ("-type:sapi", true),
        ("!type:feccft", false),
        ("NOT NOT type:feccft", true),
        ("+type:feccft", true),
        ("type:feccft && !client_id:other", true),
        ("ip:2001\\:db8\\:\\:7", true),
        ("ip:2001:db8:*", true),
        ("user_agent:curl/8.5", true),
        ("hostname:[acme TO acmf]", true),
        ("hostname:{acme.example TO *]", false),
        ("hostname:[* TO acme.example]", true),
        ("hostname:[* TO acme.example}", false),
        ("date:2026", true),
        ("date:2026-01", true),
        ("date:2026-01-31", true),
        ("date:2026-02-01", false),
        ("date:\"2026-01-31T12:30:00.007Z\"", true),
        ("date:2026-01-31T12:30:00Z", true),
        ("date:2026-01-31T12:30:00.008Z", false),
        ("date:2026-01-31T13:30:00+01:00", true),
        ("date:[2026-01-01 TO 2026-01-31]", true),
        ("date:[2026-01-01 TO 2026-01-31}", false),
        ("date:{2026-01-31 TO *]", false),
        ("date:[2026-01-31T12:30:00.007Z TO *}", true),
        ("date:[* TO 2026-01-31T12:30]", true),
        ("date:2026-01*", true),
        ("log_id:900*0007", true),
        ("organization_id:org_1", false),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn the_older_dialect_matches_beginnings_in_any_case() {
    let found = |text: &str| {
        let search = LogSearch::parse(text, Dialect::Simple).unwrap();
        search.matches(7, &event())
    };
    assert!(found("night"));
    assert!(found("client_name:NIGHT type:fe"));
    assert!(!found("illing"));
    assert!(!found("\"night\""));
    assert!(found("type:\"FECCFT\""));
}

#[test]
fn what_is_not_in_the_language_is_refused_where_it_stands() {
    for (text, at) in [
        ("", 1),
        ("   ", 4),
        ("type:", 6),
        ("type:feccft AND", 16),
        ("OR type:feccft", 1),
        ("(type:feccft", 13),
        ("type:feccft)", 12),
        ("\"open", 6),
        ("open\\", 6),
        ("roam~", 5),
        ("te?t", 3),
        ("a^2", 2),
        ("type:/s.*/", 6),
        ("date:>2026", 6),
        ("date:yesterday", 6),
        ("date:2026-13-01", 6),
        ("date:[2026 2027]", 12),
        ("date:[2026 TO 2027", 19),
        ("nothing:here", 1),
        ("_exists_:nothing", 1),
        ("type:*a", 6),
        ("*", 1),
        ("[a TO b]", 1),
    ] {
        let refused = LogSearch::parse(text, Dialect::Lucene).unwrap_err();
        assert_eq!(refused.at, at, "{text}: {refused}");
    }
}

#[test]
fn length_depth_and_terms_are_bounded() {
    let parse = |text: &str| LogSearch::parse(text, Dialect::Lucene);
    assert!(parse(&format!("{}a{}", "(".repeat(16), ")".repeat(16))).is_ok());
    assert!(parse(&format!("{}a{}", "(".repeat(17), ")".repeat(17))).is_err());
    assert!(parse(&"a ".repeat(64)).is_ok());
    assert!(parse(&"a ".repeat(65)).is_err());
    assert!(parse(&"a".repeat(2_048)).is_ok());
    assert!(parse(&"a".repeat(2_049)).is_err());
    assert!(parse(&format!("{}a", "!".repeat(2_000))).is_ok());
}

#[test]
fn what_must_hold_is_told_to_the_store() {
    let narrowed = |text: &str| {
        let mut query = LogQuery::default();
        LogSearch::parse(text, Dialect::Lucene)
            .unwrap()
            .narrow(&mut query);
        (query.kinds, query.client_id, query.since, query.until)
    };
    let at = |millis| Some(Timestamp::from_millis(millis));
    let (day, next) = (1_769_817_600_000, 1_769_904_000_000);
    assert_eq!(
        narrowed("type:(feccft OR sapi) client_id:abc date:2026-01-31"),
        (
            vec![LogKind::TokenRefused, LogKind::ManagementChanged],
            Some("abc".parse().unwrap()),
            at(day),
            at(next)
        )
    );
    let nothing = (vec![], None, None, None);
    assert_eq!(narrowed("type:feccft OR client_id:abc"), nothing);
    assert_eq!(narrowed("NOT type:feccft"), nothing);
    assert_eq!(narrowed("type:fecc* client_id:ab*"), nothing);
}

proptest! {
    #[test]
    fn hostile_texts_never_panic(text in ".{0,200}") {
        for dialect in [Dialect::Lucene, Dialect::Simple] {
            if let Ok(search) = LogSearch::parse(&text, dialect) {
                let _found = search.matches(7, &event());
            }
        }
    }

    #[test]
    fn nor_do_texts_made_of_the_language(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "type", ":", "date", "(", ")", "\"", "*", " ", "AND", "OR", "NOT", "[", "]", "{", "}",
                "TO", "2026", "\\", "!", "-", "+", "&&", "||", "|", "&", "a", "é", "_exists_", "/", "~",
            ]),
            0..40,
        ),
    ) {
        let text = parts.concat();
        if let Ok(search) = LogSearch::parse(&text, Dialect::Lucene) {
            let mut query = LogQuery::default();
            search.clone().narrow(&mut query);
            // What the store leaves out early is never what the search would find.
            if search.matches(7, &event()) {
                prop_assert!(query.kinds.is_empty() || query.kinds.contains(&LogKind::TokenRefused));
                prop_assert!(query.since.is_none_or(|since| since <= event().at));
                prop_assert!(query.until.is_none_or(|until| event().at < until));
            }
        }
    }

    #[test]
    fn a_quoted_value_finds_itself(name in "[^\u{0}]{1,40}") {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        let search = LogSearch::parse(&format!("client_name:\"{escaped}\""), Dialect::Lucene);
        let mut event = event();
        event.client_name = Some(name.as_str().into());
        prop_assert!(search.unwrap().matches(1, &event));
    }
}
