//! The whole product without HTTP: issue a token, change the register, keep the log.
//!
//! * [`Authority`] answers token requests from a snapshot in memory: no database before the answer.
//! * [`Registry`] changes the register: every write is a list of [`m2mint_domain::Change`]s
//!   committed under an expected revision, then published to the snapshot.
//! * [`LogBook`] takes log events and writes them in batches.
//!
//! Time and randomness come in through [`clock::Clock`] and [`entropy::EntropySource`].

pub mod action;
pub mod action_module;
pub mod attack_protection;
pub mod clock;
pub mod custom_domain;
pub mod custom_signing_key;
pub mod discovery_domain;
pub mod documents;
pub mod entropy;
pub mod host;
pub mod keys;
pub mod log;
pub mod log_entry;
pub mod log_search;
pub mod log_stream;
pub mod log_streamer;
pub mod maintenance;
pub mod management;
pub mod network_acl;
pub mod organization_client;
pub mod rate_limit_policy;
pub mod registry;
pub mod script;
pub mod secret;
pub mod snapshot;
pub mod token;
pub mod token_exchange_profile;
pub mod trigger;

pub use log::LogBook;
pub use log_streamer::LogStreamer;
pub use registry::Registry;
pub use snapshot::{Site, Snapshots, TenantSnapshot};
pub use token::Authority;
