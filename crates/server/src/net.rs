//! Sockets, TLS and proxies: how bytes become requests.

pub(crate) mod forwarded;
pub(crate) mod greeting;
pub(crate) mod listener;
pub(crate) mod sink;
pub mod tls;
