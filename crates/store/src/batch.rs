//! Many rows in one statement: what makes an import of a hundred thousand objects a matter of
//! seconds.

use std::borrow::Cow;
use std::collections::HashSet;

use m2mint_domain::host::HostName;

use crate::sql::{Value, Write};

/// The most rows of one statement. Ten columns each stay far below every engine's limit of
/// parameters.
const ROWS_MAX: usize = 64;

/// One statement for one row or several.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value<'a>>,
    pub(crate) rule: &'static str,
    pub(crate) host: Option<&'a HostName>,
}

/// Joins neighbours that insert into the same table, and keeps the order.
///
/// A row that is put twice is put by two statements: some engines refuse to change a row twice in
/// one. So is a row whose effect is looked at (a host name).
pub(crate) fn batches(writes: Vec<Write<'_>>) -> Vec<Batch<'_>> {
    let mut batches = Vec::new();
    let mut run: Vec<Write<'_>> = Vec::new();
    let mut keys: HashSet<String> = HashSet::new();
    for write in writes {
        let key = key(&write);
        let fits = run.last().is_some_and(|last| {
            last.sql == write.sql
                && last.host.is_none()
                && write.host.is_none()
                && run.len() < ROWS_MAX
                && key.as_ref().is_some_and(|key| !keys.contains(key))
        });
        if !fits {
            batches.extend(join(std::mem::take(&mut run)));
            keys.clear();
        }
        keys.extend(key);
        run.push(write);
    }
    batches.extend(join(run));
    batches
}

/// What tells the row of an insertion from others; `None` for statements that insert nothing.
fn key(write: &Write<'_>) -> Option<String> {
    if !write.sql.starts_with("INSERT") {
        return None;
    }
    // Tenant, then what is unique under it: an id, or a revision and an ordinal.
    Some(format!("{:?}", write.values.get(..3)?))
}

fn join(run: Vec<Write<'_>>) -> Option<Batch<'_>> {
    let rows = run.len();
    let first = run.first()?;
    let (rule, host) = (first.rule, first.host);
    let sql = if rows == 1 {
        first.sql.into()
    } else {
        widened(first.sql, first.values.len(), rows)
    };
    let values = run.into_iter().flat_map(|write| write.values).collect();
    Some(Batch {
        sql,
        values,
        rule,
        host,
    })
}

/// `… VALUES ($1, $2) …` for several rows: `… VALUES ($1, $2), ($3, $4) …`.
fn widened(sql: &'static str, columns: usize, rows: usize) -> Cow<'static, str> {
    let Some((before, rest)) = sql.split_once("VALUES (") else {
        return sql.into();
    };
    let Some((_, after)) = rest.split_once(')') else {
        return sql.into();
    };
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{before}VALUES {}{after}", rows.join(", ")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: &str = "INSERT INTO t (a, b, c) VALUES ($1, $2, $3) ON CONFLICT (a) DO NOTHING";

    fn put(id: &'static str) -> Write<'static> {
        Write {
            sql: PUT,
            values: vec!["acme".into(), id.into(), 1.into()],
            rule: "r",
            host: None,
        }
    }

    #[test]
    fn neighbours_are_joined_up_to_the_limit() {
        let ids: Vec<&'static str> = (0..65)
            .map(|number| &*format!("c{number}").leak())
            .collect();
        let batches = batches(ids.into_iter().map(put).collect());
        assert_eq!(batches.len(), 2);
        assert_eq!(batches[0].values.len(), 64 * 3);
        assert!(
            batches[0]
                .sql
                .contains("VALUES ($1, $2, $3), ($4, $5, $6), ")
        );
        assert!(
            batches[0]
                .sql
                .ends_with("($190, $191, $192) ON CONFLICT (a) DO NOTHING")
        );
        assert_eq!(batches[1].sql, PUT);
    }

    #[test]
    fn a_row_that_is_put_twice_is_put_by_two_statements_in_order() {
        assert_eq!(batches(vec![put("a"), put("b"), put("a")]).len(), 2);
    }

    #[test]
    fn deletions_stand_alone() {
        let delete = || Write {
            sql: "DELETE FROM t WHERE a = $1",
            values: vec!["acme".into()],
            rule: "r",
            host: None,
        };
        assert_eq!(
            batches(vec![put("a"), delete(), delete(), put("b")]).len(),
            4
        );
    }
}
