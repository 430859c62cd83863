//! Clients by id: the one table that a token request searches among many.
//!
//! A hash table in slices, each shared between states until it changes. Finding a client touches
//! as little memory as it can, because with a hundred thousand clients each touch is a cache miss:
//! the slice, one bucket, and the entry itself, whose id is the key. A change copies one slice.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::ClientEntry;

/// How many slices there are. With a million clients each holds about a thousand.
const SLICES: usize = 1_024;

type Slice = Arc<HashTable<Arc<ClientEntry>>>;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct ClientTable {
    slices: Arc<[Slice]>,
    count: usize,
    hasher: RandomState,
}

impl ClientTable {
    pub(super) fn new() -> Self {
        let empty: Slice = Arc::default();
        let slices = std::iter::repeat_n(empty, SLICES).collect();
        Self {
            slices,
            count: 0,
            hasher: RandomState::default(),
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<ClientEntry>> {
        let hash = self.hasher.hash_one(id);
        let slice = self.slices.get(slice_of(hash))?;
        slice.find(hash, |entry| entry.id().as_str() == id)
    }

    pub(super) fn insert(&mut self, entry: Arc<ClientEntry>) {
        let hasher = self.hasher.clone();
        let hash_of = |entry: &Arc<ClientEntry>| hasher.hash_one(entry.id().as_str());
        let hash = hash_of(&entry);
        let Some(slice) = self.slice_mut(hash) else {
            return;
        };
        match slice.find_mut(hash, |one| one.id() == entry.id()) {
            Some(place) => *place = entry,
            None => {
                slice.insert_unique(hash, entry, hash_of);
                self.count += 1;
            }
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        if self.get(id).is_none() {
            return;
        }
        let hash = self.hasher.hash_one(id);
        let Some(slice) = self.slice_mut(hash) else {
            return;
        };
        if let Ok(found) = slice.find_entry(hash, |one| one.id().as_str() == id) {
            found.remove();
            self.count -= 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<ClientEntry>> {
        self.slices.iter().flat_map(|slice| slice.iter())
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A slice of one's own: copied when others share it.
    fn slice_mut(&mut self, hash: u64) -> Option<&mut HashTable<Arc<ClientEntry>>> {
        let slices = Arc::make_mut(&mut self.slices);
        slices.get_mut(slice_of(hash)).map(Arc::make_mut)
    }
}

/// Bits that the table inside a slice does not use: it takes the lowest and the highest.
fn slice_of(hash: u64) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default() % SLICES
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::client::Client;
    use crate::timestamp::Timestamp;

    fn entry(id: u16) -> Arc<ClientEntry> {
        let id = format!("c{id}").parse().unwrap();
        let client = Client::new(id, "x".into(), Timestamp::default());
        Arc::new(ClientEntry::alone(client))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_holds_what_was_inserted_and_not_removed(
            steps in prop::collection::vec((any::<bool>(), 0u16..40), 0..120),
        ) {
            let (mut table, mut model) = (ClientTable::new(), HashSet::new());
            for (insert, id) in steps {
                let before = table.clone();
                if insert {
                    table.insert(entry(id));
                    model.insert(id);
                } else {
                    table.remove(&format!("c{id}"));
                    model.remove(&id);
                }
                prop_assert_eq!(before.len(), before.iter().count());
            }
            prop_assert_eq!(table.len(), model.len());
            prop_assert_eq!(table.iter().count(), model.len());
            for id in 0..40 {
                prop_assert_eq!(table.get(&format!("c{id}")).is_some(), model.contains(&id));
            }
        }
    }
}
