//! Quotas on disk.

use m2mint_domain::quota::TokenQuota;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_hour: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_day: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enforce: Option<bool>,
}

impl From<TokenQuota> for QuotaRecord {
    fn from(quota: TokenQuota) -> Self {
        let TokenQuota {
            per_hour,
            per_day,
            enforce,
        } = quota;
        Self {
            per_hour,
            per_day,
            enforce,
        }
    }
}

impl From<QuotaRecord> for TokenQuota {
    fn from(record: QuotaRecord) -> Self {
        let QuotaRecord {
            per_hour,
            per_day,
            enforce,
        } = record;
        Self {
            per_hour,
            per_day,
            enforce,
        }
    }
}
