//! The wrong master key.

use std::error::Error as _;
use std::sync::Arc;

use m2mint_authority::Snapshots;
use m2mint_authority::host::Origins;
use m2mint_authority::keys::VaultError;
use m2mint_authority::log::Durability;
use m2mint_authority::snapshot::RefreshError;
use m2mint_domain::resource_server::SigningAlg;

use crate::failing::FailingStore;
use crate::node::{Node, acme, vault};

#[tokio::test]
async fn with_the_wrong_master_key_nothing_opens_and_the_error_says_what_and_whose() {
    let store = FailingStore::new().await;
    let node = Node::on(Arc::<FailingStore>::clone(&store), Durability::Buffered).await;
    node.begin().await;
    let wrong = Snapshots::load(store, vault(8), Origins::default()).await;
    let Err(RefreshError::Vault(error)) = wrong else {
        panic!("{wrong:?}");
    };
    let tenant = node.snapshots.tenant(&acme()).unwrap();
    let current = &tenant.state().signing_keys().first().unwrap().id;
    assert!(matches!(error, VaultError::Sealed { .. }));
    assert_eq!(
        error.to_string(),
        format!(
            "acme/signing_key/{current}/private_key of tenant acme does not open with this master key"
        )
    );
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_signing_secret_is_named_too() {
    let store = FailingStore::new().await;
    let node = Node::on(store, Durability::Buffered).await;
    node.begin().await;
    node.api("https://hs.example", SigningAlg::Hs256).await;
    let tenant = node.snapshots.tenant(&acme()).unwrap();
    let server = tenant
        .state()
        .resource_server_for("https://hs.example")
        .unwrap();
    let sealed = server.signing_secret.as_ref().unwrap();
    let id = server.id.as_str();
    assert!(vault(7).open_signing_secret(&acme(), id, sealed).is_ok());
    let error = vault(8)
        .open_signing_secret(&acme(), id, sealed)
        .unwrap_err();
    assert!(error.to_string().contains(id), "{error}");
    // Nor does it open as another API's.
    assert!(
        vault(7)
            .open_signing_secret(&acme(), "other", sealed)
            .is_err()
    );
    assert_ne!(vault(7).fingerprint(), vault(8).fingerprint());
}
