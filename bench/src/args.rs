//! The command line of the bench, and the words it starts its own children with.

use anyhow::{Context, Result, bail};

use crate::m2mint::Subject;
use crate::token::Shape;

/// The first word of the children, each followed by its core.
pub(crate) const IDEAL: &str = "__ideal";
pub(crate) const M2MINT: &str = "__m2mint";
pub(crate) const SIGN: &str = "__sign";

pub(crate) const HELP: &str = "\
Measures m2mint against an ideal endpoint, on two cores: one for the server, one for the load.

Usage: m2mint-bench [--management] [--quick] [--json] [--self-check]

  --management  the Management API instead of the token endpoint
  --quick       less than a minute, with short slices
  --json        one JSON object on stdout instead of a table
  --self-check  put the ideal endpoint in the place of m2mint: ratios show the noise
  -h, --help    this text
";

/// What this process is to do.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Task {
    Help,
    Measure(Options),
    Management { quick: bool, json: bool },
    Ideal { core: usize, shapes: Vec<Shape> },
    M2mint { core: usize, arguments: Vec<String> },
    Sign { core: usize },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) json: bool,
    pub(crate) subject: Subject,
}

/// # Errors
///
/// For a word that means nothing here.
pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Task> {
    let mut words = words.peekable();
    match words.peek().map(String::as_str) {
        Some(IDEAL) => Ok(Task::Ideal {
            core: core(&mut words)?,
            shapes: words
                .map(|word| Shape::from_argument(&word))
                .collect::<Result<_>>()?,
        }),
        Some(M2MINT) => Ok(Task::M2mint {
            core: core(&mut words)?,
            arguments: words.collect(),
        }),
        Some(SIGN) => Ok(Task::Sign {
            core: core(&mut words)?,
        }),
        _ => options(words),
    }
}

/// Skips the word that says what to be, and reads the core.
fn core(words: &mut impl Iterator<Item = String>) -> Result<usize> {
    let word = words.nth(1).context("a core")?;
    word.parse().context("a core")
}

fn options(words: impl Iterator<Item = String>) -> Result<Task> {
    let mut options = Options {
        quick: false,
        json: false,
        subject: Subject::M2mint,
    };
    let mut management = false;
    for word in words {
        match word.as_str() {
            "--management" => management = true,
            "--quick" => options.quick = true,
            "--json" => options.json = true,
            "--self-check" => options.subject = Subject::Ideal,
            "-h" | "--help" => return Ok(Task::Help),
            _ => bail!("unknown argument {word}\n\n{HELP}"),
        }
    }
    if management {
        let Options { quick, json, .. } = options;
        return Ok(Task::Management { quick, json });
    }
    Ok(Task::Measure(options))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Algorithm;

    fn parsed(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn without_words_the_long_table_is_measured() {
        let options = Options {
            quick: false,
            json: false,
            subject: Subject::M2mint,
        };
        assert_eq!(parsed("").unwrap(), Task::Measure(options));
    }

    #[test]
    fn options_come_in_any_order() {
        assert_eq!(
            parsed("--json --quick").unwrap(),
            parsed("--quick --json").unwrap()
        );
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert!(parsed("--fast").is_err());
    }

    #[test]
    fn the_words_after_m2mint_are_left_alone() {
        let arguments = vec!["serve".to_owned(), "--quick".to_owned()];
        assert_eq!(
            parsed("__m2mint 1 serve --quick").unwrap(),
            Task::M2mint { core: 1, arguments }
        );
    }

    #[test]
    fn the_ideal_endpoint_gets_its_shapes() {
        let shape = Shape::usual(Algorithm::Es256);
        let line = format!("__ideal 0 {}", shape.to_argument());
        let shapes = vec![shape];
        assert_eq!(parsed(&line).unwrap(), Task::Ideal { core: 0, shapes });
    }
}
