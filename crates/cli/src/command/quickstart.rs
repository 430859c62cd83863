//! `m2mint quickstart`: everything on this machine, up to a first protected call.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Method;
use m2mint_verify::Validator;
use serde_json::{Value, json};
use timesheets_cron::{Timesheet, TokenAnswer};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::args::process::Quickstart;
use crate::config::{Config, LogLevel};
use crate::dev::{self, DevServer, Wish};
use crate::failure::{Explain as _, Failure, Outcome};
use crate::jwt;
use crate::node::Node;
use crate::output::line;
use crate::resource::{APIS, APPS, GRANTS, segment, text};
use crate::runtime;
use crate::session::Session;
use crate::transport::Transport;

/// The identifier of the API.
const AUDIENCE: &str = "https://timesheets.example/";
const API_NAME: &str = "Timesheets API";
const SCOPES: [(&str, &str); 5] = [
    ("read:timesheets", "Read timesheets"),
    ("create:timesheets", "Create timesheets"),
    ("delete:timesheets", "Delete timesheets"),
    ("approve:timesheets", "Approve timesheets"),
    ("batch:upload", "Upload timesheets in batches"),
];
const JOB_NAME: &str = "Timesheets Import Job";
/// All that the job may do.
const GRANTED: &str = "batch:upload";
/// How long one request of the walk may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the secret of an earlier run goes on working, if it is to.
const KEPT_SECONDS: u32 = 86_400;

pub(super) fn run(session: &Session, args: &Quickstart) -> Outcome {
    session.refuse_url("quickstart")?;
    let mut config = session.config()?;
    // People read along: only what goes wrong may come in between.
    config.log.level = LogLevel::Warn;
    runtime::say(&config.log);
    runtime::build(config.server.threads)?.block_on(walk(session, &config, args))
}

async fn walk(session: &Session, config: &Config, args: &Quickstart) -> Outcome {
    let stop = runtime::stop_signal()?;
    let wish = Wish {
        listen: args.listen,
        domain: None,
        tls: false,
    };
    let server = DevServer::prepare(&for_quickstart(session), config, wish).await?;
    let (end, ended) = watch::channel(());
    let walked = Servers::start(server, config, ended).await?;
    let done = steps(session, config, args, &walked).await;
    let done = match done {
        Ok(()) if !args.once => {
            line(&format!("\n{}", session.lang.stays()))?;
            stop.await;
            Ok(())
        }
        other => other,
    };
    drop(end);
    let closed = walked.stop().await;
    done?;
    closed
}

/// A data directory that somebody uses in earnest is not filled with examples.
fn for_quickstart(session: &Session) -> Session {
    let mut session = session.clone();
    session.tenant = session.tenant.or_else(|| dev::TENANT.parse().ok());
    session
}

/// The two servers of the walk.
struct Servers {
    node: Node,
    tenant: m2mint_domain::id::TenantId,
    /// Where the token endpoint is, with a slash at its end.
    issuer: String,
    /// Where the API is, without one.
    api_url: String,
    tasks: Vec<JoinHandle<std::io::Result<()>>>,
    maintenance: JoinSet<()>,
}

impl Servers {
    async fn start(
        server: DevServer,
        config: &Config,
        ended: watch::Receiver<()>,
    ) -> Outcome<Self> {
        let DevServer {
            listener,
            node,
            tenant,
            issuer,
            tls,
            ca: _,
        } = server;
        let app = node.app(config.settings(true));
        let maintenance = node.maintain(app.settings());
        let stop = until_dropped(ended.clone());
        let authorization = tokio::spawn(m2mint_server::serve(listener, tls, app, stop));

        let listener = dev::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let api_url = format!("http://{}", listener.local_addr()?);
        let validator = Validator::builder(issuer.clone(), AUDIENCE).build()?;
        let api = axum::serve(listener, timesheets_api::app(validator))
            .with_graceful_shutdown(until_dropped(ended));
        let api = tokio::spawn(api.into_future());
        Ok(Self {
            node,
            tenant,
            issuer,
            api_url,
            tasks: vec![authorization, api],
            maintenance,
        })
    }

    async fn stop(self) -> Outcome {
        drop(self.maintenance);
        for task in self.tasks {
            task.await??;
        }
        self.node.close().await
    }
}

async fn until_dropped(mut ended: watch::Receiver<()>) {
    // Nothing is ever sent: it ends with the sender.
    while ended.changed().await.is_ok() {}
}

async fn steps(
    session: &Session,
    config: &Config,
    args: &Quickstart,
    servers: &Servers,
) -> Outcome {
    let lang = session.lang;
    let mut count = 0;
    let mut step = |sentence: &str| {
        count += 1;
        line(&format!("{count}. {sentence}"))
    };
    let base = servers.issuer.trim_end_matches('/');
    step(&lang.step_server(base, &session.dir.path().display().to_string()))?;

    let management = Transport::within(&servers.node, &servers.tenant, config)?;
    register_api(&management)
        .await
        .because(|| format!("{API_NAME} could not be registered"))?;
    step(&lang.step_register_api(AUDIENCE))?;
    let (client_id, client_secret) = register_job(&management, args.keep)
        .await
        .because(|| format!("{JOB_NAME} could not be registered"))?;
    step(&lang.step_register_app(JOB_NAME, GRANTED))?;
    step(&lang.step_api(&servers.api_url))?;

    step(lang.step_ask())?;
    line(&curl(base, &client_id, &client_secret))?;
    line(&format!("   {}", lang.secret_is_shown()))?;

    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // Plain HTTP on loopback: works on a machine without certificate authorities.
        .tls_certs_only([])
        .build()?;
    let token_url = format!("{base}/oauth/token");
    let TokenAnswer {
        access_token,
        expires_in,
        ..
    } = timesheets_cron::request_token(
        &http,
        &token_url,
        &client_id,
        &client_secret,
        AUDIENCE,
        None,
    )
    .await
    .because(|| "the job got no token".to_owned())?;
    step(&lang.step_token(expires_in))?;
    let claims = jwt::decode(&access_token).unwrap_or_default();
    line(&indented(&serde_json::to_string_pretty(&claims)?))?;

    let timesheet = Timesheet {
        user_id: "007".to_owned(),
        date: "2017-05-10T17:40:20.095Z".to_owned(),
        project: "StoreZero".to_owned(),
        hours: 5.0,
    };
    let created = timesheets_cron::upload(&http, &servers.api_url, &access_token, &timesheet)
        .await
        .because(|| "the timesheet was not taken".to_owned())?;
    step(&lang.step_upload(&created.message))?;

    let list = format!("{}/timesheets", servers.api_url);
    let without_token = http.get(&list).send().await?.status().as_u16();
    let without_scope = http
        .get(&list)
        .bearer_auth(&access_token)
        .send()
        .await?
        .status()
        .as_u16();
    step(&lang.step_refused(without_token, without_scope))?;
    if (without_token, without_scope) != (401, 403) {
        return Err(Failure::new(format!(
            "the API should have answered 401 without a token and 403 without the scope, and \
             answered {without_token} and {without_scope}"
        )));
    }
    Ok(())
}

async fn register_api(api: &Transport) -> Outcome {
    let scopes: Vec<Value> = SCOPES
        .iter()
        .map(|(value, description)| json!({ "value": value, "description": description }))
        .collect();
    match APIS.get(api, AUDIENCE).await {
        Ok(_) => {
            let body = json!({ "scopes": scopes });
            api.send(Method::PATCH, &APIS.at(AUDIENCE), Some(body))
                .await?;
        }
        Err(error) if error.is_not_found() => {
            let body = json!({
                "name": API_NAME,
                "identifier": AUDIENCE,
                "scopes": scopes,
                "signing_alg": "RS256",
            });
            api.send(Method::POST, APIS.path, Some(body)).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The job's id and a secret: a new one each time, since nobody can read an old one.
async fn register_job(api: &Transport, keep: bool) -> Outcome<(String, String)> {
    let known = APPS.all(api, "").await?;
    let named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(JOB_NAME);
    let (client_id, answer) = if let Some(job) = known.iter().find(named) {
        let client_id = text(job, "client_id")?.to_owned();
        let path = format!("/m2mint/v1/clients/{}/secrets", segment(&client_id));
        let retire = if keep {
            json!({ "after_seconds": KEPT_SECONDS })
        } else {
            json!("now")
        };
        let answer = api
            .send(Method::POST, &path, Some(json!({ "retire": retire })))
            .await?;
        (client_id, answer)
    } else {
        let body = json!({
            "name": JOB_NAME,
            "app_type": "non_interactive",
            "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_post",
        });
        let answer = api.send(Method::POST, APPS.path, Some(body)).await?;
        (text(&answer, "client_id")?.to_owned(), answer)
    };
    let secret = text(&answer, "client_secret")?.to_owned();
    grant(api, &client_id).await?;
    Ok((client_id, secret))
}

async fn grant(api: &Transport, client_id: &str) -> Outcome {
    let filter = format!(
        "&client_id={}&audience={}",
        segment(client_id),
        segment(AUDIENCE)
    );
    if let Some(grant) = GRANTS.all(api, &filter).await?.first() {
        let path = GRANTS.at(text(grant, "id")?);
        api.send(Method::PATCH, &path, Some(json!({ "scope": [GRANTED] })))
            .await?;
    } else {
        let body = json!({ "client_id": client_id, "audience": AUDIENCE, "scope": [GRANTED] });
        api.send(Method::POST, GRANTS.path, Some(body)).await?;
    }
    Ok(())
}

/// The tutorial's command. Ids, secrets and our own URLs need no quoting.
fn curl(base: &str, client_id: &str, client_secret: &str) -> String {
    format!(
        "curl --request POST --url '{base}/oauth/token' \
         --header 'content-type: application/x-www-form-urlencoded' \
         --data grant_type=client_credentials --data client_id={client_id} \
         --data client_secret={client_secret} --data audience={AUDIENCE}"
    )
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("   {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_tutorials() {
        assert_eq!(
            curl("http://127.0.0.1:8080", "id", "secret"),
            "curl --request POST --url 'http://127.0.0.1:8080/oauth/token' --header \
             'content-type: application/x-www-form-urlencoded' --data \
             grant_type=client_credentials --data client_id=id --data client_secret=secret --data \
             audience=https://timesheets.example/"
        );
    }
}
