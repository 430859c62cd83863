//! Members of Auth0's objects that are kept and shown, and change nothing.

use std::collections::BTreeMap;

/// Settings for features this server does not have (login pages, callbacks, …), by member name,
/// each as the JSON text it was given in.
///
/// Auth0's tools write them and expect to read them back. They are opaque here on purpose: a
/// setting that means something gets a field and a type instead.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extra(BTreeMap<Box<str>, Box<str>>);

impl Extra {
    /// Keeps `json` under `member`, in the place of what was there.
    pub fn insert(&mut self, member: &str, json: &str) {
        self.0.insert(member.into(), json.into());
    }

    /// Forgets `member`.
    pub fn remove(&mut self, member: &str) {
        self.0.remove(member);
    }

    /// The JSON text kept under `member`.
    #[must_use]
    pub fn json(&self, member: &str) -> Option<&str> {
        self.0.get(member).map(AsRef::as_ref)
    }

    /// Member names and JSON texts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(member, json)| (member.as_ref(), json.as_ref()))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Extra {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(members: T) -> Self {
        Self(
            members
                .into_iter()
                .map(|(member, json)| (member.into(), json.into()))
                .collect(),
        )
    }
}
