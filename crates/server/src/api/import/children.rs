//! What belongs to an organization: grants and domains.

use http::Method;
use serde_json::{Map, Value, json};

use super::call::escaped;
use super::plan::{Entry, Planner, members, not_a};
use crate::api::error::ApiError;

/// Lists of an organization that are of no use to machines.
const IDLE: [&str; 2] = ["connections", "clients"];
const GRANT: &str = "grant of organization";
const DOMAIN: &str = "domain of organization";

impl Planner<'_> {
    /// Brings the lists of an organization that the document speaks of; each is the whole list.
    pub(super) async fn organization(
        &mut self,
        entry: &Entry<'_>,
        there: &Value,
    ) -> Result<(), ApiError> {
        let Some(id) = there.get("id").and_then(Value::as_str) else {
            return Ok(());
        };
        let path = format!("/organizations/{}", escaped(id));
        if let Some(wanted) = list(entry, "client_grants")? {
            self.grants(entry.name, &path, wanted).await?;
        }
        if let Some(wanted) = list(entry, "discovery_domains")? {
            self.domains(entry.name, &path, wanted).await?;
        }
        for member in IDLE {
            let skipped = format!("organizations.{member}");
            let said = list(entry, member)?.is_some_and(|list| !list.is_empty());
            if said && !self.plan.skipped.contains(&skipped) {
                self.plan.skipped.push(skipped);
            }
        }
        Ok(())
    }

    async fn grants(
        &mut self,
        organization: &str,
        path: &str,
        wanted: &[Value],
    ) -> Result<(), ApiError> {
        let path = format!("{path}/client-grants");
        let mut there = self
            .calls
            .pages(&path, "client_grants")
            .await
            .map_err(|refusal| refusal.about(GRANT, organization))?;
        for (grant, name) in self.wanted_grants(organization, wanted).await? {
            let index = there
                .iter()
                .position(|one| one.get("id") == grant.get("id"));
            if let Some(index) = index {
                there.swap_remove(index);
                continue;
            }
            let name = format!("{organization}: {name}");
            let body = json!({ "grant_id": grant.get("id") });
            self.calls
                .call(Method::POST, &path, Some(&body), None)
                .await
                .map_err(|refusal| refusal.about(GRANT, &name))?;
            let after = json!({
                "client_id": grant.get("client_id"),
                "audience": grant.get("audience"),
            });
            self.note_create(GRANT, &name, after);
        }
        for left in there {
            let text = |member: &str| left.get(member).and_then(Value::as_str).unwrap_or_default();
            let name = format!("{organization}: {} {}", text("client_id"), text("audience"));
            let path = format!("{path}/{}", escaped(text("id")));
            self.delete(GRANT, &name, &path).await?;
        }
        Ok(())
    }

    /// The grants that are meant. The Deploy CLI names one by its client alone, once for each grant
    /// of that client; which ones is plain only when all are meant that an organization may use.
    async fn wanted_grants(
        &mut self,
        organization: &str,
        wanted: &[Value],
    ) -> Result<Vec<(Value, String)>, ApiError> {
        let place = "organizations.client_grants";
        let text = |members: &Map<String, Value>, name: &str| {
            members.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let mut found: Vec<(Value, String)> = Vec::new();
        for one in wanted {
            let one = members(place, one)?;
            let named =
                text(one, "client_id").ok_or_else(|| not_a(place, "object with client_id"))?;
            let audience = text(one, "audience");
            let client = self.id_of("clients", &named).await?;
            let list = format!("/client-grants?client_id={}", escaped(&client));
            let grants = self.calls.pages(&list, "client_grants").await;
            let mut grants = grants.map_err(|refusal| refusal.about(GRANT, organization))?;
            grants.retain(|grant| {
                let member = |name: &str| grant.get(name).and_then(Value::as_str);
                match &audience {
                    Some(audience) => member("audience") == Some(audience.as_str()),
                    None => matches!(member("organization_usage"), Some("allow" | "require")),
                }
            });
            let entries = wanted.iter().filter(|other| {
                other.get("client_id") == one.get("client_id") && other.get("audience").is_none()
            });
            if grants.is_empty() || (audience.is_none() && grants.len() != entries.count()) {
                return Err(ApiError::invalid_body(format!(
                    "Nothing was changed. {GRANT} {organization}: {named} has {} grants that this could be. Say which by its audience.",
                    grants.len()
                )));
            }
            for grant in grants {
                if !found
                    .iter()
                    .any(|(known, _)| known.get("id") == grant.get("id"))
                {
                    let audience = grant.get("audience").and_then(Value::as_str);
                    let name = format!("{named} {}", audience.unwrap_or_default());
                    found.push((grant, name));
                }
            }
        }
        Ok(found)
    }

    async fn domains(
        &mut self,
        organization: &str,
        path: &str,
        wanted: &[Value],
    ) -> Result<(), ApiError> {
        let path = format!("{path}/discovery-domains");
        let mut there = self
            .calls
            .marks(&path, "domains")
            .await
            .map_err(|refusal| refusal.about(DOMAIN, organization))?;
        for one in wanted {
            let mut one = members("organizations.discovery_domains", one)?.clone();
            one.retain(|name, _| {
                !matches!(
                    name.as_str(),
                    "id" | "verification_host" | "verification_txt"
                )
            });
            let domain = one
                .get("domain")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let name = format!("{organization}: {domain}");
            let Some(index) = there
                .iter()
                .position(|known| known.get("domain") == one.get("domain"))
            else {
                let body = Value::Object(one);
                self.calls
                    .call(Method::POST, &path, Some(&body), None)
                    .await
                    .map_err(|refusal| refusal.about(DOMAIN, &name))?;
                self.note_create(DOMAIN, &name, body);
                continue;
            };
            let known = there.swap_remove(index);
            let change = super::compare::difference(&known, &one, &[]);
            let id = known.get("id").and_then(Value::as_str).unwrap_or_default();
            if !change.is_empty() {
                let path = format!("{path}/{}", escaped(id));
                self.update(DOMAIN, &name, None, &path, &known, change)
                    .await?;
            }
        }
        for left in there {
            let text = |member: &str| left.get(member).and_then(Value::as_str).unwrap_or_default();
            let path = format!("{path}/{}", escaped(text("id")));
            let name = format!("{organization}: {}", text("domain"));
            self.delete(DOMAIN, &name, &path).await?;
        }
        Ok(())
    }
}

fn list<'v>(entry: &Entry<'v>, member: &str) -> Result<Option<&'v [Value]>, ApiError> {
    match entry.wanted.get(member) {
        Some(Value::Array(list)) => Ok(Some(list)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(not_a(&format!("{}.{member}", entry.kind.member), "array")),
    }
}
