//! The two calls of the job: ask for a token, upload a timesheet.

mod error;

use std::fmt;

use reqwest::{Client, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use error::Error;

/// Answers are small; more than this is not read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What the token endpoint answers (RFC 6749 §5.1).
#[derive(Clone, Deserialize)]
pub struct TokenAnswer {
    /// The token: whoever has it can use it.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds until the token expires.
    pub expires_in: u64,
    /// The granted scopes, space-separated.
    pub scope: Option<String>,
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("access_token", &"[hidden]")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish()
    }
}

/// Hours one employee worked on one project.
#[derive(Clone, Debug, Serialize)]
pub struct Timesheet {
    /// The employee's number.
    pub user_id: String,
    /// When, as RFC 3339 writes it.
    pub date: String,
    /// On what.
    pub project: String,
    /// How long: more than 0, at most 24.
    pub hours: f64,
}

/// What the Timesheets API answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Created {
    /// A sentence for people.
    pub message: String,
}

/// Asks for an access token with a client id and secret (RFC 6749 §4.4).
///
/// `audience` names the API the token is for. Without `scope` all granted scopes are asked for.
///
/// # Errors
///
/// [`Error`]: the endpoint was not reached, refused, or answered with something else.
pub async fn request_token(
    http: &Client,
    token_url: &str,
    client_id: &str,
    client_secret: &str,
    audience: &str,
    scope: Option<&str>,
) -> Result<TokenAnswer, Error> {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", client_secret),
        ("audience", audience),
    ];
    if let Some(scope) = scope {
        form.push(("scope", scope));
    }
    let request = http.post(token_url).form(&form);
    parse(request.send().await.map_err(Error::unreachable)?).await
}

/// Uploads one timesheet. `api_url` is the API's base, such as `http://127.0.0.1:8081`.
///
/// # Errors
///
/// [`Error`]: the API was not reached, refused, or answered with something else.
pub async fn upload(
    http: &Client,
    api_url: &str,
    token: &str,
    timesheet: &Timesheet,
) -> Result<Created, Error> {
    let url = format!("{}/timesheets/upload", api_url.trim_end_matches('/'));
    let request = http.post(url).bearer_auth(token).json(timesheet);
    parse(request.send().await.map_err(Error::unreachable)?).await
}

async fn parse<T: DeserializeOwned>(mut response: Response) -> Result<T, Error> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::unreachable)? {
        if MAX_ANSWER_BYTES < body.len() + chunk.len() {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        return Err(Error::refused(status, &body));
    }
    serde_json::from_slice(&body).map_err(|error| Error::unexpected(&error))
}

#[cfg(test)]
mod tests;
