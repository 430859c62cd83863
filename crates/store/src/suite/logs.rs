//! The log: numbers, pages, filters, purging.

use std::sync::Arc;

use m2mint_domain::id::TenantId;
use m2mint_domain::log_event::{LogEvent, LogKind};

use super::samples::at;
use crate::log_query::{LogEntry, LogOrder, LogQuery};
use crate::store::Store;

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
