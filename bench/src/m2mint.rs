//! The server under test: the only file that knows m2mint.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use m2mint_authority::clock::{Clock as _, SystemClock};
use m2mint_authority::entropy::{EntropySource as _, SystemEntropy};
use m2mint_authority::host::Origins;
use m2mint_authority::keys::Vault;
use m2mint_authority::secret::Secret;
use m2mint_authority::{Registry, Snapshots};
use m2mint_domain::audience::Audience;
use m2mint_domain::client::Client;
use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, SubjectType};
use m2mint_domain::credential::ClientSecret;
use m2mint_domain::id::{ClientGrantId, ClientId, CredentialId, TenantId};
use m2mint_domain::resource_server::{ResourceServer, Scopes, SigningAlg, TokenDialect};
use m2mint_domain::{Change, Entropy};
use m2mint_jose::MasterKey;
use m2mint_store::{Actor, ActorKind, Commit, StoreUrl};

use crate::args::M2MINT;
use crate::requests::Credentials;
use crate::server::{Server, free_port};
use crate::sign::Algorithm;
use crate::token::Shape;

/// The tenant, and the host name it answers on: the load generator sends it with its port.
const TENANT: &str = "bench";
const HOST: &str = "127.0.0.1";
/// What every token allows.
const SCOPE: &str = "read:timesheets batch:upload";
/// How long a change may take to be seen.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many clients one commit brings.
const COMMIT: usize = 10_000;

/// What a data directory was filled with.
pub(crate) struct Seeded {
    /// One resource server (RFC 9068 dialect) for each algorithm.
    pub(crate) audiences: Vec<(Algorithm, String)>,
    /// One resource server of the Auth0 dialect, where the same token may be asked for again.
    pub(crate) repeated: Option<(Algorithm, String)>,
    /// Each may ask at every audience.
    pub(crate) clients: Vec<Credentials>,
    /// Where one resource server stands in for all: it is given the algorithm of each row in turn.
    /// A hundred thousand clients with a grant each are set up much sooner than with four.
    pub(crate) shared: Option<ResourceServer>,
}

/// What is compared with the ideal endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    M2mint,
    /// The ideal endpoint itself: every ratio should be 1, and how far it is off is the noise.
    Ideal,
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::M2mint => "m2mint",
            Self::Ideal => "the ideal endpoint again",
        }
    }

    /// Fills an empty directory with clients.
    pub(crate) fn seed(self, directory: &Path, clients: usize) -> Result<Seeded> {
        match self {
            Self::M2mint => seed(directory, clients),
            Self::Ideal => Ok(made_up(clients)),
        }
    }

    /// Makes the tokens of a shared resource server be signed with `algorithm`, and waits until the
    /// server does so: it looks for changes of other processes about once a second.
    pub(crate) fn share(
        self,
        directory: &Path,
        seeded: &Seeded,
        algorithm: Algorithm,
        mut is_visible: impl FnMut() -> Result<bool>,
    ) -> Result<()> {
        let (Self::M2mint, Some(server)) = (self, &seeded.shared) else {
            return Ok(());
        };
        let mut server = server.clone();
        server.signing_alg = SigningAlg::parse(algorithm.name()).context("algorithm")?;
        tokio::runtime::Runtime::new()?.block_on(put(directory, server))?;
        let began = Instant::now();
        while !is_visible()? {
            if PATIENCE < began.elapsed() {
                bail!("m2mint did not see a change within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Starts a server on a directory that was seeded, and waits until it listens.
    pub(crate) fn start(self, core: usize, directory: &Path) -> Result<Server> {
        match self {
            Self::M2mint => {
                let port = free_port()?;
                let log = directory.with_extension("log");
                Server::m2mint(core, port, &command_line(directory, port), &log)
            }
            Self::Ideal => Server::ideal(core, &Algorithm::ALL.map(Shape::usual)),
        }
    }
}

/// Runs the command line of m2mint in this process: the same code as the binary.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    ::m2mint::run(arguments)
}

/// Everything after the word `m2mint`, for a server on this directory and port.
fn command_line(directory: &Path, port: u16) -> Vec<String> {
    let directory = directory.display().to_string();
    let listen = format!("127.0.0.1:{port}");
    ["serve", "--data", &directory, "--listen", &listen]
        .map(str::to_owned)
        .into()
}

/// Sets a data directory up as a person would, and fills it through the registry.
fn seed(directory: &Path, clients: usize) -> Result<Seeded> {
    let set_up = Command::new(std::env::current_exe()?)
        .args([
            M2MINT, "0", "init", "--domain", HOST, "--tenant", TENANT, "--data",
        ])
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("set m2mint up")?;
    if !set_up.success() {
        bail!("m2mint could not be set up in {}", directory.display());
    }
    tokio::runtime::Runtime::new()?.block_on(fill(directory, clients))
}

/// Makes five APIs, and clients with a grant for each.
async fn fill(directory: &Path, clients: usize) -> Result<Seeded> {
    let key = MasterKey::from_text(&std::fs::read_to_string(directory.join("master.key"))?)?;
    let vault = Arc::new(Vault::new(key));
    let store = m2mint_store::open(&StoreUrl::sqlite(directory.join("m2mint.db"))).await?;
    let snapshots =
        Snapshots::load(Arc::clone(&store), Arc::clone(&vault), Origins::default()).await?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let registry = Registry::new(
        Arc::new(snapshots),
        Arc::clone(&store),
        Arc::clone(&vault),
        clock,
        entropy,
    );
    let tenant: TenantId = TENANT.parse()?;
    let actor = actor();

    let mut audiences = Vec::new();
    let mut shared = None;
    for algorithm in Algorithm::ALL {
        let identifier = format!("https://{algorithm}.example/");
        let alg = SigningAlg::parse(algorithm.name()).context("algorithm")?;
        let dialect = TokenDialect::Rfc9068;
        let server = api(&registry, &tenant, &actor, &identifier, alg, dialect).await?;
        // The last one has a secret of its own, and can take any algorithm.
        shared = Some(server);
        audiences.push((algorithm, identifier));
    }
    let repeated = (Algorithm::Rs256, "https://repeated.example/".to_owned());
    api(
        &registry,
        &tenant,
        &actor,
        &repeated.1,
        SigningAlg::Rs256,
        TokenDialect::AccessToken,
    )
    .await?;

    let one_for_all = COMMIT < clients;
    let shared = shared.filter(|_| one_for_all);
    if let Some(server) = &shared {
        // The others were made for the sake of their keys.
        for (_, audience) in &mut audiences {
            *audience = server.identifier.to_string();
        }
    }
    let wanted: Vec<Audience> = audiences
        .iter()
        .take(if one_for_all { 1 } else { audiences.len() })
        .chain((!one_for_all).then_some(&repeated))
        .map(|(_, identifier)| Ok(identifier.parse()?))
        .collect::<Result<_>>()?;
    let mut made = Vec::with_capacity(clients);
    for from in (0..clients).step_by(COMMIT) {
        let fresh: Vec<(Client, Secret)> = (from..clients.min(from + COMMIT))
            .map(|number| client(&vault, &tenant, number))
            .collect();
        let puts = fresh
            .iter()
            .map(|(client, _)| Change::PutClient(Arc::new(client.clone())));
        let grants = fresh.iter().flat_map(|(client, _)| {
            wanted
                .iter()
                .map(|audience| grant(client, audience))
                .map(Change::PutClientGrant)
        });
        let changes: Vec<Change> = puts.chain(grants).collect();
        registry
            .commit(&tenant, &actor, |_| Ok((changes.clone(), ())))
            .await?;
        made.extend(fresh.into_iter().map(|(client, secret)| Credentials {
            client_id: client.id.to_string(),
            client_secret: secret.reveal().to_owned(),
        }));
    }
    store.close().await;
    Ok(Seeded {
        audiences,
        repeated: Some(repeated),
        clients: made,
        shared,
    })
}

/// A client that may do everything at the Management API of a seeded directory.
pub(crate) struct Operator(Credentials);

impl Operator {
    /// The form of its token request.
    pub(crate) fn token_request(&self) -> String {
        let Credentials {
            client_id,
            client_secret,
        } = &self.0;
        format!(
            "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}\
             &audience=https://{HOST}/api/v2/"
        )
    }
}

/// Makes an [`Operator`] in a directory that no server is using.
pub(crate) fn operator(directory: &Path) -> Result<Operator> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let key = MasterKey::from_text(&std::fs::read_to_string(directory.join("master.key"))?)?;
        let vault = Vault::new(key);
        let store = m2mint_store::open(&StoreUrl::sqlite(directory.join("m2mint.db"))).await?;
        let tenant: TenantId = TENANT.parse()?;
        let (client, secret) = client(&vault, &tenant, 0);
        let audience: Audience = format!("https://{HOST}/api/v2/").parse()?;
        let revisions = store.tenants().await?;
        let expected = revisions.into_iter().find(|(id, _)| *id == tenant);
        let commit = Commit {
            tenant,
            expected: expected.context("the tenant")?.1,
            changes: vec![
                Change::PutClient(Arc::new(client.clone())),
                Change::PutClientGrant(grant(&client, &audience)),
            ],
            actor: actor(),
            at: SystemClock.now(),
        };
        store.commit(&commit).await?;
        store.close().await;
        Ok(Operator(Credentials {
            client_id: client.id.to_string(),
            client_secret: secret.reveal().to_owned(),
        }))
    })
}

/// Changes a resource server as another process would: one commit, without reading the register.
async fn put(directory: &Path, server: ResourceServer) -> Result<()> {
    let store = m2mint_store::open(&StoreUrl::sqlite(directory.join("m2mint.db"))).await?;
    let tenant: TenantId = TENANT.parse()?;
    let revisions = store.tenants().await?;
    let (_, expected) = revisions
        .into_iter()
        .find(|(id, _)| *id == tenant)
        .context("the tenant")?;
    let commit = Commit {
        tenant,
        expected,
        changes: vec![Change::PutResourceServer(Arc::new(server))],
        actor: actor(),
        at: SystemClock.now(),
    };
    store.commit(&commit).await?;
    store.close().await;
    Ok(())
}

fn actor() -> Actor {
    Actor {
        kind: ActorKind::System,
        id: "bench".into(),
    }
}

async fn api(
    registry: &Registry,
    tenant: &TenantId,
    actor: &Actor,
    identifier: &str,
    alg: SigningAlg,
    dialect: TokenDialect,
) -> Result<ResourceServer> {
    let scopes = Scopes::new(SCOPE.parse()?, Vec::new());
    let server = registry
        .create_resource_server(tenant, actor, identifier.parse()?, None, |server| {
            server.signing_alg = alg;
            server.token_dialect = Some(dialect);
            server.scopes = Some(scopes.clone());
        })
        .await?;
    Ok(ResourceServer::clone(&server))
}

fn client(vault: &Vault, tenant: &TenantId, number: usize) -> (Client, Secret) {
    let now = SystemClock.now();
    let mut random = Random;
    let name = format!("client {number}");
    let mut client = Client::new(ClientId::random(&mut random), name.as_str().into(), now);
    let secret = Secret::generate(&SystemEntropy);
    client.secrets = vec![ClientSecret {
        id: CredentialId::random(&mut random),
        tag: vault.secrets().tag(tenant, &client.id, secret.reveal()),
        sealed: vault
            .seal_secret(
                tenant,
                client.id.as_str(),
                "client_secret",
                secret.reveal().as_bytes(),
            )
            .ok(),
        hint: secret.hint().into(),
        created_at: now,
        expires_at: None,
    }];
    (client, secret)
}

fn grant(client: &Client, audience: &Audience) -> Arc<ClientGrant> {
    Arc::new(ClientGrant {
        id: ClientGrantId::random(&mut Random),
        holder: GrantHolder::Client(client.id.clone()),
        audience: audience.clone(),
        scope: GrantedScope::All,
        subject_type: SubjectType::Client,
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    })
}

/// The machine's randomness, as the domain takes it.
struct Random;

impl Entropy for Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        SystemEntropy.fill(bytes);
    }
}

/// Clients for a server that does not look.
fn made_up(clients: usize) -> Seeded {
    Seeded {
        audiences: Algorithm::ALL
            .map(|algorithm| (algorithm, format!("https://{algorithm}.example/")))
            .into(),
        repeated: None,
        shared: None,
        clients: (0..clients)
            .map(|number| Credentials {
                client_id: format!("{number:032}"),
                client_secret: format!("{number:064}"),
            })
            .collect(),
    }
}
