//! Settings from one place, a file or a variable, before they are put over each other.

use std::path::Path;

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use crate::failure::{Explain as _, Failure, Outcome};

/// What the names of our environment variables begin with.
const PREFIX: &str = "M2MINT_";
/// Stands for the dot between section and setting in the name of an environment variable.
const NESTING: &str = "__";
/// How like a known name an unknown one must be to be taken for a slip.
const LIKENESS_MIN: f64 = 0.7;

/// Settings from one place.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The file, or the variable.
    place: String,
    values: Dict,
}

impl Layer {
    pub(super) fn toml(place: String, text: &str) -> Outcome<Self> {
        let data = Toml::string(text).data();
        let mut data = data.map_err(|error| Failure::new(format!("{place}: {}", error.kind)))?;
        Ok(Self {
            place,
            values: data.remove(&Profile::Default).unwrap_or_default(),
        })
    }

    pub(super) fn file(path: &Path) -> Outcome<Self> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .because(|| format!("the configuration file {place} cannot be read"))?;
        Self::toml(place, &text)
    }

    /// One layer for each variable that names a setting, so that an error can say which it was.
    pub(super) fn environment(variables: impl Iterator<Item = (String, String)>) -> Vec<Self> {
        let mut layers: Vec<Self> = variables
            .filter_map(|(name, text)| {
                let setting = name.strip_prefix(PREFIX)?;
                let is_ours = setting.contains(NESTING) || setting == "MASTER_KEY_FILE";
                let setting = is_ours.then(|| setting.to_ascii_lowercase())?;
                let value = parse_value(&text);
                let mut values = Dict::new();
                match setting.split_once(NESTING) {
                    Some((section, setting)) => {
                        let inner = Dict::from([(setting.to_owned(), value)]);
                        values.insert(section.to_owned(), inner.into());
                    }
                    None => {
                        values.insert(setting, value);
                    }
                }
                Some(Self {
                    place: format!("environment variable {name}"),
                    values,
                })
            })
            .collect();
        layers.sort_by(|a, b| a.place.cmp(&b.place));
        layers
    }

    /// Refuses settings that `known` does not have, with the one that was probably meant.
    pub(super) fn refuse_unknown(&self, known: &Self) -> Outcome {
        for (name, value) in &self.values {
            let Some(expected) = known.values.get(name) else {
                return Err(self.unknown(name, known.values.keys().cloned()));
            };
            let (Some(settings), Some(section)) = (value.as_dict(), expected.as_dict()) else {
                continue;
            };
            for setting in settings.keys() {
                if !section.contains_key(setting) {
                    let names = section.keys().map(|known| format!("{name}.{known}"));
                    return Err(self.unknown(&format!("{name}.{setting}"), names));
                }
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str, known: impl Iterator<Item = String>) -> Failure {
        let failure = Failure::new(format!("{}: there is no setting `{name}`", self.place));
        match nearest(name, known) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`m2mint init` writes a file with every setting in it"),
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// What a variable holds: TOML where it is some (`30`, `true`, `[443]`), and otherwise the text.
fn parse_value(text: &str) -> Value {
    let parsed = Toml::string(&format!("value = {text}")).data().ok();
    let value = parsed.and_then(|mut data| data.remove(&Profile::Default)?.remove("value"));
    value.unwrap_or_else(|| text.into())
}

/// The known name that is most like `name`.
fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, &candidate), candidate))
        .filter(|(likeness, _)| LIKENESS_MIN <= *likeness)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
