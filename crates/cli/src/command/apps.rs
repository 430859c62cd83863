//! `m2mint apps`: applications that ask for tokens, and their secrets.

use http::Method;
use serde_json::{Value, json};

use super::apis::changes;
use crate::args::register::{AppCreate, AppName, AppUpdate, Apps, RetireSecret, RotateSecret};
use crate::failure::Outcome;
use crate::output::Column;
use crate::resource::{APPS, segment, text};
use crate::session::Session;

/// Our own endpoints, for what Auth0 does not have.
const OURS: &str = "/m2mint/v1/clients";
/// What is shown of a secret.
const SECRETS: &[Column] = &[
    ("ID", "id"),
    ("ENDS WITH", "hint"),
    ("CREATED", "created_at"),
    ("EXPIRES", "expires_at"),
    ("LAST USED", "last_used_at"),
];

pub(super) fn run(session: &Session, verb: Apps) -> Outcome {
    let out = session.out;
    match verb {
        Apps::Create(AppCreate { name, members }) => {
            let body = json!({
                "app_type": "non_interactive",
                "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "client_secret_post",
            });
            let body = merged(body, members.body(Some(&name)).into_value());
            let made = session
                .with_api(async |api| Ok(api.send(Method::POST, APPS.path, Some(body)).await?))?;
            show_secret(session, &made)
        }
        Apps::List => {
            let all = session.with_api(async |api| Ok(APPS.all(api, "").await?))?;
            // Programs need the list, and nobody needs the secrets of imported clients in it.
            out.list(APPS.columns, &all)
        }
        Apps::Show(AppName { app }) => {
            let one = session.with_api(async |api| APPS.find(api, &app).await)?;
            out.object(&one, APPS.details)
        }
        Apps::Update(AppUpdate { app, name, members }) => {
            let body = changes(members.body(name.as_deref()))?;
            let changed = session.with_api(async |api| {
                let one = APPS.find(api, &app).await?;
                let path = APPS.at(text(&one, "client_id")?);
                Ok(api
                    .send(Method::PATCH, &path, Some(body.into_value()))
                    .await?)
            })?;
            out.object(&changed, APPS.details)
        }
        Apps::Delete(AppName { app }) => {
            session.confirm(&format!("Delete the application {app} and its grants?"))?;
            session.with_api(async |api| {
                let one = APPS.find(api, &app).await?;
                api.send(Method::DELETE, &APPS.at(text(&one, "client_id")?), None)
                    .await?;
                Ok(())
            })?;
            out.done(&format!(
                "The application {app} is deleted. Tokens it has stay valid until they expire."
            ))
        }
        Apps::RotateSecret(args) => rotate(session, &args),
        Apps::Secrets(AppName { app }) => {
            let secrets = session.with_api(async |api| {
                let one = APPS.find(api, &app).await?;
                let path = secrets_of(text(&one, "client_id")?);
                Ok(api.send(Method::GET, &path, None).await?)
            })?;
            out.list(SECRETS, rows(&secrets))
        }
        Apps::RetireSecret(RetireSecret { app, secret_id }) => {
            session.confirm(&format!(
                "Stop the secret {secret_id} of {app} from working, now?"
            ))?;
            session.with_api(async |api| {
                let one = APPS.find(api, &app).await?;
                let secrets = secrets_of(text(&one, "client_id")?);
                let path = format!("{secrets}/{}", segment(&secret_id));
                api.send(Method::DELETE, &path, None).await?;
                Ok(())
            })?;
            out.done(&format!("The secret {secret_id} no longer works."))
        }
    }
}

fn rotate(session: &Session, RotateSecret { app, retire }: &RotateSecret) -> Outcome {
    session.confirm(&format!("Make a new secret for {app}?"))?;
    let made = session.with_api(async |api| {
        let one = APPS.find(api, app).await?;
        let path = secrets_of(text(&one, "client_id")?);
        let body = json!({ "retire": retire.to_json() });
        Ok(api.send(Method::POST, &path, Some(body)).await?)
    })?;
    show_secret(session, &made)
}

/// Prints an answer that holds a secret: whole for programs, and for people with a warning.
fn show_secret(session: &Session, answer: &Value) -> Outcome {
    session.out.object(
        answer,
        &[
            ("CLIENT ID", "client_id"),
            ("NAME", "name"),
            ("SECRET ID", "id"),
            ("CLIENT SECRET", "client_secret"),
        ],
    )?;
    if answer.get("client_secret").is_some() {
        eprintln!("This is the only time the secret is shown. Keep it in a safe place.");
    }
    Ok(())
}

fn secrets_of(client_id: &str) -> String {
    format!("{OURS}/{}/secrets", segment(client_id))
}

/// The rows of a list, wrapped in an object or not.
pub(super) fn rows(answer: &Value) -> &[Value] {
    let wrapped = answer
        .as_object()
        .and_then(|object| object.values().find_map(Value::as_array));
    answer.as_array().or(wrapped).map_or(&[], Vec::as_slice)
}

/// `body`, with the members of `over` put over it.
fn merged(mut body: Value, over: Value) -> Value {
    if let (Value::Object(body), Value::Object(over)) = (&mut body, over) {
        body.extend(over);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_says_goes_over_the_defaults() {
        let body = merged(json!({ "a": 1, "b": 2 }), json!({ "b": 3 }));
        assert_eq!(body, json!({ "a": 1, "b": 3 }));
    }

    #[test]
    fn rows_are_found_in_either_shape() {
        assert_eq!(rows(&json!([1, 2])).len(), 2);
        assert_eq!(rows(&json!({ "secrets": [1] })).len(), 1);
        assert!(rows(&json!(null)).is_empty());
    }
}
