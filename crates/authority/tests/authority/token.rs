//! Every reason why there is no token, once.

use std::sync::Arc;

use m2mint_authority::log::Durability;
use m2mint_authority::registry::clients::Retire;
use m2mint_authority::token::authenticate::AuthenticationFailure;
use m2mint_authority::token::{Presented, TokenError};
use m2mint_domain::resource_server::SigningAlg;
use m2mint_domain::signing_key::KeyFamily;
use m2mint_domain::{Change, Denial};

use crate::failing::FailingStore;
use crate::node::{API, Node, acme, actor};

async fn node() -> (Arc<FailingStore>, Node) {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Durable).await;
    (store, node)
}

#[tokio::test]
async fn every_failure_of_authentication_is_told_apart_for_the_log() {
    let (_, node) = node().await;
    let (client, secret) = node.begin().await;
    let id = client.as_str();
    let retire = Retire::After { secs: 1 };
    node.registry
        .rotate_secret(&acme(), &actor(), id, None, retire)
        .await
        .unwrap();
    node.clock.advance_secs(1);
    let with = |client_id, secret| Presented::Secret { client_id, secret };
    for (presented, expected) in [
        (Presented::Nothing, AuthenticationFailure::NoClientId),
        (
            Presented::ClientId("nobody"),
            AuthenticationFailure::UnknownClient,
        ),
        (with("nobody", "x"), AuthenticationFailure::UnknownClient),
        (Presented::ClientId(id), AuthenticationFailure::NoSecret),
        (with(id, "x"), AuthenticationFailure::WrongSecret),
        (
            with(id, &"x".repeat(10_000)),
            AuthenticationFailure::WrongSecret,
        ),
        (
            with(id, secret.reveal()),
            AuthenticationFailure::ExpiredSecret,
        ),
    ] {
        let error = node.ask_with(presented, Some(API)).await.unwrap_err();
        let TokenError::Client(failure) = &error else {
            panic!("{error}");
        };
        assert_eq!(*failure, expected);
        assert_eq!(error.log_description(), "Failed client authentication");
        assert!(error.log_details().unwrap().contains(&expected.to_string()));
        // The caller's text says nothing of which part was wrong.
        assert_eq!(error.to_string(), "client authentication failed");
    }
    let written = node.written().await;
    assert_eq!(written.len(), 7);
    assert!(!format!("{written:?}").contains(secret.reveal()));
}

#[tokio::test]
async fn a_denial_is_one_of_the_register() {
    let (_, node) = node().await;
    let (client, secret) = node.begin().await;
    let presented = Presented::Secret {
        client_id: client.as_str(),
        secret: secret.reveal(),
    };
    let refused = node.ask_with(presented, None).await;
    assert!(matches!(
        refused,
        Err(TokenError::Denied(Denial::NoAudience))
    ));
    let refused = node.ask_with(presented, Some("https://none.example")).await;
    assert!(matches!(
        refused,
        Err(TokenError::Denied(Denial::UnknownAudience { .. }))
    ));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_a_reason_of_its_own() {
    let (store, node) = node().await;
    let (client, secret) = node.begin().await;
    store.logs_are_away(true);
    let refused = node.ask(&client, &secret).await;
    assert!(matches!(refused, Err(TokenError::Log(_))));
}

#[tokio::test]
async fn a_tenant_without_a_key_of_the_algorithm_gives_no_token() {
    let (_, node) = node().await;
    let (client, secret) = node.begin().await;
    node.api("https://ed.example", SigningAlg::EdDsa).await;
    node.grant(&client, "https://ed.example").await;
    let presented = Presented::Secret {
        client_id: client.as_str(),
        secret: secret.reveal(),
    };
    node.ask_with(presented, Some("https://ed.example"))
        .await
        .unwrap();
    // Nothing in the product does this: keys come with the API and stay.
    node.registry
        .commit(&acme(), &actor(), |state| {
            let keys = state.signing_keys().iter();
            let gone = keys.filter(|key| key.family == KeyFamily::Ed25519);
            Ok((
                gone.map(|key| Change::DeleteSigningKey(key.id.clone()))
                    .collect(),
                (),
            ))
        })
        .await
        .unwrap();
    let refused = node.ask_with(presented, Some("https://ed.example")).await;
    assert!(matches!(refused, Err(TokenError::NoKey)));
    node.ask(&client, &secret).await.unwrap();
}
