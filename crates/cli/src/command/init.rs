//! `m2mint init`: sets up a data directory.

use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;

use crate::args::process::Init;
use crate::config;
use crate::data_dir::write_new_private;
use crate::failure::{Explain as _, Failure, Outcome};
use crate::node::{Foundation, KeyPolicy};
use crate::output::{line, value};
use crate::runtime;
use crate::session::Session;
use crate::terminal::Busy;

/// Which tenant when nobody says.
const DEFAULT_DOMAIN: &str = "localhost";

pub(super) fn run(session: &Session, args: Init) -> Outcome {
    session.refuse_url("init")?;
    let domain = match args.domain {
        Some(domain) => domain,
        None => DEFAULT_DOMAIN.parse()?,
    };
    let tenant =
        set_up(session, domain.clone())?.ok_or_else(|| {
            Failure::new(format!("{} is set up already", session.dir.path().display())).hint(
            "`m2mint tenants create` makes another tenant in it; --data names another directory",
        )
        })?;
    if session.out.is_json() {
        return value(&serde_json::json!({
            "data": session.dir.path(),
            "tenant": tenant.as_str(),
            "domain": domain.as_str(),
            "issuer": format!("https://{domain}/"),
        }));
    }
    let dir = session.dir.path().display();
    line(&format!(
        "The tenant {tenant} is ready: its issuer is https://{domain}/\n\n\
         Keep a copy of {key} apart from your backups of the database:\n\
         without it, the private keys and client secrets in {dir} cannot be used.\n\n\
         Next:\n  \
           1. set server.listen and TLS in {config}\n  \
           2. m2mint serve --data {dir}\n  \
           3. m2mint apis create --data {dir} --name NAME --identifier https://your.api/\n  \
           4. m2mint apps create --data {dir} --name NAME\n  \
           5. m2mint grants create --data {dir} --app NAME --api https://your.api/ --scope SCOPE\n\n\
         `m2mint doctor --data {dir}` tells what is missing.",
        key = session.dir.master_key().display(),
        config = session.dir.config_file().display(),
    ))
}

/// Makes directory, configuration, database, master key and a tenant, in this order. Nothing that is
/// there is overwritten: what an earlier run began and could not finish is finished.
///
/// `None`: there is a tenant already, and nothing was changed.
///
/// # Errors
///
/// Something cannot be made; or the master key of what is there is missing or wrong.
pub(super) fn set_up(session: &Session, domain: HostName) -> Outcome<Option<TenantId>> {
    let tenant = match &session.tenant {
        Some(named) => named.clone(),
        None => tenant_for(&domain)?,
    };
    let dir = &session.dir;
    dir.create()?;
    let file = dir.config_file();
    if !file.exists() && !dir.database().exists() {
        write_new_private(&file, &config::commented_default())
            .because(|| format!("{} cannot be written", file.display()))?;
    }
    let config = session.config()?;
    runtime::block_on(async {
        let foundation = Foundation::open(dir, &config, KeyPolicy::MayCreate).await?;
        let done = if foundation.store.tenants().await?.is_empty() {
            let _busy = Busy::show(session.lang.working());
            let created = foundation.create_tenant(tenant.clone(), domain).await;
            created.map(|()| Some(tenant))
        } else {
            Ok(None)
        };
        foundation.store.close().await;
        done
    })
}

/// A tenant is called as the first label of its domain, unless that is a part of an address.
fn tenant_for(domain: &HostName) -> Outcome<TenantId> {
    let name = domain.without_port();
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    let label = if is_address {
        "main"
    } else {
        name.split('.').next().unwrap_or(name)
    };
    label
        .parse()
        .because(|| format!("{label} cannot be the name of a tenant"))
        .or_hint(|| "name it with --tenant".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_called_as_its_domain_begins() {
        let name = |domain: &str| tenant_for(&domain.parse().unwrap()).unwrap().to_string();
        assert_eq!(name("acme.example"), "acme");
        assert_eq!(name("localhost:8080"), "localhost");
        assert_eq!(name("127.0.0.1:8080"), "main");
        assert_eq!(name("[::1]"), "main");
    }
}
