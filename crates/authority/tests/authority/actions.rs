//! Actions without HTTP: what a bound one means for tokens, on every way a snapshot comes to be.

use std::sync::Arc;

use m2mint_authority::action::Action;
use m2mint_authority::documents;
use m2mint_authority::log::Durability;
use m2mint_authority::registry::action_bindings::{BindingRef, NewBinding};
use m2mint_authority::registry::actions::ActionEdit;
use m2mint_authority::script::NewSecret;
use m2mint_authority::token::TokenError;
use m2mint_authority::trigger::{CREDENTIALS_EXCHANGE, Trigger};
use m2mint_domain::document::{Document, DocumentKind};
use m2mint_domain::{Change, Timestamp};
use m2mint_store::StoreUrl;
use zeroize::Zeroizing;

use crate::node::{Node, START, acme, actor};

async fn node() -> Node {
    let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
    Node::on(store, Durability::Buffered).await
}

fn edit(name: &str) -> ActionEdit {
    ActionEdit {
        name: Some(name.into()),
        supported_triggers: Some(vec![(CREDENTIALS_EXCHANGE.into(), None)]),
        secrets: Some(vec![NewSecret {
            name: "key".into(),
            value: Some(Zeroizing::new("hunter2".into())),
        }]),
        ..ActionEdit::default()
    }
}

async fn bind(node: &Node, names: &[&str]) {
    let trigger = Trigger::find(CREDENTIALS_EXCHANGE, None).unwrap();
    let new: Vec<NewBinding> = names
        .iter()
        .map(|name| NewBinding {
            reference: BindingRef::ActionName((*name).to_owned()),
            display_name: None,
        })
        .collect();
    node.registry
        .set_action_bindings(&acme(), &actor(), trigger, &new)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bound_action_is_seen_by_a_node_that_starts_and_by_one_that_catches_up() {
    let first = node().await;
    let (client, secret) = first.begin().await;
    let second = Node::on(Arc::clone(&first.store), Durability::Buffered).await;
    first
        .registry
        .create_action(&acme(), &actor(), &edit("deny"), true)
        .await
        .unwrap();
    second.snapshots.refresh().await.unwrap();
    second.ask(&client, &secret).await.unwrap();

    bind(&first, &["deny"]).await;
    second.snapshots.refresh().await.unwrap();
    let third = Node::on(Arc::clone(&first.store), Durability::Buffered).await;
    for node in [&first, &second, &third] {
        let refused = node.ask(&client, &secret).await;
        assert!(matches!(refused, Err(TokenError::ActionsCannotRun)));
    }

    bind(&first, &[]).await;
    second.snapshots.refresh().await.unwrap();
    for node in [&first, &second] {
        node.ask(&client, &secret).await.unwrap();
    }
}

#[tokio::test]
async fn a_list_of_bindings_that_cannot_be_read_keeps_tokens_from_being_issued() {
    let node = node().await;
    let (client, secret) = node.begin().await;
    let now = Timestamp::from_secs(START);
    let newer = Document {
        kind: DocumentKind::ActionBindings,
        id: CREDENTIALS_EXCHANGE.into(),
        parent: None,
        body: r#"{"of":"a newer release"}"#.into(),
        created_at: now,
        updated_at: now,
    };
    let change = Change::PutDocument(Arc::new(newer));
    node.registry
        .commit(&acme(), &actor(), |_| Ok((vec![change.clone()], ())))
        .await
        .unwrap();
    let refused = node.ask(&client, &secret).await;
    assert!(matches!(refused, Err(TokenError::ActionsCannotRun)));
}

#[tokio::test]
async fn a_refused_change_of_an_action_leaves_no_trace() {
    let node = node().await;
    node.begin().await;
    let made = node
        .registry
        .create_action(&acme(), &actor(), &edit("one"), false)
        .await
        .unwrap();
    let id = made.action.object.id;
    let before = node.registry.current(&acme()).await.unwrap();
    let wrong = ActionEdit {
        name: Some("renamed".into()),
        supported_triggers: Some(vec![("none".into(), None)]),
        ..ActionEdit::default()
    };
    node.registry
        .update_action(&acme(), &actor(), &id, &wrong)
        .await
        .unwrap_err();
    let after = node.registry.current(&acme()).await.unwrap();
    assert_eq!(before.revision(), after.revision());
    let action = documents::find::<Action>(after.state(), &id).unwrap();
    assert_eq!(action.object.name, "one");
}
