//! Two nodes on one store: commits that conflict, changes that travel, and snapshots that never go
//! backwards.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use m2mint_authority::Registry;
use m2mint_authority::entropy::SystemEntropy;
use m2mint_authority::log::Durability;
use m2mint_authority::registry::{Refused, RegistryError, SecretsKept};
use m2mint_authority::token::TokenError;
use m2mint_domain::client::Client;
use m2mint_domain::{Change, Denial};
use m2mint_store::{StoreError, StoreUrl};

use crate::failing::FailingStore;
use crate::node::{API, Node, acme, actor, vault};

/// Two processes on one file.
async fn two_nodes(directory: &tempfile::TempDir) -> (Node, Node) {
    let url = StoreUrl::sqlite(directory.path().join("m2mint.db"));
    let one = m2mint_store::open(&url).await.unwrap();
    let two = m2mint_store::open(&url).await.unwrap();
    (
        Node::on(one, Durability::Durable).await,
        Node::on(two, Durability::Durable).await,
    )
}

async fn organization(node: &Node, name: &str) -> Result<(), RegistryError> {
    node.registry
        .create_organization(&acme(), &actor(), name.parse().unwrap(), |_| {})
        .await
        .map(drop)
}

/// A directory of an older release has no such client.
#[tokio::test]
async fn a_tenant_without_a_global_client_is_given_one_once() {
    let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
    let node = Node::on(store, Durability::Durable).await;
    node.begin().await;
    let global = || {
        let tenant = node.snapshots.tenant(&acme()).unwrap();
        tenant
            .state()
            .global_client()
            .map(|client| client.id.clone())
    };
    let first = global().unwrap();
    node.registry
        .commit(&acme(), &actor(), |_| {
            Ok((vec![Change::DeleteClient(first.clone())], ()))
        })
        .await
        .unwrap();
    assert_eq!(global(), None);
    node.registry.complete_tenants(&actor()).await.unwrap();
    let second = global().unwrap();
    node.registry.complete_tenants(&actor()).await.unwrap();
    assert_eq!(global(), Some(second));
}

#[tokio::test]
async fn a_secret_is_kept_sealed_or_not_at_all() {
    let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
    let node = Node::on(store, Durability::Durable).await;
    node.begin().await;
    let sealed = |client: &Client| client.secrets[0].sealed.clone();
    let (client, secret) = node
        .registry
        .create_client(&acme(), &actor(), None, |client| client.name = "a".into())
        .await
        .unwrap();
    let kept = node.registry.client_secret(&acme(), &client).unwrap();
    assert_eq!(kept.unwrap().reveal(), secret.reveal());
    let bytes = sealed(&client).unwrap();
    let clear = secret.reveal().as_bytes();
    let found = bytes
        .as_bytes()
        .windows(8)
        .any(|part| clear.starts_with(part));
    assert!(!found);

    let hashing = Registry::new(
        Arc::clone(&node.snapshots),
        Arc::clone(&node.store),
        vault(7),
        Arc::new(node.clock.clone()),
        Arc::new(SystemEntropy),
    )
    .keeping_secrets(SecretsKept::Hashed);
    let (client, secret) = hashing
        .create_client(&acme(), &actor(), None, |client| client.name = "b".into())
        .await
        .unwrap();
    assert_eq!(sealed(&client), None);
    assert!(hashing.client_secret(&acme(), &client).unwrap().is_none());
    // It works all the same.
    node.grant(&client.id, API).await;
    node.ask(&client.id, &secret).await.unwrap();
}

#[tokio::test]
async fn another_node_sees_a_change_after_a_refresh_and_issues_tokens_by_it() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    let (client, secret) = one.begin().await;
    // The second node has never heard of the tenant.
    assert!(two.snapshots.site("acme.example").is_none());
    two.snapshots.refresh().await.unwrap();
    two.ask(&client, &secret).await.unwrap();

    one.registry
        .delete_client(&acme(), &actor(), client.as_str())
        .await
        .unwrap();
    // At once where it was made, and elsewhere with the next refresh.
    assert!(matches!(
        one.ask(&client, &secret).await,
        Err(TokenError::Client(_))
    ));
    two.ask(&client, &secret).await.unwrap();
    two.snapshots.refresh().await.unwrap();
    assert!(matches!(
        two.ask(&client, &secret).await,
        Err(TokenError::Client(_))
    ));
    assert_eq!(
        one.snapshots.tenant(&acme()).unwrap().revision(),
        two.snapshots.tenant(&acme()).unwrap().revision()
    );
}

#[tokio::test]
async fn reading_through_the_registry_is_never_stale() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    one.begin().await;
    two.registry.current(&acme()).await.unwrap();
    organization(&one, "customer").await.unwrap();
    let current = two.registry.current(&acme()).await.unwrap();
    assert!(current.state().organization_named("customer").is_some());
}

#[tokio::test]
async fn a_rotated_key_reaches_the_other_node() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    one.begin().await;
    two.snapshots.refresh().await.unwrap();
    one.registry.rotate_keys(&acme(), &actor()).await.unwrap();
    two.snapshots.refresh().await.unwrap();
    let jwks = |node: &Node| {
        let tenant = node.snapshots.tenant(&acme()).unwrap();
        tenant.keys().jwks().to_string()
    };
    assert_eq!(jwks(&one), jwks(&two));
    assert_eq!(jwks(&one).matches("\"kid\"").count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_two_nodes_conflict_and_try_again_and_nothing_is_lost() {
    const EACH: usize = 10;
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    one.begin().await;
    two.snapshots.refresh().await.unwrap();
    let write = async |node: &Node, side: &str| {
        for number in 0..EACH {
            organization(node, &format!("{side}-{number}"))
                .await
                .unwrap();
        }
    };
    tokio::join!(write(&one, "one"), write(&two, "two"));
    for node in [&one, &two] {
        let current = node.registry.current(&acme()).await.unwrap();
        assert_eq!(current.state().organizations().count(), 2 * EACH);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_want_the_same_name_one_gets_it() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    one.begin().await;
    two.snapshots.refresh().await.unwrap();
    for number in 0..5 {
        let name = format!("name-{number}");
        let (a, b) = tokio::join!(organization(&one, &name), organization(&two, &name));
        let refused = [a, b]
            .into_iter()
            .filter_map(Result::err)
            .map(|error| {
                matches!(
                    error,
                    RegistryError::Refused(Refused::OrganizationNameTaken)
                )
            })
            .collect::<Vec<_>>();
        assert_eq!(refused, [true]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_snapshot_never_goes_backwards() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = two_nodes(&directory).await;
    one.begin().await;
    two.snapshots.refresh().await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let watch = |snapshots: Arc<m2mint_authority::Snapshots>, stop: Arc<AtomicBool>| {
        std::thread::spawn(move || {
            let mut seen = snapshots.tenant(&acme()).unwrap().revision();
            let mut revisions = HashSet::from([seen]);
            while !stop.load(Ordering::SeqCst) {
                let now = snapshots.tenant(&acme()).unwrap().revision();
                assert!(seen <= now, "{seen:?} came before {now:?}");
                revisions.insert(now);
                seen = now;
                std::thread::yield_now();
            }
            revisions.len()
        })
    };
    let watchers = [
        watch(Arc::clone(&two.snapshots), Arc::clone(&stop)),
        watch(Arc::clone(&two.snapshots), Arc::clone(&stop)),
    ];
    // One node writes; the other writes and refreshes from two tasks at once.
    let write = async |node: &Node, side: &str| {
        for number in 0..8 {
            organization(node, &format!("{side}-{number}"))
                .await
                .unwrap();
        }
    };
    let refresh = async || {
        for _ in 0..40 {
            two.snapshots.refresh().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(write(&one, "one"), write(&two, "two"), refresh(), refresh());
    stop.store(true, Ordering::SeqCst);
    for watcher in watchers {
        watcher.join().unwrap();
    }
    two.snapshots.refresh().await.unwrap();
    assert_eq!(
        two.snapshots
            .tenant(&acme())
            .unwrap()
            .state()
            .organizations()
            .count(),
        16
    );
}

#[tokio::test]
async fn a_conflict_asks_the_rules_again_and_too_many_make_it_busy() {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    node.begin().await;
    let asked = AtomicUsize::new(0);
    let commit = async || {
        node.registry
            .commit(&acme(), &actor(), |state| {
                asked.fetch_add(1, Ordering::SeqCst);
                let tenant = Arc::clone(state.tenant());
                Ok((vec![m2mint_domain::Change::PutTenant(tenant)], ()))
            })
            .await
    };
    store.conflict_next(3);
    commit().await.unwrap();
    assert_eq!(asked.swap(0, Ordering::SeqCst), 4);
    store.conflict_next(1_000);
    assert!(matches!(commit().await, Err(RegistryError::Busy)));
    assert_eq!(asked.load(Ordering::SeqCst), 32);
    store.conflict_next(0);
    commit().await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_away_changes_nothing_and_tokens_go_on() {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    let (client, secret) = node.begin().await;
    let before = node.snapshots.tenant(&acme()).unwrap().revision();
    store.register_is_away(true);

    assert!(node.snapshots.refresh().await.is_err());
    let refused = organization(&node, "customer").await;
    assert!(matches!(
        refused,
        Err(RegistryError::Store(StoreError::Unavailable { .. }))
    ));
    assert_eq!(node.snapshots.tenant(&acme()).unwrap().revision(), before);
    node.ask(&client, &secret).await.unwrap();

    store.register_is_away(false);
    organization(&node, "customer").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cannot_refresh_says_so_until_it_can() {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    let poll = tokio::spawn(Arc::clone(&node.maintenance).run());
    let second = std::time::Duration::from_secs(1);
    tokio::time::sleep(second).await;
    assert!(node.maintenance.is_fresh());
    store.register_is_away(true);
    tokio::time::sleep(second).await;
    assert!(!node.maintenance.is_fresh());
    store.register_is_away(false);
    tokio::time::sleep(second).await;
    assert!(node.maintenance.is_fresh());
    poll.abort();
}

#[tokio::test]
async fn a_tenant_that_is_gone_from_the_store_is_answered_no_more() {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    node.begin().await;
    node.store.delete_tenant(&acme()).await.unwrap();
    node.snapshots.refresh().await.unwrap();
    assert!(node.snapshots.site("acme.example").is_none());
    assert!(matches!(
        organization(&node, "x").await,
        Err(RegistryError::Refused(Refused::NoSuchTenant))
    ));
}

#[tokio::test]
async fn a_host_belongs_to_one_tenant() {
    let store = FailingStore::new().await;
    let node = Node::on(store, Durability::Buffered).await;
    node.begin().await;
    let make = async |name: &str, host: &str| {
        node.registry
            .create_tenant(name.parse().unwrap(), host.parse().unwrap(), &actor())
            .await
    };
    assert!(matches!(
        make("other", "acme.example").await,
        Err(RegistryError::Refused(Refused::HostTaken { .. }))
    ));
    assert!(matches!(
        make("acme", "other.example").await,
        Err(RegistryError::Refused(Refused::TenantExists))
    ));
}

#[tokio::test]
async fn a_request_ends_as_it_began() {
    let store = FailingStore::new().await;
    let node = Node::on(store, Durability::Buffered).await;
    let (client, _) = node.begin().await;
    let site = node.authority.site("acme.example").unwrap();
    node.registry
        .delete_client(&acme(), &actor(), client.as_str())
        .await
        .unwrap();
    assert!(site.tenant.state().client(client.as_str()).is_some());
    let request = m2mint_domain::TokenRequest {
        audience: Some(API),
        ..m2mint_domain::TokenRequest::default()
    };
    let entry = site.tenant.state().client(client.as_str()).unwrap();
    let denied = m2mint_domain::authorize(site.tenant.state(), entry, &request).err();
    assert_eq!(denied, None::<Denial>);
}
