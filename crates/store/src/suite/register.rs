//! The register: commits, conflicts, history.

use std::collections::BTreeMap;
use std::sync::Arc;

use m2mint_domain::document::DocumentKind;
use m2mint_domain::signing_key::KeyPlace;
use m2mint_domain::{Change, State};

use super::samples::{
    actor, at, client, commit, default_grant, document, grant, key, of_every_kind, organization,
    server, tenant, tenant_with,
};
use crate::commit::{CommittedChange, Revision};
use crate::error::StoreError;
use crate::log_query::LogQuery;
use crate::store::{SecretUse, Store};

const ZERO: Revision = Revision::ZERO;

/// The objects of a state, as changes by kind and id.
fn objects(state: &State) -> BTreeMap<(String, String), Change> {
    let clients = state
        .clients()
        .cloned()
        .map(Arc::new)
        .map(Change::PutClient);
    let grants = state.client_grants().cloned().map(Change::PutClientGrant);
    let servers = state
        .resource_servers()
        .cloned()
        .map(Change::PutResourceServer);
    let organizations = state.organizations().cloned().map(Change::PutOrganization);
    let keys = state
        .signing_keys()
        .iter()
        .cloned()
        .map(Change::PutSigningKey);
    let documents = DocumentKind::ALL
        .into_iter()
        .flat_map(|kind| state.documents(kind))
        .cloned()
        .map(Change::PutDocument);
    let tenant = std::iter::once(Change::PutTenant(Arc::clone(state.tenant())));
    tenant
        .chain(documents)
        .chain(clients)
        .chain(grants)
        .chain(servers)
        .chain(organizations)
        .chain(keys)
        .map(named)
        .collect()
}

fn named(change: Change) -> ((String, String), Change) {
    let (kind, id) = change.subject();
    ((kind.to_owned(), id.to_owned()), change)
}

async fn loaded(store: &Arc<dyn Store>, tenant: &str) -> (Revision, State) {
    let found = store.load(&tenant.parse().unwrap()).await.unwrap();
    found.unwrap()
}

async fn history(store: &Arc<dyn Store>, since: u64, limit: usize) -> Vec<CommittedChange> {
    let tenant = "acme".parse().unwrap();
    store
        .changes_since(&tenant, Revision::new(since), limit)
        .await
        .unwrap()
}

pub(super) async fn every_change_reads_back(store: Arc<dyn Store>) {
    let changes = of_every_kind();
    let revision = store
        .commit(&commit("acme", ZERO, changes.clone()))
        .await
        .unwrap();
    assert_eq!(revision, Revision::new(1));

    let (revision, state) = loaded(&store, "acme").await;
    assert_eq!(revision, Revision::new(1));
    let expected: BTreeMap<_, _> = changes.iter().cloned().map(named).collect();
    assert_eq!(objects(&state), expected);
    let full = state.client("https://client.example/full?x='1'").unwrap();
    assert_eq!(full.grants().count(), 2);

    let history = history(&store, 0, 1_000).await;
    let expected: Vec<_> = changes
        .into_iter()
        .map(|change| CommittedChange {
            revision,
            at: at(1_000),
            actor: actor(),
            change,
        })
        .collect();
    assert_eq!(history, expected);
}

pub(super) async fn every_deletion_reads_back(store: Arc<dyn Store>) {
    let first = commit(
        "acme",
        ZERO,
        vec![
            tenant("acme"),
            server("5f0000000000000000000001", "https://a.example"),
            client("a"),
            grant("cgr_a", "a", "https://a.example"),
            organization("org_a", "a"),
            key("a", KeyPlace::Current),
            document(DocumentKind::Action, "a"),
        ],
    );
    let revision = store.commit(&first).await.unwrap();
    // The client goes before its grant: only the end of a commit counts.
    let deletions = vec![
        Change::DeleteClient("a".parse().unwrap()),
        Change::DeleteClientGrant("cgr_a".parse().unwrap()),
        Change::DeleteOrganization("org_a".parse().unwrap()),
        Change::DeleteResourceServer("5f0000000000000000000001".parse().unwrap()),
        Change::DeleteSigningKey("a".parse().unwrap()),
        Change::DeleteDocument(DocumentKind::Action, "a".into()),
        Change::DeleteClient("never-there".parse().unwrap()),
    ];
    store
        .commit(&commit("acme", revision, deletions.clone()))
        .await
        .unwrap();

    let (_, state) = loaded(&store, "acme").await;
    assert_eq!(state.size(), 0);
    let told: Vec<_> = history(&store, 1, 100).await;
    let told: Vec<_> = told.into_iter().map(|one| one.change).collect();
    assert_eq!(told, deletions);

    // What is deleted leaves its names free.
    let again = vec![
        server("5f0000000000000000000002", "https://a.example"),
        organization("org_b", "a"),
    ];
    let again = commit("acme", Revision::new(2), again);
    store.commit(&again).await.unwrap();
}

pub(super) async fn objects_load_in_the_order_they_were_made(store: Arc<dyn Store>) {
    let made = vec![
        tenant("acme"),
        client("c"),
        key("z", KeyPlace::Previous),
        key("a", KeyPlace::Current),
        grant("cgr_z", "c", "https://z.example"),
    ];
    store.commit(&commit("acme", ZERO, made)).await.unwrap();
    let later = vec![
        key("m", KeyPlace::Next),
        grant("cgr_a", "c", "https://a.example"),
        key("z", KeyPlace::Revoked),
        client("c"),
    ];
    let later = commit("acme", Revision::new(1), later);
    store.commit(&later).await.unwrap();

    let (_, state) = loaded(&store, "acme").await;
    let keys: Vec<_> = state.signing_keys().iter().map(|k| k.id.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
    let grants = state.client("c").unwrap().grants();
    let grants: Vec<_> = grants.map(|grant| grant.id.as_str()).collect();
    assert_eq!(grants, ["cgr_z", "cgr_a"]);
}

pub(super) async fn a_stale_commit_conflicts_and_leaves_no_trace(store: Arc<dyn Store>) {
    let first = commit("acme", ZERO, vec![tenant("acme")]);
    store.commit(&first).await.unwrap();
    for expected in [0, 2] {
        let stale = commit(
            "acme",
            Revision::new(expected),
            vec![tenant("acme"), client("x")],
        );
        let refused = store.commit(&stale).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict), "{refused}");
    }
    let (revision, state) = loaded(&store, "acme").await;
    assert_eq!((revision.number(), state.size()), (1, 0));
    assert_eq!(history(&store, 0, 100).await.len(), 1);
}

pub(super) async fn a_commit_that_breaks_a_rule_leaves_no_trace(store: Arc<dyn Store>) {
    let first = vec![
        tenant("acme"),
        client("a"),
        server("5f0000000000000000000001", "https://a.example"),
        grant("cgr_a", "a", "https://a.example"),
        default_grant("cgr_default", "https://a.example"),
        organization("org_a", "a"),
    ];
    store.commit(&commit("acme", ZERO, first)).await.unwrap();
    let before = objects(&loaded(&store, "acme").await.1);
    for second in [
        server("5f0000000000000000000002", "https://a.example"),
        grant("cgr_b", "a", "https://a.example"),
        grant("cgr_b", "nobody", "https://a.example"),
        default_grant("cgr_b", "https://a.example"),
        organization("org_b", "a"),
        Change::DeleteClient("a".parse().unwrap()),
        tenant("other"),
    ] {
        let broken = vec![client("x"), second.clone()];
        let broken = commit("acme", Revision::new(1), broken);
        let refused = store.commit(&broken).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Refused { .. }),
            "{second:?}: {refused}"
        );
        let (revision, state) = loaded(&store, "acme").await;
        assert_eq!(revision, Revision::new(1));
        assert_eq!(objects(&state), before, "{second:?}");
    }
    assert!(history(&store, 1, 100).await.is_empty());
    // And the store is as good as before.
    let good = commit("acme", Revision::new(1), vec![client("x")]);
    store.commit(&good).await.unwrap();
}

pub(super) async fn a_tenant_begins_with_its_settings(store: Arc<dyn Store>) {
    let acme = "acme".parse().unwrap();
    for (expected, changes) in [
        (0, vec![]),
        (0, vec![client("a"), tenant("acme")]),
        (1, vec![tenant("acme")]),
    ] {
        let early = commit("acme", Revision::new(expected), changes);
        let refused = store.commit(&early).await.unwrap_err();
        assert!(matches!(refused, StoreError::NoSuchTenant), "{refused}");
    }
    assert!(store.load(&acme).await.unwrap().is_none());
    assert!(store.tenants().await.unwrap().is_empty());
    assert!(history(&store, 0, 10).await.is_empty());
}

pub(super) async fn an_empty_commit_changes_nothing(store: Arc<dyn Store>) {
    let first = commit("acme", ZERO, vec![tenant("acme")]);
    let revision = store.commit(&first).await.unwrap();
    let empty = commit("acme", revision, vec![]);
    assert_eq!(store.commit(&empty).await.unwrap(), revision);
    assert_eq!(loaded(&store, "acme").await.0, revision);
}

pub(super) async fn of_two_writers_one_conflicts_each_round(store: Arc<dyn Store>) {
    let first = commit("acme", ZERO, vec![tenant("acme")]);
    let mut revision = store.commit(&first).await.unwrap();
    for round in 0..10 {
        let writer = |name: &str| {
            let store = Arc::clone(&store);
            let change = client(&format!("{name}{round}"));
            tokio::spawn(async move { store.commit(&commit("acme", revision, vec![change])).await })
        };
        let (a, b) = (writer("a"), writer("b"));
        let results = [a.await.unwrap(), b.await.unwrap()];
        let won = results.iter().filter(|one| one.is_ok()).count();
        let lost = |one: &&Result<_, _>| matches!(one, Err(StoreError::Conflict));
        assert_eq!((won, results.iter().filter(lost).count()), (1, 1));
        revision = revision.next();
    }
    let (stored, state) = loaded(&store, "acme").await;
    assert_eq!((stored, state.size()), (revision, 10));
}

pub(super) async fn changes_come_in_whole_revisions(store: Arc<dyn Store>) {
    let commits = [
        vec![tenant("acme"), client("a"), client("b")],
        vec![client("c")],
        vec![client("d"), client("e")],
    ];
    for (number, changes) in (0..).zip(commits) {
        let one = commit("acme", Revision::new(number), changes);
        store.commit(&one).await.unwrap();
    }
    for (since, limit, expected) in [
        (0, 0, vec![1, 1, 1]),
        (0, 1, vec![1, 1, 1]),
        (0, 3, vec![1, 1, 1]),
        (0, 4, vec![1, 1, 1, 2]),
        (0, 5, vec![1, 1, 1, 2]),
        (0, 6, vec![1, 1, 1, 2, 3, 3]),
        (0, usize::MAX, vec![1, 1, 1, 2, 3, 3]),
        (1, 2, vec![2]),
        (1, 3, vec![2, 3, 3]),
        (2, 1, vec![3, 3]),
        (3, 9, vec![]),
    ] {
        let changes = history(&store, since, limit).await;
        let revisions: Vec<_> = changes.iter().map(|one| one.revision.number()).collect();
        assert_eq!(revisions, expected, "since {since}, at most {limit}");
    }
}

pub(super) async fn tenants_are_apart(store: Arc<dyn Store>) {
    for id in ["beta", "acme"] {
        let objects = vec![
            tenant(id),
            client("same"),
            server("5f0000000000000000000001", "https://same.example"),
            organization("org_same", "same"),
        ];
        store.commit(&commit(id, ZERO, objects)).await.unwrap();
    }
    let deletion = vec![Change::DeleteClient("same".parse().unwrap())];
    let deletion = commit("beta", Revision::new(1), deletion);
    store.commit(&deletion).await.unwrap();

    assert!(loaded(&store, "acme").await.1.client("same").is_some());
    assert!(loaded(&store, "beta").await.1.client("same").is_none());
    let tenants = store.tenants().await.unwrap();
    let tenants: Vec<_> = tenants
        .iter()
        .map(|(id, r)| (id.as_str(), r.number()))
        .collect();
    assert_eq!(tenants, [("acme", 1), ("beta", 2)]);
}

pub(super) async fn a_host_belongs_to_one_tenant(store: Arc<dyn Store>) {
    let acme = tenant_with("acme", &["auth.example", "acme.example"]);
    store
        .commit(&commit("acme", ZERO, vec![acme]))
        .await
        .unwrap();
    let beta = tenant_with("beta", &["auth.example"]);
    let refused = store
        .commit(&commit("beta", ZERO, vec![beta.clone()]))
        .await;
    let Err(StoreError::HostTaken { host }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(host.as_str(), "auth.example");
    assert_eq!(store.tenants().await.unwrap().len(), 1);

    // A host that is given up is free.
    let without = commit("acme", Revision::new(1), vec![tenant("acme")]);
    store.commit(&without).await.unwrap();
    store
        .commit(&commit("beta", ZERO, vec![beta]))
        .await
        .unwrap();
}

pub(super) async fn a_deleted_tenant_is_gone_with_its_logs(store: Arc<dyn Store>) {
    let (acme, beta) = ("acme".parse().unwrap(), "beta".parse().unwrap());
    let uses = |tenant: &str| SecretUse {
        tenant: tenant.parse().unwrap(),
        client: "plain".parse().unwrap(),
        credential: "cred_1".parse().unwrap(),
        at: at(1),
    };
    store
        .commit(&commit("acme", ZERO, of_every_kind()))
        .await
        .unwrap();
    store
        .commit(&commit("beta", ZERO, vec![tenant("beta")]))
        .await
        .unwrap();
    let logs = [&acme, &beta].map(|id: &m2mint_domain::id::TenantId| {
        (
            id.clone(),
            vec![super::logs::event(1), super::logs::event(2)],
        )
    });
    store.append_logs(&logs).await.unwrap();
    store
        .record_secret_uses(&[uses("acme"), uses("beta")])
        .await
        .unwrap();

    assert!(store.delete_tenant(&acme).await.unwrap());
    assert!(!store.delete_tenant(&acme).await.unwrap());
    assert!(store.load(&acme).await.unwrap().is_none());
    assert!(history(&store, 0, 10).await.is_empty());

    // One that is made again under the name has nothing of the old one.
    store
        .commit(&commit("acme", ZERO, vec![tenant("acme")]))
        .await
        .unwrap();
    let plain = "plain".parse().unwrap();
    for (id, left) in [(&acme, 0), (&beta, 2)] {
        let entries = store.find_logs(id, &LogQuery::default()).await.unwrap();
        assert_eq!(entries.len(), left, "{id}");
        let uses = store.secret_uses(id, &plain).await.unwrap();
        assert_eq!(uses.len(), left / 2, "{id}");
    }
    assert_eq!(history(&store, 0, 10).await.len(), 1);
}
