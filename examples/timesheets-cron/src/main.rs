//! Uploads one timesheet and ends: a job for cron.
//!
//! Reads `TOKEN_URL`, `CLIENT_ID`, `CLIENT_SECRET`, `AUDIENCE` and `API_URL` from the environment.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use timesheets_cron::{Timesheet, request_token, upload};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Box<dyn Error>> {
    let token_url = setting("TOKEN_URL")?;
    let client_id = setting("CLIENT_ID")?;
    let client_secret = setting("CLIENT_SECRET")?;
    let audience = setting("AUDIENCE")?;
    let api_url = setting("API_URL")?;

    // Err means that there is a provider already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut http = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none());
    if token_url.starts_with("http://") && api_url.starts_with("http://") {
        // Works on a machine without certificate authorities.
        http = http.tls_certs_only([]);
    }
    let http = http.build()?;

    let token = request_token(
        &http,
        &token_url,
        &client_id,
        &client_secret,
        &audience,
        None,
    )
    .await?;
    let timesheet = Timesheet {
        user_id: "007".to_owned(),
        date: "2017-05-10T17:40:20.095Z".to_owned(),
        project: "StoreZero".to_owned(),
        hours: 5.0,
    };
    let created = upload(&http, &api_url, &token.access_token, &timesheet).await?;
    Ok(created.message)
}

/// A setting from the environment; an empty one counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own: this is the place where it reads its configuration"
)]
fn setting(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("set {name}")),
    }
}
