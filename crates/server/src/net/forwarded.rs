//! Who is behind a proxy: forwarding headers, believed from trusted addresses only.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// The most addresses of a chain that are looked at.
const HOPS_MAX: usize = 32;

/// The address a request comes from.
///
/// `X-Forwarded-For` is read from right to left: each trusted proxy vouches for the address before
/// it, and the first address that is not a trusted proxy is the caller. What stands further left
/// was written by the caller, and is not believed. From an untrusted peer the header says nothing.
pub(crate) fn client_ip(trusted: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !is_trusted(trusted, peer) {
        return peer;
    }
    let mut ip = peer;
    let chain = headers.get_all("x-forwarded-for").iter().rev();
    let hops = chain
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','))
        .take(HOPS_MAX);
    for hop in hops {
        let Some(address) = parse_hop(hop.trim()) else {
            return ip;
        };
        ip = address;
        if !is_trusted(trusted, ip) {
            return ip;
        }
    }
    ip
}

fn is_trusted(trusted: &[IpNet], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    trusted.iter().any(|network| network.contains(&ip))
}

/// An address, with or without a port.
fn parse_hop(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>()
        .ok()
        .or_else(|| {
            text.parse::<std::net::SocketAddr>()
                .ok()
                .map(|address| address.ip())
        })
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, chain: &[&str]) -> String {
        let trusted = [
            "10.0.0.0/8".parse().unwrap(),
            "127.0.0.1/32".parse().unwrap(),
        ];
        let mut headers = HeaderMap::new();
        for value in chain {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        client_ip(&trusted, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_they_are() {
        assert_eq!(seen("198.51.100.7", &["203.0.113.1"]), "198.51.100.7");
    }

    #[test]
    fn a_trusted_proxy_is_believed_up_to_the_first_stranger() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(
            seen("10.0.0.1", &["192.0.2.66, 203.0.113.1, 10.0.0.9"]),
            "203.0.113.1"
        );
        assert_eq!(
            seen("10.0.0.1", &["192.0.2.66", "203.0.113.1"]),
            "203.0.113.1"
        );
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
    }

    #[test]
    fn nonsense_ends_the_chain_where_it_stands() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.1, unknown"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
    }
}
