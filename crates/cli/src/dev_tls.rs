//! A certificate authority and a certificate for development: made once, used again while they fit.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use m2mint_domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use crate::data_dir::{DataDir, replace_private};
use crate::failure::{Explain as _, Outcome};

const SECS_PER_DAY: u64 = 86_400;
/// How long a new certificate is valid.
const VALID_DAYS: u64 = 397;
/// A certificate that ends sooner is made anew.
const LEFT_DAYS_MIN: u64 = 7;

/// Where the files of development TLS are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DevTls {
    /// The authority, for clients to trust.
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl DevTls {
    /// Uses what is in the data directory while it fits `names` and the time, and makes it anew
    /// otherwise. The authority's private key is not kept.
    ///
    /// # Errors
    ///
    /// The files cannot be made.
    pub(crate) fn prepare(dir: &DataDir, names: &[String], now: Timestamp) -> Outcome<Self> {
        let dir = dir.tls();
        let file = |name: &str| dir.path().join(name);
        let tls = Self {
            ca: file("ca.pem"),
            cert: file("server.pem"),
            key: file("server-key.pem"),
        };
        let now = u64::try_from(now.as_secs()).unwrap_or_default();
        if !tls.fits(names, now) {
            dir.create()?;
            tls.write(names, now)
                .because(|| format!("certificates cannot be made in {}", dir.path().display()))?;
        }
        Ok(tls)
    }

    /// Whether a client that trusts the authority will accept the certificate for all of `names`,
    /// today and for some days more.
    fn fits(&self, names: &[String], now: u64) -> bool {
        let verified = || -> Option<()> {
            KeyPair::from_pem(&fs::read_to_string(&self.key).ok()?).ok()?;
            let certificate = CertificateDer::from_pem_file(&self.cert).ok()?;
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_file(&self.ca).ok()?)
                .ok()?;
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = builder.build().ok()?;
            let soon = now + LEFT_DAYS_MIN * SECS_PER_DAY;
            let soon = UnixTime::since_unix_epoch(Duration::from_secs(soon));
            for name in names {
                let name = ServerName::try_from(name.as_str()).ok()?;
                verifier
                    .verify_server_cert(&certificate, &[], &name, &[], soon)
                    .ok()?;
            }
            Some(())
        };
        verified().is_some()
    }

    fn write(&self, names: &[String], now: u64) -> anyhow::Result<()> {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        // A day of patience with clocks that are behind.
        let from = epoch + Duration::from_secs(now.saturating_sub(SECS_PER_DAY));
        let until = epoch + Duration::from_secs(now + VALID_DAYS * SECS_PER_DAY);

        let mut authority = CertificateParams::default();
        authority
            .distinguished_name
            .push(DnType::CommonName, "m2mint development CA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (authority.not_before, authority.not_after) = (from, until);
        let authority_key = KeyPair::generate()?;
        let authority_pem = authority.self_signed(&authority_key)?.pem();

        let mut server = CertificateParams::new(names)?;
        server
            .distinguished_name
            .push(DnType::CommonName, "m2mint development server");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        (server.not_before, server.not_after) = (from, until);
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let certificate = server.signed_by(&key, &issuer)?;

        replace_private(&self.key, &key.serialize_pem())?;
        replace_private(&self.cert, &certificate.pem())?;
        replace_private(&self.ca, &authority_pem)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_dir::bits_of_others;

    const NOW: i64 = 1_790_000_000;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn certificates_are_used_again_until_they_do_not_fit() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::at(parent.path());
        let prepare = |all: &[&str], secs| {
            let tls = DevTls::prepare(&dir, &names(all), Timestamp::from_secs(secs)).unwrap();
            assert_eq!(bits_of_others(&tls.key).unwrap(), 0);
            fs::read_to_string(&tls.cert).unwrap()
        };
        let first = prepare(&["localhost", "127.0.0.1", "::1"], NOW);
        assert_eq!(prepare(&["localhost", "127.0.0.1"], NOW + 86_400), first);
        let renamed = prepare(&["localhost", "issuer.test"], NOW);
        assert_ne!(renamed, first);
        assert_ne!(prepare(&["localhost"], NOW + 392 * 86_400), renamed);
    }
}
