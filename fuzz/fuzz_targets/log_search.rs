//! Searches of the log: any text is a search or an error with its place, and a search can be asked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use m2mint_authority::log_search::{Dialect, LogSearch};
use m2mint_domain::Timestamp;
use m2mint_domain::log_event::{LogEvent, LogKind};
use m2mint_store::LogQuery;

fuzz_target!(|text: &str| {
    let at = Timestamp::from_millis(1_769_862_600_007);
    let mut event = LogEvent::new(at, LogKind::TokenRefused, "Unauthorized".into(), "a.b".into());
    event.client_name = Some("billing".into());
    for dialect in [Dialect::Lucene, Dialect::Simple] {
        match LogSearch::parse(text, dialect) {
            Ok(search) => {
                let found = search.matches(7, &event);
                let mut query = LogQuery::default();
                search.narrow(&mut query);
                // What the store leaves out early is never what the search would find.
                if found {
                    assert!(query.kinds.is_empty() || query.kinds.contains(&event.kind));
                    assert!(query.client_id.is_none());
                    assert!(query.since.is_none_or(|since| since <= at));
                    assert!(query.until.is_none_or(|until| at < until));
                }
            }
            Err(error) => assert!(error.at <= text.chars().count() + 1),
        }
    }
});
