//! Attack protection: change one group of settings.

use m2mint_domain::id::TenantId;
use m2mint_store::Actor;
use serde_json::{Map, Value};

use super::{Registry, RegistryError};
use crate::attack_protection::AttackProtection;
use crate::documents::{self, Dated};

impl Registry {
    /// Puts `said` over what was said of a group before. Gives all of it.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn update_attack_protection(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        group: &str,
        said: &Map<String, Value>,
    ) -> Result<Map<String, Value>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let known = state.document(
                m2mint_domain::document::DocumentKind::AttackProtection,
                group,
            );
            let mut protection = match known {
                Some(document) => documents::read::<AttackProtection>(document)?,
                None => Dated::new(
                    AttackProtection {
                        group: group.to_owned(),
                        settings: Map::new(),
                    },
                    now,
                ),
            };
            merge(&mut protection.object.settings, said);
            protection.updated_at = now;
            let changes = vec![documents::put(&protection)?];
            Ok((changes, protection.object.settings))
        })
        .await
    }
}

/// Objects are merged member by member, all else is replaced.
pub fn merge(kept: &mut Map<String, Value>, said: &Map<String, Value>) {
    for (member, value) in said {
        match (kept.get_mut(member), value) {
            (Some(Value::Object(kept)), Value::Object(said)) => merge(kept, said),
            (_, value) => {
                kept.insert(member.clone(), value.clone());
            }
        }
    }
}
