//! What is said of an action, and writing it into one.

use m2mint_actions::limits::{NAME_MAX, TRIGGERS_PER_ACTION_MAX};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::text::check_name;
use m2mint_domain::{State, Timestamp};

use crate::action::{Action, BuildRecord, Content, ModuleUse, TriggerRef};
use crate::action_module::{ActionModule, ActionModuleVersion};
use crate::documents::{self, Dated};
use crate::registry::Refused;
use crate::script::{self, NewSecret, Package, Sealed};
use crate::trigger::Trigger;

/// The code of an action that is made without any.
const CODE: &str = "module.exports = () => {}";

/// What is said of an action. What is not said stays, or is Auth0's default in a new one.
#[derive(Debug, Default)]
pub struct ActionEdit {
    /// Its name.
    pub name: Option<String>,
    /// Triggers by name and, perhaps, version.
    pub supported_triggers: Option<Vec<(String, Option<String>)>>,
    /// JavaScript.
    pub code: Option<String>,
    /// Packages.
    pub dependencies: Option<Vec<Package>>,
    /// For which runtime it is written.
    pub runtime: Option<String>,
    /// All its secrets.
    pub secrets: Option<Vec<NewSecret>>,
    /// All its modules.
    pub modules: Option<Vec<ModuleRef>>,
}

/// A version of a module: each of the two by id, or else as people call it.
#[derive(Clone, Debug, Default)]
pub struct ModuleRef {
    /// The module's id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The version's id.
    pub version_id: Option<String>,
    /// Its number.
    pub number: Option<u32>,
}

impl ActionEdit {
    /// Writes what was said, checks the whole, and builds it.
    pub(super) fn apply(
        &self,
        state: &State,
        action: &mut Action,
        secrets: Option<&[Sealed]>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if let Some(name) = &self.name {
            name.clone_into(&mut action.name);
            check_action_name(state, action)?;
        }
        if let Some(triggers) = &self.supported_triggers {
            action.supported_triggers = read_triggers(triggers)?;
        }
        let draft = &mut action.draft;
        if let Some(code) = &self.code {
            code.clone_into(&mut draft.code);
        }
        if let Some(dependencies) = &self.dependencies {
            dependencies.clone_into(&mut draft.dependencies);
        }
        if let Some(secrets) = secrets {
            draft.secrets = script::replaced(&draft.secrets, secrets)?;
        }
        if let Some(modules) = &self.modules {
            draft.modules = modules
                .iter()
                .map(|module| module.find(state))
                .collect::<Result<_, _>>()?;
        }
        if let Some(runtime) = &self.runtime {
            runtime.clone_into(&mut draft.runtime);
        } else if draft.runtime.is_empty() {
            let first = action.supported_triggers.first();
            let trigger = first.and_then(|one| Trigger::find(&one.id, Some(&one.version)));
            trigger
                .map_or("node22", |trigger| trigger.default_runtime)
                .clone_into(&mut draft.runtime);
        }
        draft.check()?;
        action.build = BuildRecord::of(&draft.build(state), now);
        Ok(())
    }
}

impl ModuleRef {
    fn find(&self, state: &State) -> Result<ModuleUse, Refused> {
        let module = match (&self.id, &self.name) {
            (Some(id), _) => documents::find::<ActionModule>(state, id)?,
            (None, Some(name)) => documents::all::<ActionModule>(state)?
                .into_iter()
                .find(|module| module.object.name == *name)
                .ok_or(Refused::NoSuchDocument(DocumentKind::ActionModule))?,
            (None, None) => {
                return Err(Refused::invalid("modules", &"A module needs a module_id"));
            }
        };
        let versions = documents::all_of::<ActionModuleVersion>(state, &module.object.id)?;
        let version = versions
            .into_iter()
            .map(|version| version.object)
            .find(|version| match (&self.version_id, self.number) {
                (Some(id), _) => version.id == *id,
                (None, Some(number)) => version.number == number,
                (None, None) => false,
            })
            .ok_or(Refused::NoSuchDocument(DocumentKind::ActionModuleVersion))?;
        Ok(ModuleUse {
            module_id: module.object.id,
            module_name: module.object.name,
            version_id: version.id,
            number: version.number,
        })
    }
}

/// An action that nothing was said of yet.
pub(super) fn new_action(id: &str, now: Timestamp) -> Action {
    let draft = Content {
        code: CODE.to_owned(),
        dependencies: Vec::new(),
        runtime: String::new(),
        secrets: Vec::new(),
        modules: Vec::new(),
    };
    Action {
        id: id.to_owned(),
        name: String::new(),
        supported_triggers: Vec::new(),
        draft,
        build: BuildRecord::none(now),
        newest: 0,
        deployed: None,
    }
}

fn check_action_name(state: &State, action: &Action) -> Result<(), Refused> {
    check_name(&action.name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    let taken =
        |other: &Dated<Action>| other.object.name == action.name && other.object.id != action.id;
    if documents::all::<Action>(state)?.iter().any(taken) {
        return Err(Refused::DocumentExists(DocumentKind::Action));
    }
    Ok(())
}

fn read_triggers(said: &[(String, Option<String>)]) -> Result<Vec<TriggerRef>, Refused> {
    if TRIGGERS_PER_ACTION_MAX < said.len() {
        let reason = format!("There may be no more than {TRIGGERS_PER_ACTION_MAX} triggers");
        return Err(Refused::invalid("supported_triggers", &reason));
    }
    said.iter()
        .map(|(id, version)| {
            let row = Trigger::find(id, version.as_deref()).ok_or_else(|| {
                let version = version.as_deref().unwrap_or("of any version");
                let reason = format!("There is no trigger {id} {version}");
                Refused::invalid("supported_triggers", &reason)
            })?;
            Ok(TriggerRef {
                id: row.id.to_owned(),
                version: row.version.to_owned(),
            })
        })
        .collect()
}
