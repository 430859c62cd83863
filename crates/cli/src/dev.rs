//! Development mode: a server on loopback that sets itself up.

use std::net::SocketAddr;
use std::path::PathBuf;

use m2mint_authority::host::Origins;
use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;
use m2mint_server::tls::TlsFiles;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::dev_tls::DevTls;
use crate::failure::{Explain as _, Failure, Outcome};
use crate::node::{self, Foundation, KeyPolicy, Node};
use crate::session::Session;
use crate::terminal::Busy;

/// The tenant that development mode makes.
pub(crate) const TENANT: &str = "dev";
/// Names by which a machine calls itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) listen: SocketAddr,
    pub(crate) domain: Option<HostName>,
    pub(crate) tls: bool,
}

/// A server that is ready to serve.
#[derive(Debug)]
pub(crate) struct DevServer {
    pub(crate) listener: TcpListener,
    pub(crate) node: Node,
    pub(crate) tenant: TenantId,
    /// The issuer, with a slash at its end.
    pub(crate) issuer: String,
    pub(crate) tls: Option<TlsFiles>,
    /// The certificate authority that clients must trust.
    pub(crate) ca: Option<PathBuf>,
}

impl DevServer {
    /// Takes the address, and makes directory, master key and tenant where there is none.
    ///
    /// # Errors
    ///
    /// The address is not this machine's own, or is taken; or something cannot be made.
    pub(crate) async fn prepare(session: &Session, config: &Config, wish: Wish) -> Outcome<Self> {
        let Wish {
            listen,
            domain,
            tls,
        } = wish;
        if !listen.ip().is_loopback() {
            return Err(Failure::usage(format!("development mode does not listen on {listen}"))
                .hint(
                    "it hands a token for everything to whoever asks: listen on 127.0.0.1 or [::1], \
                     or set up a server with `m2mint init`",
                ));
        }
        let dir = &session.dir;
        dir.create()?;
        let listener = bind(listen).await?;
        let address = listener.local_addr()?;
        let port = address.port();
        let own_name: HostName = address.to_string().parse()?;
        let foundation = Foundation::open(dir, config, KeyPolicy::MayCreate).await?;
        let tenant = tenant(session, &foundation, domain.as_ref().unwrap_or(&own_name)).await?;

        let mut local_names: Vec<HostName> = domain.iter().cloned().collect();
        local_names.push(own_name.clone());
        for name in LOOPBACK {
            let name: HostName = name.parse()?;
            local_names.push(name.with_port(port));
            local_names.push(name);
        }
        let origins = Origins {
            ports: vec![port],
            plain_http: !tls,
            local_names: local_names
                .into_iter()
                .map(|name| (name, tenant.clone()))
                .collect(),
        };
        let node = Node::assemble(foundation, config, origins).await?;

        let host = domain.unwrap_or(own_name).with_port(port);
        let site = node.authority.site(host.as_str());
        let issuer = site
            .ok_or_else(|| Failure::new(format!("no tenant answers on {host}")))?
            .issuer;
        let (tls, ca) = if tls {
            let files = DevTls::prepare(dir, &names(&host), node::now())?;
            (Some(TlsFiles::open(files.cert, files.key)?), Some(files.ca))
        } else {
            (None, None)
        };
        Ok(Self {
            listener,
            node,
            tenant,
            issuer: issuer.to_string(),
            tls,
            ca,
        })
    }
}

/// The tenant to serve: the only one, or a new one where there is none.
async fn tenant(
    session: &Session,
    foundation: &Foundation,
    domain: &HostName,
) -> Outcome<TenantId> {
    if !foundation.store.tenants().await?.is_empty() {
        return foundation.tenant(session.tenant.as_ref()).await;
    }
    let tenant = match &session.tenant {
        Some(named) => named.clone(),
        None => TENANT.parse()?,
    };
    let _busy = Busy::show(session.lang.working());
    foundation
        .create_tenant(tenant.clone(), domain.clone())
        .await?;
    Ok(tenant)
}

/// What a certificate must be good for.
fn names(host: &HostName) -> Vec<String> {
    let name = host.without_port();
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    if !is_address && name != "localhost" {
        names.push(name.to_owned());
        names.push(format!("mtls.{name}"));
    }
    names
}

/// Takes an address to listen on.
///
/// # Errors
///
/// It is taken, or not this machine's.
pub(crate) async fn bind(address: SocketAddr) -> Outcome<TcpListener> {
    TcpListener::bind(address)
        .await
        .because(|| format!("{address} cannot be listened on"))
        .or_hint(|| {
            "is another server running there? --listen takes another address, and port 0 any that \
             is free"
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_names_the_domain_and_loopback() {
        let names = |host: &str| names(&host.parse().unwrap()).join(" ");
        assert_eq!(
            names("issuer.test:8443"),
            "localhost 127.0.0.1 ::1 issuer.test mtls.issuer.test"
        );
        assert_eq!(names("[::1]:8443"), "localhost 127.0.0.1 ::1");
        assert_eq!(names("localhost"), "localhost 127.0.0.1 ::1");
    }
}
