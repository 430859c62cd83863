//! One process on a store: what an `m2mint serve` is made of, without HTTP.

use std::sync::Arc;

use m2mint_authority::clock::ManualClock;
use m2mint_authority::entropy::SystemEntropy;
use m2mint_authority::host::Origins;
use m2mint_authority::keys::Vault;
use m2mint_authority::log::{Durability, LogBook};
use m2mint_authority::maintenance::Maintenance;
use m2mint_authority::secret::Secret;
use m2mint_authority::token::{Issued, Presented, TokenCall, TokenError};
use m2mint_authority::{Authority, Registry, Snapshots};
use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, SubjectType};
use m2mint_domain::id::{ClientId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::resource_server::SigningAlg;
use m2mint_domain::{Timestamp, TokenRequest};
use m2mint_jose::MasterKey;
use m2mint_store::{Actor, ActorKind, LogOrder, LogQuery, Store};

pub(crate) const API: &str = "https://api.example";
pub(crate) const START: i64 = 1_767_225_600;

pub(crate) struct Node {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) authority: Authority,
    pub(crate) log: Arc<LogBook>,
    pub(crate) maintenance: Arc<Maintenance>,
    pub(crate) clock: ManualClock,
}

/// The master key that `byte` stands for.
pub(crate) fn vault(byte: u8) -> Arc<Vault> {
    Arc::new(Vault::new(MasterKey::generate(&mut |bytes| {
        bytes.fill(byte);
    })))
}

pub(crate) fn actor() -> Actor {
    Actor {
        kind: ActorKind::System,
        id: "test".into(),
    }
}

pub(crate) fn acme() -> TenantId {
    "acme".parse().unwrap()
}

impl Node {
    /// A node without anybody who writes its log.
    pub(crate) async fn silent(store: Arc<dyn Store>, durability: Durability) -> Self {
        let vault = vault(7);
        let snapshots = Snapshots::load(Arc::clone(&store), Arc::clone(&vault), Origins::default());
        let snapshots = Arc::new(snapshots.await.unwrap());
        let clock = ManualClock::at(Timestamp::from_secs(START));
        let log = LogBook::new(Arc::clone(&store), durability);
        let registry = Arc::new(Registry::new(
            Arc::clone(&snapshots),
            Arc::clone(&store),
            Arc::clone(&vault),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
        ));
        let maintenance = Maintenance::new(
            Arc::clone(&snapshots),
            Arc::clone(&store),
            Arc::new(clock.clone()),
            None,
        );
        let authority = Authority::new(
            Arc::clone(&snapshots),
            vault,
            Arc::clone(&log),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
        );
        Self {
            store,
            snapshots,
            registry,
            authority,
            log,
            maintenance,
            clock,
        }
    }

    /// A node as it runs.
    pub(crate) async fn on(store: Arc<dyn Store>, durability: Durability) -> Self {
        let node = Self::silent(store, durability).await;
        tokio::spawn(Arc::clone(&node.log).run());
        node
    }

    /// Makes the tenant `acme` with an API, and a client that may use it. Gives id and secret.
    pub(crate) async fn begin(&self) -> (ClientId, Secret) {
        self.registry
            .create_tenant(acme(), "acme.example".parse().unwrap(), &actor())
            .await
            .unwrap();
        self.api(API, SigningAlg::Rs256).await;
        let (client, secret) = self
            .registry
            .create_client(&acme(), &actor(), None, |client| {
                client.name = "billing".into();
                client.grant_types = vec!["client_credentials".into()];
            })
            .await
            .unwrap();
        self.grant(&client.id, API).await;
        (client.id.clone(), secret)
    }

    pub(crate) async fn api(&self, identifier: &str, alg: SigningAlg) {
        self.registry
            .create_resource_server(
                &acme(),
                &actor(),
                identifier.parse().unwrap(),
                None,
                |server| server.signing_alg = alg,
            )
            .await
            .unwrap();
    }

    pub(crate) async fn grant(&self, client: &ClientId, audience: &str) -> Arc<ClientGrant> {
        let draft = ClientGrant {
            id: "cgr_new".parse().unwrap(),
            holder: GrantHolder::Client(client.clone()),
            audience: audience.parse().unwrap(),
            scope: GrantedScope::default(),
            subject_type: SubjectType::Client,
            organization_usage: None,
            allow_any_organization: None,
            authorization_details_types: None,
        };
        self.registry
            .create_client_grant(&acme(), &actor(), draft)
            .await
            .unwrap()
    }

    /// Asks for a token for [`API`].
    pub(crate) async fn ask(
        &self,
        client: &ClientId,
        secret: &Secret,
    ) -> Result<Issued, TokenError> {
        let presented = Presented::Secret {
            client_id: client.as_str(),
            secret: secret.reveal(),
        };
        self.ask_with(presented, Some(API)).await
    }

    pub(crate) async fn ask_with(
        &self,
        presented: Presented<'_>,
        audience: Option<&str>,
    ) -> Result<Issued, TokenError> {
        let site = self.authority.site("acme.example").unwrap();
        let call = TokenCall {
            presented,
            request: TokenRequest {
                audience,
                ..TokenRequest::default()
            },
            ip: None,
            user_agent: None,
        };
        self.authority.issue(&site, &call).await
    }

    /// What is on disk of the log, oldest first.
    pub(crate) async fn written(&self) -> Vec<LogEvent> {
        let query = LogQuery {
            order: LogOrder::OldestFirst,
            take: 1_000,
            ..LogQuery::default()
        };
        let entries = self.store.find_logs(&acme(), &query).await.unwrap();
        entries.into_iter().map(|entry| entry.event).collect()
    }
}
