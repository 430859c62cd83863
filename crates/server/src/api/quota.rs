//! `token_quota` and `default_token_quota`, as bodies and answers write them.

use m2mint_domain::quota::{DefaultTokenQuota, TokenQuota};

use crate::api::error::ApiError;
use crate::api::field::{Field, Fields};
use crate::api::object::Object;
use crate::api::schema::{BOOLEAN, Schema, integer, object, optional, required};

/// The most tokens that a quota can name (Auth0's limit).
const TOKENS: Schema = integer(1, i32::MAX as i64);

/// `{"client_credentials": {"enforce", "per_day", "per_hour"}}`
pub(crate) const TOKEN_QUOTA: Schema = object(&[required(
    "client_credentials",
    object(&[
        optional("enforce", BOOLEAN),
        optional("per_day", TOKENS),
        optional("per_hour", TOKENS),
    ])
    .at_least(1),
)]);

/// Reads what [`TOKEN_QUOTA`] allows.
pub(crate) fn read_quota(mut fields: Fields) -> Result<Option<TokenQuota>, ApiError> {
    let Field::Value(mut said) = fields.object("client_credentials")? else {
        return Ok(None);
    };
    let quota = TokenQuota {
        per_hour: said.integer("per_hour")?.value(),
        per_day: said.integer("per_day")?.value(),
        enforce: said.boolean("enforce")?.value(),
    };
    said.end()?;
    fields.end()?;
    Ok(Some(quota))
}

/// Reads the defaults of a tenant, by kind of holder.
pub(crate) fn read_defaults(mut fields: Fields) -> Result<DefaultTokenQuota, ApiError> {
    let mut of = |holder| -> Result<Option<TokenQuota>, ApiError> {
        match fields.object(holder)?.value() {
            Some(said) => read_quota(said),
            None => Ok(None),
        }
    };
    let defaults = DefaultTokenQuota {
        clients: of("clients")?,
        organizations: of("organizations")?,
    };
    fields.end()?;
    Ok(defaults)
}

/// A quota, with what was said of it and nothing else.
pub(crate) fn show_quota(quota: TokenQuota) -> Object {
    let TokenQuota {
        per_hour,
        per_day,
        enforce,
    } = quota;
    let said = Object::new()
        .with_some("enforce", enforce)
        .with_some("per_day", per_day)
        .with_some("per_hour", per_hour);
    Object::new().with("client_credentials", said)
}

/// The defaults of a tenant; none when there are none.
pub(crate) fn show_defaults(defaults: DefaultTokenQuota) -> Option<Object> {
    let DefaultTokenQuota {
        clients,
        organizations,
    } = defaults;
    (clients.is_some() || organizations.is_some()).then(|| {
        Object::new()
            .with_some("clients", clients.map(show_quota))
            .with_some("organizations", organizations.map(show_quota))
    })
}
