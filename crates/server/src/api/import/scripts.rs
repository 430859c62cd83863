//! What is done with actions beside keeping them: deploying, publishing and binding; and the
//! settings that stand beside the kinds.

use http::Method;
use serde_json::{Map, Value, json};

use super::call::escaped;
use super::plan::{Entry, Planner, members};
use crate::api::error::ApiError;

const TRIGGER: &str = "trigger";

/// The parts of attack protection: the member of the document, and the path.
const PROTECTIONS: [(&str, &str); 5] = [
    ("botDetection", "bot-detection"),
    ("breachedPasswordDetection", "breached-password-detection"),
    ("bruteForceProtection", "brute-force-protection"),
    ("captcha", "captcha"),
    ("suspiciousIpThrottling", "suspicious-ip-throttling"),
];

impl Planner<'_> {
    /// Deploys an action, or publishes a module, that has changes since, where the document says so.
    pub(super) async fn deploy(
        &mut self,
        entry: &Entry<'_>,
        there: &Value,
    ) -> Result<(), ApiError> {
        let (said, shown, done) = match entry.kind.member {
            "actions" => ("deployed", "all_changes_deployed", "deploy"),
            _ => ("all_changes_published", "all_changes_published", "versions"),
        };
        let wanted = entry.wanted.get(said) == Some(&Value::Bool(true));
        if !wanted || there.get(shown) == Some(&Value::Bool(true)) {
            return Ok(());
        }
        let Some(path) = entry.kind.at(there) else {
            return Ok(());
        };
        self.calls
            .call(Method::POST, &format!("{path}/{done}"), None, None)
            .await
            .map_err(|refusal| refusal.about(entry.kind.noun, entry.name))?;
        let id = there.get(entry.kind.id).and_then(Value::as_str);
        self.note_update(
            entry.kind.noun,
            entry.name,
            id,
            json!({ said: false }),
            json!({ said: true }),
        );
        Ok(())
    }

    /// Brings the bindings of each trigger that the document speaks of.
    pub(super) async fn triggers(&mut self, wanted: &Map<String, Value>) -> Result<(), ApiError> {
        for (trigger, wanted) in wanted {
            let path = format!("/actions/triggers/{}/bindings", escaped(trigger));
            let there = match self.calls.pages(&path, "bindings").await {
                Ok(there) => there,
                // A trigger of logins, which there are none of here.
                Err(refusal) if refusal.is_about_the_path() => {
                    self.plan.skipped.push(format!("triggers.{trigger}"));
                    continue;
                }
                Err(refusal) => return Err(refusal.about(TRIGGER, trigger)),
            };
            let there: Vec<Value> = there.iter().map(said_of).collect();
            let mut bindings = Vec::new();
            let mut shown = Vec::new();
            for binding in wanted.as_array().into_iter().flatten() {
                let binding = members("triggers", binding)?;
                let action = binding.get("action_name").cloned().unwrap_or_default();
                let display = binding.get("display_name").filter(|name| name.is_string());
                let display = display.cloned().unwrap_or_else(|| action.clone());
                bindings.push(json!({
                    "ref": {"type": "action_name", "value": action},
                    "display_name": display,
                }));
                shown.push(json!({"action_name": action, "display_name": display}));
            }
            if there == shown {
                continue;
            }
            let body = json!({ "bindings": bindings });
            self.calls
                .call(Method::PATCH, &path, Some(&body), None)
                .await
                .map_err(|refusal| refusal.about(TRIGGER, trigger))?;
            let (before, after) = (json!({"actions": there}), json!({"actions": shown}));
            self.note_update(TRIGGER, trigger, None, before, after);
        }
        Ok(())
    }

    pub(super) async fn attack_protection(
        &mut self,
        wanted: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        for (member, wanted) in wanted {
            let known = PROTECTIONS.iter().find(|(name, _)| name == member);
            let Some((_, path)) = known else {
                self.plan.skipped.push(format!("attackProtection.{member}"));
                continue;
            };
            if wanted.is_null() {
                continue;
            }
            let mut wanted = wanted.clone();
            super::compare::without_placeholders(&mut wanted);
            let wanted = members(member, &wanted)?;
            let path = format!("/attack-protection/{path}");
            self.settings("attack protection", member, &path, wanted)
                .await?;
        }
        Ok(())
    }
}

/// A binding in the words of a document.
fn said_of(binding: &Value) -> Value {
    let action = binding.get("action").and_then(|action| action.get("name"));
    json!({
        "action_name": action,
        "display_name": binding.get("display_name"),
    })
}
