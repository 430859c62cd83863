//! Modules: code that actions share, as it is kept.

use m2mint_domain::State;
use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};

use crate::action::{Action, WholeAction};
use crate::documents::{self, Dated, Kept};
use crate::registry::Refused;
use crate::script::{KeptSecret, Package};

/// A module: what is being written, and which version was published last.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActionModule {
    /// A UUID.
    pub id: String,
    /// Unique among the modules of the tenant; it never changes.
    pub name: String,
    /// What is being written.
    pub draft: ModuleContent,
    /// The number of the newest version; 0 when there never was one.
    pub newest: u32,
    /// The version that was published last.
    pub latest: Option<String>,
}

/// What a module is made of. The secrets are sealed for the module.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ModuleContent {
    /// JavaScript.
    pub code: String,
    /// Packages it asks for.
    pub dependencies: Vec<Package>,
    /// What it may know.
    pub secrets: Vec<KeptSecret>,
}

/// A published version of a module, which never changes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActionModuleVersion {
    /// A UUID.
    pub id: String,
    /// Whose version it is.
    pub module_id: String,
    /// 1, 2, 3, …
    pub number: u32,
    /// What it is made of.
    pub content: ModuleContent,
}

/// A module with its latest version, and how many actions use it.
#[derive(Clone, Debug)]
pub struct WholeModule {
    /// The module.
    pub module: Dated<ActionModule>,
    /// Its latest version.
    pub latest: Option<Dated<ActionModuleVersion>>,
    /// How many actions use it.
    pub used_by: usize,
}

/// An action that uses a version of a module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModuleUser {
    /// The action.
    pub action_id: String,
    /// Its name.
    pub action_name: String,
    /// Which version of the module.
    pub version_id: String,
    /// The number of that version.
    pub number: u32,
}

/// Who uses which module.
#[derive(Clone, Debug)]
pub struct ModuleUsers(Vec<(String, ModuleUser)>);

impl Kept for ActionModule {
    const KIND: DocumentKind = DocumentKind::ActionModule;

    fn id(&self) -> &str {
        &self.id
    }
}

impl Kept for ActionModuleVersion {
    const KIND: DocumentKind = DocumentKind::ActionModuleVersion;

    fn id(&self) -> &str {
        &self.id
    }

    fn parent(&self) -> Option<&str> {
        Some(&self.module_id)
    }
}

impl ActionModule {
    /// Under which name the vault seals the secrets of a module.
    pub(crate) fn sealing_owner(id: &str) -> String {
        format!("action module {id}")
    }
}

impl WholeModule {
    /// The module of this id.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], [`Refused::UnreadableDocument`].
    pub fn find(state: &State, id: &str) -> Result<Self, Refused> {
        Self::of(state, documents::find(state, id)?)
    }

    /// All modules, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refused::UnreadableDocument`].
    pub fn all(state: &State) -> Result<Vec<Self>, Refused> {
        let users = ModuleUsers::of(state)?;
        let modules = documents::all::<ActionModule>(state)?.into_iter();
        modules
            .map(|module| Self::with(state, module, &users))
            .collect()
    }

    /// The module with what else there is of it in `state`.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`] when the version is gone, which nothing here brings about;
    /// [`Refused::UnreadableDocument`].
    pub fn of(state: &State, module: Dated<ActionModule>) -> Result<Self, Refused> {
        Self::with(state, module, &ModuleUsers::of(state)?)
    }

    fn with(
        state: &State,
        module: Dated<ActionModule>,
        users: &ModuleUsers,
    ) -> Result<Self, Refused> {
        let latest = match &module.object.latest {
            Some(version) => Some(documents::find(state, version)?),
            None => None,
        };
        let mut users = users.of_module(&module.object.id);
        users.dedup_by_key(|user| &user.action_id);
        Ok(Self {
            used_by: users.len(),
            module,
            latest,
        })
    }

    /// Whether what is being written is what was published last.
    #[must_use]
    pub fn all_changes_published(&self) -> bool {
        let draft = &self.module.object.draft;
        let latest = self.latest.as_ref();
        latest.is_some_and(|version| version.object.content == *draft)
    }
}

impl ModuleUsers {
    /// The actions whose draft or deployed version uses a module: oldest first, and once for each
    /// version they use.
    ///
    /// # Errors
    ///
    /// [`Refused::UnreadableDocument`].
    pub fn of(state: &State) -> Result<Self, Refused> {
        let mut users: Vec<(String, ModuleUser)> = Vec::new();
        for action in documents::all::<Action>(state)? {
            let WholeAction { action, deployed } = WholeAction::of(state, action)?;
            let deployed = deployed.map(|version| version.object.content.modules);
            let drafted = action.object.draft.modules.iter();
            let first = users.len();
            for one in drafted.chain(deployed.iter().flatten()) {
                let user = ModuleUser {
                    action_id: action.object.id.clone(),
                    action_name: action.object.name.clone(),
                    version_id: one.version_id.clone(),
                    number: one.number,
                };
                let user = (one.module_id.clone(), user);
                if !users.iter().skip(first).any(|other| *other == user) {
                    users.push(user);
                }
            }
        }
        Ok(Self(users))
    }

    /// Those of one module.
    #[must_use]
    pub fn of_module(&self, id: &str) -> Vec<&ModuleUser> {
        let users = self.0.iter().filter(|(module, _)| module == id);
        users.map(|(_, user)| user).collect()
    }
}
