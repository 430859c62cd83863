//! The product as a function: a request in, a response out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, header};
use ipnet::IpNet;
use m2mint_authority::maintenance::Maintenance;
use m2mint_authority::{Authority, Registry, Site};
use tower::ServiceExt as _;

use crate::api::trusted_keys::TrustedKeys;
use crate::management_rate::{ManagementRate, ManagementRates};
use crate::net::forwarded;
use crate::net::sink::Reach;
use crate::{edges, oauth, routes};

/// How the server behaves, apart from what is in the register.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The longest body of a token request, in bytes.
    pub body_limit: usize,
    /// The longest body of a Management call, in bytes. An action's code may have 100 kB.
    pub management_body_limit: usize,
    /// How long a request may take to arrive and be answered.
    pub deadline: Duration,
    /// Whether the development endpoints are there. They answer to loopback only.
    pub dev: bool,
    /// Whether log events may be sent to receivers in private networks.
    pub private_log_sinks: bool,
    /// How long a connection may take to send the headers of its first request, and to finish a
    /// TLS handshake.
    pub header_timeout: Duration,
    /// How long a connection of HTTP/1.1 that was answered waits for the headers of the next
    /// request. Longer than pools and load balancers keep theirs, or requests are lost between.
    pub keep_alive: Duration,
    /// The most connections at once.
    pub max_connections: usize,
    /// How long a stop waits for requests under way.
    pub drain: Duration,
    /// Whether network ACLs are enforced. Off is the way back for whoever shut themselves out.
    pub network_acls: bool,
    /// How often one tenant's Management API may be called; `None`: as often as it can.
    pub management_rate: Option<ManagementRate>,
}

impl Settings {
    /// How far log events may go: in development mode, to receivers on this machine as well.
    #[must_use]
    pub fn log_sink_reach(&self) -> Reach {
        Reach {
            loopback: self.dev,
            private: self.private_log_sinks,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            body_limit: 65_536,
            management_body_limit: 524_288,
            deadline: Duration::from_secs(10),
            dev: false,
            private_log_sinks: false,
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            max_connections: 10_000,
            drain: Duration::from_secs(20),
            network_acls: true,
            management_rate: None,
        }
    }
}

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}

/// The product. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    state: AppState,
    router: Router,
}

/// What handlers share.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) authority: Arc<Authority>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) node: Arc<Node>,
}

/// This process.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) settings: Settings,
    pub(crate) maintenance: Arc<Maintenance>,
    pub(crate) trusted_keys: TrustedKeys,
    pub(crate) management_rates: ManagementRates,
}

/// Where a request comes from, after trusted proxies were believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) ip: IpAddr,
    /// The other end of the connection itself.
    pub(crate) peer: IpAddr,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        authority: Arc<Authority>,
        registry: Arc<Registry>,
        maintenance: Arc<Maintenance>,
        settings: Settings,
    ) -> Self {
        let node = Arc::new(Node {
            management_rates: ManagementRates::new(settings.management_rate),
            settings,
            maintenance,
            trusted_keys: TrustedKeys::default(),
        });
        let state = AppState {
            authority,
            registry,
            node,
        };
        Self {
            router: routes::router(state.clone()),
            state,
        }
    }

    /// How the server behaves.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.state.node.settings
    }

    /// Answers one request.
    ///
    /// `POST /oauth/token` is answered before the router is asked: it is the hot path, and a route
    /// costs it two allocations.
    pub async fn answer<B>(&self, peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let caller = Caller {
            ip: forwarded::client_ip(
                &self.state.node.settings.trusted_proxies,
                peer.ip,
                request.headers(),
            ),
            peer: peer.ip,
        };
        if request.uri().path() == routes::TOKEN {
            return oauth::token::answer(&self.state, caller, request).await;
        }
        if let Some(surface) = edges::surface(request.uri().path())
            && let Some(site) = self.state.site(&request)
            && let Some(refusal) =
                edges::turned(&self.state, &site, caller, surface, request.headers())
        {
            return refusal;
        }
        let mut request = request.map(Body::new);
        if let Some(uri) = routes::without_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        request.extensions_mut().insert(caller);
        let answer: Result<Response<Body>, Infallible> = self.router.clone().oneshot(request).await;
        let Ok(answer) = answer;
        answer
    }
}

impl AppState {
    /// The tenant that a request is for: by `Host`, or by `:authority` of HTTP/2.
    pub(crate) fn site<B>(&self, request: &Request<B>) -> Option<Site> {
        self.authority.site(host(request.uri(), request.headers())?)
    }
}

/// The host a request names. Two `Host` headers name none (RFC 9112 §3.2).
pub(crate) fn host<'a>(uri: &'a http::Uri, headers: &'a http::HeaderMap) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(one), None) => one.to_str().ok(),
        (None | Some(_), _) => None,
    }
}
