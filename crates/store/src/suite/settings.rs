//! What is kept beside register and log.

use std::sync::Arc;

use super::samples::at;
use crate::store::{SecretUse, Store};

pub(super) async fn the_newest_use_of_a_secret_is_kept(store: Arc<dyn Store>) {
    let once = |tenant: &str, client: &str, credential: &str, secs| SecretUse {
        tenant: tenant.parse().unwrap(),
        client: client.parse().unwrap(),
        credential: credential.parse().unwrap(),
        at: at(secs),
    };
    let uses = [
        once("acme", "a", "cred_2", 5),
        once("acme", "a", "cred_1", 5),
        once("acme", "a", "cred_1", 4),
        once("acme", "b", "cred_3", 1),
        once("beta", "a", "cred_1", 9),
    ];
    store.record_secret_uses(&uses).await.unwrap();
    store.record_secret_uses(&[]).await.unwrap();
    let later = [
        once("acme", "a", "cred_2", 6),
        once("acme", "a", "cred_1", 3),
    ];
    store.record_secret_uses(&later).await.unwrap();

    let (acme, a) = ("acme".parse().unwrap(), "a".parse().unwrap());
    let found = store.secret_uses(&acme, &a).await.unwrap();
    let found: Vec<_> = found.iter().map(|(id, at)| (id.as_str(), *at)).collect();
    assert_eq!(found, [("cred_1", at(5)), ("cred_2", at(6))]);
}

pub(super) async fn settings_read_back(store: Arc<dyn Store>) {
    assert_eq!(store.setting("fingerprint").await.unwrap(), None);
    store.set_setting("fingerprint", "a").await.unwrap();
    store.set_setting("fingerprint", "é\0").await.unwrap();
    store.set_setting("other", "").await.unwrap();
    let found = store.setting("fingerprint").await.unwrap();
    assert_eq!(found.as_deref(), Some("é\0"));
    assert_eq!(store.setting("other").await.unwrap().as_deref(), Some(""));
}

pub(super) async fn a_fresh_store_is_healthy(store: Arc<dyn Store>) {
    let health = store.check().await.unwrap();
    assert!(health.writable);
    assert_eq!(health.problems, Vec::<String>::new());
}
