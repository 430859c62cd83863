//! Log streams: where log events are sent, and which.

use std::collections::BTreeMap;

use m2mint_domain::Timestamp;
use m2mint_domain::document::DocumentKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::documents::Kept;

/// The most log streams of a tenant.
pub const LOG_STREAMS_MAX: usize = 20;

/// The category of a stream with priority, which it cannot change.
pub const SECURITY: &str = "security";

/// Auth0's categories of events.
pub const CATEGORIES: [&str; 21] = [
    "auth.login.fail",
    "auth.login.notification",
    "auth.login.success",
    "auth.logout.fail",
    "auth.logout.success",
    "auth.signup.fail",
    "auth.signup.success",
    "auth.silent_auth.fail",
    "auth.silent_auth.success",
    "auth.token_exchange.fail",
    "auth.token_exchange.success",
    "management.fail",
    "management.success",
    "scim.event",
    "system.notification",
    "user.fail",
    "user.notification",
    "user.success",
    "actions",
    "other",
    SECURITY,
];

/// A log stream.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogStream {
    /// Its name among log streams.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What is at the other end.
    #[serde(rename = "type")]
    pub kind: SinkKind,
    /// Whether it runs.
    pub status: StreamStatus,
    /// Whether it carries what concerns security, and nothing else.
    #[serde(default)]
    pub is_priority: bool,
    /// Events of these categories only. Empty: all.
    #[serde(default)]
    pub filters: Vec<String>,
    /// What becomes of members about people. There are none in events about machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pii_config: Option<PiiConfig>,
    /// How to reach the other end, without what is secret.
    pub sink: BTreeMap<String, Value>,
    /// The secret members of the sink: the JSON of each, sealed, in base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sealed: BTreeMap<String, String>,
    /// From when on, in milliseconds; from when it was made, when it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_from: Option<i64>,
}

/// Kinds of receivers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkKind {
    /// Datadog.
    Datadog,
    /// Amazon `EventBridge`.
    Eventbridge,
    /// Azure Event Grid.
    Eventgrid,
    /// Any HTTPS address. The only kind that is delivered to.
    Http,
    /// Mixpanel.
    Mixpanel,
    /// Segment.
    Segment,
    /// Splunk.
    Splunk,
    /// Sumo Logic.
    Sumo,
}

/// Whether a stream runs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamStatus {
    /// It does.
    Active,
    /// Somebody stopped it.
    Paused,
    /// The server stopped it, because its receiver failed for too long.
    Suspended,
}

/// What becomes of members about people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PiiConfig {
    /// Which members.
    pub log_fields: Vec<String>,
    /// `mask` or `hash`.
    pub method: String,
    /// How they are hashed.
    pub algorithm: String,
}

impl Kept for LogStream {
    const KIND: DocumentKind = DocumentKind::LogStream;

    fn id(&self) -> &str {
        &self.id
    }
}

impl LogStream {
    /// The categories it carries. Empty: all.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        if self.is_priority {
            return vec![SECURITY];
        }
        self.filters.iter().map(String::as_str).collect()
    }

    /// Whether it carries events of this type.
    #[must_use]
    pub fn carries(&self, code: &str) -> bool {
        let category = category(code);
        let categories = self.categories();
        categories.is_empty()
            || categories
                .iter()
                .any(|one| *one == category || (*one == SECURITY && is_security(code)))
    }

    /// From when on it carries events.
    #[must_use]
    pub fn since(&self, created_at: Timestamp) -> Timestamp {
        self.start_from.map_or(created_at, Timestamp::from_millis)
    }
}

impl SinkKind {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Datadog,
        Self::Eventbridge,
        Self::Eventgrid,
        Self::Http,
        Self::Mixpanel,
        Self::Segment,
        Self::Splunk,
        Self::Sumo,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Datadog => "datadog",
            Self::Eventbridge => "eventbridge",
            Self::Eventgrid => "eventgrid",
            Self::Http => "http",
            Self::Mixpanel => "mixpanel",
            Self::Segment => "segment",
            Self::Splunk => "splunk",
            Self::Sumo => "sumo",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The members of its sink that are secret. An address of Sumo Logic has a key in it, and the
    /// headers of an HTTP sink may.
    #[must_use]
    pub const fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Datadog => &["datadogApiKey"],
            Self::Eventbridge | Self::Eventgrid => &[],
            Self::Http => &["httpAuthorization", "httpCustomHeaders"],
            Self::Mixpanel => &["mixpanelServiceAccountPassword"],
            Self::Segment => &["segmentWriteKey"],
            Self::Splunk => &["splunkToken"],
            Self::Sumo => &["sumoSourceAddress"],
        }
    }
}

impl StreamStatus {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Suspended => "suspended",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// Auth0's category of a type of event. Its last one takes what is in no other.
fn category(code: &str) -> &'static str {
    match code {
        "seccft" | "secte" | "success_on_behalf_of_token_exchange" => "auth.token_exchange.success",
        "feccft" | "fecte" | "failed_on_behalf_of_token_exchange" => "auth.token_exchange.fail",
        "sapi" | "mgmt_api_read" => "management.success",
        "fapi" => "management.fail",
        "actions_execution_failed" => "actions",
        "api_limit"
        | "api_limit_warning"
        | "acls_summary"
        | "depnote"
        | "resource_cleanup"
        | "token_quota_consumption_warning" => "system.notification",
        _ => "other",
    }
}

/// What somebody who watches over the tenant wants to hear of first.
fn is_security(code: &str) -> bool {
    matches!(
        code,
        "feccft" | "fecte" | "fapi" | "mgmt_api_read" | "api_limit" | "acls_summary"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(is_priority: bool, filters: &[&str]) -> LogStream {
        LogStream {
            id: "lst_1".into(),
            name: "x".into(),
            kind: SinkKind::Http,
            status: StreamStatus::Active,
            is_priority,
            filters: filters.iter().map(|&one| one.to_owned()).collect(),
            pii_config: None,
            sink: BTreeMap::new(),
            sealed: BTreeMap::new(),
            start_from: None,
        }
    }

    #[test]
    fn a_stream_carries_the_categories_it_names_or_all() {
        for (priority, filters, code, expected) in [
            (false, &[][..], "seccft", true),
            (false, &["auth.token_exchange.success"], "seccft", true),
            (false, &["auth.token_exchange.success"], "feccft", false),
            (false, &["management.success", "actions"], "sapi", true),
            (false, &["management.success"], "fapi", false),
            (false, &["other"], "new_code", true),
            (false, &["security"], "feccft", true),
            (true, &["auth.token_exchange.success"], "seccft", false),
            (true, &[], "feccft", true),
        ] {
            let stream = stream(priority, filters);
            assert_eq!(stream.carries(code), expected, "{filters:?} {code}");
        }
    }

    #[test]
    fn every_name_reads_back() {
        for kind in SinkKind::ALL {
            assert_eq!(SinkKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(
            StreamStatus::parse("suspended"),
            Some(StreamStatus::Suspended)
        );
    }
}
