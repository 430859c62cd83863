//! How much of everything there may be. The numbers are Auth0's.

use crate::source::Source;

/// The most bytes of an action's code.
pub const CODE_MAX: usize = 100_000;
/// The most secrets of an action or a module.
pub const SECRETS_MAX: usize = 30;
/// The most characters of the name of a secret.
pub const SECRET_NAME_MAX: usize = 128;
/// The most characters of the value of a secret.
pub const SECRET_VALUE_MAX: usize = 4_096;
/// The most packages an action or a module may name.
pub const DEPENDENCIES_MAX: usize = 10;
/// The most modules an action may use.
pub const MODULES_PER_ACTION_MAX: usize = 3;
/// The most triggers an action may be made for.
pub const TRIGGERS_PER_ACTION_MAX: usize = 20;
/// The most actions of a tenant.
pub const ACTIONS_MAX: usize = 100;
/// The most actions bound to one trigger.
pub const BINDINGS_MAX: usize = 20;
/// The most versions that are kept of an action or a module.
pub const VERSIONS_MAX: usize = 50;
/// The most modules of a tenant.
pub const MODULES_MAX: usize = 100;
/// The most characters of a module's code.
pub const MODULE_CODE_MAX: usize = 65_536;
/// The most characters of a name.
pub const NAME_MAX: usize = 255;

/// There is more of something than there may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("There may be no more than {max} {what}")]
pub struct LimitExceeded {
    /// In which member, as the API names it.
    pub member: &'static str,
    /// Of what.
    pub what: &'static str,
    /// How much there may be.
    pub max: usize,
}

/// Holds a source against the limits that are not lengths of single texts.
///
/// # Errors
///
/// [`LimitExceeded`] names the first one it breaks.
pub fn check(source: &Source<'_>) -> Result<(), LimitExceeded> {
    let Source {
        code,
        dependencies,
        runtime: _,
        secrets,
        modules,
    } = source;
    for (length, member, what, max) in [
        (code.len(), "code", "bytes of code", CODE_MAX),
        (
            dependencies.len(),
            "dependencies",
            "dependencies",
            DEPENDENCIES_MAX,
        ),
        (*secrets, "secrets", "secrets", SECRETS_MAX),
        (*modules, "modules", "modules", MODULES_PER_ACTION_MAX),
    ] {
        if max < length {
            return Err(LimitExceeded { member, what, max });
        }
    }
    Ok(())
}
