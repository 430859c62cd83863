//! The real product in process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use m2mint_authority::clock::{Clock, ManualClock};
use m2mint_authority::entropy::EntropySource;
use m2mint_authority::host::Origins;
use m2mint_authority::keys::Vault;
use m2mint_authority::log::{Durability, LogBook};
use m2mint_authority::maintenance::Maintenance;
use m2mint_authority::registry::EntityLimits;
use m2mint_authority::{Authority, LogStreamer, Registry, Snapshots};
use m2mint_domain::id::TenantId;
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::{Change, Timestamp};
use m2mint_jose::MasterKey;
use m2mint_server::{App, HttpCarrier, Peer, Settings, check_answer};
use m2mint_store::{Actor, ActorKind, Commit, LogOrder, LogQuery, Revision, Store, StoreUrl};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::entropy::SeededEntropy;

/// 2026-01-01T00:00:00Z, where every test begins.
pub const START: i64 = 1_767_225_600;
/// The host name of the tenant that every app has.
pub const HOST: &str = "acme.example";

/// A client and its secret.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: String,
}

/// The changes that made the tenant, keys included.
static BEGINNING: OnceCell<Vec<Change>> = OnceCell::const_new();

/// An app of its own: a store in memory with the tenant `acme`, a clock at [`START`], a seeded
/// source of randomness.
#[derive(Debug)]
pub struct TestApp {
    app: App,
    registry: Arc<Registry>,
    snapshots: Arc<Snapshots>,
    store: Arc<dyn Store>,
    log: Arc<LogBook>,
    clock: ManualClock,
    token: String,
}

/// Everything in here is set-up: when it fails there is no test to speak of.
#[expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "test set-up"
)]
impl TestApp {
    /// An app in development mode, so that there is a token for the Management API.
    pub async fn new() -> Self {
        Self::with(
            Settings {
                dev: true,
                ..Settings::default()
            },
            Durability::Buffered,
        )
        .await
    }

    /// An app with these settings.
    pub async fn with(settings: Settings, durability: Durability) -> Self {
        Self::with_limits(settings, durability, EntityLimits::default()).await
    }

    /// An app with these settings and limits.
    pub async fn with_limits(
        settings: Settings,
        durability: Durability,
        limits: EntityLimits,
    ) -> Self {
        let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
        let clock = ManualClock::at(Timestamp::from_secs(START));
        let entropy: Arc<dyn EntropySource> = Arc::new(SeededEntropy::new(7));
        let vault = vault();
        let origins = Origins {
            ports: vec![443],
            ..Origins::default()
        };
        let snapshots = Snapshots::load(Arc::clone(&store), Arc::clone(&vault), origins)
            .await
            .unwrap();
        let snapshots = Arc::new(snapshots);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let log = LogBook::new(Arc::clone(&store), durability);
        tokio::spawn(Arc::clone(&log).run());
        let registry = Registry::new(
            Arc::clone(&snapshots),
            Arc::clone(&store),
            Arc::clone(&vault),
            Arc::clone(&shared),
            Arc::clone(&entropy),
        );
        let registry = Arc::new(registry.with_limits(limits));
        let maintenance = Maintenance::new(
            Arc::clone(&snapshots),
            Arc::clone(&store),
            Arc::clone(&shared),
            None,
        );
        let authority = Arc::new(Authority::new(
            Arc::clone(&snapshots),
            vault,
            Arc::clone(&log),
            shared,
            entropy,
        ));
        let app = App::new(authority, Arc::clone(&registry), maintenance, settings);
        let mut this = Self {
            app,
            registry,
            snapshots,
            store,
            log,
            clock,
            token: String::new(),
        };
        this.begin().await;
        if this.app.settings().dev {
            this.token = this
                .raw(Method::POST, "/dev/token", &[], "")
                .await
                .text("access_token");
        }
        this
    }

    /// Makes the tenant `acme`, as [`Registry::create_tenant`] made it once in this process: fresh
    /// RSA keys for each test would take longer than all of the tests.
    async fn begin(&self) {
        let tenant: TenantId = "acme".parse().unwrap();
        let changes = BEGINNING.get_or_init(|| beginning(&tenant)).await.clone();
        let commit = Commit {
            tenant,
            expected: Revision::ZERO,
            changes,
            actor: system(),
            at: Timestamp::from_secs(START),
        };
        self.store.commit(&commit).await.unwrap();
        self.snapshots.refresh().await.unwrap();
    }

    /// Adds a tenant that answers on `host`.
    pub async fn tenant(&self, name: &str, host: &str) {
        let (name, host) = (name.parse().unwrap(), host.parse().unwrap());
        self.registry
            .create_tenant(name, host, &system())
            .await
            .unwrap();
    }

    /// The product.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The snapshots that requests read.
    #[must_use]
    pub fn snapshots(&self) -> &Arc<Snapshots> {
        &self.snapshots
    }

    /// What changes the register, past the Management API.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The log book, to wait for it.
    #[must_use]
    pub fn log_book(&self) -> &Arc<LogBook> {
        &self.log
    }

    /// What sends the log to the receivers of log streams, as a process that has just begun: a test
    /// gives it its rounds.
    #[must_use]
    pub fn streamer(&self) -> Arc<LogStreamer> {
        LogStreamer::new(
            Arc::clone(&self.registry),
            Arc::clone(&self.snapshots),
            Arc::new(HttpCarrier::new(self.app.settings().log_sink_reach())),
            Arc::new(self.clock.clone()),
            Arc::new(SeededEntropy::new(11)),
        )
    }

    /// The clock, to move it.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The token of the Management API with every scope.
    #[must_use]
    pub fn management_token(&self) -> &str {
        &self.token
    }

    /// Lets the tenant answer on one more host name, as an operator would.
    pub async fn alias(&self, host: &str) {
        let host: m2mint_domain::host::HostName = host.parse().unwrap();
        self.registry
            .update_tenant(&"acme".parse().unwrap(), &system(), |tenant| {
                tenant.aliases.push(host.clone());
            })
            .await
            .unwrap();
    }

    /// A token for the Management API of the tenant on `host`, with every scope.
    pub async fn management_token_of(&self, host: &str) -> String {
        self.raw(Method::POST, "/dev/token", &[("host", host)], "")
            .await
            .text("access_token")
    }

    /// A token for the Management API with these scopes only: of a client with a grant for them.
    pub async fn scoped_token(&self, scopes: &[&str]) -> String {
        let client = self.client(&format!("only {}", scopes.join(" "))).await;
        let audience = format!("https://{HOST}/api/v2/");
        self.grant(&client, &audience, scopes).await;
        self.token(&client, &format!("audience={audience}"))
            .await
            .text("access_token")
    }

    /// Registers an API with scopes, by the Management API. Gives its id.
    pub async fn api(&self, identifier: &str, scopes: &[&str]) -> String {
        let scopes: Value = scopes.iter().map(|scope| json!({"value": scope})).collect();
        let body = json!({"identifier": identifier, "scopes": scopes});
        self.manage(Method::POST, "/api/v2/resource-servers", &body)
            .await
            .text("id")
    }

    /// Registers an application, by the Management API.
    pub async fn client(&self, name: &str) -> Credentials {
        let body = json!({"name": name, "grant_types": ["client_credentials"]});
        let answer = self.manage(Method::POST, "/api/v2/clients", &body).await;
        Credentials {
            id: answer.text("client_id"),
            secret: answer.text("client_secret"),
        }
    }

    /// Authorises an application for an API, by the Management API. Gives the grant's id.
    pub async fn grant(&self, client: &Credentials, audience: &str, scopes: &[&str]) -> String {
        let body = json!({"client_id": client.id, "audience": audience, "scope": scopes});
        self.manage(Method::POST, "/api/v2/client-grants", &body)
            .await
            .text("id")
    }

    /// Reads through the Management API.
    pub async fn get(&self, path: &str) -> Answer {
        self.manage(Method::GET, path, &Value::Null).await
    }

    /// Makes something through the Management API.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.manage(Method::POST, path, body).await
    }

    /// Changes something through the Management API.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.manage(Method::PATCH, path, body).await
    }

    /// Deletes something through the Management API.
    pub async fn delete(&self, path: &str) -> Answer {
        self.manage(Method::DELETE, path, &Value::Null).await
    }

    /// Calls the Management API with every scope.
    pub async fn manage(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.manage_as(&self.token, method, path, body).await
    }

    /// Calls the Management API with the token given.
    pub async fn manage_as(&self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let token = format!("Bearer {token}");
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.raw(method, path, &headers, body).await
    }

    /// Asks for a token with a secret in the body. `more` is appended to the form.
    pub async fn token(&self, client: &Credentials, more: &str) -> Answer {
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&{more}",
            client.id, client.secret
        );
        self.form(&body).await
    }

    /// Sends a form to the token endpoint.
    pub async fn form(&self, body: &str) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.raw(Method::POST, "/oauth/token", &headers, body.to_owned())
            .await
    }

    /// Sends JSON to the token endpoint.
    pub async fn json(&self, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.raw(Method::POST, "/oauth/token", &headers, body.to_string())
            .await
    }

    /// Fetches a public document.
    pub async fn fetch(&self, path: &str) -> Answer {
        self.raw(Method::GET, path, &[], "").await
    }

    /// Sends anything, from loopback. `Host` is the tenant's unless a header says otherwise.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        if !request.headers().contains_key(header::HOST) {
            request
                .headers_mut()
                .insert(header::HOST, HOST.parse().unwrap());
        }
        self.send(request).await
    }

    /// Sends a request as it is, from loopback.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from(IpAddr::V4(Ipv4Addr::LOCALHOST), request)
            .await
    }

    /// Sends a request as it is, from anywhere. What the Management API answers is held against its
    /// description, in every test.
    pub async fn send_from(&self, ip: IpAddr, request: Request<Body>) -> Answer {
        let peer = Peer { ip, tls: false };
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let (head, body) = self.app.answer(peer, request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body);
        if let Err(wrong) = check_answer(method.as_str(), &path, head.status.as_u16(), &text) {
            panic!("an answer is not as described: {wrong}");
        }
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// What is in the log of the tenant, oldest first.
    pub async fn log(&self) -> Vec<LogEvent> {
        self.log.flush().await.unwrap();
        let tenant: TenantId = "acme".parse().unwrap();
        let query = LogQuery {
            order: LogOrder::OldestFirst,
            take: 1_000,
            ..LogQuery::default()
        };
        let entries = self.store.find_logs(&tenant, &query).await.unwrap();
        entries.into_iter().map(|entry| entry.event).collect()
    }

    /// The type codes of the log of token requests, oldest first.
    pub async fn token_log(&self) -> Vec<String> {
        let events = self.log().await;
        let codes = events.iter().map(|event| event.kind.code().to_owned());
        codes.filter(|code| code.ends_with("ccft")).collect()
    }
}

/// Who does what no caller asked for.
fn system() -> Actor {
    Actor {
        kind: ActorKind::System,
        id: "test".into(),
    }
}

/// The master key of every test, so that what one app sealed another one can open.
fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(MasterKey::generate(&mut |bytes| bytes.fill(7))))
}

/// Makes the tenant in a store that is then thrown away, and keeps what was written.
#[expect(clippy::unwrap_used, reason = "test set-up")]
async fn beginning(tenant: &TenantId) -> Vec<Change> {
    let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
    let vault = vault();
    let snapshots = Snapshots::load(Arc::clone(&store), Arc::clone(&vault), Origins::default());
    let registry = Registry::new(
        Arc::new(snapshots.await.unwrap()),
        Arc::clone(&store),
        vault,
        Arc::new(ManualClock::at(Timestamp::from_secs(START))),
        Arc::new(SeededEntropy::new(1)),
    );
    registry
        .create_tenant(tenant.clone(), HOST.parse().unwrap(), &system())
        .await
        .unwrap();
    let written = store.changes_since(tenant, Revision::ZERO, 1_000).await;
    written.unwrap().into_iter().map(|one| one.change).collect()
}
