//! When each secret was last used: known at once, written down now and then.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use m2mint_domain::Timestamp;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_store::SecretUse;

/// How often something is written at all.
const INTERVAL_MS: i64 = 10_000;
/// How old the written time of a secret in use may get. A crash loses no more than this.
const STALE_MS: i64 = 300_000;
/// How many are written at a time.
const BATCH: usize = 10_000;
/// How many are kept in memory: about 25 MiB.
const KEPT_MAX: usize = 250_000;

/// The newest known use of each secret.
#[derive(Debug, Default)]
pub(super) struct SecretUses(Mutex<Uses>);

#[derive(Debug, Default)]
struct Uses {
    known: HashMap<CredentialId, Known, RandomState>,
    /// When something was last handed out to be written.
    handed_out: Timestamp,
    newest: Timestamp,
}

#[derive(Debug)]
struct Known {
    newest: SecretUse,
    written: Option<Timestamp>,
}

impl SecretUses {
    /// Notes what the events of a tenant were proven with.
    pub(super) fn note(&self, tenant: &TenantId, events: &[LogEvent]) {
        let mut uses = self.lock();
        for event in events {
            let (Some(client), Some(credential)) = (&event.client_id, &event.credential_id) else {
                continue;
            };
            uses.newest = uses.newest.max(event.at);
            if let Some(known) = uses.known.get_mut(credential) {
                known.newest.at = event.at;
            } else {
                let (tenant, client) = (tenant.clone(), client.clone());
                let newest = SecretUse {
                    tenant,
                    client,
                    credential: credential.clone(),
                    at: event.at,
                };
                uses.known.insert(
                    credential.clone(),
                    Known {
                        newest,
                        written: None,
                    },
                );
            }
        }
    }

    /// Hands out what should be written now; everything not yet written when `all` is set.
    ///
    /// A secret that is used all the time is written every few minutes, so that a hundred thousand
    /// busy clients cost the disk next to nothing.
    pub(super) fn due(&self, all: bool) -> Vec<SecretUse> {
        let mut uses = self.lock();
        let newest = uses.newest;
        if !all && newest.as_millis() - uses.handed_out.as_millis() < INTERVAL_MS {
            return Vec::new();
        }
        uses.handed_out = newest;
        let limit = if all { usize::MAX } else { BATCH };
        let stale = |known: &Known| match known.written {
            None => true,
            Some(written) if all => written < known.newest.at,
            Some(written) => STALE_MS <= known.newest.at.as_millis() - written.as_millis(),
        };
        let mut due = Vec::new();
        for known in uses
            .known
            .values_mut()
            .filter(|known| stale(known))
            .take(limit)
        {
            known.written = Some(known.newest.at);
            due.push(known.newest.clone());
        }
        if KEPT_MAX < uses.known.len() {
            uses.known
                .retain(|_, known| known.written != Some(known.newest.at));
        }
        due
    }

    /// What is known of one client's secrets.
    pub(super) fn of(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Vec<(CredentialId, Timestamp)> {
        let uses = self.lock();
        let of_the_client = uses
            .known
            .values()
            .filter(|known| known.newest.tenant == *tenant && known.newest.client == *client);
        of_the_client
            .map(|known| (known.newest.credential.clone(), known.newest.at))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Uses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use m2mint_domain::log_event::LogKind;

    use super::*;

    fn event(credential: &str, secs: i64) -> LogEvent {
        let at = Timestamp::from_secs(secs);
        let mut event = LogEvent::new(at, LogKind::TokenIssued, "".into(), "".into());
        event.client_id = Some("c".parse().unwrap());
        event.credential_id = Some(credential.parse().unwrap());
        event
    }

    #[test]
    fn a_busy_secret_is_written_every_few_minutes_and_known_at_once() {
        let (uses, acme) = (SecretUses::default(), "acme".parse().unwrap());
        let mut written = Vec::new();
        for secs in (1_000..2_000).step_by(10) {
            uses.note(&acme, &[event("cred_1", secs)]);
            written.extend(uses.due(false).into_iter().map(|one| one.at.as_secs()));
        }
        assert_eq!(written, [1_000, 1_300, 1_600, 1_900]);
        let known = uses.of(&acme, &"c".parse().unwrap());
        assert_eq!(
            known,
            [("cred_1".parse().unwrap(), Timestamp::from_secs(1_990))]
        );
        assert_eq!(uses.due(true).len(), 1);
        assert!(uses.due(true).is_empty());
    }
}
