//! The configuration of a process: one file, the environment over it, parsed once.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use ipnet::IpNet;
use m2mint_authority::log::Durability;
use m2mint_authority::registry::{EntityLimits, SecretsKept};
use m2mint_server::{ManagementRate, Settings};
use m2mint_store::StoreUrl;
use serde::{Deserialize, Deserializer};

use self::layer::Layer;
use crate::data_dir::DataDir;
use crate::failure::{Explain as _, Failure, Outcome};

mod layer;

/// Every setting with its value when nobody says otherwise, and what it is for.
pub(crate) const DEFAULT: &str = include_str!("config.default.toml");

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// The configuration of one process.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Config {
    /// Where the master key is; `None`: in the data directory.
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) master_key_file: Option<PathBuf>,
    pub(crate) server: ServerConfig,
    pub(crate) store: StoreConfig,
    pub(crate) log: LogConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) clients: ClientsConfig,
}

/// How requests come in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct ServerConfig {
    pub(crate) listen: SocketAddr,
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) tls_cert: Option<PathBuf>,
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) public_ports: Vec<u16>,
    #[serde(deserialize_with = "networks")]
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) body_limit_bytes: usize,
    pub(crate) management_body_limit_bytes: usize,
    pub(crate) request_deadline_seconds: u32,
    pub(crate) header_timeout_seconds: u32,
    pub(crate) keep_alive_seconds: u32,
    pub(crate) max_connections: usize,
    pub(crate) drain_seconds: u32,
    pub(crate) threads: usize,
    pub(crate) enforce_network_acls: bool,
}

/// How much one tenant may have and ask. 0: no limit.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(crate) struct LimitsConfig {
    pub(crate) management_requests_per_second: u32,
    pub(crate) management_burst: u32,
    pub(crate) clients: usize,
    pub(crate) resource_servers: usize,
    pub(crate) client_grants: usize,
    pub(crate) organizations: usize,
    pub(crate) actions: usize,
    pub(crate) log_streams: usize,
    pub(crate) custom_domains: usize,
    pub(crate) network_acls: usize,
    pub(crate) rate_limit_policies: usize,
    pub(crate) token_exchange_profiles: usize,
}

/// Where the register is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct StoreConfig {
    url: String,
}

/// How clients are kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct ClientsConfig {
    #[serde(deserialize_with = "secrets_kept")]
    pub(crate) keep_secrets: SecretsKept,
}

/// What is written down, and how.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct LogConfig {
    #[serde(deserialize_with = "durability")]
    pub(crate) durability: Durability,
    /// 0: for ever.
    retention_days: u32,
    pub(crate) private_sinks: bool,
    pub(crate) format: LogFormat,
    pub(crate) level: LogLevel,
}

/// What lines on the standard error look like.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Config {
    /// Reads `file`, or the data directory's own where there is one, and the environment.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no TOML; a setting there is not; a value of the wrong type.
    /// Each says which setting, and in which file or variable.
    pub(crate) fn load(file: Option<&Path>, dir: &DataDir) -> Outcome<Self> {
        let own = dir.config_file();
        let file = match file {
            Some(file) => Some(file),
            None => own.is_file().then_some(own.as_path()),
        };
        let mut layers = Vec::new();
        if let Some(file) = file {
            layers.push(Layer::file(file)?);
        }
        layers.extend(Layer::environment(std::env::vars_os().filter_map(
            |(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)),
        )));
        Self::from_layers(&layers)
    }

    fn from_layers(layers: &[Layer]) -> Outcome<Self> {
        let known = Layer::toml("config.default.toml".to_owned(), DEFAULT)?;
        let mut figment = Figment::from(&known);
        for layer in layers {
            layer.refuse_unknown(&known)?;
            figment = figment.merge(layer);
        }
        figment.extract().map_err(|error| wrong_value(&error))
    }

    /// Where the register is.
    ///
    /// # Errors
    ///
    /// The setting names no store.
    pub(crate) fn store_url(&self, dir: &DataDir) -> Outcome<StoreUrl> {
        if self.store.url == "sqlite:" {
            return Ok(StoreUrl::sqlite(dir.database()));
        }
        self.store
            .url
            .parse()
            .because(|| "store.url names no store".to_owned())
    }

    /// Uses another store than the configured one.
    pub(crate) fn set_store(&mut self, url: &str) {
        url.clone_into(&mut self.store.url);
    }

    /// What the server needs of it.
    pub(crate) fn settings(&self, dev: bool) -> Settings {
        let seconds = |secs: u32| Duration::from_secs(u64::from(secs));
        Settings {
            trusted_proxies: self.server.trusted_proxies.clone(),
            body_limit: self.server.body_limit_bytes,
            management_body_limit: self.server.management_body_limit_bytes,
            deadline: seconds(self.server.request_deadline_seconds),
            dev,
            private_log_sinks: self.log.private_sinks,
            header_timeout: seconds(self.server.header_timeout_seconds),
            keep_alive: seconds(self.server.keep_alive_seconds),
            max_connections: self.server.max_connections,
            drain: seconds(self.server.drain_seconds),
            network_acls: self.server.enforce_network_acls,
            management_rate: self.limits.management_rate(),
        }
    }

    /// What the command line needs of it, on the machine itself: whoever holds the data directory is
    /// not kept out by rules that they could delete there.
    pub(crate) fn own_settings(&self) -> Settings {
        Settings {
            network_acls: false,
            management_rate: None,
            ..self.settings(false)
        }
    }

    /// Certificate and key, when both are set.
    ///
    /// # Errors
    ///
    /// Only one of them is set.
    pub(crate) fn tls_files(&self) -> Outcome<Option<(&Path, &Path)>> {
        match (&self.server.tls_cert, &self.server.tls_key) {
            (Some(cert), Some(key)) => Ok(Some((cert, key))),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(Failure::new(
                "server.tls_cert and server.tls_key go together",
            )
            .hint("set both, or neither")),
        }
    }

    /// Refuses to send secrets in clear over a network.
    ///
    /// # Errors
    ///
    /// Plain HTTP on an address that others can reach, with no proxy that ends TLS.
    pub(crate) fn refuse_plain_http_to_others(&self) -> Outcome {
        let server = &self.server;
        let protected = self.tls_files()?.is_some() || !server.trusted_proxies.is_empty();
        if server.listen.ip().is_loopback() || protected {
            return Ok(());
        }
        Err(Failure::new(format!(
            "plain HTTP on {} would carry client secrets in clear over the network",
            server.listen
        ))
        .hint(
            "set server.tls_cert and server.tls_key, or name the proxy that ends TLS in \
             server.trusted_proxies, or listen on 127.0.0.1",
        ))
    }
}

impl LimitsConfig {
    /// A burst that nobody said is two seconds' worth.
    fn management_rate(&self) -> Option<ManagementRate> {
        let per_second = NonZeroU32::new(self.management_requests_per_second)?;
        let burst = NonZeroU32::new(self.management_burst);
        Some(ManagementRate {
            per_second,
            burst: burst.unwrap_or(per_second.saturating_mul(TWO)),
        })
    }

    /// How many objects of a kind a tenant may have.
    pub(crate) fn entities(&self) -> EntityLimits {
        let mut limits = EntityLimits::default();
        for (kind, most) in [
            ("client", self.clients),
            ("resource_server", self.resource_servers),
            ("client_grant", self.client_grants),
            ("organization", self.organizations),
            ("action", self.actions),
            ("log_stream", self.log_streams),
            ("custom_domain", self.custom_domains),
            ("network_acl", self.network_acls),
            ("rate_limit_policy", self.rate_limit_policies),
            ("token_exchange_profile", self.token_exchange_profiles),
        ] {
            let known = limits.set(kind, most);
            debug_assert!(known, "{kind} is a kind");
        }
        limits
    }
}

impl LogConfig {
    /// How long tenant logs are kept; `None`: for ever.
    pub(crate) fn retention(&self) -> Option<u32> {
        (self.retention_days != 0).then_some(self.retention_days)
    }
}

impl LogLevel {
    /// Its name, as a filter of the subscriber.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// A variable of the environment; an empty one counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The text of a new configuration file: every setting, commented out.
pub(crate) fn commented_default() -> String {
    let line = |line: &str| match line.chars().next() {
        None | Some('#' | '[') => format!("{line}\n"),
        Some(_) => format!("# {line}\n"),
    };
    DEFAULT.lines().map(line).collect()
}

fn wrong_value(error: &figment::Error) -> Failure {
    let place = error
        .metadata
        .as_ref()
        .map_or("the configuration", |from| from.name.as_ref());
    let setting = error.path.join(".");
    Failure::new(format!("{place}: `{setting}` has a wrong value")).hint(format!(
        "{}; see the comments of the file that `m2mint init` writes",
        error.kind
    ))
}

fn unless_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(from)?;
    Ok((!text.is_empty()).then(|| text.into()))
}

fn secrets_kept<'de, D: Deserializer<'de>>(from: D) -> Result<SecretsKept, D::Error> {
    match String::deserialize(from)?.as_str() {
        "hashed" => Ok(SecretsKept::Hashed),
        "sealed" => Ok(SecretsKept::Sealed),
        other => Err(serde::de::Error::custom(format!(
            "expected sealed or hashed, found {other}"
        ))),
    }
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    Vec::<String>::deserialize(from)?
        .iter()
        .map(|text| {
            let address = || {
                text.parse()
                    .map(|address: std::net::IpAddr| IpNet::from(address))
            };
            text.parse().or_else(|_| address()).map_err(|_| {
                serde::de::Error::custom(format!("`{text}` is no address and no network"))
            })
        })
        .collect()
}

fn durability<'de, D: Deserializer<'de>>(from: D) -> Result<Durability, D::Error> {
    match String::deserialize(from)?.as_str() {
        "buffered" => Ok(Durability::Buffered),
        "durable" => Ok(Durability::Durable),
        other => Err(serde::de::Error::custom(format!(
            "`{other}` is neither buffered nor durable"
        ))),
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            master_key_file: None,
            server: ServerConfig {
                listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
                tls_cert: None,
                tls_key: None,
                public_ports: vec![443],
                trusted_proxies: Vec::new(),
                body_limit_bytes: 65_536,
                management_body_limit_bytes: 524_288,
                request_deadline_seconds: 10,
                header_timeout_seconds: 10,
                keep_alive_seconds: 75,
                max_connections: 10_000,
                drain_seconds: 20,
                threads: 0,
                enforce_network_acls: true,
            },
            store: StoreConfig {
                url: "sqlite:".to_owned(),
            },
            clients: ClientsConfig {
                keep_secrets: SecretsKept::Sealed,
            },
            log: LogConfig {
                durability: Durability::Buffered,
                retention_days: 30,
                private_sinks: false,
                format: LogFormat::Text,
                level: LogLevel::Info,
            },
            limits: LimitsConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Outcome<Config> {
        Config::from_layers(&[Layer::toml("x.toml".to_owned(), text)?])
    }

    fn variable(name: &str, value: &str) -> Outcome<Config> {
        let variables = [(name.to_owned(), value.to_owned())];
        Config::from_layers(&Layer::environment(variables.into_iter()))
    }

    #[test]
    fn the_default_file_is_the_default() {
        assert_eq!(file(DEFAULT).unwrap(), Config::default());
        assert_eq!(file("").unwrap(), Config::default());
    }

    #[test]
    fn the_file_that_init_writes_changes_nothing() {
        let text = commented_default();
        assert!(text.contains("\n# listen = "));
        assert_eq!(file(&text).unwrap(), Config::default());
    }

    #[test]
    fn an_unknown_setting_is_refused_with_the_nearest_known_one_and_its_place() {
        let refused = file("[server]\nlistem = \"127.0.0.1:1\"").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "error: x.toml: there is no setting `server.listem`\n  hint: did you mean `server.listen`?\n"
        );
        let refused = variable("M2MINT_SERVER__LISTN", "127.0.0.1:1")
            .unwrap_err()
            .to_string();
        assert!(refused.contains("M2MINT_SERVER__LISTN"), "{refused}");
        assert!(refused.contains("`server.listen`"), "{refused}");
        assert!(
            file("[sever]\nlisten = 1")
                .unwrap_err()
                .to_string()
                .contains("`server`")
        );
    }

    #[test]
    fn a_wrong_value_names_setting_place_and_expectation() {
        let refused = file("[server]\nthreads = \"many\"")
            .unwrap_err()
            .to_string();
        assert!(refused.contains("x.toml: `server.threads`"), "{refused}");
        assert!(refused.contains("expected"), "{refused}");
        let refused = variable("M2MINT_LOG__DURABILITY", "sometimes")
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("variable M2MINT_LOG__DURABILITY: `log.durability`"),
            "{refused}"
        );
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let mut layers = vec![Layer::toml("x.toml".to_owned(), "[log]\nlevel = \"warn\"").unwrap()];
        let variables = [
            ("M2MINT_LOG__LEVEL".to_owned(), "debug".to_owned()),
            (
                "M2MINT_SERVER__PUBLIC_PORTS".to_owned(),
                "[443, 8443]".to_owned(),
            ),
            ("M2MINT_SERVER__LISTEN".to_owned(), "[::1]:9".to_owned()),
            ("M2MINT_DATA".to_owned(), "ignored".to_owned()),
        ];
        layers.extend(Layer::environment(variables.into_iter()));
        let config = Config::from_layers(&layers).unwrap();
        assert_eq!(config.log.level, LogLevel::Debug);
        assert_eq!(config.server.public_ports, [443, 8443]);
        assert_eq!(config.server.listen, "[::1]:9".parse().unwrap());
    }

    #[test]
    fn plain_http_to_other_machines_needs_a_proxy_that_ends_tls() {
        let open = file("[server]\nlisten = \"0.0.0.0:80\"").unwrap();
        assert!(open.refuse_plain_http_to_others().is_err());
        let behind =
            "[server]\nlisten = \"0.0.0.0:80\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
        assert!(file(behind).unwrap().refuse_plain_http_to_others().is_ok());
        assert!(Config::default().refuse_plain_http_to_others().is_ok());
    }

    #[test]
    fn every_limit_of_the_file_is_one_that_the_register_knows() {
        let text = "[limits]\nclients = 1\nactions = 2\ntoken_exchange_profiles = 3\n\
                    management_requests_per_second = 5";
        let config = file(text).unwrap();
        let mut expected = EntityLimits::default();
        for (kind, most) in [("client", 1), ("action", 2), ("token_exchange_profile", 3)] {
            assert!(expected.set(kind, most));
        }
        assert_eq!(config.limits.entities(), expected);
        let rate = config.settings(false).management_rate.unwrap();
        assert_eq!((rate.per_second.get(), rate.burst.get()), (5, 10));
        assert_eq!(config.own_settings().management_rate, None);
        assert_eq!(Config::default().settings(false).management_rate, None);
    }

    #[test]
    fn half_of_tls_is_refused() {
        assert!(
            file("[server]\ntls_cert = \"a.pem\"")
                .unwrap()
                .tls_files()
                .is_err()
        );
    }
}
