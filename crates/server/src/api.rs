//! The Management API: Auth0's v2, and what Auth0 does not have. One resource a file.

pub(crate) mod access;
pub(crate) mod changes;
pub(crate) mod client_grants;
pub(crate) mod clients;
pub(crate) mod error;
pub(crate) mod field;
pub(crate) mod history;
pub(crate) mod log_streams;
pub(crate) mod logs;
pub(crate) mod object;
pub(crate) mod openapi;
pub(crate) mod operation;
pub(crate) mod organizations;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod resource_servers;
pub(crate) mod schema;
pub(crate) mod secrets;
pub(crate) mod signing_keys;
pub(crate) mod stats;
pub(crate) mod tenant_settings;
