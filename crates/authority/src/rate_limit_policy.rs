//! Rate limit policies: how many requests a second a client may make. Written as documents, compiled
//! once when they change, counted in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use m2mint_domain::client::Client;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::{State, Timestamp};
use serde::{Deserialize, Serialize};

use crate::documents::{self, Kept};

/// How many counters of one policy are kept before those that are over are dropped. More than this
/// are kept only while so many clients ask within one second, or were over it within one minute.
const COUNTERS: usize = 4_096;
/// How long a policy is silent about one client after it was written that it is over, in seconds.
const SILENCE: i64 = 60;

/// One policy.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RateLimitPolicy {
    /// `rlp_` and 21 characters.
    pub id: String,
    /// What is limited: `oauth_authentication_api`.
    pub resource: String,
    /// Who is limited: `client`.
    pub consumer: String,
    /// Which of them.
    pub consumer_selector: String,
    /// How.
    pub configuration: Configuration,
}

/// What a policy does.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Configuration {
    /// What happens beyond the limit.
    pub action: Action,
    /// Requests a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where a browser is sent. No browser asks for tokens here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
}

/// What happens beyond a limit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Nothing: there is no limit.
    Allow,
    /// Requests are refused.
    Block,
    /// It is written down.
    Log,
    /// Browsers are sent elsewhere, others refused.
    Redirect,
}

/// Whom a policy is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Selector {
    /// All that are named by a URL, together.
    CimdClients,
    /// One client.
    Client(String),
    /// Everyone else, each alone.
    Default,
    /// All of third parties, together.
    ThirdPartyClients,
}

/// Where a client stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Requests a second.
    pub limit: u32,
    /// What is left of them.
    pub remaining: u32,
    /// Seconds until they are there again.
    pub reset: u32,
}

/// What a policy says to one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counted {
    /// Where the client stands now.
    pub standing: Standing,
    /// Whether it goes no further.
    pub refused: bool,
    /// The policy, when it is time to write down that the client is over its limit.
    pub notice: Option<Arc<str>>,
}

impl Kept for RateLimitPolicy {
    const KIND: DocumentKind = DocumentKind::RateLimitPolicy;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Selector {
    /// Reads `default`, `third_party_clients`, `cimd_clients` or `client_id:…`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "default" => Some(Self::Default),
            "third_party_clients" => Some(Self::ThirdPartyClients),
            "cimd_clients" => Some(Self::CimdClients),
            _ => {
                let id = text.strip_prefix("client_id:")?;
                let known: Result<m2mint_domain::id::ClientId, _> = id.parse();
                known.is_ok().then(|| Self::Client(id.to_owned()))
            }
        }
    }
}

/// The policies of a tenant, with their counters.
#[derive(Debug, Default)]
pub struct RateLimits {
    clients: HashMap<String, Policy>,
    cimd: Option<Policy>,
    third_party: Option<Policy>,
    default: Option<Policy>,
}

#[derive(Debug)]
struct Policy {
    id: Arc<str>,
    action: Action,
    limit: u32,
    counters: Mutex<HashMap<Box<str>, Counter>>,
}

/// Requests of one second.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    second: i64,
    count: u32,
    silent_until: i64,
}

impl RateLimits {
    /// Compiles the policies of `state`; `None` when there is none. Counters begin anew.
    #[must_use]
    pub fn compile(state: &State) -> Option<Arc<Self>> {
        let mut limits = Self::default();
        let mut any = false;
        for document in state.documents(RateLimitPolicy::KIND) {
            let policy = match documents::read::<RateLimitPolicy>(document) {
                Ok(dated) => dated.object,
                Err(error) => {
                    tracing::error!(%error, id = &*document.id, "a rate limit policy is skipped");
                    continue;
                }
            };
            any = true;
            limits.add(&policy);
        }
        any.then(|| Arc::new(limits))
    }

    fn add(&mut self, policy: &RateLimitPolicy) {
        let compiled = Policy {
            id: policy.id.as_str().into(),
            action: policy.configuration.action,
            limit: policy.configuration.limit.unwrap_or(0),
            counters: Mutex::default(),
        };
        match Selector::parse(&policy.consumer_selector) {
            Some(Selector::Client(id)) => drop(self.clients.insert(id, compiled)),
            Some(Selector::CimdClients) => self.cimd = Some(compiled),
            Some(Selector::ThirdPartyClients) => self.third_party = Some(compiled),
            Some(Selector::Default) => self.default = Some(compiled),
            None => {}
        }
    }

    /// Counts a request of a client that has proven who it is: a stranger who knows its name must
    /// not use up its share. `None` where no policy limits it.
    #[must_use]
    pub fn count(&self, client: &Client, now: Timestamp) -> Option<Counted> {
        let id = client.id.as_str();
        let (policy, key) = if let Some(policy) = self.clients.get(id) {
            (policy, id)
        } else if let Some(policy) = self.cimd.as_ref().filter(|_| id.starts_with("https://")) {
            (policy, "")
        } else if let Some(policy) = self.third_party.as_ref().filter(|_| !client.is_first_party) {
            (policy, "")
        } else {
            (self.default.as_ref()?, id)
        };
        policy.count(key, now.as_secs())
    }
}

impl Policy {
    fn count(&self, key: &str, now: i64) -> Option<Counted> {
        if self.action == Action::Allow {
            return None;
        }
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if !counters.contains_key(key) {
            if COUNTERS <= counters.len() {
                counters.retain(|_, counter| counter.second == now || now < counter.silent_until);
            }
            counters.insert(key.into(), Counter::default());
        }
        let counter = counters.get_mut(key)?;
        if counter.second != now {
            counter.second = now;
            counter.count = 0;
        }
        let over = self.limit <= counter.count;
        if !over {
            counter.count += 1;
        }
        let notice = over && counter.silent_until <= now;
        if notice {
            counter.silent_until = now.saturating_add(SILENCE);
        }
        let remaining = self.limit - counter.count.min(self.limit);
        drop(counters);
        Some(Counted {
            standing: Standing {
                limit: self.limit,
                remaining,
                reset: 1,
            },
            refused: over && self.action != Action::Log,
            notice: notice.then(|| Arc::clone(&self.id)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(policies: &[(&str, &str)]) -> RateLimits {
        let mut limits = RateLimits::default();
        for (place, (selector, configuration)) in policies.iter().enumerate() {
            limits.add(&RateLimitPolicy {
                id: format!("rlp_{place}"),
                resource: "oauth_authentication_api".into(),
                consumer: "client".into(),
                consumer_selector: (*selector).into(),
                configuration: serde_json::from_str(configuration).unwrap(),
            });
        }
        limits
    }

    fn client(id: &str, first_party: bool) -> Client {
        let mut client = Client::new(id.parse().unwrap(), "x".into(), Timestamp::default());
        client.is_first_party = first_party;
        client
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    const TWO: &str = r#"{"action":"block","limit":2}"#;

    #[test]
    fn a_limit_holds_within_one_second_for_each_client_alone() {
        let limits = limits(&[("default", TWO)]);
        let ask = |id, secs| limits.count(&client(id, true), at(secs)).unwrap();
        assert_eq!(ask("a", 1).standing.remaining, 1);
        assert_eq!(ask("a", 1).standing.remaining, 0);
        assert!(ask("a", 1).refused);
        assert!(!ask("b", 1).refused);
        assert!(!ask("a", 2).refused);
    }

    #[test]
    fn the_most_particular_policy_decides_and_a_group_shares_one_count() {
        let limits = limits(&[
            ("client_id:vip", r#"{"action":"allow"}"#),
            ("third_party_clients", TWO),
            ("default", r#"{"action":"block","limit":0}"#),
        ]);
        let ask = |id, first| limits.count(&client(id, first), at(1));
        assert_eq!(ask("vip", false), None);
        assert!(!ask("a", false).unwrap().refused);
        assert!(!ask("b", false).unwrap().refused);
        assert!(ask("c", false).unwrap().refused);
        assert!(ask("own", true).unwrap().refused);
    }

    #[test]
    fn that_a_client_is_over_is_said_once_a_minute() {
        let limits = limits(&[("default", r#"{"action":"log","limit":0}"#)]);
        let ask = |secs| limits.count(&client("a", true), at(secs)).unwrap();
        assert!(ask(100).notice.is_some());
        assert!(ask(100).notice.is_none());
        assert!(ask(159).notice.is_none());
        let later = ask(160);
        assert!(later.notice.is_some() && !later.refused);
    }

    #[test]
    fn counters_of_clients_that_stopped_asking_are_dropped() {
        let limits = limits(&[("default", TWO)]);
        for second in 0..3 {
            for id in 0..4_000 {
                let _ = limits.count(&client(&format!("c{second}-{id}"), true), at(second));
            }
        }
        let kept = limits.default.unwrap().counters.into_inner().unwrap().len();
        assert!(kept <= 8_192, "{kept}");
    }
}
