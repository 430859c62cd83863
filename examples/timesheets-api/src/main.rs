//! Serves the Timesheets API until Ctrl-C.
//!
//! `ISSUER` and `AUDIENCE` say whose tokens are accepted; `LISTEN` defaults to `127.0.0.1:8081`.

use std::error::Error;

use m2mint_verify::Validator;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = setting("ISSUER").ok_or("set ISSUER, for example https://issuer.example/")?;
    let audience = setting("AUDIENCE").ok_or("set AUDIENCE to the API's identifier")?;
    let listen = setting("LISTEN").unwrap_or_else(|| "127.0.0.1:8081".to_owned());

    let validator = Validator::builder(issuer, audience).build()?;
    let listener = TcpListener::bind(&listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, timesheets_api::app(validator))
        .with_graceful_shutdown(interrupt())
        .await?;
    Ok(())
}

/// Ends with Ctrl-C, or never when that cannot be listened for.
async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A setting from the environment; an empty one counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own: this is the place where it reads its configuration"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
