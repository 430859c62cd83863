//! What is said of an action in a body that its schema let through.

use m2mint_authority::registry::action_bindings::{BindingRef, NewBinding};
use m2mint_authority::registry::actions::{ActionEdit, ModuleRef};
use m2mint_authority::script::{NewSecret, Package};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::api::error::ApiError;
use crate::api::field::Fields;

/// Reads a body whose shape the schema has checked.
pub(crate) fn read<T: DeserializeOwned>(fields: Fields) -> Result<T, ApiError> {
    // The text of the parser's error may be a secret.
    serde_json::from_value(Value::Object(fields.into_members()))
        .map_err(|_| ApiError::invalid_body("Payload validation error: 'Invalid payload'."))
}

/// The body of `POST` and `PATCH`.
#[derive(Deserialize)]
pub(super) struct ActionBody {
    name: Option<String>,
    supported_triggers: Option<Vec<TriggerBody>>,
    code: Option<String>,
    dependencies: Option<Vec<Package>>,
    runtime: Option<String>,
    secrets: Option<Vec<SecretBody>>,
    modules: Option<Vec<ModuleBody>>,
    #[serde(default)]
    pub(super) deploy: bool,
}

#[derive(Deserialize)]
struct TriggerBody {
    id: String,
    version: Option<String>,
}

/// A secret, whatever else is said of it.
#[derive(Deserialize)]
pub(crate) struct SecretBody {
    name: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct ModuleBody {
    #[serde(rename = "module_id")]
    id: Option<String>,
    #[serde(rename = "module_name")]
    name: Option<String>,
    #[serde(rename = "module_version_id")]
    version_id: Option<String>,
    #[serde(rename = "module_version_number")]
    number: Option<u32>,
}

/// The body of `PATCH …/bindings`.
#[derive(Deserialize)]
pub(crate) struct BindingsBody {
    bindings: Option<Vec<BindingBody>>,
}

#[derive(Deserialize)]
struct BindingBody {
    #[serde(rename = "ref")]
    reference: ReferenceBody,
    display_name: Option<String>,
    #[serde(default)]
    secrets: Vec<Value>,
}

#[derive(Deserialize)]
struct ReferenceBody {
    #[serde(rename = "type", default)]
    kind: ReferenceKind,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReferenceKind {
    ActionId,
    #[default]
    ActionName,
    BindingId,
}

impl From<SecretBody> for NewSecret {
    fn from(SecretBody { name, value }: SecretBody) -> Self {
        Self {
            name,
            value: value.map(Zeroizing::new),
        }
    }
}

impl From<ActionBody> for ActionEdit {
    fn from(body: ActionBody) -> Self {
        let ActionBody {
            name,
            supported_triggers,
            code,
            dependencies,
            runtime,
            secrets,
            modules,
            deploy: _,
        } = body;
        let trigger = |TriggerBody { id, version }| (id, version);
        let module = |module| {
            let ModuleBody {
                id,
                name,
                version_id,
                number,
            } = module;
            ModuleRef {
                id,
                name,
                version_id,
                number,
            }
        };
        Self {
            name,
            supported_triggers: supported_triggers
                .map(|list| list.into_iter().map(trigger).collect()),
            code,
            dependencies,
            runtime,
            secrets: secrets.map(|list| list.into_iter().map(Into::into).collect()),
            modules: modules.map(|list| list.into_iter().map(module).collect()),
        }
    }
}

impl BindingsBody {
    /// The new list; none when nothing was said.
    pub(crate) fn into_list(self) -> Result<Option<Vec<NewBinding>>, ApiError> {
        let Some(list) = self.bindings else {
            return Ok(None);
        };
        if list.iter().any(|binding| !binding.secrets.is_empty()) {
            return Err(ApiError::new(
                http::StatusCode::BAD_REQUEST,
                "This server does not support secrets of a binding. Give them to the action.",
                Some("operation_not_supported"),
            ));
        }
        let new = |binding: BindingBody| {
            let ReferenceBody { kind, value } = binding.reference;
            let reference = match kind {
                ReferenceKind::ActionId => BindingRef::ActionId(value),
                ReferenceKind::ActionName => BindingRef::ActionName(value),
                ReferenceKind::BindingId => BindingRef::BindingId(value),
            };
            NewBinding {
                reference,
                display_name: binding.display_name,
            }
        };
        Ok(Some(list.into_iter().map(new).collect()))
    }
}
