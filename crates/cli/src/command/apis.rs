//! `m2mint apis`: APIs that accept tokens.

use http::Method;

use crate::args::register::{ApiCreate, ApiName, ApiUpdate, Apis};
use crate::args::value::Body;
use crate::failure::{Failure, Outcome};
use crate::resource::{APIS, text};
use crate::session::Session;

pub(super) fn run(session: &Session, verb: Apis) -> Outcome {
    let out = session.out;
    match verb {
        Apis::Create(ApiCreate {
            identifier,
            members,
        }) => {
            let body = members.body().with("identifier", Some(identifier));
            let made = session.with_api(async |api| {
                Ok(api
                    .send(Method::POST, APIS.path, Some(body.into_value()))
                    .await?)
            })?;
            out.object(&made, APIS.details)
        }
        Apis::List => {
            let all = session.with_api(async |api| Ok(APIS.all(api, "").await?))?;
            out.list(APIS.columns, &all)
        }
        Apis::Show(ApiName { api: id }) => {
            let one = session.with_api(async |api| APIS.find(api, &id).await)?;
            out.object(&one, APIS.details)
        }
        Apis::Update(ApiUpdate { api: id, members }) => {
            let body = changes(members.body())?;
            let changed = session.with_api(async |api| {
                let one = APIS.find(api, &id).await?;
                let path = APIS.at(text(&one, "id")?);
                Ok(api
                    .send(Method::PATCH, &path, Some(body.into_value()))
                    .await?)
            })?;
            out.object(&changed, APIS.details)
        }
        Apis::Delete(ApiName { api: id }) => {
            session.confirm(&format!("Delete the API {id} and the grants for it?"))?;
            session.with_api(async |api| {
                let one = APIS.find(api, &id).await?;
                api.send(Method::DELETE, &APIS.at(text(&one, "id")?), None)
                    .await?;
                Ok(())
            })?;
            out.done(&format!("The API {id} is deleted."))
        }
    }
}

/// What an update is to change.
///
/// # Errors
///
/// Nothing.
pub(super) fn changes(body: Body) -> Outcome<Body> {
    if body.is_empty() {
        return Err(Failure::usage("there is nothing to change").hint("`--help` lists what can be"));
    }
    Ok(body)
}
