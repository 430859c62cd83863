//! A store in memory, for tests and for trying things out. Gone with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use m2mint_domain::client_grant::GrantHolder;
use m2mint_domain::host::HostName;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::{Change, State, Timestamp};

use crate::commit::{Commit, CommittedChange, Revision};
use crate::error::StoreError;
use crate::history::{HISTORY_MAX, HistoryEntry, HistoryQuery, Place};
use crate::log_block::{self, EncodedBlock, InvalidBlock};
use crate::log_query::{LogEntry, LogOrder, LogQuery, LogSearch};
use crate::log_tally::{LogTally, TallyQuery, Tallying};
use crate::sql::rule;
use crate::store::{LogCursor, SecretUse, Store, StoreHealth};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    registers: BTreeMap<TenantId, Register>,
    logs: BTreeMap<TenantId, Log>,
    uses: BTreeMap<(TenantId, ClientId, CredentialId), Timestamp>,
    cursors: BTreeMap<(TenantId, Box<str>), LogCursor>,
    settings: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Register {
    revision: Revision,
    state: State,
    changes: Vec<CommittedChange>,
}

#[derive(Debug, Default)]
struct Log {
    last: u64,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    first: u64,
    last: u64,
    first_at: Timestamp,
    last_at: Timestamp,
    body: Vec<u8>,
}

impl MemoryStore {
    /// What a panic elsewhere left behind is whole: contents change in one step, at the end.
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn tenants(&self) -> Result<Vec<(TenantId, Revision)>, StoreError> {
        let contents = self.lock();
        let registers = contents.registers.iter();
        Ok(registers
            .map(|(tenant, register)| (tenant.clone(), register.revision))
            .collect())
    }

    async fn load(&self, tenant: &TenantId) -> Result<Option<(Revision, State)>, StoreError> {
        let contents = self.lock();
        let register = contents.registers.get(tenant);
        Ok(register.map(|register| (register.revision, register.state.clone())))
    }

    async fn changes_since(
        &self,
        tenant: &TenantId,
        revision: Revision,
        limit: usize,
    ) -> Result<Vec<CommittedChange>, StoreError> {
        let contents = self.lock();
        let Some(register) = contents.registers.get(tenant) else {
            return Ok(Vec::new());
        };
        let newer = |one: &&CommittedChange| revision < one.revision;
        let mut changes: Vec<_> = register.changes.iter().filter(newer).cloned().collect();
        if let Some(beyond) = changes.get(limit).map(|one| one.revision) {
            let end = changes
                .partition_point(|one| one.revision < beyond || one.revision == revision.next());
            changes.truncate(end);
        }
        Ok(changes)
    }

    async fn history(
        &self,
        tenant: &TenantId,
        query: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let contents = self.lock();
        let register = contents.registers.get(tenant);
        Ok(register.map_or_else(Vec::new, |register| register.history(query)))
    }

    async fn commit(&self, commit: &Commit) -> Result<Revision, StoreError> {
        let mut contents = self.lock();
        let register = contents.registers.get(&commit.tenant);
        commit.check(register.map(|register| register.revision))?;
        if commit.changes.is_empty() {
            return Ok(commit.expected);
        }
        let before = register.map(|register| register.state.clone());
        let state = apply(&contents, commit, before)?;
        if commit.expected == Revision::ZERO {
            contents.forget_logs(&commit.tenant);
        }
        let revision = commit.expected.next();
        let changes = commit.changes.iter().map(|change| CommittedChange {
            revision,
            at: commit.at,
            actor: commit.actor.clone(),
            change: change.clone(),
        });
        let tenant = commit.tenant.clone();
        let register = contents
            .registers
            .entry(tenant)
            .or_insert_with(|| Register {
                revision,
                state: state.clone(),
                changes: Vec::new(),
            });
        register.changes.extend(changes);
        register.revision = revision;
        register.state = state;
        Ok(revision)
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let mut contents = self.lock();
        contents.forget_logs(tenant);
        Ok(contents.registers.remove(tenant).is_some())
    }

    async fn clear_logs(&self, tenant: &TenantId) -> Result<(), StoreError> {
        self.lock().forget_logs(tenant);
        Ok(())
    }

    async fn append_logs(&self, batch: &[(TenantId, Vec<LogEvent>)]) -> Result<(), StoreError> {
        let mut contents = self.lock();
        for (tenant, events) in batch {
            for block in log_block::encode(events) {
                contents.append(tenant, block);
            }
        }
        Ok(())
    }

    async fn find_logs(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let contents = self.lock();
        let Some(log) = contents.logs.get(tenant) else {
            return Ok(Vec::new());
        };
        log.find(query).map_err(|error| corrupt(tenant, error))
    }

    async fn tally_logs(
        &self,
        tenant: &TenantId,
        query: TallyQuery,
    ) -> Result<LogTally, StoreError> {
        let contents = self.lock();
        let mut tally = Tallying::new(query);
        for block in contents
            .logs
            .get(tenant)
            .into_iter()
            .flat_map(|log| &log.blocks)
        {
            tally
                .read(&block.body)
                .map_err(|error| corrupt(tenant, error))?;
        }
        Ok(tally.finish())
    }

    async fn log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
    ) -> Result<Option<LogCursor>, StoreError> {
        let key = (tenant.clone(), reader.into());
        Ok(self.lock().cursors.get(&key).copied())
    }

    async fn set_log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
        cursor: Option<LogCursor>,
    ) -> Result<(), StoreError> {
        let key = (tenant.clone(), reader.into());
        let mut contents = self.lock();
        match cursor {
            Some(cursor) => contents.cursors.insert(key, cursor),
            None => contents.cursors.remove(&key),
        };
        Ok(())
    }

    async fn purge_logs(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let mut contents = self.lock();
        let mut purged = 0;
        for log in contents.logs.values_mut() {
            log.blocks.retain(|block| {
                let kept = older_than <= block.last_at;
                if !kept {
                    purged += block.last - block.first + 1;
                }
                kept
            });
        }
        Ok(purged)
    }

    async fn record_secret_uses(&self, uses: &[SecretUse]) -> Result<(), StoreError> {
        let mut contents = self.lock();
        for SecretUse {
            tenant,
            client,
            credential,
            at,
        } in uses
        {
            let key = (tenant.clone(), client.clone(), credential.clone());
            let newest = contents.uses.entry(key).or_insert(*at);
            *newest = (*newest).max(*at);
        }
        Ok(())
    }

    async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        let contents = self.lock();
        Ok(contents
            .uses
            .iter()
            .filter(|((in_tenant, of, _), _)| in_tenant == tenant && of == client)
            .map(|((_, _, credential), at)| (credential.clone(), *at))
            .collect())
    }

    async fn check(&self) -> Result<StoreHealth, StoreError> {
        let contents = self.lock();
        let blocks = contents.logs.values().flat_map(|log| &log.blocks);
        Ok(StoreHealth {
            register_bytes: 0,
            logs_bytes: blocks.map(|block| block.body.len() as u64).sum(),
            writable: true,
            problems: Vec::new(),
        })
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.lock().settings.get(name).cloned())
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut contents = self.lock();
        contents.settings.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    async fn close(&self) {}
}

impl Contents {
    fn append(&mut self, tenant: &TenantId, block: EncodedBlock) {
        let EncodedBlock {
            events,
            first_at,
            last_at,
            body,
        } = block;
        let log = self.logs.entry(tenant.clone()).or_default();
        let first = log.last + 1;
        log.last += events as u64;
        log.blocks.push(Block {
            first,
            last: log.last,
            first_at,
            last_at,
            body,
        });
    }

    fn forget_logs(&mut self, tenant: &TenantId) {
        self.logs.remove(tenant);
        self.uses.retain(|(in_tenant, _, _), _| in_tenant != tenant);
        self.cursors.retain(|(in_tenant, _), _| in_tenant != tenant);
    }

    fn owner(&self, host: &HostName) -> Option<&TenantId> {
        let owns = |register: &Register| register.state.tenant().hosts().any(|one| one == host);
        let mut registers = self.registers.iter();
        registers
            .find(|(_, register)| owns(register))
            .map(|(tenant, _)| tenant)
    }
}

impl Register {
    fn history(&self, query: &HistoryQuery) -> Vec<HistoryEntry> {
        let mut found: Vec<HistoryEntry> = Vec::new();
        // The last change to each object so far, and the number of the next one in its revision.
        let mut last: BTreeMap<(&str, &str), &Change> = BTreeMap::new();
        let mut next = (Revision::ZERO, 0);
        for one in &self.changes {
            let ordinal = if next.0 == one.revision { next.1 } else { 0 };
            next = (one.revision, ordinal + 1);
            let (kind, id) = one.change.subject();
            let before = last.insert((kind, id), &one.change);
            let place = Place {
                revision: one.revision,
                ordinal,
            };
            if query.kind.as_deref().is_none_or(|asked| asked == kind)
                && (query.kind.is_none() || query.id.as_deref().is_none_or(|asked| asked == id))
                && query.before.is_none_or(|end| place < end)
            {
                found.push(HistoryEntry {
                    place,
                    at: one.at,
                    actor: one.actor.clone(),
                    change: one.change.clone(),
                    before: before.cloned(),
                });
            }
        }
        found.reverse();
        found.truncate(query.take.min(HISTORY_MAX));
        found
    }
}

fn corrupt(tenant: &TenantId, error: InvalidBlock) -> StoreError {
    StoreError::Corrupt {
        table: "log_block",
        column: "body",
        id: tenant.as_str().into(),
        source: error.into(),
    }
}

impl Log {
    fn find(&self, query: &LogQuery) -> Result<Vec<LogEntry>, InvalidBlock> {
        let mut search = LogSearch::new(query);
        let mut take = |block: &Block| {
            let since = query.since.is_none_or(|since| since <= block.last_at);
            let until = query.until.is_none_or(|until| block.first_at < until);
            if !search.is_done() && since && until {
                search.read(block.first, block.last, &block.body)?;
            }
            Ok(())
        };
        match query.order {
            LogOrder::OldestFirst => self.blocks.iter().try_for_each(&mut take)?,
            LogOrder::NewestFirst => self.blocks.iter().rev().try_for_each(&mut take)?,
        }
        Ok(search.finish())
    }
}

/// The register after a commit, if none of the rules is broken that a database's indexes hold.
fn apply(contents: &Contents, commit: &Commit, before: Option<State>) -> Result<State, StoreError> {
    let refused = |rule| Err(StoreError::Refused { rule });
    let mut changes = commit.changes.iter();
    let mut state = match (before, commit.changes.first()) {
        (Some(state), _) => state,
        (None, Some(Change::PutTenant(tenant))) => State::new(tenant.clone()),
        (None, _) => return Err(StoreError::NoSuchTenant),
    };
    for change in &mut changes {
        match change {
            Change::PutTenant(tenant) => {
                for host in tenant.hosts() {
                    if contents.owner(host).is_some_and(|id| *id != commit.tenant) {
                        return Err(StoreError::HostTaken { host: host.clone() });
                    }
                }
            }
            Change::PutResourceServer(server) => {
                let same = state.resource_server_for(server.identifier.as_str());
                if same.is_some_and(|other| other.id != server.id) {
                    return refused(rule::IDENTIFIER);
                }
            }
            Change::PutOrganization(organization) => {
                let same = state.organization_named(organization.name.as_str());
                if same.is_some_and(|other| other.id != organization.id) {
                    return refused(rule::ORGANIZATION);
                }
            }
            Change::PutClientGrant(grant) => {
                let same = match &grant.holder {
                    GrantHolder::Client(id) => state.client(id.as_str()).and_then(|client| {
                        client.grant(grant.audience.as_str(), grant.subject_type)
                    }),
                    GrantHolder::ThirdPartyClients => state.client_grants().find(|other| {
                        other.holder == grant.holder
                            && other.audience == grant.audience
                            && other.subject_type == grant.subject_type
                    }),
                };
                if same.is_some_and(|other| other.id != grant.id) {
                    return refused(rule::GRANT);
                }
            }
            Change::PutClient(_)
            | Change::DeleteClient(_)
            | Change::DeleteClientGrant(_)
            | Change::DeleteOrganization(_)
            | Change::DeleteResourceServer(_)
            | Change::PutSigningKey(_)
            | Change::DeleteSigningKey(_)
            | Change::PutDocument(_)
            | Change::DeleteDocument(..) => {}
        }
        state.step(change);
    }
    if commit.changes.iter().any(|change| orphans(&state, change)) {
        return refused(rule::GRANT_CLIENT);
    }
    Ok(state)
}

/// Whether a change has left a grant without its client at the end of its commit.
fn orphans(state: &State, change: &Change) -> bool {
    match change {
        Change::PutClientGrant(grant) => {
            state.client_grant(grant.id.as_str()).is_some()
                && grant
                    .holder
                    .client_id()
                    .is_some_and(|id| state.client(id.as_str()).is_none())
        }
        Change::DeleteClient(id) => {
            state.client(id.as_str()).is_none()
                && state
                    .client_grants()
                    .any(|grant| grant.holder.client_id() == Some(id))
        }
        Change::PutClient(_)
        | Change::DeleteClientGrant(_)
        | Change::PutOrganization(_)
        | Change::DeleteOrganization(_)
        | Change::PutResourceServer(_)
        | Change::DeleteResourceServer(_)
        | Change::PutSigningKey(_)
        | Change::DeleteSigningKey(_)
        | Change::PutTenant(_)
        | Change::PutDocument(_)
        | Change::DeleteDocument(..) => false,
    }
}
