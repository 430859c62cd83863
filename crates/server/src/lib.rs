//! HTTP: the token endpoint, discovery and the Management API.
//!
//! The only crate that knows axum, status codes and wire formats. [`App::answer`] is the whole
//! product as a function from request to response; [`serve`] puts it behind sockets.

pub mod app;
pub mod dev;
pub mod health;
pub mod net;
pub mod routes;

mod api;
mod edges;
mod management_rate;
mod oauth;

pub use api::openapi::check_answer;
pub use app::{App, Peer, Settings};
pub use management_rate::ManagementRate;
pub use net::listener::serve;
pub use net::sink::{HttpCarrier, Reach};
pub use net::tls;

// For the fuzz targets, which are a workspace of their own.
pub use oauth::call::{BodyKind, Call, CallError, read_call};
