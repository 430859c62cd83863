//! The doctor on the register: store, tenants, and the clock they tell of.

use std::sync::Arc;

use jiff::Timestamp as Moment;
use m2mint_authority::Snapshots;
use m2mint_authority::host::Origins;
use m2mint_authority::keys::Vault;
use m2mint_domain::Timestamp;
use m2mint_domain::host::HostName;
use m2mint_store::{LogQuery, Store, StoreError};

use super::Finding;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::node::{self, FINGERPRINT, KeyPlace};
use crate::text::Check;

/// This program is younger than that: 2025-01-01T00:00:00Z.
const NOT_BEFORE: Timestamp = Timestamp::from_secs(1_735_689_600);
/// How far the newest log event may be ahead of the clock, in seconds.
const SKEW_MAX: i64 = 60;

/// Looks the store over; the domains of its tenants.
pub(super) async fn store(
    dir: &DataDir,
    config: &Config,
    fingerprint: Option<String>,
    findings: &mut Vec<Finding>,
) -> Vec<HostName> {
    let now = node::now();
    let store = match open(dir, config).await {
        Ok(store) => store,
        Err(finding) => {
            findings.push(finding);
            findings.push(clock(now, None));
            return Vec::new();
        }
    };
    let domains = match look(&*store, config, dir, fingerprint, findings).await {
        Ok(domains) => domains,
        Err(error) => {
            findings.push(Finding::failed(Check::Store, &Failure::from(error)));
            Vec::new()
        }
    };
    let newest = newest_event(&*store).await.ok().flatten();
    findings.push(clock(now, newest));
    if let Some(key) = KeyPlace::of(dir, config).read().ok().flatten() {
        let opened = Snapshots::load(
            Arc::clone(&store),
            Arc::new(Vault::new(key)),
            Origins::default(),
        );
        if let Err(error) = opened.await {
            findings.push(Finding::failed(Check::MasterKey, &Failure::from(error)));
        }
    }
    store.close().await;
    domains
}

/// Opens what is there, and makes nothing.
async fn open(dir: &DataDir, config: &Config) -> Result<Arc<dyn Store>, Finding> {
    let failed = |failure: Failure| Finding::failed(Check::Store, &failure);
    let url = config.store_url(dir).map_err(failed)?;
    if let Some(path) = url.path().filter(|path| !path.exists()) {
        return Err(Finding::fail(
            Check::Store,
            format!("there is no {}", path.display()),
            "`m2mint init --domain NAME` makes one; or restore your backup",
        ));
    }
    m2mint_store::open(&url)
        .await
        .map_err(|error| failed(error.into()))
}

async fn look(
    store: &dyn Store,
    config: &Config,
    dir: &DataDir,
    fingerprint: Option<String>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<HostName>, StoreError> {
    let health = store.check().await?;
    if health.problems.is_empty() && health.writable {
        let (register, logs) = (health.register_bytes, health.logs_bytes);
        findings.push(Finding::ok(
            Check::Store,
            format!("whole (register {register} bytes, logs {logs} bytes)"),
        ));
    }
    if !health.writable {
        findings.push(Finding::fail(
            Check::Store,
            "it takes no writes",
            "run as the user who owns its files, and look whether the disk is full",
        ));
    }
    for problem in health.problems {
        findings.push(Finding::fail(
            Check::Store,
            problem,
            "restore the last backup",
        ));
    }
    if let (Some(found), Some(expected)) = (fingerprint, store.setting(FINGERPRINT).await?)
        && found != expected
    {
        findings.push(Finding::fail(
            Check::MasterKey,
            format!("its fingerprint is {found}, and the store was made with {expected}"),
            format!("put the right one in {}", KeyPlace::of(dir, config)),
        ));
    }
    let mut domains = Vec::new();
    for (id, _) in store.tenants().await? {
        if let Some((_, state)) = store.load(&id).await? {
            domains.push(state.tenant().domain.clone());
        }
    }
    findings.push(if domains.is_empty() {
        Finding::warn(
            Check::Tenants,
            "there is none",
            "m2mint tenants create NAME --domain HOST",
        )
    } else {
        Finding::ok(Check::Tenants, format!("{} to serve", domains.len()))
    });
    Ok(domains)
}

async fn newest_event(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    let mut newest = None;
    for (tenant, _) in store.tenants().await? {
        let query = LogQuery {
            take: 1,
            ..LogQuery::default()
        };
        let found = store.find_logs(&tenant, &query).await?;
        newest = newest.max(found.first().map(|entry| entry.event.at));
    }
    Ok(newest)
}

fn clock(now: Timestamp, newest: Option<Timestamp>) -> Finding {
    let mend = "set the clock (timedatectl set-ntp true): tokens carry its time";
    let shown = moment(now);
    if now < NOT_BEFORE {
        return Finding::fail(
            Check::Clock,
            format!("it says {shown}, which is long past"),
            mend,
        );
    }
    match newest {
        Some(newest) if now.plus_secs(SKEW_MAX) < newest => Finding::fail(
            Check::Clock,
            format!(
                "it says {shown}, and the newest log event is of {}",
                moment(newest)
            ),
            mend,
        ),
        Some(_) | None => Finding::ok(Check::Clock, format!("it says {shown}")),
    }
}

fn moment(at: Timestamp) -> String {
    Moment::from_second(at.as_secs())
        .map(|at| at.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Level;

    #[test]
    fn a_clock_that_is_behind_its_own_log_is_wrong() {
        let now = Timestamp::from_secs(1_790_000_000);
        assert_eq!(clock(now, None).level, Level::Ok);
        assert_eq!(clock(now, Some(now)).level, Level::Ok);
        assert_eq!(clock(now, Some(now.plus_secs(61))).level, Level::Fail);
        assert_eq!(clock(Timestamp::from_secs(1_000), None).level, Level::Fail);
    }
}
