//! A client as a token request reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use smallvec::SmallVec;

use crate::audience::Audience;
use crate::client::{CLIENT_CREDENTIALS, Client};
use crate::client_grant::{ClientGrant, GrantedScope, OrganizationUsage, SubjectType};
use crate::credential::ClientSecret;
use crate::id::{ClientId, CredentialId};
use crate::timestamp::Timestamp;

/// How much newer a use must be to be noted again, in milliseconds. A busy client on many cores does
/// not pass one cache line round for each token.
const NOTED_EVERY_MS: i64 = 1_000;

/// A client with its secrets and grants beside it.
///
/// What each request reads lies together, and a copy of it at that: with a hundred thousand clients,
/// memory is where the time goes. The whole [`Client`] is behind a pointer that the hot path leaves
/// alone.
#[derive(Clone, Debug)]
pub struct ClientEntry {
    id: ClientId,
    name: Arc<str>,
    uses_client_credentials: bool,
    requires_proof: bool,
    secrets: SmallVec<[SecretSlot; 1]>,
    grants: Vec<Granted>,
    client: Arc<Client>,
}

/// A secret, as a request is compared with it, and when it was last used.
#[derive(Clone)]
pub struct SecretSlot {
    tag: [u8; 32],
    id: CredentialId,
    expires_at: Option<Timestamp>,
    used: LastUse,
}

/// When something was last used, and what of that is on disk. Zero: never.
///
/// The one thing in a [`State`](super::State) that changes: it decides nothing, and writing it down
/// is somebody else's affair.
#[derive(Debug, Default)]
struct LastUse {
    at: AtomicI64,
    written: AtomicI64,
}

impl Clone for LastUse {
    fn clone(&self) -> Self {
        Self {
            at: self.at.load(Ordering::Relaxed).into(),
            written: self.written.load(Ordering::Relaxed).into(),
        }
    }
}

/// A grant, with what each request wants of it in front. The audience is the resource server's own
/// text, so that comparing it touches memory that every request touches.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) audience: Audience,
    pub(crate) subject_type: SubjectType,
    pub(crate) usage: OrganizationUsage,
    pub(crate) scope: GrantedScope,
    pub(crate) grant: Arc<ClientGrant>,
}

impl Granted {
    pub(super) fn new(grant: &Arc<ClientGrant>, audience: &Audience) -> Self {
        Self {
            audience: audience.clone(),
            subject_type: grant.subject_type,
            usage: grant.usage(),
            scope: grant.scope.clone(),
            grant: Arc::clone(grant),
        }
    }
}

impl SecretSlot {
    fn new(secret: &ClientSecret, before: Option<&ClientEntry>) -> Self {
        let mut known = before.iter().flat_map(|entry| &entry.secrets);
        let used = known.find(|slot| slot.id == secret.id);
        Self {
            tag: secret.tag,
            id: secret.id.clone(),
            expires_at: secret.expires_at,
            used: used.map(|slot| slot.used.clone()).unwrap_or_default(),
        }
    }

    /// The keyed hash of the secret.
    #[must_use]
    pub fn tag(&self) -> &[u8; 32] {
        &self.tag
    }

    /// Which secret it is.
    #[must_use]
    pub fn id(&self) -> &CredentialId {
        &self.id
    }

    /// Whether it still works at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Notes that it was used.
    pub fn note_use(&self, now: Timestamp) {
        let before = self.used.at.load(Ordering::Relaxed);
        if NOTED_EVERY_MS <= now.as_millis().saturating_sub(before) {
            self.used.at.store(now.as_millis(), Ordering::Relaxed);
        }
    }

    /// When it was last used since this process began; `None` when it was not.
    #[must_use]
    pub fn last_used(&self) -> Option<Timestamp> {
        let at = self.used.at.load(Ordering::Relaxed);
        (at != 0).then_some(Timestamp::from_millis(at))
    }

    /// When it was last used, if what is on disk is older than that by more than `stale_ms`. The
    /// caller is about to write it, so it counts as written from here on.
    #[must_use]
    pub fn take_unwritten(&self, stale_ms: i64) -> Option<Timestamp> {
        let at = self.used.at.load(Ordering::Relaxed);
        let written = self.used.written.load(Ordering::Relaxed);
        let due = at != written && (written == 0 || stale_ms <= at.saturating_sub(written));
        due.then(|| {
            self.used.written.store(at, Ordering::Relaxed);
            Timestamp::from_millis(at)
        })
    }
}

/// Leaves the tag out.
impl std::fmt::Debug for SecretSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretSlot")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl ClientEntry {
    /// The entry of a client that stands by itself, without grants.
    pub(crate) fn alone(client: Client) -> Self {
        Self::new(&Arc::new(client), None)
    }

    /// The entry of `client`, with the grants and the last uses of the one `before`.
    pub(super) fn new(client: &Arc<Client>, before: Option<&Self>) -> Self {
        // What proves nothing is not here to be compared with.
        let secrets = client.secrets.iter().filter(|_| client.takes_secrets());
        Self {
            id: client.id.clone(),
            name: Arc::clone(&client.name),
            uses_client_credentials: client.may_use(CLIENT_CREDENTIALS),
            requires_proof: client.requires_proof(),
            secrets: secrets
                .map(|secret| SecretSlot::new(secret, before))
                .collect(),
            grants: before.map(|entry| entry.grants.clone()).unwrap_or_default(),
            client: Arc::clone(client),
        }
    }

    /// Its id: the key it is found by.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        &self.id
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// All of it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it may use the one grant type there is: [`Client::may_use`], worked out beforehand.
    #[must_use]
    pub fn uses_client_credentials(&self) -> bool {
        self.uses_client_credentials
    }

    /// Whether its tokens must be bound to a key: [`Client::requires_proof`], worked out beforehand.
    #[must_use]
    pub fn requires_proof(&self) -> bool {
        self.requires_proof
    }

    /// Its secrets, oldest first; none while no secret proves it ([`Client::takes_secrets`]).
    #[must_use]
    pub fn secrets(&self) -> &[SecretSlot] {
        &self.secrets
    }

    /// Its grants, in the order they were made.
    pub fn grants(&self) -> impl Iterator<Item = &Arc<ClientGrant>> {
        self.grants.iter().map(|granted| &granted.grant)
    }

    /// Its grant for `audience` and `subject_type`; there is at most one.
    #[must_use]
    pub fn grant(&self, audience: &str, subject_type: SubjectType) -> Option<&Arc<ClientGrant>> {
        self.granted(audience, subject_type)
            .map(|granted| &granted.grant)
    }

    pub(crate) fn granted(&self, audience: &str, subject_type: SubjectType) -> Option<&Granted> {
        self.grants.iter().find(|granted| {
            granted.subject_type == subject_type && granted.audience.as_str() == audience
        })
    }

    /// The same entry with `granted` added, or in the place of the one of that id.
    pub(super) fn with_grant(&self, granted: Granted) -> Self {
        let mut entry = self.clone();
        let id = granted.grant.id.clone();
        match entry.grants.iter_mut().find(|one| one.grant.id == id) {
            Some(place) => *place = granted,
            None => entry.grants.push(granted),
        }
        entry.grants.shrink_to_fit();
        entry
    }

    /// The same entry without the grant of that id.
    pub(super) fn without_grant(&self, id: &str) -> Self {
        let mut entry = self.clone();
        entry.grants.retain(|one| one.grant.id.as_str() != id);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(secrets: &[&str]) -> Arc<Client> {
        let mut client = Client::new("c".parse().unwrap(), "x".into(), Timestamp::default());
        client.secrets = secrets
            .iter()
            .map(|id| ClientSecret {
                id: id.parse().unwrap(),
                tag: [7; 32],
                sealed: None,
                hint: "abcd".into(),
                created_at: Timestamp::default(),
                expires_at: None,
            })
            .collect();
        Arc::new(client)
    }

    #[test]
    fn a_change_of_the_client_does_not_forget_when_its_secrets_were_used() {
        let before = ClientEntry::new(&client(&["cred_1"]), None);
        before.secrets()[0].note_use(Timestamp::from_secs(100));
        let after = ClientEntry::new(&client(&["cred_2", "cred_1"]), Some(&before));
        assert_eq!(after.secrets()[0].last_used(), None);
        assert_eq!(
            after.secrets()[1].last_used(),
            Some(Timestamp::from_secs(100))
        );
    }

    #[test]
    fn a_busy_secret_is_written_every_few_minutes_and_known_at_once() {
        let entry = ClientEntry::new(&client(&["cred_1"]), None);
        let slot = &entry.secrets()[0];
        let mut written = Vec::new();
        for secs in (1_000..2_000).step_by(10) {
            slot.note_use(Timestamp::from_secs(secs));
            written.extend(slot.take_unwritten(300_000).map(Timestamp::as_secs));
        }
        assert_eq!(written, [1_000, 1_300, 1_600, 1_900]);
        assert_eq!(slot.last_used(), Some(Timestamp::from_secs(1_990)));
        assert_eq!(slot.take_unwritten(0), Some(Timestamp::from_secs(1_990)));
        assert_eq!(slot.take_unwritten(0), None);
    }

    #[test]
    fn debug_does_not_print_the_tag() {
        let entry = ClientEntry::new(&client(&["cred_1"]), None);
        assert!(!format!("{:?}", entry.secrets()).contains("7, 7"));
    }
}
