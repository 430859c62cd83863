//! The log: numbers, pages, filters, purging.

use std::sync::Arc;

use m2mint_domain::Timestamp;
use m2mint_domain::id::TenantId;
use m2mint_domain::log_event::{LogEvent, LogKind};

use super::samples::at;
use crate::log_query::{LogCondition, LogEntry, LogOrder, LogQuery};
use crate::log_tally::{LogDay, LogTally, TallyQuery};
use crate::store::{LogCursor, Store};

/// A token of client `c0`, `c1` or `c2`, at the second `number`; every fifth is a refusal.
pub(super) fn event(number: i64) -> LogEvent {
    let kind = match number % 5 {
        0 => LogKind::TokenRefused,
        _ => LogKind::TokenIssued,
    };
    let mut event = LogEvent::new(
        at(number),
        kind,
        "Client Credentials".into(),
        "acme.example".into(),
    );
    event.client_id = Some(format!("c{}", number % 3).parse().unwrap());
    event
}

fn full() -> LogEvent {
    LogEvent {
        at: at(3),
        kind: LogKind::ManagementChanged,
        description: "Update a client — 更新".into(),
        client_id: Some("c".parse().unwrap()),
        client_name: Some("課金".into()),
        credential_id: Some("cred_1".parse().unwrap()),
        ip: Some("2001:db8::7".parse().unwrap()),
        hostname: "acme.example".into(),
        user_agent: Some("curl/8".into()),
        audience: Some("https://api.example".into()),
        scope: Some("read:x write:x".into()),
        organization: Some(("org_1".parse().unwrap(), "acme".into())),
        token_id: Some("AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap()),
        details: Some(r#"{"a":1}"#.into()),
    }
}

fn acme() -> TenantId {
    "acme".parse().unwrap()
}

async fn append(store: &Arc<dyn Store>, numbers: impl Iterator<Item = i64>) {
    let events: Vec<_> = numbers.map(event).collect();
    store.append_logs(&[(acme(), events)]).await.unwrap();
}

async fn find(store: &Arc<dyn Store>, query: &LogQuery) -> Vec<LogEntry> {
    store.find_logs(&acme(), query).await.unwrap()
}

async fn numbers(store: &Arc<dyn Store>, query: &LogQuery) -> Vec<u64> {
    let entries = find(store, query).await;
    entries.iter().map(|entry| entry.sequence).collect()
}

fn oldest_first() -> LogQuery {
    LogQuery {
        order: LogOrder::OldestFirst,
        ..LogQuery::default()
    }
}

pub(super) async fn log_events_read_back_numbered(store: Arc<dyn Store>) {
    let beta: TenantId = "beta".parse().unwrap();
    store.append_logs(&[]).await.unwrap();
    store
        .append_logs(&[
            (acme(), vec![event(1), full()]),
            (beta.clone(), vec![event(2)]),
            (acme(), Vec::new()),
            (acme(), vec![event(4)]),
        ])
        .await
        .unwrap();
    let entries = find(&store, &oldest_first()).await;
    let entries: Vec<_> = entries.into_iter().map(|e| (e.sequence, e.event)).collect();
    assert_eq!(entries, [(1, event(1)), (2, full()), (3, event(4))]);
    let others = store.find_logs(&beta, &oldest_first()).await.unwrap();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].sequence, 1);
}

pub(super) async fn logs_are_paged_from_both_ends(store: Arc<dyn Store>) {
    // Blocks of 4, 1 and 5.
    append(&store, 1..=4).await;
    append(&store, 5..=5).await;
    append(&store, 6..=10).await;
    let newest = LogQuery::default();
    let oldest = oldest_first();
    let page = |query: &LogQuery, after, skip, take| LogQuery {
        after,
        skip,
        take,
        ..query.clone()
    };
    for (query, expected) in [
        (page(&newest, None, 0, 3), vec![10, 9, 8]),
        (page(&newest, None, 3, 4), vec![7, 6, 5, 4]),
        (page(&newest, Some(6), 0, 3), vec![5, 4, 3]),
        (page(&newest, Some(6), 1, 9), vec![4, 3, 2, 1]),
        (page(&newest, Some(1), 0, 9), vec![]),
        (page(&newest, Some(0), 0, 9), vec![]),
        (page(&newest, Some(99), 9, 9), vec![1]),
        (page(&oldest, None, 0, 3), vec![1, 2, 3]),
        (page(&oldest, None, 3, 4), vec![4, 5, 6, 7]),
        (page(&oldest, Some(3), 0, 3), vec![4, 5, 6]),
        (page(&oldest, Some(0), 8, 9), vec![9, 10]),
        (page(&oldest, Some(10), 0, 9), vec![]),
        (page(&oldest, Some(u64::MAX), 0, 9), vec![]),
        (page(&oldest, None, 0, 0), vec![]),
        (page(&oldest, None, 99, 9), vec![]),
    ] {
        assert_eq!(numbers(&store, &query).await, expected, "{query:?}");
    }
    append(&store, 11..=1_500).await;
    let greedy = page(&oldest, None, 0, usize::MAX);
    assert_eq!(numbers(&store, &greedy).await.len(), 1_000);
}

pub(super) async fn logs_are_filtered(store: Arc<dyn Store>) {
    append(&store, 1..=6).await;
    append(&store, 7..=12).await;
    let all = oldest_first();
    for (query, expected) in [
        (
            LogQuery {
                kinds: vec![LogKind::TokenRefused],
                ..all.clone()
            },
            vec![5, 10],
        ),
        (
            LogQuery {
                kinds: vec![LogKind::SecretShown],
                ..all.clone()
            },
            vec![],
        ),
        (
            LogQuery {
                client_id: Some("c1".parse().unwrap()),
                ..all.clone()
            },
            vec![1, 4, 7, 10],
        ),
        (
            LogQuery {
                client_id: Some("c1".parse().unwrap()),
                kinds: vec![LogKind::TokenRefused, LogKind::SecretShown],
                ..all.clone()
            },
            vec![10],
        ),
        (
            LogQuery {
                client_id: Some("c9".parse().unwrap()),
                ..all.clone()
            },
            vec![],
        ),
        (
            LogQuery {
                since: Some(at(6)),
                until: Some(at(8)),
                ..all.clone()
            },
            vec![6, 7],
        ),
        (
            LogQuery {
                since: Some(at(11)),
                order: LogOrder::NewestFirst,
                ..all.clone()
            },
            vec![12, 11],
        ),
        (
            LogQuery {
                until: Some(at(1)),
                ..all.clone()
            },
            vec![],
        ),
        (
            LogQuery {
                client_id: Some("c0".parse().unwrap()),
                after: Some(3),
                skip: 1,
                take: 2,
                ..all
            },
            vec![9, 12],
        ),
    ] {
        assert_eq!(numbers(&store, &query).await, expected, "{query:?}");
    }
}

pub(super) async fn a_condition_of_the_caller_is_paged_like_any_other(store: Arc<dyn Store>) {
    append(&store, 1..=6).await;
    append(&store, 7..=12).await;
    let even = LogCondition::new(|sequence, event| {
        assert_eq!(event.at, at(i64::try_from(sequence).unwrap()));
        sequence.is_multiple_of(2)
    });
    let page = |skip, take| LogQuery {
        skip,
        take,
        condition: Some(even.clone()),
        ..LogQuery::default()
    };
    assert_eq!(numbers(&store, &page(0, 2)).await, [12, 10]);
    assert_eq!(numbers(&store, &page(2, 9)).await, [8, 6, 4, 2]);
    let refused = LogQuery {
        kinds: vec![LogKind::TokenRefused],
        ..page(0, 9)
    };
    assert_eq!(numbers(&store, &refused).await, [10]);
}

pub(super) async fn log_events_are_counted_by_day(store: Arc<dyn Store>) {
    const DAY: i64 = 86_400;
    append(&store, [0, 1, 5, DAY - 1].into_iter()).await;
    append(&store, [DAY + 1, DAY + 3, 3 * DAY + 1].into_iter()).await;
    let tally = async |kind, since, until| {
        let (since, until) = (at(since), at(until));
        let query = TallyQuery { kind, since, until };
        store.tally_logs(&acme(), query).await.unwrap()
    };
    let day = |day: i64, events, first, last| LogDay {
        day: Timestamp::from_millis(day * DAY * 1_000),
        events,
        first: at(first),
        last: at(last),
    };
    // 0, 5 are refusals; clients by the rest of three.
    assert_eq!(
        tally(LogKind::TokenIssued, 0, 9 * DAY).await,
        LogTally {
            days: vec![
                day(0, 2, 1, DAY - 1),
                day(1, 2, DAY + 1, DAY + 3),
                day(3, 1, 3 * DAY + 1, 3 * DAY + 1)
            ],
            clients: 3,
        }
    );
    assert_eq!(
        tally(LogKind::TokenIssued, DAY, DAY + 3).await.days,
        [day(1, 1, DAY + 1, DAY + 1)]
    );
    assert_eq!(
        tally(LogKind::SecretShown, 0, 9 * DAY).await,
        LogTally::default()
    );
}

pub(super) async fn readers_of_a_log_are_remembered_until_it_is_cleared(store: Arc<dyn Store>) {
    let cursor = |position, since: Option<i64>| LogCursor {
        position,
        failing_since: since.map(at),
    };
    let other: TenantId = "other".parse().unwrap();
    let read = async |tenant: &TenantId, reader| store.log_cursor(tenant, reader).await.unwrap();
    let write = async |tenant: &TenantId, reader, cursor| {
        store.set_log_cursor(tenant, reader, cursor).await.unwrap();
    };
    assert_eq!(read(&acme(), "a").await, None);
    write(&acme(), "a", Some(cursor(7, None))).await;
    write(&acme(), "b", Some(cursor(1, None))).await;
    write(&other, "a", Some(cursor(9, None))).await;
    write(&acme(), "a", Some(cursor(8, Some(3)))).await;
    assert_eq!(read(&acme(), "a").await, Some(cursor(8, Some(3))));
    write(&acme(), "a", Some(cursor(8, None))).await;
    assert_eq!(read(&acme(), "a").await, Some(cursor(8, None)));
    write(&acme(), "b", None).await;
    assert_eq!(read(&acme(), "b").await, None);
    store.clear_logs(&acme()).await.unwrap();
    assert_eq!(read(&acme(), "a").await, None);
    assert_eq!(read(&other, "a").await, Some(cursor(9, None)));
}

pub(super) async fn old_blocks_are_purged_and_numbers_go_on(store: Arc<dyn Store>) {
    append(&store, 1..=3).await;
    append(&store, 4..=6).await;
    assert_eq!(store.purge_logs(at(3)).await.unwrap(), 0);
    // The second block has a younger event, so all of it stays.
    assert_eq!(store.purge_logs(at(6)).await.unwrap(), 3);
    assert_eq!(numbers(&store, &oldest_first()).await, [4, 5, 6]);
    assert_eq!(store.purge_logs(at(7)).await.unwrap(), 3);
    assert!(numbers(&store, &oldest_first()).await.is_empty());
    append(&store, 9..=9).await;
    assert_eq!(numbers(&store, &LogQuery::default()).await, [7]);
}

pub(super) async fn a_long_log_is_purged_in_one_call(store: Arc<dyn Store>) {
    let blocks: Vec<_> = (1..=40).map(|one| (acme(), vec![event(one)])).collect();
    store.append_logs(&blocks).await.unwrap();
    assert_eq!(store.purge_logs(at(40)).await.unwrap(), 39);
    assert_eq!(numbers(&store, &oldest_first()).await, [40]);
}

pub(super) async fn a_cleared_log_is_empty_and_counts_from_one_again(store: Arc<dyn Store>) {
    append(&store, 1..=3).await;
    let other: TenantId = "other".parse().unwrap();
    store
        .append_logs(&[(other.clone(), vec![event(1)])])
        .await
        .unwrap();
    store.clear_logs(&acme()).await.unwrap();
    assert!(find(&store, &LogQuery::default()).await.is_empty());
    assert_eq!(
        store
            .find_logs(&other, &LogQuery::default())
            .await
            .unwrap()
            .len(),
        1
    );
    append(&store, 4..=4).await;
    assert_eq!(numbers(&store, &LogQuery::default()).await, [1]);
}
