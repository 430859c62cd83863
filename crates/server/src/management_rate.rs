//! How often the Management API of one tenant may be called: a bucket that fills by the millisecond.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use m2mint_domain::Timestamp;
use m2mint_domain::id::TenantId;

use crate::app::AppState;

/// What a bucket holds is counted in thousandths of a request.
const WHOLE: i64 = 1_000;

/// How often one tenant's Management API may be called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ManagementRate {
    /// What comes back each second.
    pub per_second: NonZeroU32,
    /// What may be saved up.
    pub burst: NonZeroU32,
}

/// A bucket for each tenant that was called.
#[derive(Debug)]
pub(crate) struct ManagementRates {
    rate: Option<ManagementRate>,
    buckets: Mutex<HashMap<TenantId, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    thousandths: i64,
    at: Timestamp,
}

/// What is true of a bucket at a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Level {
    pub(crate) limit: u32,
    pub(crate) remaining: i64,
    /// When it is full again if nobody asks, in seconds since the epoch.
    pub(crate) reset: i64,
}

/// The bucket is empty. One request later there is one again: in a second at the latest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Empty;

impl ManagementRates {
    pub(crate) fn new(rate: Option<ManagementRate>) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request out of a tenant's bucket.
    pub(crate) fn take(&self, tenant: &TenantId, now: Timestamp) -> Result<(), Empty> {
        let Some(rate) = self.rate else {
            return Ok(());
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(tenant.clone())
            .or_insert(Bucket::full(rate, now));
        *bucket = bucket.filled(rate, now);
        if bucket.thousandths < WHOLE {
            return Err(Empty);
        }
        bucket.thousandths -= WHOLE;
        Ok(())
    }

    /// How full a tenant's bucket is; `None` where there is no limit.
    pub(crate) fn level(&self, tenant: &TenantId, now: Timestamp) -> Option<Level> {
        let rate = self.rate?;
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(tenant).copied();
        drop(buckets);
        let bucket = bucket.unwrap_or(Bucket::full(rate, now)).filled(rate, now);
        let missing = i64::from(rate.burst.get()) * WHOLE - bucket.thousandths;
        // Thousandths a millisecond are requests a second.
        let per_second = i64::from(rate.per_second.get());
        let millis = missing.saturating_add(per_second - 1) / per_second;
        let full_at = now.as_millis().saturating_add(millis);
        Some(Level {
            limit: rate.burst.get(),
            remaining: bucket.thousandths / WHOLE,
            reset: full_at.saturating_add(999).div_euclid(1_000),
        })
    }
}

impl Bucket {
    fn full(rate: ManagementRate, at: Timestamp) -> Self {
        Self {
            thousandths: i64::from(rate.burst.get()) * WHOLE,
            at,
        }
    }

    fn filled(self, rate: ManagementRate, now: Timestamp) -> Self {
        let millis = now.as_millis().saturating_sub(self.at.as_millis()).max(0);
        let come = millis.saturating_mul(i64::from(rate.per_second.get()));
        let full = i64::from(rate.burst.get()) * WHOLE;
        Self {
            thousandths: self.thousandths.saturating_add(come).min(full),
            at: now.max(self.at),
        }
    }
}

/// Says on every answer of the Management API how much of the limit is left, where there is one.
pub(crate) async fn show(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limited = state.node.settings.management_rate.is_some();
    let tenant = limited
        .then(|| state.site(&request))
        .flatten()
        .map(|site| site.tenant.state().tenant().id.clone());
    let mut response = next.run(request).await;
    let now = state.authority.clock().now();
    if let Some(level) = tenant.and_then(|id| state.node.management_rates.level(&id, now)) {
        insert(response.headers_mut(), level);
    }
    response
}

fn insert(headers: &mut HeaderMap, level: Level) {
    headers.insert("x-ratelimit-limit", HeaderValue::from(level.limit));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(level.remaining));
    headers.insert("x-ratelimit-reset", HeaderValue::from(level.reset));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_by_the_millisecond_up_to_its_size() {
        let two = NonZeroU32::new(2).unwrap();
        let rates = ManagementRates::new(Some(ManagementRate {
            per_second: two,
            burst: two,
        }));
        let acme = "acme".parse().unwrap();
        let take = |millis| rates.take(&acme, Timestamp::from_millis(millis));
        assert_eq!([take(0), take(0), take(0)], [Ok(()), Ok(()), Err(Empty)]);
        let level = rates.level(&acme, Timestamp::from_millis(250)).unwrap();
        assert_eq!((level.remaining, level.reset), (0, 1));
        assert_eq!([take(499), take(500)], [Err(Empty), Ok(())]);
        // Not more than its size, however long nobody asked; and time never runs backwards.
        assert_eq!(
            [take(90_000), take(90_000), take(80_000)],
            [Ok(()), Ok(()), Err(Empty)]
        );
        let other = rates.level(&"other".parse().unwrap(), Timestamp::default());
        assert_eq!(other.unwrap().remaining, 2);
    }
}
