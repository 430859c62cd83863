//! The Management API, one resource a file.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod absent;
mod attack_protection;
mod client_grants;
mod clients;
mod custom_domains;
mod custom_signing_keys;
mod encryption_keys;
mod limits;
mod logs;
mod network_acls;
mod organizations;
mod paging;
mod rate_limit_policies;
mod resource_servers;
mod secrets;
mod signing_keys;
mod tenant_settings;
mod token_exchange_profiles;

use m2mint_testkit::Answer;

const API: &str = "https://api.example";

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
