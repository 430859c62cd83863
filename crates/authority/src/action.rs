//! Actions, their versions and their bindings, as they are kept.

use m2mint_actions::{Built, Dependency, Source, build};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::{State, Timestamp};
use serde::{Deserialize, Serialize};

use crate::documents::{self, Dated, Kept};
use crate::registry::Refused;
use crate::script::{KeptSecret, Package};

/// An action: what is being written, and which version is deployed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Action {
    /// A UUID.
    pub id: String,
    /// Unique among the actions of the tenant.
    pub name: String,
    /// Where it may be bound.
    pub supported_triggers: Vec<TriggerRef>,
    /// What is being written.
    pub draft: Content,
    /// What became of the draft's build.
    pub build: BuildRecord,
    /// The number of the newest version; 0 when there never was one.
    pub newest: u32,
    /// The version that is deployed.
    pub deployed: Option<String>,
}

/// A trigger by name and version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TriggerRef {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// What a script is made of. The secrets are sealed for the action, so a version has the same
/// ciphertext as the draft it was made from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Content {
    /// JavaScript.
    pub code: String,
    /// Packages it asks for.
    pub dependencies: Vec<Package>,
    /// For which runtime it is written.
    pub runtime: String,
    /// What it may know.
    pub secrets: Vec<KeptSecret>,
    /// Modules it uses.
    #[serde(default)]
    pub modules: Vec<ModuleUse>,
}

/// A version of a module that an action uses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ModuleUse {
    /// Which module.
    pub module_id: String,
    /// Its name, which never changes.
    pub module_name: String,
    /// Which version of it.
    pub version_id: String,
    /// The number of that version.
    pub number: u32,
}

/// What became of a build.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BuildRecord {
    at: i64,
    /// What was wrong; nothing when it was built.
    pub errors: Vec<Complaint>,
}

/// Something that was wrong with a source.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Complaint {
    /// A short name.
    pub id: String,
    /// A sentence.
    pub msg: String,
}

/// A version of an action, which never changes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActionVersion {
    /// A UUID.
    pub id: String,
    /// Whose version it is.
    pub action_id: String,
    /// 1, 2, 3, …
    pub number: u32,
    /// Where the action could be bound when it was made.
    pub supported_triggers: Vec<TriggerRef>,
    /// What it is made of.
    pub content: Content,
}

/// The actions bound to one trigger, in the order they run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActionBindings {
    /// The trigger.
    pub trigger: String,
    /// Its bindings.
    pub bindings: Vec<Binding>,
}

/// That an action runs at a trigger.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Binding {
    /// A UUID.
    pub id: String,
    /// Which action.
    pub action_id: String,
    /// What people call it there.
    pub display_name: String,
    created_at: i64,
}

/// An action with the version that is deployed.
#[derive(Clone, Debug)]
pub struct WholeAction {
    /// The action.
    pub action: Dated<Action>,
    /// Its deployed version.
    pub deployed: Option<Dated<ActionVersion>>,
}

impl Kept for Action {
    const KIND: DocumentKind = DocumentKind::Action;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Kept for ActionVersion {
    const KIND: DocumentKind = DocumentKind::ActionVersion;

    fn id(&self) -> &str {
        &self.id
    }

    fn parent(&self) -> Option<&str> {
        Some(&self.action_id)
    }
}

impl Kept for ActionBindings {
    const KIND: DocumentKind = DocumentKind::ActionBindings;

    fn id(&self) -> &str {
        &self.trigger
    }
}

impl Action {
    /// What a version made now is made of.
    pub(crate) fn draft(&self) -> (Vec<TriggerRef>, Content) {
        (self.supported_triggers.clone(), self.draft.clone())
    }

    /// Under which name the vault seals the secrets of an action.
    pub(crate) fn sealing_owner(id: &str) -> String {
        format!("action {id}")
    }
}

impl Content {
    /// The same for the builder.
    fn source<'a>(&'a self) -> Source<'a> {
        let dependency = |package| {
            let Package { name, version, .. }: &'a Package = package;
            Dependency { name, version }
        };
        Source {
            code: &self.code,
            dependencies: self.dependencies.iter().map(dependency).collect(),
            runtime: &self.runtime,
            secrets: self.secrets.len(),
            modules: self.modules.len(),
        }
    }

    /// Holds it against the limits, which are refused when it is written and not when it is built.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        m2mint_actions::limits::check(&self.source())
            .map_err(|limit| Refused::invalid(limit.member, &limit))
    }

    /// Builds it against the modules that there are.
    pub(crate) fn build(&self, state: &State) -> Result<Built<'_>, Complaint> {
        let built = build(self.source()).map_err(|error| Complaint {
            id: error.id().to_owned(),
            msg: error.to_string(),
        })?;
        for used in &self.modules {
            let kind = DocumentKind::ActionModuleVersion;
            if state.document(kind, &used.version_id).is_none() {
                let ModuleUse {
                    module_name,
                    number,
                    ..
                } = used;
                return Err(Complaint {
                    id: "missing_module".to_owned(),
                    msg: format!("version {number} of the module {module_name} does not exist"),
                });
            }
        }
        Ok(built)
    }
}

impl BuildRecord {
    /// What became of a build that was made now.
    pub(crate) fn of(built: &Result<Built<'_>, Complaint>, now: Timestamp) -> Self {
        Self {
            at: now.as_millis(),
            errors: built.as_ref().err().cloned().into_iter().collect(),
        }
    }

    /// Nothing was built yet, and nothing was wrong.
    pub(crate) const fn none(now: Timestamp) -> Self {
        Self {
            at: now.as_millis(),
            errors: Vec::new(),
        }
    }

    /// When.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }
}

impl Binding {
    /// A binding that is made now and has no name yet.
    pub(crate) const fn new(id: String, action_id: String, now: Timestamp) -> Self {
        Self {
            id,
            action_id,
            display_name: String::new(),
            created_at: now.as_millis(),
        }
    }

    /// When it was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        Timestamp::from_millis(self.created_at)
    }
}

impl WholeAction {
    /// The action of this id.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::UnreadableDocument`].
    pub fn find(state: &State, id: &str) -> Result<Self, Refused> {
        Self::of(state, documents::find(state, id)?)
    }

    /// The action with its deployed version out of `state`.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`] when the version is gone, which nothing here brings about;
    /// [`Refused::UnreadableDocument`].
    pub fn of(state: &State, action: Dated<Action>) -> Result<Self, Refused> {
        let deployed = match &action.object.deployed {
            Some(version) => Some(documents::find(state, version)?),
            None => None,
        };
        Ok(Self { action, deployed })
    }

    /// Whether what is being written is what is deployed.
    #[must_use]
    pub fn all_changes_deployed(&self) -> bool {
        let action = &self.action.object;
        self.deployed.as_ref().is_some_and(|version| {
            version.object.content == action.draft
                && version.object.supported_triggers == action.supported_triggers
        })
    }
}

/// The bindings of a trigger.
///
/// # Errors
///
/// [`Refused::UnreadableDocument`].
pub fn bindings(state: &State, trigger: &str) -> Result<Vec<Binding>, Refused> {
    match state.document(DocumentKind::ActionBindings, trigger) {
        Some(document) => Ok(documents::read::<ActionBindings>(document)?.object.bindings),
        None => Ok(Vec::new()),
    }
}

/// Whether an action is bound to a trigger. A list that cannot be read is taken for one that is not
/// empty: an action may be what keeps somebody out.
pub(crate) fn is_bound(state: &State, trigger: &str) -> bool {
    bindings(state, trigger).map_or(true, |bindings| !bindings.is_empty())
}
