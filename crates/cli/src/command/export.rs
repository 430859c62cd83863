//! `m2mint export`: writes the tenant down as a document of the Deploy CLI.

use std::path::Path;

use crate::args::document::{Export, Format};
use crate::deploy::export::{Wanted, document};
use crate::deploy::write::Writer;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::terminal::Busy;

pub(super) fn run(session: &Session, args: &Export) -> Outcome {
    let Export {
        path,
        format,
        ids,
        secrets,
    } = args;
    let named = path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml");
    let format = format.unwrap_or(if named {
        Format::Yaml
    } else {
        Format::Directory
    });
    let wanted = Wanted {
        ids: *ids,
        secrets: *secrets,
    };
    let document = session.with_api(async |api| {
        let _busy = Busy::show("reading the tenant");
        document(api, wanted).await
    })?;
    let writer = match format {
        Format::Directory => {
            let mut writer = Writer::below(path, *secrets)?;
            writer.tree(document)?;
            writer
        }
        Format::Yaml => {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| Failure::usage("the path has no name for a file"))?;
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            let mut writer = Writer::below(parent.unwrap_or(Path::new(".")), *secrets)?;
            writer.yaml(name, document)?;
            writer
        }
    };
    if format == Format::Directory {
        for file in writer.left_over() {
            eprintln!("not of this export: {file} (remove it, or an import reads it too)");
        }
    }
    session.out.done(&format!(
        "The tenant is written to {} ({} files).",
        path.display(),
        writer.count()
    ))
}
