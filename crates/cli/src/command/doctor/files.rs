//! The doctor on files: directory, master key, certificates.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::Finding;
use crate::certificate;
use crate::config::Config;
use crate::data_dir::{DataDir, bits_of_others};
use crate::node::{self, KeyPlace};
use crate::text::Check;

/// A certificate that ends sooner is worth a warning.
const DAYS_LEFT_MIN: i64 = 14;

/// Whether the directory is there, is private, and can be written.
pub(super) fn directory(dir: &DataDir, findings: &mut Vec<Finding>) {
    let path = dir.path();
    let shown = path.display();
    if !path.is_dir() {
        findings.push(Finding::fail(
            Check::DataDirectory,
            format!("{shown} is not there"),
            "--data says where it is; `m2mint init --domain NAME` makes it",
        ));
        return;
    }
    let before = findings.len();
    private(path, Check::DataDirectory, "700", findings);
    let trial = path.join(".doctor");
    match fs::write(&trial, b"").and_then(|()| fs::remove_file(&trial)) {
        Ok(()) => {}
        Err(error) => findings.push(Finding::fail(
            Check::DataDirectory,
            format!("{shown} cannot be written: {error}"),
            "run as the user who owns it, and look whether the disk is full",
        )),
    }
    if findings.len() == before {
        findings.push(Finding::ok(
            Check::DataDirectory,
            format!("{shown} is private and can be written"),
        ));
    }
}

/// Whether there is a master key for its owner's eyes alone; its fingerprint.
pub(super) fn master_key(
    dir: &DataDir,
    config: &Config,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let place = KeyPlace::of(dir, config);
    match place.read() {
        Ok(Some(key)) => {
            let before = findings.len();
            if let KeyPlace::File(path) = &place {
                private(path, Check::MasterKey, "600", findings);
            }
            if findings.len() == before {
                let fingerprint = key.fingerprint();
                findings.push(Finding::ok(
                    Check::MasterKey,
                    format!("{place} holds one (fingerprint {fingerprint})"),
                ));
            }
            Some(key.fingerprint())
        }
        Ok(None) => {
            findings.push(Finding::fail(
                Check::MasterKey,
                format!("there is no {place}"),
                "put it back from your backup: without it, the database cannot be used",
            ));
            None
        }
        Err(failure) => {
            findings.push(Finding::failed(Check::MasterKey, &failure));
            None
        }
    }
}

fn private(path: &Path, check: Check, mode: &str, findings: &mut Vec<Finding>) {
    let shown = path.display();
    match bits_of_others(path) {
        Ok(0) => {}
        Ok(_) => findings.push(Finding::warn(
            check,
            format!("others on this machine can look into {shown}"),
            format!("chmod {mode} {shown}"),
        )),
        Err(error) => findings.push(Finding::fail(
            check,
            format!("{shown} cannot be looked at: {error}"),
            "run as the user who owns it",
        )),
    }
}

/// Whether certificate and key can be read and go together, and until when.
pub(super) fn tls(config: &Config, findings: &mut Vec<Finding>) {
    let (cert, key) = match config.tls_files() {
        Ok(Some(files)) => files,
        Ok(None) => {
            findings.push(match config.refuse_plain_http_to_others() {
                Ok(()) => Finding::ok(
                    Check::Tls,
                    "none set: TLS ends at a proxy, or nobody else is served",
                ),
                Err(failure) => Finding::failed(Check::Tls, &failure),
            });
            return;
        }
        Err(failure) => {
            findings.push(Finding::failed(Check::Tls, &failure));
            return;
        }
    };
    let opened = m2mint_server::tls::TlsFiles::open(cert.to_owned(), key.to_owned());
    if let Err(error) = opened {
        findings.push(Finding::failed(Check::Tls, &error.into()));
        return;
    }
    findings.push(match certificate::not_after(cert) {
        Ok(end) => expiry(cert, end, node::now().as_secs()),
        Err(failure) => Finding::failed(Check::Tls, &failure),
    });
}

fn expiry(cert: &Path, end: Timestamp, now: i64) -> Finding {
    let shown = cert.display();
    let mend = "renew it; the server reads it again when the file changes";
    let left = end.as_second() - now;
    if left <= 0 {
        return Finding::fail(Check::Tls, format!("{shown} has expired on {end}"), mend);
    }
    if left < DAYS_LEFT_MIN * 86_400 {
        return Finding::warn(Check::Tls, format!("{shown} expires on {end}"), mend);
    }
    Finding::ok(Check::Tls, format!("{shown} is valid until {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Level;

    #[test]
    fn a_certificate_is_warned_of_before_it_ends() {
        let end: Timestamp = "2030-01-20T00:00:00Z".parse().unwrap();
        let level = |now: &str| {
            let now: Timestamp = now.parse().unwrap();
            expiry(Path::new("a.pem"), end, now.as_second()).level
        };
        assert_eq!(level("2030-01-01T00:00:00Z"), Level::Ok);
        assert_eq!(level("2030-01-10T00:00:00Z"), Level::Warn);
        assert_eq!(level("2030-01-20T00:00:00Z"), Level::Fail);
    }
}
