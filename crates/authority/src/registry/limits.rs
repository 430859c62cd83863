//! How many objects of a kind a tenant may have: checked for every commit, in one place.

use std::collections::{BTreeMap, BTreeSet};

use m2mint_domain::document::DocumentKind;
use m2mint_domain::{Change, State};

use super::Refused;

/// The most objects of each kind. What is not named is not limited.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EntityLimits(BTreeMap<&'static str, usize>);

/// A kind that may be limited, and how many of it there are.
type Kind = (&'static str, fn(&State) -> usize);

/// Kinds with a type of their own, by their name in [`Change::subject`].
const TYPED: [Kind; 4] = [
    ("client", |state| {
        state.clients().filter(|client| !client.is_global).count()
    }),
    ("client_grant", |state| state.client_grants().count()),
    ("organization", |state| state.organizations().count()),
    ("resource_server", |state| {
        state
            .resource_servers()
            .filter(|server| !server.is_system)
            .count()
    }),
];

impl EntityLimits {
    /// Limits one kind, by its name in the change log; 0 takes the limit away. `false` for a name
    /// there is not.
    pub fn set(&mut self, kind: &str, most: usize) -> bool {
        let typed = TYPED.iter().map(|(name, _)| *name);
        let documents = DocumentKind::ALL.into_iter().map(DocumentKind::as_str);
        let Some(kind) = typed.chain(documents).find(|name| *name == kind) else {
            return false;
        };
        if most == 0 {
            self.0.remove(kind);
        } else {
            self.0.insert(kind, most);
        }
        true
    }

    /// Refuses changes after which there would be more of a limited kind than there may be, if they
    /// make any of it. What is there already may stay, and be changed.
    ///
    /// # Errors
    ///
    /// [`Refused::LimitReached`].
    pub fn check(&self, before: &State, changes: &[Change]) -> Result<(), Refused> {
        if self.0.is_empty() {
            return Ok(());
        }
        // By id: several changes of one commit may be about the same object.
        let mut made: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut gone: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for change in changes {
            let (kind, id) = change.subject();
            if !self.0.contains_key(kind) {
                continue;
            }
            let (made, gone) = (made.entry(kind).or_default(), gone.entry(kind).or_default());
            match (is_deletion(change), is_there(before, change, id)) {
                (false, false) => {
                    made.insert(id);
                }
                (false, true) => {
                    gone.remove(id);
                }
                (true, false) => {
                    made.remove(id);
                }
                (true, true) => {
                    gone.insert(id);
                }
            }
        }
        for (kind, made) in made.iter().filter(|(_, made)| !made.is_empty()) {
            let Some(most) = self.0.get(kind) else {
                continue;
            };
            let gone = gone.get(kind).map_or(0, BTreeSet::len);
            let there = count(before, kind).saturating_sub(gone);
            if *most < there + made.len() {
                return Err(Refused::LimitReached);
            }
        }
        Ok(())
    }
}

fn count(state: &State, kind: &str) -> usize {
    if let Some((_, count)) = TYPED.iter().find(|(name, _)| *name == kind) {
        return count(state);
    }
    DocumentKind::parse(kind).map_or(0, |kind| state.documents(kind).count())
}

fn is_there(state: &State, change: &Change, id: &str) -> bool {
    match change {
        Change::PutClient(_) | Change::DeleteClient(_) => state.client(id).is_some(),
        Change::PutClientGrant(_) | Change::DeleteClientGrant(_) => {
            state.client_grant(id).is_some()
        }
        Change::PutOrganization(_) | Change::DeleteOrganization(_) => {
            state.organization(id).is_some()
        }
        Change::PutResourceServer(_) | Change::DeleteResourceServer(_) => {
            state.resource_server(id).is_some()
        }
        Change::PutSigningKey(_) | Change::DeleteSigningKey(_) | Change::PutTenant(_) => true,
        Change::PutDocument(document) => state.document(document.kind, id).is_some(),
        Change::DeleteDocument(kind, _) => state.document(*kind, id).is_some(),
    }
}

const fn is_deletion(change: &Change) -> bool {
    match change {
        Change::DeleteClient(_)
        | Change::DeleteClientGrant(_)
        | Change::DeleteDocument(..)
        | Change::DeleteOrganization(_)
        | Change::DeleteResourceServer(_)
        | Change::DeleteSigningKey(_) => true,
        Change::PutClient(_)
        | Change::PutClientGrant(_)
        | Change::PutDocument(_)
        | Change::PutOrganization(_)
        | Change::PutResourceServer(_)
        | Change::PutSigningKey(_)
        | Change::PutTenant(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use m2mint_domain::Timestamp;
    use m2mint_domain::client::Client;
    use m2mint_domain::tenant::Tenant;

    use super::*;

    fn put(id: &str) -> Change {
        let client = Client::new(id.parse().unwrap(), "x".into(), Timestamp::default());
        Change::PutClient(Arc::new(client))
    }

    fn delete(id: &str) -> Change {
        Change::DeleteClient(id.parse().unwrap())
    }

    #[test]
    fn what_counts_is_how_many_there_are_after_the_whole_commit() {
        let tenant = Tenant::new("acme".parse().unwrap(), "acme.example".parse().unwrap());
        let state = State::new(Arc::new(tenant)).apply(&[put("a"), put("b")]);
        let mut limits = EntityLimits::default();
        limits.set("client", 2);
        let check = |changes: &[Change]| limits.check(&state, changes);
        assert_eq!(check(&[put("c")]), Err(Refused::LimitReached));
        assert_eq!(check(&[put("a"), put("b")]), Ok(()));
        assert_eq!(check(&[delete("a"), put("c"), put("c")]), Ok(()));
        assert_eq!(check(&[put("c"), delete("a")]), Ok(()));
        assert_eq!(check(&[put("c"), delete("c")]), Ok(()));
        let back = [delete("a"), put("a"), put("c")];
        assert_eq!(check(&back), Err(Refused::LimitReached));
        // A limit that came later takes nothing away.
        limits.set("client", 1);
        assert_eq!(limits.check(&state, &[put("a")]), Ok(()));
        assert_eq!(limits.check(&state, &[delete("a")]), Ok(()));
    }
}
