//! `m2mint serve`: runs the server.

use m2mint_authority::host::Origins;
use m2mint_domain::host::HostName;
use m2mint_server::App;
use m2mint_server::tls::TlsFiles;
use tokio::net::TcpListener;

use super::init;
use crate::args::process::Serve;
use crate::config::Config;
use crate::dev::{self, DevServer, Wish};
use crate::failure::{Explain as _, Failure, Outcome};
use crate::node::{Foundation, KeyPolicy, Node};
use crate::runtime;
use crate::session::Session;

pub(super) fn run(session: &Session, args: Serve) -> Outcome {
    session.refuse_url("serve")?;
    if args.init {
        set_up_once(session, args.domain.as_ref())?;
    } else if args.domain.is_some() && !args.dev {
        return Err(Failure::usage("--domain goes with --dev or --init")
            .hint("a tenant's domain is fixed when it is made: `m2mint init --domain NAME`"));
    }
    let mut config = session.config()?;
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    if let Some(url) = &args.store {
        config.set_store(url);
    }
    runtime::say(&config.log);
    let runtime = runtime::build(config.server.threads)?;
    runtime.block_on(async {
        if args.dev {
            serve_dev(session, &config, args.domain, args.tls_dev).await
        } else {
            serve(session, &config).await
        }
    })
}

/// For containers: the first start sets the directory up, later ones find it.
fn set_up_once(session: &Session, domain: Option<&HostName>) -> Outcome {
    match domain {
        // A first start that was killed has left a database, and maybe no tenant in it.
        Some(domain) => init::set_up(session, domain.clone()).map(drop),
        None if session.dir.database().exists() => Ok(()),
        None => Err(
            Failure::usage("--init needs the host name that clients will use")
                .hint("add --domain NAME"),
        ),
    }
}

async fn serve(session: &Session, config: &Config) -> Outcome {
    // Before anything else, so that no signal is missed once it says that it listens.
    let stop = runtime::stop_signal()?;
    config.refuse_plain_http_to_others()?;
    let tls = match config.tls_files()? {
        Some((cert, key)) => Some(TlsFiles::open(cert.to_owned(), key.to_owned())?),
        None => None,
    };
    let foundation = Foundation::open(&session.dir, config, KeyPolicy::MustExist).await?;
    if foundation.store.tenants().await?.is_empty() {
        return Err(Failure::new("there is no tenant to serve")
            .hint("finish what was begun: m2mint init --domain NAME"));
    }
    let listener = dev::bind(config.server.listen).await?;
    let address = listener.local_addr()?;
    let mut ports = config.server.public_ports.clone();
    if !ports.contains(&address.port()) {
        ports.push(address.port());
    }
    let origins = Origins {
        ports,
        plain_http: false,
        local_names: Vec::new(),
    };
    let node = Node::assemble(foundation, config, origins).await?;

    let scheme = if tls.is_some() { "https" } else { "http" };
    let tenants = node.snapshots.tenants();
    let served = match tenants.as_slice() {
        [only] => {
            let domain = node
                .snapshots
                .tenant(only)
                .map(|one| one.state().tenant().domain.clone());
            let domain = domain.as_ref().map_or("", HostName::as_str);
            format!("tenant {only}, issuer https://{domain}/")
        }
        several => format!("{} tenants", several.len()),
    };
    eprintln!("listening on {scheme}://{address} ({served})");
    let app = node.app(config.settings(false));
    until_stopped(listener, tls, app, node, stop).await
}

async fn serve_dev(
    session: &Session,
    config: &Config,
    domain: Option<HostName>,
    tls: bool,
) -> Outcome {
    let stop = runtime::stop_signal()?;
    let wish = Wish {
        listen: config.server.listen,
        domain,
        tls,
    };
    let DevServer {
        listener,
        node,
        tenant,
        issuer,
        tls,
        ca,
    } = DevServer::prepare(session, config, wish).await?;
    let url = issuer.trim_end_matches('/');
    eprintln!("listening on {url} (tenant {tenant}, issuer {issuer}, development mode)");
    if let Some(ca) = ca {
        eprintln!("trust this certificate authority: {}", ca.display());
    }
    let app = node.app(config.settings(true));
    until_stopped(listener, tls, app, node, stop).await
}

/// Serves until the process is told to stop, and leaves nothing unwritten.
async fn until_stopped(
    listener: TcpListener,
    tls: Option<TlsFiles>,
    app: App,
    node: Node,
    stop: impl Future<Output = ()>,
) -> Outcome {
    let maintenance = node.maintain(app.settings());
    let served = m2mint_server::serve(listener, tls, app, stop).await;
    drop(maintenance);
    let closed = node.close().await;
    served.because(|| "the server failed".to_owned())?;
    closed
}
