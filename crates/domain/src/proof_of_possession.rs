//! Sender-constrained tokens: what an API wants its callers to prove they hold.

/// What an API wants of its tokens (Auth0's `proof_of_possession`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProofOfPossession {
    /// What is proven.
    pub mechanism: PossessionMechanism,
    /// Whether a token that is bound to nothing is refused.
    pub required: bool,
    /// Of whom it is required. `None`: never set, which means of all.
    pub required_for: Option<RequiredFor>,
}

/// How possession is proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PossessionMechanism {
    /// With a signed proof of its own for each request (RFC 9449).
    Dpop,
    /// With the certificate of the connection (RFC 8705 §3).
    Mtls,
}

/// Of which clients possession is required.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequiredFor {
    /// Of every client.
    AllClients,
    /// Only of those that cannot keep a secret.
    PublicClients,
}

impl PossessionMechanism {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Dpop, Self::Mtls]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

impl RequiredFor {
    /// Auth0's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllClients => "all_clients",
            Self::PublicClients => "public_clients",
        }
    }

    /// Reads Auth0's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AllClients, Self::PublicClients]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

impl ProofOfPossession {
    /// Whether a client that can keep a secret must prove possession: every client of the client
    /// credentials grant is one.
    #[must_use]
    pub fn binds_confidential_clients(self) -> bool {
        self.required && self.required_for != Some(RequiredFor::PublicClients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_for_public_clients_leaves_confidential_ones_alone() {
        let pop = |required, required_for| ProofOfPossession {
            mechanism: PossessionMechanism::Dpop,
            required,
            required_for,
        };
        assert!(pop(true, None).binds_confidential_clients());
        assert!(pop(true, Some(RequiredFor::AllClients)).binds_confidential_clients());
        assert!(!pop(true, Some(RequiredFor::PublicClients)).binds_confidential_clients());
        assert!(!pop(false, None).binds_confidential_clients());
    }
}
