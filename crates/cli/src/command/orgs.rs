//! `m2mint orgs`: organizations, and the grants that may be used on their behalf.

use http::Method;
use serde_json::{Value, json};

use super::apis::changes;
use crate::args::register::{OrgCreate, OrgGrant, OrgName, OrgUpdate, Orgs};
use crate::failure::Outcome;
use crate::output::{line, value};
use crate::resource::{self, GRANTS, ORGS, segment, text};
use crate::session::Session;
use crate::transport::Transport;

pub(super) fn run(session: &Session, verb: Orgs) -> Outcome {
    let out = session.out;
    match verb {
        Orgs::Create(OrgCreate { name, members }) => {
            let body = members.body(Some(&name)).into_value();
            let made = session
                .with_api(async |api| Ok(api.send(Method::POST, ORGS.path, Some(body)).await?))?;
            out.object(&made, ORGS.details)
        }
        Orgs::List => {
            let all = session.with_api(async |api| Ok(ORGS.all(api, "").await?))?;
            out.list(ORGS.columns, &all)
        }
        Orgs::Show(OrgName { org }) => {
            let one = session.with_api(async |api| find(api, &org).await)?;
            out.object(&one, ORGS.details)
        }
        Orgs::Update(OrgUpdate { org, name, members }) => {
            let body = changes(members.body(name.as_deref()))?.into_value();
            let changed = session.with_api(async |api| {
                let path = path(api, &org).await?;
                Ok(api.send(Method::PATCH, &path, Some(body)).await?)
            })?;
            out.object(&changed, ORGS.details)
        }
        Orgs::Delete(OrgName { org }) => {
            session.confirm(&format!("Delete the organization {org}?"))?;
            session.with_api(async |api| {
                let path = path(api, &org).await?;
                Ok(api.send(Method::DELETE, &path, None).await?)
            })?;
            out.done(&format!("The organization {org} is deleted."))
        }
        Orgs::Grants(OrgName { org }) => {
            let all = session.with_api(async |api| {
                let path = format!("{}/client-grants", path(api, &org).await?);
                Ok(resource::all(api, &path, GRANTS.entity, "").await?)
            })?;
            out.list(GRANTS.columns, &all)
        }
        Orgs::AddGrant(OrgGrant { org, grant }) => {
            let added = session.with_api(async |api| {
                let path = format!("{}/client-grants", path(api, &org).await?);
                Ok(api
                    .send(Method::POST, &path, Some(json!({ "grant_id": grant })))
                    .await?)
            })?;
            if out.is_json() {
                return value(&added);
            }
            line(&format!(
                "The grant {grant} may be used on behalf of {org}."
            ))
        }
        Orgs::RemoveGrant(OrgGrant { org, grant }) => {
            session.confirm(&format!(
                "No longer let {grant} be used on behalf of {org}?"
            ))?;
            session.with_api(async |api| {
                let path = path(api, &org).await?;
                let path = format!("{path}/client-grants/{}", segment(&grant));
                Ok(api.send(Method::DELETE, &path, None).await?)
            })?;
            out.done(&format!(
                "The grant {grant} may no longer be used on behalf of {org}."
            ))
        }
    }
}

async fn find(api: &Transport, org: &str) -> Outcome<Value> {
    ORGS.find(api, org).await
}

async fn path(api: &Transport, org: &str) -> Outcome<String> {
    let found = find(api, org).await?;
    Ok(ORGS.at(text(&found, "id")?))
}
