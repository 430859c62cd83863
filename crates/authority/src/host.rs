//! Which issuer a host name stands for.

use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;

/// How requests reach this process, which decides what an issuer looks like.
///
/// In production a host name is the issuer `https://{name}/`, whether TLS ends here or at a proxy.
/// Development mode answers on plain HTTP and on loopback names, and its issuers say so, because
/// whoever checks a token must be able to fetch the keys from it.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The ports a name may carry in `Host`; the issuer then carries it too.
    pub ports: Vec<u16>,
    /// Whether names with such a port are served over plain HTTP (development mode only).
    pub plain_http: bool,
    /// Further names that lead to a tenant in this process only (development mode: loopback).
    pub local_names: Vec<(HostName, TenantId)>,
}

impl Origins {
    /// Every way to write `name` in a `Host` header, with the issuer it stands for.
    #[must_use]
    pub fn issuers(&self, name: &HostName) -> Vec<(String, String)> {
        let scheme = |with_port: bool| {
            if self.plain_http && with_port {
                "http"
            } else {
                "https"
            }
        };
        let mut issuers = vec![(
            name.to_string(),
            format!("{}://{name}/", scheme(name.has_port())),
        )];
        if name.has_port() {
            return issuers;
        }
        for port in &self.ports {
            let scheme = scheme(true);
            let host = format!("{name}:{port}");
            let usual = matches!((scheme, port), ("https", 443) | ("http", 80));
            let issuer = if usual {
                format!("{scheme}://{name}/")
            } else {
                format!("{scheme}://{host}/")
            };
            issuers.push((host, issuer));
        }
        issuers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuers(origins: &Origins, name: &str) -> Vec<(String, String)> {
        origins.issuers(&name.parse().unwrap())
    }

    #[test]
    fn in_production_a_name_is_an_https_issuer() {
        let origins = Origins {
            ports: vec![443],
            ..Origins::default()
        };
        assert_eq!(
            issuers(&origins, "acme.example"),
            [
                ("acme.example".into(), "https://acme.example/".into()),
                ("acme.example:443".into(), "https://acme.example/".into()),
            ]
        );
    }

    #[test]
    fn on_another_port_the_issuer_carries_it_when_it_was_asked_for() {
        let origins = Origins {
            ports: vec![8443],
            ..Origins::default()
        };
        assert_eq!(
            issuers(&origins, "acme.example")[1],
            (
                "acme.example:8443".into(),
                "https://acme.example:8443/".into()
            )
        );
    }

    #[test]
    fn in_development_a_name_with_the_port_is_plain_http() {
        let origins = Origins {
            ports: vec![8080],
            plain_http: true,
            ..Origins::default()
        };
        assert_eq!(
            issuers(&origins, "127.0.0.1:8080"),
            [("127.0.0.1:8080".into(), "http://127.0.0.1:8080/".into())]
        );
        assert_eq!(
            issuers(&origins, "acme.example")[0].1,
            "https://acme.example/"
        );
        assert_eq!(
            issuers(&origins, "acme.example")[1].1,
            "http://acme.example:8080/"
        );
    }
}
