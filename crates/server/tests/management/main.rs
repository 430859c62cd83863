//! The Management API, one resource a file.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod absent;
mod action_modules;
mod actions;
mod attack_protection;
mod changes;
mod client_credentials;
mod client_grants;
mod clients;
mod custom_domains;
mod custom_signing_keys;
mod encryption_keys;
mod import;
mod limits;
mod log_streams;
mod logs;
mod network_acls;
mod organization_parts;
mod organizations;
mod paging;
mod precondition;
mod rate_limit_policies;
mod resource_servers;
mod secrets;
mod signing_keys;
mod stats;
mod tenant_settings;
mod token_exchange_profiles;

use m2mint_domain::id::TenantId;
use m2mint_testkit::{Answer, TestApp};

const API: &str = "https://api.example";

/// The tenant of every app.
fn tenant() -> TenantId {
    "acme".parse().unwrap()
}

/// The names of the members of an object, in their order.
fn members(answer: &Answer) -> Vec<String> {
    answer.json().as_object().unwrap().keys().cloned().collect()
}

/// One member of each object of a list.
fn each(answer: &Answer, member: &str) -> Vec<String> {
    let list = answer.json();
    let texts = list.as_array().unwrap().iter();
    texts
        .map(|one| one[member].as_str().unwrap().to_owned())
        .collect()
}

/// Reads with a fresh token: after the clock was moved on for longer than one lives.
async fn get_later(app: &TestApp, path: &str) -> Answer {
    let token = app.management_token_of("acme.example").await;
    let nothing = serde_json::Value::Null;
    app.manage_as(&token, http::Method::GET, path, &nothing)
        .await
}
