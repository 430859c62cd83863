//! `m2mint test token`: gets a token as an application would, and shows what is in it.

use serde_json::{Value, json};

use crate::args::process::TestToken;
use crate::failure::{Failure, Outcome};
use crate::jwt;
use crate::output::{line, value};
use crate::resource::{APPS, text};
use crate::runtime;
use crate::session::Session;
use crate::terminal;
use crate::transport::{ApiFailure, Transport};

pub(super) fn run(session: &Session, args: &TestToken) -> Outcome {
    let secret = terminal::client_secret(args.secret_stdin)?;
    let answer = runtime::block_on(async {
        let api = session.connect_as_client().await?;
        let answer = request(&api, args, &secret).await;
        api.close().await?;
        answer
    })?;
    let token = text(&answer, "access_token")?;
    let decoded = jwt::decode(token);
    if session.out.is_json() {
        return value(&json!({ "answer": answer, "decoded": decoded }));
    }
    line(token)?;
    match decoded {
        Some(decoded) => value(&decoded),
        None => Ok(()),
    }
}

async fn request(api: &Transport, args: &TestToken, secret: &str) -> Outcome<Value> {
    let client_id = client_id(api, &args.app).await?;
    let scope = args.scope.join(" ");
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret),
    ];
    let optional = [
        ("audience", args.api.as_deref()),
        ("organization", args.org.as_deref()),
    ];
    form.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    if !scope.is_empty() {
        form.push(("scope", &scope));
    }
    match api.request_token(&form).await {
        Ok(answer) => Ok(answer),
        Err(refused @ ApiFailure::Refused { .. }) => Err(Failure::from(refused).hint(
            "`m2mint logs list` has the reason. Is the secret right, is there a grant for this \
             application and API, and does it hold the scope?",
        )),
        Err(other) => Err(other.into()),
    }
}

/// The client id behind a name. Without the right to look it up, the text is taken as it is.
async fn client_id(api: &Transport, app: &str) -> Outcome<String> {
    match APPS.find(api, app).await {
        Ok(client) => Ok(text(&client, "client_id")?.to_owned()),
        Err(failure) => match api {
            Transport::Remote(_) => Ok(app.to_owned()),
            Transport::Local(_) => Err(failure),
        },
    }
}
