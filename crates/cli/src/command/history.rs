//! `m2mint history`: who changed what, before and after.

use crate::args::document::History;
use crate::failure::Outcome;
use crate::session::Session;

pub(super) fn run(_session: &Session, _args: &History) -> Outcome {
    Ok(())
}
