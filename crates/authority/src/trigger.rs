//! Triggers: the moments at which actions may run, as Auth0 lists them.
//!
//! Only [`CREDENTIALS_EXCHANGE`] happens here. Actions for the others are kept and shown, so that a
//! whole tenant can be moved, and never run.

/// The moment between authorizing a token request and minting its token.
pub const CREDENTIALS_EXCHANGE: &str = "credentials-exchange";

/// Names a trigger may have.
pub const IDS: &[&str] = &[
    "post-login",
    CREDENTIALS_EXCHANGE,
    "pre-user-registration",
    "post-user-registration",
    "post-change-password",
    "send-phone-message",
    "custom-phone-provider",
    "custom-email-provider",
    "password-reset-post-challenge",
    "custom-token-exchange",
    "event-stream",
    "password-hash-migration",
    "login-post-identifier",
    "signup-post-identifier",
    "mcp-tool",
];

/// Runtimes an action may be written for. All mean the same here: there is one engine.
pub const RUNTIMES: &[&str] = &["node12", "node16", "node18", "node18-actions", "node22"];

/// One version of a trigger.
#[derive(Debug)]
pub struct Trigger {
    /// Its name.
    pub id: &'static str,
    /// `v1`, `v2`, …
    pub version: &'static str,
    /// Whether it is the version to write new actions for.
    pub current: bool,
    /// For which runtimes new actions may be written.
    pub runtimes: &'static [&'static str],
    /// The runtime of an action that names none.
    pub default_runtime: &'static str,
    /// Who binds actions to it.
    pub policy: BindingPolicy,
    /// The earlier version whose actions run at this one too.
    pub compatible: Option<&'static str>,
}

/// Who binds actions to a trigger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BindingPolicy {
    /// The tenant's administrators, in an order.
    Trigger,
    /// The object that uses the action (a token exchange profile, an event stream, …).
    Entity,
}

const CURRENT: &[&str] = &["node18-actions", "node22"];
const NODE_18: &[&str] = &["node18", "node22"];
const NODE_22: &[&str] = &["node22"];

/// Every version of every trigger, in Auth0's order.
pub const TRIGGERS: &[Trigger] = &[
    deprecated("post-login", "v1", NODE_22, "node12"),
    Trigger {
        compatible: Some("v2"),
        ..current("post-login", "v3", CURRENT)
    },
    deprecated("post-login", "v2", NODE_18, "node16"),
    current(CREDENTIALS_EXCHANGE, "v2", CURRENT),
    deprecated(CREDENTIALS_EXCHANGE, "v1", NODE_22, "node12"),
    current("pre-user-registration", "v2", CURRENT),
    deprecated("pre-user-registration", "v1", NODE_22, "node12"),
    deprecated("post-user-registration", "v1", NODE_22, "node12"),
    current("post-user-registration", "v2", CURRENT),
    current("post-change-password", "v2", CURRENT),
    deprecated("post-change-password", "v1", NODE_22, "node12"),
    deprecated("send-phone-message", "v1", NODE_22, "node12"),
    current("send-phone-message", "v2", CURRENT),
    current("password-reset-post-challenge", "v1", CURRENT),
    current("custom-phone-provider", "v1", CURRENT),
    current("custom-email-provider", "v1", CURRENT),
    entity_bound("custom-token-exchange", NODE_18),
    entity_bound("event-stream", NODE_22),
    entity_bound("password-hash-migration", NODE_22),
    entity_bound("mcp-tool", NODE_22),
];

impl Trigger {
    /// The trigger of this name; its current version when none is named.
    #[must_use]
    pub fn find(id: &str, version: Option<&str>) -> Option<&'static Self> {
        TRIGGERS.iter().find(|row| {
            row.id == id && version.map_or(row.current, |version| version == row.version)
        })
    }

    /// `CURRENT` or `DEPRECATED`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        if self.current {
            "CURRENT"
        } else {
            "DEPRECATED"
        }
    }
}

impl BindingPolicy {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger-bound",
            Self::Entity => "entity-bound",
        }
    }
}

const fn current(
    id: &'static str,
    version: &'static str,
    runtimes: &'static [&'static str],
) -> Trigger {
    Trigger {
        id,
        version,
        current: true,
        runtimes,
        default_runtime: "node22",
        policy: BindingPolicy::Trigger,
        compatible: None,
    }
}

const fn deprecated(
    id: &'static str,
    version: &'static str,
    runtimes: &'static [&'static str],
    default_runtime: &'static str,
) -> Trigger {
    Trigger {
        current: false,
        default_runtime,
        ..current(id, version, runtimes)
    }
}

const fn entity_bound(id: &'static str, runtimes: &'static [&'static str]) -> Trigger {
    Trigger {
        policy: BindingPolicy::Entity,
        ..current(id, "v1", runtimes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_has_one_current_version_and_a_name_of_the_list() {
        for row in TRIGGERS {
            assert!(IDS.contains(&row.id), "{}", row.id);
            assert!(RUNTIMES.contains(&row.default_runtime), "{}", row.id);
            let same = |other: &&Trigger| other.id == row.id && other.current;
            assert_eq!(TRIGGERS.iter().filter(same).count(), 1, "{}", row.id);
        }
        let found = Trigger::find(CREDENTIALS_EXCHANGE, None).unwrap();
        assert_eq!((found.version, found.status()), ("v2", "CURRENT"));
        assert!(Trigger::find(CREDENTIALS_EXCHANGE, Some("v9")).is_none());
    }
}
