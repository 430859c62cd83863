//! Quotas: how many tokens an hour and a day.

/// How many tokens a client, or all clients together on behalf of an organization, may have (Auth0's
/// `token_quota.client_credentials`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenQuota {
    /// In each hour, from its full hour on.
    pub per_hour: Option<u32>,
    /// In each day, from midnight UTC on.
    pub per_day: Option<u32>,
    /// Whether more are refused, or only noted. `None`: never set, which means refused.
    pub enforce: Option<bool>,
}

/// What holds where no quota of its own is set (Auth0's `default_token_quota`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DefaultTokenQuota {
    /// For each client.
    pub clients: Option<TokenQuota>,
    /// For each organization.
    pub organizations: Option<TokenQuota>,
}

impl TokenQuota {
    /// Whether more tokens than it allows are refused.
    #[must_use]
    pub fn is_enforced(self) -> bool {
        self.enforce.unwrap_or(true)
    }
}
