//! The way to the Management API: over the network, or in this process. Above this file nobody
//! knows which.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use m2mint_authority::host::Origins;
use m2mint_authority::registry::tenants::operator_permit;
use m2mint_domain::client::Client;
use m2mint_domain::id::TenantId;
use m2mint_server::{App, Peer};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::failure::{Explain as _, Failure, Outcome};
use crate::node::{self, Foundation, KeyPolicy, Node};

/// More of an answer is not read: a page of a hundred objects is far smaller, and the plan of the
/// longest import not much longer than its document.
const ANSWER_MAX: usize = 256 * 1024 * 1024;
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take over what it does in one step to the whole register.
const LONG_PATIENCE: Duration = Duration::from_mins(11);
/// What a server says to a host name that no tenant has.
const NO_TENANT: &str = "No tenant answers on this host name.";
/// The client id in the tokens that whoever holds the data directory mints for themselves.
const OPERATOR: &str = "m2mint-cli";

/// The Management API, wherever it is.
#[derive(Debug)]
pub(crate) enum Transport {
    /// A running server.
    Remote(Remote),
    /// This process, over a data directory.
    Local(Box<Local>),
}

/// A running server.
pub(crate) struct Remote {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
}

/// This process, over a data directory.
pub(crate) struct Local {
    app: App,
    host: String,
    token: String,
    /// Closed with the transport, when it is ours to close.
    node: Option<Node>,
}

/// Why the API did not do as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiFailure {
    /// It said no, in its own words.
    #[error("{message} ({status})")]
    Refused {
        /// The answer's status.
        status: StatusCode,
        /// What it said.
        message: String,
        /// Its name for it.
        code: Option<String>,
    },
    /// It was not reached.
    #[error("the server was not reached")]
    Unreachable(#[source] reqwest::Error),
    /// What answered speaks no JSON, or too much of it.
    #[error("what answered ({status}) is not the Management API of m2mint")]
    Unexpected {
        /// The answer's status.
        status: StatusCode,
    },
    /// The path makes no URL.
    #[error("the request cannot be made")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiFailure {
    /// Whether there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND)
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Refused {
                status, message, ..
            } => refusal_hint(*status, message),
            Self::Unreachable(_) => {
                Some("is it running, and is --url the address it prints when it starts?".to_owned())
            }
            Self::Unexpected { .. } => Some("check --url".to_owned()),
            Self::Request(_) => None,
        }
    }
}

fn refusal_hint(status: StatusCode, message: &str) -> Option<String> {
    let hint = match status {
        StatusCode::UNAUTHORIZED => {
            "get a token for the audience https://DOMAIN/api/v2/ and put it in M2MINT_TOKEN"
        }
        StatusCode::FORBIDDEN => {
            let (_, scopes) = message.split_once("expected any of: ")?;
            return Some(format!(
                "the token needs one of these scopes: {scopes}. Add it to the client's grant for \
                 the Management API and get a new token"
            ));
        }
        StatusCode::NOT_FOUND if message == NO_TENANT => {
            "the host in --url is no tenant's: use a tenant's domain, which `m2mint tenants list` \
             shows on the server's data directory"
        }
        StatusCode::NOT_FOUND => "`list` shows what there is",
        StatusCode::CONFLICT => "`list` shows what is there already; `update` changes it",
        StatusCode::TOO_MANY_REQUESTS => "wait a little and try again",
        status if status.is_server_error() => "the server's log says more",
        _ => return None,
    };
    Some(hint.to_owned())
}

impl Transport {
    /// To a running server. Plain HTTP goes to this machine only: the token would be in clear.
    ///
    /// # Errors
    ///
    /// The URL is none to call, or the certificate authority cannot be read.
    pub(crate) fn remote(
        base: &Url,
        token: Option<String>,
        cacert: Option<&Path>,
    ) -> Outcome<Self> {
        let loopback = match base.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let plain = base.scheme() == "http";
        if !matches!(base.scheme(), "http" | "https") || (plain && !loopback) {
            return Err(
                Failure::usage(format!("--url {base} would send the token in clear"))
                    .hint("use an https URL"),
            );
        }
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("m2mint/", env!("CARGO_PKG_VERSION")));
        if loopback {
            http = http.no_proxy();
        }
        if plain {
            // Works on a machine without certificate authorities.
            http = http.tls_certs_only([]);
        } else if let Some(path) = cacert {
            let pem = std::fs::read(path).because(|| {
                format!(
                    "the certificate authority {} cannot be read",
                    path.display()
                )
            })?;
            http = http.tls_certs_merge([reqwest::Certificate::from_pem(&pem)?]);
        }
        Ok(Self::Remote(Remote {
            http: http.build()?,
            base: base.clone(),
            token,
        }))
    }

    /// To a data directory, with a token that its master key makes possible.
    ///
    /// # Errors
    ///
    /// See [`Foundation::open`] and [`Foundation::tenant`].
    pub(crate) async fn local(
        dir: &DataDir,
        config: &Config,
        tenant: Option<&TenantId>,
    ) -> Outcome<Self> {
        let foundation = Foundation::open(dir, config, KeyPolicy::MustExist).await?;
        let tenant = foundation.tenant(tenant).await?;
        let node = Node::assemble(foundation, config, Origins::default()).await?;
        let mut local = Local::to(&node, &tenant, config)?;
        local.node = Some(node);
        Ok(Self::Local(Box::new(local)))
    }

    /// To a node that runs in this process, and goes on running.
    ///
    /// # Errors
    ///
    /// The tenant has no Management API.
    pub(crate) fn within(node: &Node, tenant: &TenantId, config: &Config) -> Outcome<Self> {
        Ok(Self::Local(Box::new(Local::to(node, tenant, config)?)))
    }

    /// Asks the Management API. `path` begins with a slash; an empty answer is `null`.
    ///
    /// # Errors
    ///
    /// [`ApiFailure`]: it was not reached, or said no.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ApiFailure> {
        self.send_within(PATIENCE, method, path, body).await
    }

    /// The same, for what may take minutes.
    ///
    /// # Errors
    ///
    /// See [`Transport::send`].
    pub(crate) async fn send_patiently(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ApiFailure> {
        self.send_within(LONG_PATIENCE, method, path, body).await
    }

    async fn send_within(
        &self,
        patience: Duration,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ApiFailure> {
        let token = match self {
            Self::Remote(remote) => remote.token.as_deref(),
            Self::Local(local) => Some(local.token.as_str()),
        };
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let request = request
            .body(body)
            .map_err(|error| ApiFailure::Request(error.into()))?;
        self.exchange(request, patience).await
    }

    /// Asks the token endpoint, as a client would.
    ///
    /// # Errors
    ///
    /// [`ApiFailure`]: it was not reached, or said no.
    pub(crate) async fn request_token(&self, form: &[(&str, &str)]) -> Result<Value, ApiFailure> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post("/oauth/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into());
        let request = request.map_err(|error| ApiFailure::Request(error.into()))?;
        self.exchange(request, PATIENCE).await
    }

    /// Writes what is left to write.
    ///
    /// # Errors
    ///
    /// The log could not be written.
    pub(crate) async fn close(self) -> Outcome {
        match self {
            Self::Local(local) => match local.node {
                Some(node) => node.close().await,
                None => Ok(()),
            },
            Self::Remote(_) => Ok(()),
        }
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        patience: Duration,
    ) -> Result<Value, ApiFailure> {
        let (status, body) = match self {
            Self::Remote(remote) => remote.exchange(request, patience).await?,
            Self::Local(local) => local.exchange(request).await?,
        };
        let unexpected = |_| ApiFailure::Unexpected { status };
        if !status.is_success() {
            let answer: Value = serde_json::from_slice(&body).map_err(unexpected)?;
            return Err(refused(status, &answer));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(unexpected)
    }
}

/// The API's own words: Auth0's shape for management, OAuth's for tokens (RFC 6749 §5.2).
fn refused(status: StatusCode, answer: &Value) -> ApiFailure {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let message = text("message")
        .or_else(|| text("error_description"))
        .or_else(|| text("error"));
    let code = text("errorCode").or_else(|| text("error").filter(|_| text("message").is_none()));
    ApiFailure::Refused {
        status,
        message: message.unwrap_or("it gave no reason").to_owned(),
        code: code.map(str::to_owned),
    }
}

impl Remote {
    async fn exchange(
        &self,
        request: Request<Bytes>,
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), ApiFailure> {
        let (parts, body) = request.into_parts();
        let url = self
            .base
            .join(&parts.uri.to_string())
            .map_err(|error| ApiFailure::Request(error.into()))?;
        let request = self
            .http
            .request(parts.method, url)
            .timeout(patience)
            .headers(parts.headers)
            .body(body);
        let mut answer = request.send().await.map_err(ApiFailure::Unreachable)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(ApiFailure::Unreachable)? {
            if ANSWER_MAX < bytes.len() + chunk.len() {
                return Err(ApiFailure::Unexpected { status });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, bytes.into()))
    }
}

impl Local {
    fn to(node: &Node, tenant: &TenantId, config: &Config) -> Outcome<Self> {
        let gone = || Failure::new(format!("the tenant {tenant} has no Management API"));
        let snapshot = node.snapshots.tenant(tenant).ok_or_else(gone)?;
        let host = snapshot.state().tenant().domain.to_string();
        let site = node.authority.site(&host).ok_or_else(gone)?;
        let client = Client::new(
            OPERATOR.parse()?,
            "The operator's command line".into(),
            node::now(),
        );
        let permit = operator_permit(site.tenant.state(), client).ok_or_else(gone)?;
        let issued = node.authority.mint_for(&site, &permit)?;
        let token = issued.access_token.reveal().to_owned();
        Ok(Self {
            app: node.app(config.own_settings()),
            host,
            token,
            node: None,
        })
    }

    async fn exchange(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<(StatusCode, Bytes), ApiFailure> {
        let host = self.host.parse().map_err(|error| {
            let error: header::InvalidHeaderValue = error;
            ApiFailure::Request(error.into())
        })?;
        request.headers_mut().insert(header::HOST, host);
        // Nothing leaves this process, which is as good as TLS.
        let peer = Peer {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            tls: true,
        };
        let answer = self.app.answer(peer, request.map(Full::new)).await;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
        let body = body.map_err(|_| ApiFailure::Unexpected { status })?;
        Ok((status, body.to_bytes()))
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_not_sent_in_clear_over_a_network() {
        let to = |url: &str| Transport::remote(&url.parse().unwrap(), None, None);
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        assert!(to("http://issuer.example/").is_err());
        assert!(to("ftp://127.0.0.1/").is_err());
        assert!(to("http://127.0.0.1:8080").is_ok());
        assert!(to("http://[::1]:8080").is_ok());
        assert!(to("http://localhost:8080").is_ok());
    }

    #[test]
    fn a_host_that_is_no_tenants_is_told_from_an_object_that_is_not_there() {
        let hint = |message: &str| {
            let answer = json!({"statusCode": 404, "error": "Not Found", "message": message});
            refused(StatusCode::NOT_FOUND, &answer).hint().unwrap()
        };
        let host = hint("No tenant answers on this host name.");
        assert!(host.contains("--url"), "{host}");
        let object = hint("The client does not exist");
        assert_eq!(object, "`list` shows what there is");
    }

    #[test]
    fn a_refusal_keeps_the_words_of_the_api() {
        let answer = json!({
            "statusCode": 403, "error": "Forbidden", "errorCode": "insufficient_scope",
            "message": "Insufficient scope, expected any of: read:clients",
        });
        let failure = refused(StatusCode::FORBIDDEN, &answer);
        assert!(failure.to_string().starts_with("Insufficient scope"));
        assert!(failure.hint().unwrap().contains("read:clients"));
        let answer = json!({ "error": "access_denied", "error_description": "Unauthorized" });
        let ApiFailure::Refused { message, code, .. } = refused(StatusCode::UNAUTHORIZED, &answer)
        else {
            panic!("it was refused");
        };
        assert_eq!(
            (message.as_str(), code.as_deref()),
            ("Unauthorized", Some("access_denied"))
        );
    }
}
