//! TLS: certificates from files, read again when the files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A certificate and its key, in two PEM files.
#[derive(Debug)]
pub struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<CurrentKey>,
    config: Arc<ServerConfig>,
}

/// Why the files give no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of the right kind.
    #[error("{path} cannot be read as a PEM file")]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate file holds no certificate.
    #[error("{path} holds no certificate")]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The key is of a kind that cannot be used, or does not belong to the certificate.
    #[error("the key {key} does not go with the certificate {certificate}")]
    Mismatch {
        /// The key file.
        key: PathBuf,
        /// The certificate file.
        certificate: PathBuf,
        /// What rustls says.
        #[source]
        source: rustls::Error,
    },
    /// The protocol versions cannot be set.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// What new connections are answered with.
#[derive(Debug)]
struct CurrentKey(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for CurrentKey {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl TlsFiles {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// [`TlsError`] says which file is wrong and how.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let current = Arc::new(CurrentKey(ArcSwap::from_pointee(read(&certificate, &key)?)));
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<CurrentKey>::clone(&current);
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(TlsError::Setup)?
                .with_no_client_auth()
                .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            certificate,
            key,
            current,
            config: Arc::new(config),
        })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Looks at the files again and again, and takes what they hold when they have changed. New
    /// connections get the new certificate; files that are wrong are reported, and the old one stays.
    pub(crate) async fn watch(self) {
        let mut seen = self.modified();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.modified();
            if now != seen {
                seen = now;
                self.reload();
            }
        }
    }

    /// Takes what the files hold now. `false` when they are wrong and the old certificate stays.
    pub fn reload(&self) -> bool {
        match read(&self.certificate, &self.key) {
            Ok(key) => {
                self.current.0.store(Arc::new(key));
                tracing::info!(certificate = %self.certificate.display(), "the TLS certificate was reloaded");
                true
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "the TLS certificate was not reloaded; the old one stays in use"
                );
                false
            }
        }
    }

    fn modified(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| {
            std::fs::metadata(path)
                .and_then(|file| file.modified())
                .ok()
        })
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let pem = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Pem { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .map_err(pem(certificate))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(pem(certificate))?;
    if chain.is_empty() {
        return Err(TlsError::Empty {
            path: certificate.to_owned(),
        });
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(pem(key))?;
    CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider()).map_err(|source| {
        TlsError::Mismatch {
            key: key.to_owned(),
            certificate: certificate.to_owned(),
            source,
        }
    })
}
