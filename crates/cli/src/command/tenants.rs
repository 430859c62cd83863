//! `m2mint tenants`: issuers in this data directory.

use http::Method;
use serde_json::{Value, json};

use crate::args::register::{TenantCreate, TenantShow, Tenants};
use crate::failure::Outcome;
use crate::node::{Foundation, KeyPolicy};
use crate::output::Column;
use crate::runtime;
use crate::session::Session;
use crate::terminal::Busy;

const SETTINGS: &str = "/api/v2/tenants/settings";
const COLUMNS: &[Column] = &[("NAME", "name"), ("DOMAIN", "domain"), ("ISSUER", "issuer")];
const DETAILS: &[Column] = &[
    ("NAME", "friendly_name"),
    ("DEFAULT AUDIENCE", "default_audience"),
    (
        "ORGANIZATION NAMES",
        "allow_organization_name_in_authentication_api",
    ),
];

pub(super) fn run(session: &Session, verb: Tenants) -> Outcome {
    match verb {
        Tenants::Create(TenantCreate { name, domain }) => {
            session.refuse_url("tenants create")?;
            let made = tenant(name.as_str(), domain.as_str());
            runtime::block_on(async {
                let config = session.config()?;
                let foundation =
                    Foundation::open(&session.dir, &config, KeyPolicy::MustExist).await?;
                let _busy = Busy::show(session.lang.working());
                let done = foundation.create_tenant(name, domain).await;
                foundation.store.close().await;
                done
            })?;
            session.out.object(&made, COLUMNS)
        }
        Tenants::List => {
            session.refuse_url("tenants list")?;
            let tenants = runtime::block_on(async {
                let config = session.config()?;
                let foundation =
                    Foundation::open(&session.dir, &config, KeyPolicy::MustExist).await?;
                let mut tenants = Vec::new();
                for (id, _) in foundation.store.tenants().await? {
                    if let Some((_, state)) = foundation.store.load(&id).await? {
                        tenants.push(tenant(id.as_str(), state.tenant().domain.as_str()));
                    }
                }
                foundation.store.close().await;
                Ok(tenants)
            })?;
            session.out.list(COLUMNS, &tenants)
        }
        Tenants::Show(TenantShow { name }) => {
            let mut session = session.clone();
            session.tenant = name.or(session.tenant);
            let settings =
                session.with_api(async |api| Ok(api.send(Method::GET, SETTINGS, None).await?))?;
            session.out.object(&settings, DETAILS)
        }
    }
}

fn tenant(name: &str, domain: &str) -> Value {
    json!({ "name": name, "domain": domain, "issuer": format!("https://{domain}/") })
}
