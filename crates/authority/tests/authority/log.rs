//! What the log promises when the store fails.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use m2mint_authority::log::{Durability, LogUnavailable};
use m2mint_authority::token::{Presented, TokenError};
use m2mint_domain::Timestamp;
use m2mint_domain::log_event::{LogEvent, LogKind};

use crate::failing::FailingStore;
use crate::node::{Node, START, acme};

async fn node(durability: Durability) -> (Arc<FailingStore>, Node) {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), durability).await;
    (store, node)
}

fn event(number: usize) -> LogEvent {
    LogEvent::new(
        Timestamp::from_secs(START),
        LogKind::TokenIssued,
        format!("event {number}").into(),
        "acme.example".into(),
    )
}

#[tokio::test]
async fn durable_means_no_token_without_its_event_on_disk() {
    let (store, node) = node(Durability::Durable).await;
    let (client, secret) = node.begin().await;
    node.ask(&client, &secret).await.unwrap();
    // No flush: it is there already.
    assert_eq!(node.written().await.len(), 1);

    store.logs_are_away(true);
    assert!(matches!(
        node.ask(&client, &secret).await,
        Err(TokenError::Log(LogUnavailable))
    ));
    assert_eq!(node.written().await.len(), 1);

    store.logs_are_away(false);
    node.ask(&client, &secret).await.unwrap();
    assert_eq!(node.written().await.len(), 2);
}

#[tokio::test]
async fn durable_refusals_are_refusals_even_when_they_cannot_be_written() {
    let (store, node) = node(Durability::Durable).await;
    let (client, _) = node.begin().await;
    store.logs_are_away(true);
    let refused = node
        .ask_with(Presented::ClientId(client.as_str()), None)
        .await;
    assert!(matches!(refused, Err(TokenError::Client(_))));
}

/// Whoever looks late must not take the next batch's success for their own.
#[tokio::test(start_paused = true)]
async fn an_event_that_was_lost_is_never_reported_as_written() {
    let (store, node) = node(Durability::Durable).await;
    store.logs_are_away(true);
    let tenant = acme();
    let mut lost = pin!(node.log.record(&tenant, event(1)));
    // It is in the queue now, and its caller does not look again for a while.
    poll_fn(|context| {
        assert!(lost.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    store.logs_are_away(false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    node.log.record(&tenant, event(2)).await.unwrap();

    assert_eq!(lost.await, Err(LogUnavailable));
    let written = node.written().await;
    let texts: Vec<&str> = written.iter().map(|one| &*one.description).collect();
    assert_eq!(texts, ["event 2"]);
}

#[tokio::test(start_paused = true)]
async fn buffered_tokens_go_on_and_their_events_are_written_when_the_store_is_back() {
    let (store, node) = node(Durability::Buffered).await;
    let (client, secret) = node.begin().await;
    store.logs_are_away(true);
    for _ in 0..3 {
        node.ask(&client, &secret).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(node.log.flush().await, Err(LogUnavailable));
    assert_eq!(node.written().await.len(), 0);
    assert_eq!(node.log.dropped(), 0);

    store.logs_are_away(false);
    tokio::time::sleep(Duration::from_secs(2)).await;
    node.log.flush().await.unwrap();
    assert_eq!(node.written().await.len(), 3);
}

#[tokio::test]
async fn when_the_queue_is_full_new_events_are_dropped_and_counted() {
    // Nobody writes, so everything waits.
    let store = FailingStore::new().await;
    let node = Node::silent(store, Durability::Buffered).await;
    for number in 0..65_536 {
        node.log.record(&acme(), event(number)).await.unwrap();
    }
    assert_eq!(node.log.dropped(), 0);
    for number in 0..3 {
        node.log.record(&acme(), event(number)).await.unwrap();
    }
    assert_eq!(node.log.dropped(), 3);
}

#[tokio::test]
async fn a_full_queue_breaks_the_durable_promise_and_says_so() {
    let store = FailingStore::new().await;
    let node = Node::silent(store, Durability::Durable).await;
    let tenant = acme();
    for number in 0..65_536 {
        let mut waiting = pin!(node.log.record(&tenant, event(number)));
        poll_fn(|context| {
            assert!(waiting.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    assert_eq!(
        node.log.record(&tenant, event(0)).await,
        Err(LogUnavailable)
    );
    assert_eq!(node.log.dropped(), 1);
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let store = FailingStore::new().await;
    let node = Node::silent(store, Durability::Buffered).await;
    for number in 0..5 {
        node.log.record(&acme(), event(number)).await.unwrap();
    }
    node.log.close();
    Arc::clone(&node.log).run().await;
    assert_eq!(node.written().await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_a_store_that_is_away() {
    let store = FailingStore::new().await;
    let node = Node::silent(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    store.logs_are_away(true);
    node.log.record(&acme(), event(0)).await.unwrap();
    node.log.close();
    Arc::clone(&node.log).run().await;
    assert_eq!(node.log.flush().await, Err(LogUnavailable));
}

#[tokio::test]
async fn uses_of_secrets_are_known_at_once_and_on_disk_when_the_process_ends() {
    let store = FailingStore::new().await;
    let node = Node::on(store, Durability::Durable).await;
    let (client, secret) = node.begin().await;
    let known = async || {
        let tenant = node.snapshots.tenant(&acme()).unwrap();
        let entry = tenant.state().client(client.as_str()).unwrap();
        let uses = node.registry.secret_uses(&acme(), entry).await.unwrap();
        uses.into_values()
            .map(Timestamp::as_secs)
            .collect::<Vec<_>>()
    };
    assert!(known().await.is_empty());
    node.ask(&client, &secret).await.unwrap();
    node.clock.advance_secs(7);
    node.ask(&client, &secret).await.unwrap();
    assert_eq!(known().await, [START + 7]);

    node.maintenance.close().await;
    let stored = node.store.secret_uses(&acme(), &client).await.unwrap();
    assert_eq!(stored.first().unwrap().1.as_secs(), START + 7);
}
