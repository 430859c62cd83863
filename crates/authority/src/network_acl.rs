//! Network ACLs: who may reach a tenant. Written as documents, compiled once when they change.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use ipnet::IpNet;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::{State, Timestamp};
use serde::{Deserialize, Serialize};

use crate::documents::{self, Kept};

/// How often what the rules did is written to the log, in seconds (Auth0's interval).
const SUMMARY_EVERY: i64 = 600;

/// One rule with its place in the order.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct NetworkAcl {
    /// `acl_` and 22 characters.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Whether it does anything.
    pub active: bool,
    /// Lower numbers come first. Two rules never share one.
    pub priority: u8,
    /// What it says.
    pub rule: Rule,
}

/// What happens to which requests.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Rule {
    /// What happens.
    pub action: Action,
    /// What a request must have.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Signals>,
    /// What a request must not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_match: Option<Signals>,
    /// Where it holds.
    pub scope: Scope,
}

/// What happens to a request that a rule is about.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Auth0's members, each its own"
)]
pub struct Action {
    /// It is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub block: bool,
    /// It passes, and no later rule is asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow: bool,
    /// It is counted, and the next rule is asked: monitoring mode.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log: bool,
    /// It is sent elsewhere.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redirect: bool,
    /// Where it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
}

/// Properties of a request. Within one, any value will do; between them, all must hold.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Signals {
    /// Numbers of autonomous systems. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asns: Vec<i64>,
    /// Lists that Auth0 keeps. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth0_managed: Vec<String>,
    /// Countries. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geo_country_codes: Vec<String>,
    /// Parts of countries. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geo_subdivision_codes: Vec<String>,
    /// Addresses and networks of the caller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv4_cidrs: Vec<String>,
    /// The same of IPv6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_cidrs: Vec<String>,
    /// TLS fingerprints. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ja3_fingerprints: Vec<String>,
    /// TLS fingerprints. Not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ja4_fingerprints: Vec<String>,
    /// Whole `User-Agent` headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_agents: Vec<String>,
    /// Host names that were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hostnames: Vec<String>,
    /// Addresses and networks of the other end of the connection, which may be a proxy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connecting_ipv4_cidrs: Vec<String>,
    /// The same of IPv6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connecting_ipv6_cidrs: Vec<String>,
}

/// Where a rule holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything that is not the Management API.
    Authentication,
    /// Where clients register themselves.
    DynamicClientRegistration,
    /// The Management API.
    Management,
    /// Everywhere.
    Tenant,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Surface {
    /// The token endpoint, discovery, and all else.
    Authentication,
    /// The Management API.
    Management,
    /// Where clients register themselves.
    Registration,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    /// Where it comes from, after trusted proxies were believed.
    pub ip: IpAddr,
    /// The other end of the connection.
    pub connecting_ip: IpAddr,
    /// Its `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The host name that was asked, without a port.
    pub host: &'a str,
}

/// Why a request goes no further.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Turned {
    /// It is refused.
    Away,
    /// It is sent elsewhere.
    To(Arc<str>),
}

/// What a rule did in the last minutes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// The rule.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Its place.
    pub priority: u8,
    /// What it does, as JSON text.
    pub action: String,
    /// How many requests it was about.
    pub matched: u64,
    /// How many requests it was asked about.
    pub asked: u64,
}

impl Kept for NetworkAcl {
    const KIND: DocumentKind = DocumentKind::NetworkAcl;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Signals {
    /// Members that this server has no way to know, and that say something here.
    fn unknown(&self) -> impl Iterator<Item = &'static str> {
        [
            ("asns", self.asns.is_empty()),
            ("auth0_managed", self.auth0_managed.is_empty()),
            ("geo_country_codes", self.geo_country_codes.is_empty()),
            (
                "geo_subdivision_codes",
                self.geo_subdivision_codes.is_empty(),
            ),
            ("ja3_fingerprints", self.ja3_fingerprints.is_empty()),
            ("ja4_fingerprints", self.ja4_fingerprints.is_empty()),
        ]
        .into_iter()
        .filter_map(|(member, empty)| (!empty).then_some(member))
    }
}

impl Rule {
    /// Members of the conditions that this server cannot evaluate. A rule that has one must not be
    /// active: it would let in, or keep out, others than it says.
    #[must_use]
    pub fn unknown_signals(&self) -> Vec<&'static str> {
        let both = [&self.matches, &self.not_match];
        both.into_iter()
            .flatten()
            .flat_map(Signals::unknown)
            .collect()
    }
}

/// An address, or a network with the bits of its prefix.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The active rules of a tenant, in their order.
#[derive(Debug)]
pub struct NetworkAcls {
    rules: Vec<Compiled>,
    summarized: AtomicI64,
}

#[derive(Debug)]
struct Compiled {
    acl: NetworkAcl,
    matches: Option<Conditions>,
    not_match: Option<Conditions>,
    outcome: Outcome,
    counts: Arc<Counts>,
}

#[derive(Debug)]
enum Outcome {
    Pass,
    Count,
    Turn(Turned),
}

#[derive(Debug, Default)]
struct Counts {
    matched: AtomicU64,
    asked: AtomicU64,
}

#[derive(Debug)]
struct Conditions {
    networks: Vec<IpNet>,
    connecting: Vec<IpNet>,
    user_agents: Vec<String>,
    hostnames: Vec<String>,
}

impl NetworkAcls {
    /// Compiles the active rules of `state`; `None` when there is none. Counts go on where `before`
    /// left them.
    #[must_use]
    pub fn compile(state: &State, before: Option<&Self>) -> Option<Arc<Self>> {
        let acls = state.documents(NetworkAcl::KIND).filter_map(|document| {
            documents::read::<NetworkAcl>(document)
                .inspect_err(
                    |error| tracing::error!(%error, id = &*document.id, "an ACL is skipped"),
                )
                .ok()
        });
        Self::of(acls.map(|dated| dated.object), before).map(Arc::new)
    }

    /// Compiles the active ones among `acls`.
    pub(crate) fn of(
        acls: impl Iterator<Item = NetworkAcl>,
        before: Option<&Self>,
    ) -> Option<Self> {
        let counts = |id: &str| {
            let rule = before?.rules.iter().find(|rule| rule.acl.id == id)?;
            Some(Arc::clone(&rule.counts))
        };
        let mut rules: Vec<Compiled> = acls
            .filter(|acl| acl.active)
            .map(|acl| Compiled {
                matches: acl.rule.matches.as_ref().map(Conditions::of),
                not_match: acl.rule.not_match.as_ref().map(Conditions::of),
                outcome: Outcome::of(&acl.rule.action),
                counts: counts(&acl.id).unwrap_or_default(),
                acl,
            })
            .collect();
        rules.sort_by_key(|rule| rule.acl.priority);
        (!rules.is_empty()).then(|| Self {
            rules,
            summarized: AtomicI64::new(
                before.map_or(0, |before| before.summarized.load(Ordering::Relaxed)),
            ),
        })
    }

    /// What the first rule that is about this request does with it; `None` lets it pass.
    #[must_use]
    pub fn judge(&self, surface: Surface, requester: &Requester<'_>) -> Option<Turned> {
        for rule in &self.rules {
            if !rule.acl.rule.scope.holds_at(surface) {
                continue;
            }
            rule.counts.asked.fetch_add(1, Ordering::Relaxed);
            if !rule.is_about(requester) {
                continue;
            }
            rule.counts.matched.fetch_add(1, Ordering::Relaxed);
            match &rule.outcome {
                Outcome::Count => {}
                Outcome::Pass => return None,
                Outcome::Turn(turned) => return Some(turned.clone()),
            }
        }
        None
    }

    /// What the rules did since the last summary; nothing when that is not long ago. One caller
    /// gets it.
    pub fn summaries(&self, now: Timestamp) -> Vec<Summary> {
        let (now, last) = (now.as_secs(), self.summarized.load(Ordering::Relaxed));
        if now < last.saturating_add(SUMMARY_EVERY) {
            return Vec::new();
        }
        let mine =
            self.summarized
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed);
        if mine.is_err() {
            return Vec::new();
        }
        self.rules.iter().filter_map(Compiled::summary).collect()
    }
}

impl Compiled {
    fn is_about(&self, requester: &Requester<'_>) -> bool {
        let matches = self.matches.as_ref().is_none_or(|one| one.hold(requester));
        let not = self
            .not_match
            .as_ref()
            .is_some_and(|one| one.hold(requester));
        matches && !not
    }

    fn summary(&self) -> Option<Summary> {
        let asked = self.counts.asked.swap(0, Ordering::Relaxed);
        let matched = self.counts.matched.swap(0, Ordering::Relaxed);
        (0 < asked).then(|| Summary {
            id: self.acl.id.clone(),
            description: self.acl.description.clone(),
            priority: self.acl.priority,
            action: serde_json::to_string(&self.acl.rule.action).unwrap_or_default(),
            matched,
            asked,
        })
    }
}

impl Conditions {
    fn of(signals: &Signals) -> Self {
        let networks = |four: &[String], six: &[String]| {
            let both = four.iter().chain(six);
            both.filter_map(|text| parse_network(text)).collect()
        };
        Self {
            networks: networks(&signals.ipv4_cidrs, &signals.ipv6_cidrs),
            connecting: networks(
                &signals.connecting_ipv4_cidrs,
                &signals.connecting_ipv6_cidrs,
            ),
            user_agents: signals.user_agents.clone(),
            hostnames: signals.hostnames.clone(),
        }
    }

    /// Whether every property that is spoken of has one of its values. Addresses of both families
    /// are one property.
    fn hold(&self, requester: &Requester<'_>) -> bool {
        let inside = |networks: &[IpNet], ip: IpAddr| {
            let ip = ip.to_canonical();
            networks.is_empty() || networks.iter().any(|network| network.contains(&ip))
        };
        let agents = self.user_agents.is_empty()
            || requester
                .user_agent
                .is_some_and(|asked| self.user_agents.iter().any(|agent| agent == asked));
        let hosts = self.hostnames.is_empty()
            || self
                .hostnames
                .iter()
                .any(|host| host.eq_ignore_ascii_case(requester.host));
        inside(&self.networks, requester.ip)
            && inside(&self.connecting, requester.connecting_ip)
            && agents
            && hosts
    }
}

impl Outcome {
    fn of(action: &Action) -> Self {
        if action.log {
            return Self::Count;
        }
        match (action.allow, action.redirect, &action.redirect_uri) {
            (true, _, _) => Self::Pass,
            (false, true, Some(uri)) => Self::Turn(Turned::To(uri.as_str().into())),
            (false, _, _) => Self::Turn(Turned::Away),
        }
    }
}

impl Scope {
    const fn holds_at(self, surface: Surface) -> bool {
        match self {
            Self::Tenant => true,
            Self::Management => matches!(surface, Surface::Management),
            Self::Authentication => !matches!(surface, Surface::Management),
            Self::DynamicClientRegistration => matches!(surface, Surface::Registration),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(priority: u8, rule: &str) -> NetworkAcl {
        NetworkAcl {
            id: format!("acl_{priority}"),
            description: String::new(),
            active: true,
            priority,
            rule: serde_json::from_str(rule).unwrap(),
        }
    }

    fn judge(rules: &[&str], requester: &Requester<'_>) -> Option<Turned> {
        let acls = (1..).zip(rules).map(|(priority, rule)| acl(priority, rule));
        NetworkAcls::of(acls, None)
            .unwrap()
            .judge(Surface::Authentication, requester)
    }

    fn from(ip: &str) -> Requester<'static> {
        Requester {
            ip: ip.parse().unwrap(),
            connecting_ip: "10.0.0.1".parse().unwrap(),
            user_agent: Some("curl/8"),
            host: "acme.example",
        }
    }

    const BLOCK_NET: &str = r#"{"action":{"block":true},"scope":"tenant",
        "match":{"ipv4_cidrs":["198.51.100.0/24"],"ipv6_cidrs":["2001:db8::/32"]}}"#;

    #[test]
    fn addresses_of_both_families_are_one_property_and_mapped_ones_are_seen_through() {
        for ip in ["198.51.100.9", "2001:db8::9", "::ffff:198.51.100.9"] {
            assert_eq!(judge(&[BLOCK_NET], &from(ip)), Some(Turned::Away), "{ip}");
        }
        for ip in ["198.51.101.9", "2001:db9::9"] {
            assert_eq!(judge(&[BLOCK_NET], &from(ip)), None, "{ip}");
        }
    }

    #[test]
    fn all_properties_must_hold_and_of_what_must_not_none() {
        let both = r#"{"action":{"block":true},"scope":"tenant",
            "match":{"ipv4_cidrs":["192.0.2.1"],"user_agents":["curl/8"]}}"#;
        assert_eq!(judge(&[both], &from("192.0.2.1")), Some(Turned::Away));
        let other = Requester {
            user_agent: Some("curl/8.1"),
            ..from("192.0.2.1")
        };
        assert_eq!(judge(&[both], &other), None);
        let only = r#"{"action":{"block":true},"scope":"tenant",
            "not_match":{"connecting_ipv4_cidrs":["10.0.0.0/8"]}}"#;
        assert_eq!(judge(&[only], &from("192.0.2.1")), None);
        let direct = Requester {
            connecting_ip: "192.0.2.1".parse().unwrap(),
            ..from("192.0.2.1")
        };
        assert_eq!(judge(&[only], &direct), Some(Turned::Away));
    }

    #[test]
    fn the_first_match_decides_unless_it_only_counts() {
        let count = r#"{"action":{"log":true},"scope":"tenant"}"#;
        let allow =
            r#"{"action":{"allow":true},"scope":"tenant","match":{"hostnames":["ACME.example"]}}"#;
        let block = r#"{"action":{"block":true},"scope":"authentication"}"#;
        let ip = from("192.0.2.1");
        assert_eq!(judge(&[count, allow, block], &ip), None);
        assert_eq!(judge(&[count, block, allow], &ip), Some(Turned::Away));
        let management = r#"{"action":{"block":true},"scope":"management"}"#;
        assert_eq!(judge(&[management], &ip), None);
    }

    #[test]
    fn what_rules_did_is_told_every_ten_minutes_and_survives_a_new_compilation() {
        let rules = || [acl(1, r#"{"action":{"log":true},"scope":"tenant"}"#)].into_iter();
        let first = NetworkAcls::of(rules(), None).unwrap();
        let _ = first.judge(Surface::Management, &from("192.0.2.1"));
        let second = NetworkAcls::of(rules(), Some(&first)).unwrap();
        let _ = second.judge(Surface::Management, &from("192.0.2.1"));
        let told = second.summaries(Timestamp::from_secs(1_000));
        assert_eq!((told[0].matched, told[0].asked), (2, 2));
        assert_eq!(second.summaries(Timestamp::from_secs(1_599)), []);
        assert_eq!(second.summaries(Timestamp::from_secs(1_600)), []);
    }

    #[test]
    fn networks_are_read_strictly() {
        for text in ["192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "::1"] {
            assert!(parse_network(text).is_some(), "{text}");
        }
        for text in [
            "",
            "192.0.2.0/33",
            "192.0.2",
            "x/8",
            "192.0.2.1/",
            " 192.0.2.1",
            "::/129",
        ] {
            assert!(parse_network(text).is_none(), "{text}");
        }
    }
}
