//! Network ACLs: make, change, delete. Nobody shuts themselves out.

use std::net::IpAddr;

use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::documents::{self, Dated, Kept as _};
use crate::entropy::Draw;
use crate::network_acl::{NetworkAcl, NetworkAcls, Requester, Surface, parse_network};

/// Who changes a rule, as the rules see them.
#[derive(Clone, Debug)]
pub struct Author {
    /// Where they come from.
    pub ip: IpAddr,
    /// The other end of the connection.
    pub connecting_ip: IpAddr,
    /// Their `User-Agent`.
    pub user_agent: Option<String>,
    /// The host they asked.
    pub host: String,
}

impl Registry {
    /// Makes a network ACL. The id of the draft is replaced.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a priority that is taken, [`Refused::Invalid`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn create_network_acl(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        author: &Author,
        draft: NetworkAcl,
    ) -> Result<Dated<NetworkAcl>, RegistryError> {
        let id = random_text(&mut Draw(&*self.entropy), ALPHANUMERIC, 22);
        let object = NetworkAcl {
            id: format!("acl_{id}"),
            ..draft
        };
        let acl = Dated::new(object, self.clock.now());
        self.commit(tenant, actor, |state| put(state, author, acl.clone()))
            .await
    }

    /// Changes a network ACL. Its id stays as it is.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`], and as for [`Registry::create_network_acl`].
    pub async fn update_network_acl(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        author: &Author,
        id: &str,
        edit: impl Fn(&mut NetworkAcl),
    ) -> Result<Dated<NetworkAcl>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut acl: Dated<NetworkAcl> = documents::find(state, id)?;
            edit(&mut acl.object);
            id.clone_into(&mut acl.object.id);
            acl.updated_at = now;
            put(state, author, acl)
        })
        .await
    }

    /// Deletes a network ACL.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; [`Refused::Invalid`] when only this rule lets the author in.
    pub async fn delete_network_acl(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        author: &Author,
        id: &str,
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state| {
            documents::find::<NetworkAcl>(state, id)?;
            let others = others(state, id)?;
            refuse_shutting_out(state, author, others.into_iter())?;
            Ok((vec![documents::delete::<NetworkAcl>(id)], ()))
        })
        .await
    }
}

fn put(
    state: &State,
    author: &Author,
    acl: Dated<NetworkAcl>,
) -> Result<(Vec<Change>, Dated<NetworkAcl>), Refused> {
    check(&acl.object)?;
    let others = others(state, &acl.object.id)?;
    if others
        .iter()
        .any(|other| other.priority == acl.object.priority)
    {
        return Err(Refused::DocumentExists(NetworkAcl::KIND));
    }
    refuse_shutting_out(
        state,
        author,
        others.into_iter().chain([acl.object.clone()]),
    )?;
    Ok((vec![documents::put(&acl)?], acl))
}

fn others(state: &State, id: &str) -> Result<Vec<NetworkAcl>, Refused> {
    let all = documents::all::<NetworkAcl>(state)?.into_iter();
    Ok(all
        .map(|dated| dated.object)
        .filter(|acl| acl.id != id)
        .collect())
}

fn check(acl: &NetworkAcl) -> Result<(), Refused> {
    let invalid = |member, reason: &str| Err(Refused::invalid(member, &reason));
    let action = &acl.rule.action;
    let acts = [action.block, action.allow, action.redirect];
    match acts.into_iter().filter(|act| *act).count() {
        0 if action.log => {}
        0 => {
            return invalid(
                "rule.action",
                "One of block, allow, log and redirect is required",
            );
        }
        1 => {}
        _ => {
            return invalid(
                "rule.action",
                "Only one of block, allow and redirect may be said",
            );
        }
    }
    if !action.redirect && action.redirect_uri.is_some() {
        return invalid(
            "rule.action.redirect_uri",
            "Only a redirect has a redirect_uri",
        );
    }
    let conditions = [&acl.rule.matches, &acl.rule.not_match];
    for signals in conditions.into_iter().flatten() {
        for (texts, four) in [
            (&signals.ipv4_cidrs, true),
            (&signals.ipv6_cidrs, false),
            (&signals.connecting_ipv4_cidrs, true),
            (&signals.connecting_ipv6_cidrs, false),
        ] {
            let fits = |text: &String| {
                parse_network(text).is_some_and(|network| network.addr().is_ipv4() == four)
            };
            if !texts.iter().all(fits) {
                return invalid(
                    "rule",
                    "An address or a network of the other family, or none",
                );
            }
        }
    }
    let unknown = acl.rule.unknown_signals();
    if acl.active && !unknown.is_empty() {
        let reason = format!(
            "This server cannot tell {} of a request, so the rule would not do what it says; \
             keep it with active: false, or use addresses, user agents and host names",
            unknown.join(", ")
        );
        return Err(Refused::invalid("active", &reason));
    }
    Ok(())
}

/// Rules that keep their own author out of the Management API could not be taken back there. Whoever
/// is kept out already, and came in another way, may take them back one by one.
fn refuse_shutting_out(
    state: &State,
    author: &Author,
    acls: impl Iterator<Item = NetworkAcl>,
) -> Result<(), Refused> {
    let requester = Requester {
        ip: author.ip,
        connecting_ip: author.connecting_ip,
        user_agent: author.user_agent.as_deref(),
        host: &author.host,
    };
    let turns_away = |acls: Vec<NetworkAcl>| {
        let acls = NetworkAcls::of(acls.into_iter(), None);
        acls.and_then(|acls| acls.judge(Surface::Management, &requester))
            .is_some()
    };
    if turns_away(acls.collect()) && !turns_away(others(state, "")?) {
        let reason = "This would keep you out of the Management API, from where you ask now";
        return Err(Refused::invalid("rule", &reason));
    }
    Ok(())
}
