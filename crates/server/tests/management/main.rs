//! The Management API, one resource a file.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod client_credentials;
mod client_grants;
mod clients;
mod logs;
mod organizations;
mod paging;
mod resource_servers;
mod secrets;
mod signing_keys;
mod tenant_settings;

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
