//! The doctor on the network: the address to listen on, and the names clients use.

use std::io;
use std::time::Duration;

use m2mint_domain::host::HostName;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::time::timeout;

use super::Finding;
use crate::config::Config;
use crate::text::Check;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the address is free, or somebody answers there.
pub(super) async fn listen(config: &Config, findings: &mut Vec<Finding>) {
    let address = config.server.listen;
    let finding = match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(Check::Listen, format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(_)) => Finding::ok(Check::Listen, format!("a server answers on {address}")),
                Ok(Err(_)) | Err(_) => Finding::fail(
                    Check::Listen,
                    format!("{address} is taken, and nobody answers"),
                    "find out who has it (ss -ltnp), or set server.listen to another",
                ),
            }
        }
        Err(error) => Finding::fail(
            Check::Listen,
            format!("{address} cannot be listened on: {error}"),
            "set server.listen to an address of this machine; ports below 1024 need a privilege",
        ),
    };
    findings.push(finding);
}

/// Whether a tenant's domain leads anywhere.
pub(super) async fn domain(domain: &HostName) -> Finding {
    let name = domain.without_port();
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    if is_address || name == "localhost" {
        return Finding::ok(Check::Domain, format!("{domain} needs no look-up"));
    }
    let mend = "point an A or AAAA record at this machine, or at the proxy in front of it";
    match timeout(PATIENCE, lookup_host((name, 443))).await {
        Ok(Ok(mut addresses)) => match addresses.next() {
            Some(address) => Finding::ok(Check::Domain, format!("{name} is {}", address.ip())),
            None => Finding::warn(Check::Domain, format!("{name} has no address"), mend),
        },
        Ok(Err(error)) => Finding::warn(
            Check::Domain,
            format!("{name} does not resolve: {error}"),
            mend,
        ),
        Err(_) => Finding::warn(
            Check::Domain,
            format!("{name} takes too long to resolve"),
            mend,
        ),
    }
}
