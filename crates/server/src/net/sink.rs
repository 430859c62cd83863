//! Requests that this server makes: log events to the receivers of log streams.
//!
//! An administrator of a tenant says where they go, so they must not open a way into the network that
//! the server stands in: what an address leads to is looked at when it is resolved, and what is looked
//! at is what is connected to. No redirects, no proxies, and little is read of an answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use m2mint_authority::log_streamer::{Carrier, Delivery, NotDelivered};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::crypto::CryptoProvider;

/// How long a receiver may take, from the connection to the end of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that its connection can be used again.
const ANSWER_MAX: usize = 16_384;
const PLAIN: &str = "http";

/// Which addresses log events may be sent to, besides public ones.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reach {
    /// This machine, also without TLS.
    pub loopback: bool,
    /// Private networks.
    pub private: bool,
}

/// Sends log events over HTTP.
#[derive(Debug)]
pub struct HttpCarrier {
    reach: Reach,
    /// For `https`. Made when first needed: a machine may have no certificate authorities.
    secure: OnceLock<Client>,
    /// For `http`, to this machine.
    plain: OnceLock<Client>,
}

impl Reach {
    /// Whether an address may be connected to.
    #[must_use]
    pub fn covers(self, ip: IpAddr) -> bool {
        let ip = canonical(ip);
        if ip.is_loopback() {
            return self.loopback || self.private;
        }
        match place(ip) {
            Place::Public => true,
            Place::Private => self.private,
            Place::Nowhere => false,
        }
    }

    /// Reads the address of a receiver.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words. What its name leads to is seen only when it is used.
    pub fn check(self, endpoint: &str) -> Result<Url, &'static str> {
        let url = Url::parse(endpoint).map_err(|_| "it is no URL")?;
        let host = url.host_str().ok_or("it names no host")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it may not hold a user name or a password");
        }
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let here = host == "localhost" || literal.is_some_and(|ip| ip.is_loopback());
        match url.scheme() {
            "https" => {}
            PLAIN if here && (self.loopback || self.private) => {}
            _ => return Err("it must begin with https://"),
        }
        if literal.is_some_and(|ip| !self.covers(ip)) {
            return Err("it leads into a private network");
        }
        Ok(url)
    }
}

impl HttpCarrier {
    /// A carrier that goes as far as `reach` says.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self {
            reach,
            secure: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, NotDelivered> {
        let plain = url.scheme() == PLAIN;
        let place = if plain { &self.plain } else { &self.secure };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let reach = if plain {
            // Without TLS, a name may lead to this machine only.
            Guarded::Loopback
        } else {
            Guarded::Reach(self.reach)
        };
        let client = build(reach, plain).map_err(|error| not_delivered(error, "no client"))?;
        Ok(place.get_or_init(|| client))
    }
}

#[async_trait]
impl Carrier for HttpCarrier {
    async fn carry(&self, delivery: Delivery) -> Result<(), NotDelivered> {
        let Delivery {
            endpoint,
            headers,
            body,
        } = delivery;
        let url = self
            .reach
            .check(&endpoint)
            .map_err(|reason| NotDelivered(format!("the address: {reason}")))?;
        let mut request = self.client(&url)?.post(url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| not_delivered(error, "no answer"))?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(NotDelivered(format!("it answered with status {status}")));
        }
        let mut left = ANSWER_MAX;
        while let Ok(Some(chunk)) = response.chunk().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
        Ok(())
    }
}

fn build(reach: Guarded, plain: bool) -> reqwest::Result<Client> {
    if CryptoProvider::get_default().is_none() {
        // Err means that another thread was first, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .dns_resolver(reach)
        .user_agent(concat!("m2mint/", env!("CARGO_PKG_VERSION")));
    if plain {
        // Works on a machine without certificate authorities.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

/// An error without its address, which may be secret.
fn not_delivered(error: reqwest::Error, otherwise: &str) -> NotDelivered {
    let error = error.without_url();
    let mut said = if error.is_timeout() {
        "it took too long".to_owned()
    } else {
        otherwise.to_owned()
    };
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    NotDelivered(said)
}

/// Resolves names to what may be reached, so that nothing else is ever connected to.
#[derive(Clone, Copy, Debug)]
enum Guarded {
    Loopback,
    Reach(Reach),
}

impl Guarded {
    fn covers(self, ip: IpAddr) -> bool {
        match self {
            Self::Loopback => canonical(ip).is_loopback(),
            Self::Reach(reach) => reach.covers(ip),
        }
    }
}

/// A name that leads to nothing that may be reached.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no address that may be reached")]
struct OutOfReach;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reached: Vec<SocketAddr> = found
                .filter(|address| guarded.covers(address.ip()))
                .collect();
            if reached.is_empty() {
                return Err(OutOfReach.into());
            }
            Ok(Box::new(reached.into_iter()) as Addrs)
        })
    }
}

/// Where an address is.
enum Place {
    Public,
    Private,
    /// Nothing answers there: groups, documentation, what is reserved.
    Nowhere,
}

fn place(ip: IpAddr) -> Place {
    match ip {
        IpAddr::V4(ip) => place_v4(ip),
        IpAddr::V6(ip) => place_v6(ip),
    }
}

/// The special ranges of RFC 6890.
fn place_v4(ip: Ipv4Addr) -> Place {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        // 100.64/10: addresses of carriers, used inside clouds; 198.18/15: for benchmarks.
        (10 | 127, ..)
        | (172, 16..=31, _)
        | (192, 168, _)
        | (169, 254, _)
        | (100, 64..=127, _)
        | (198, 18 | 19, _) => Place::Private,
        (0 | 224..=255, ..) | (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => Place::Nowhere,
        _ => Place::Public,
    }
}

fn place_v6(ip: Ipv6Addr) -> Place {
    let [a, b, ..] = ip.segments();
    match (a, b) {
        // Unique local, link local, and the old site local addresses.
        (0xfc00..=0xfdff | 0xfe80..=0xfeff, _) => Place::Private,
        // Global unicast is 2000::/3; the rest is reserved, and 2001:db8::/32 for documentation.
        (0x2001, 0x0db8) => Place::Nowhere,
        (0x2000..=0x3fff, _) => Place::Public,
        _ if ip.is_loopback() => Place::Private,
        _ => Place::Nowhere,
    }
}

/// The IPv4 address inside an IPv6 address that leads to one: mapped, NAT64, 6to4, Teredo's end.
fn canonical(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else {
        return ip;
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return v4.into();
    }
    let [first, second, third, middle @ .., high, low] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        IpAddr::from([one, two, three, four])
    };
    match (first, second) {
        (0x0064, 0xff9b) if third == 0 && middle == [0; 3] => v4(high, low),
        (0x2002, _) => v4(second, third),
        (0x2001, 0) => v4(!high, !low),
        _ => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Reach = Reach {
        loopback: false,
        private: false,
    };

    #[test]
    fn addresses_inside_are_out_of_reach_however_they_are_written() {
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "2001:0:1:2:3:4:5601:5601",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "::a00:1",
        ] {
            assert!(!NOWHERE.covers(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "93.184.216.34",
            "172.32.0.1",
            "2606:2800::1",
            "64:ff9b::5db8:d822",
        ] {
            assert!(NOWHERE.covers(ip.parse().unwrap()), "{ip}");
        }
        let dev = Reach {
            loopback: true,
            private: false,
        };
        assert!(dev.covers("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!dev.covers("10.0.0.1".parse().unwrap()));
        let inside = Reach {
            loopback: false,
            private: true,
        };
        assert!(inside.covers("10.0.0.1".parse().unwrap()));
        assert!(!inside.covers("224.0.0.1".parse().unwrap()));
    }

    #[test]
    fn receivers_have_an_https_address_outside() {
        for (endpoint, fine) in [
            ("https://logs.example/in?key=1", true),
            ("http://logs.example/", false),
            ("http://127.0.0.1:9/", false),
            ("https://127.0.0.1/", false),
            ("https://0x7f.1/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("https://user:pass@logs.example/", false),
            ("ftp://logs.example/", false),
            ("https://", false),
            ("nonsense", false),
        ] {
            assert_eq!(NOWHERE.check(endpoint).is_ok(), fine, "{endpoint}");
        }
        let dev = Reach {
            loopback: true,
            private: false,
        };
        assert!(dev.check("http://127.0.0.1:9/").is_ok());
        assert!(dev.check("http://localhost:9/").is_ok());
        assert!(dev.check("http://logs.example/").is_err());
        assert!(dev.check("https://10.0.0.1/").is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Guarded::Reach(NOWHERE).resolve(name()).await.is_err());
        assert!(Guarded::Loopback.resolve(name()).await.is_ok());
    }
}
