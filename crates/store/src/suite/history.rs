//! What was changed: every change with what was before it, in pages.

use std::sync::Arc;

use m2mint_domain::Change;
use m2mint_domain::id::TenantId;

use super::samples::{actor, at, client, commit, server, tenant};
use crate::commit::Revision;
use crate::history::{HistoryEntry, HistoryQuery, Place};
use crate::store::Store;

async fn ask(store: &Arc<dyn Store>, query: HistoryQuery) -> Vec<HistoryEntry> {
    let acme: TenantId = "acme".parse().unwrap();
    store.history(&acme, &query).await.unwrap()
}

fn of(kind: &str, id: Option<&str>) -> HistoryQuery {
    HistoryQuery {
        kind: Some(kind.into()),
        id: id.map(Into::into),
        before: None,
        take: 100,
    }
}

fn place(revision: u64, ordinal: u64) -> Place {
    Place {
        revision: Revision::new(revision),
        ordinal,
    }
}

/// A client under another name.
fn renamed(change: &Change, name: &str) -> Change {
    let Change::PutClient(client) = change else {
        panic!("not a client");
    };
    let mut client = m2mint_domain::client::Client::clone(client);
    client.name = name.into();
    Change::PutClient(Arc::new(client))
}

async fn write(store: &Arc<dyn Store>, revision: u64, changes: Vec<Change>) {
    let commit = commit("acme", Revision::new(revision), changes);
    store.commit(&commit).await.unwrap();
}

pub(super) async fn the_history_has_every_change_with_what_was_before(store: Arc<dyn Store>) {
    let first = client("a");
    let second = renamed(&first, "second");
    let third = renamed(&first, "third");
    let gone = Change::DeleteClient("a".parse().unwrap());
    write(&store, 0, vec![tenant("acme"), first.clone()]).await;
    write(&store, 1, vec![client("b"), second.clone()]).await;
    // Twice in one commit: each has the other before it.
    write(&store, 2, vec![third.clone(), gone.clone()]).await;

    let found = ask(&store, of("client", Some("a"))).await;
    let steps: Vec<_> = found
        .iter()
        .map(|one| (one.place, one.change.clone(), one.before.clone()))
        .collect();
    assert_eq!(
        steps,
        [
            (place(3, 1), gone, Some(third.clone())),
            (place(3, 0), third, Some(second.clone())),
            (place(2, 1), second, Some(first.clone())),
            (place(1, 1), first, None),
        ]
    );
    let written = commit("acme", Revision::ZERO, Vec::new());
    assert_eq!(found[0].actor, actor());
    assert_eq!(found[0].at, written.at);
    assert!(found[0].at >= at(0));

    // An object that comes again has its own end before it.
    write(&store, 3, vec![client("a")]).await;
    let again = ask(&store, of("client", Some("a"))).await;
    assert_eq!(again.len(), 5);
    assert!(matches!(again[0].before, Some(Change::DeleteClient(_))));
}

pub(super) async fn the_history_comes_in_pages_of_an_object_or_a_kind(store: Arc<dyn Store>) {
    let changes = vec![tenant("acme"), client("a"), server("rs", "https://a")];
    write(&store, 0, changes).await;
    write(&store, 1, vec![client("a"), client("b")]).await;
    let places = |found: Vec<HistoryEntry>| -> Vec<Place> {
        found.into_iter().map(|one| one.place).collect()
    };
    let everything = HistoryQuery {
        take: 100,
        ..HistoryQuery::default()
    };
    let all = [
        place(2, 1),
        place(2, 0),
        place(1, 2),
        place(1, 1),
        place(1, 0),
    ];
    assert_eq!(places(ask(&store, everything.clone()).await), all);
    let page = |query: &HistoryQuery, before, take| HistoryQuery {
        before,
        take,
        ..query.clone()
    };
    for (query, expected) in [
        (page(&everything, None, 2), &all[..2]),
        (page(&everything, Some(all[1]), 2), &all[2..4]),
        (page(&everything, Some(all[4]), 2), &[]),
        (page(&everything, None, 0), &[]),
        (of("client", None), &[all[0], all[1], all[3]]),
        (page(&of("client", None), Some(all[1]), 9), &all[3..4]),
        (of("client", Some("b")), &all[..1]),
        (of("resource_server", Some("a")), &[]),
        (of("resource_server", None), &all[2..3]),
    ] {
        assert_eq!(
            places(ask(&store, query.clone()).await),
            expected,
            "{query:?}"
        );
    }
    let nobody: TenantId = "nobody".parse().unwrap();
    assert_eq!(store.history(&nobody, &everything).await.unwrap(), []);
}
