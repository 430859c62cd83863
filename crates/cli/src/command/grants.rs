//! `m2mint grants`: what an application may ask for at an API.

use http::Method;
use serde_json::json;

use super::apis::changes;
use crate::args::register::{GrantCreate, GrantList, GrantName, GrantUpdate, Grants};
use crate::failure::Outcome;
use crate::resource::{APPS, GRANTS, segment, text};
use crate::session::Session;

pub(super) fn run(session: &Session, verb: Grants) -> Outcome {
    let out = session.out;
    match verb {
        Grants::Create(GrantCreate {
            app,
            api: audience,
            members,
        }) => {
            let mut body = members.body().with("audience", Some(audience));
            if members.scopes.is_empty() {
                // Auth0 takes a grant without scopes only when it says so.
                body = body.with("scope", Some(json!([])));
            }
            let made = session.with_api(async |api| {
                let client = APPS.find(api, &app).await?;
                let body = body.with("client_id", Some(text(&client, "client_id")?));
                Ok(api
                    .send(Method::POST, GRANTS.path, Some(body.into_value()))
                    .await?)
            })?;
            out.object(&made, GRANTS.details)
        }
        Grants::List(GrantList { app, api: audience }) => {
            let all = session.with_api(async |api| {
                let mut filter = String::new();
                if let Some(app) = &app {
                    let client = APPS.find(api, app).await?;
                    filter.push_str("&client_id=");
                    filter.push_str(&segment(text(&client, "client_id")?));
                }
                if let Some(audience) = &audience {
                    filter.push_str("&audience=");
                    filter.push_str(&segment(audience));
                }
                Ok(GRANTS.all(api, &filter).await?)
            })?;
            out.list(GRANTS.columns, &all)
        }
        Grants::Show(GrantName { grant }) => {
            let one = session.with_api(async |api| Ok(GRANTS.get(api, &grant).await?))?;
            out.object(&one, GRANTS.details)
        }
        Grants::Update(GrantUpdate { grant, members }) => {
            let body = changes(members.body())?.into_value();
            let changed = session.with_api(async |api| {
                Ok(api
                    .send(Method::PATCH, &GRANTS.at(&grant), Some(body))
                    .await?)
            })?;
            out.object(&changed, GRANTS.details)
        }
        Grants::Delete(GrantName { grant }) => {
            session.confirm(&format!("Take the grant {grant} back?"))?;
            session.with_api(async |api| {
                // Deleting what is not there succeeds; a mistyped id should not.
                GRANTS.get(api, &grant).await?;
                Ok(api.send(Method::DELETE, &GRANTS.at(&grant), None).await?)
            })?;
            out.done(&format!(
                "The grant {grant} is deleted. Tokens that were issued stay valid until they expire."
            ))
        }
    }
}
