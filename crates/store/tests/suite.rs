//! Every store passes the suite. A new one adds one test here.

use std::sync::Arc;

use m2mint_store::{Store, StoreUrl, open, suite};

#[tokio::test]
async fn memory_is_a_store() {
    suite::run(async || open(&StoreUrl::memory()).await.unwrap()).await;
}

#[tokio::test]
async fn sqlite_is_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    let fresh = async || -> Arc<dyn Store> {
        number.set(number.get() + 1);
        let path = directory.path().join(format!("{}.db", number.get()));
        open(&StoreUrl::sqlite(path)).await.unwrap()
    };
    suite::run(fresh).await;
}
