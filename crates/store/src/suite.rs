//! What any store must pass to be one.
//!
//! Each test gets a store with nothing in it. They panic when they fail, as tests do.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests, for other crates to run"
)]

mod history;
mod logs;
mod register;
mod samples;
mod settings;

use std::pin::Pin;
use std::sync::Arc;

use crate::store::Store;

/// A test under way.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A test: takes an empty store.
pub type Test = fn(Arc<dyn Store>) -> Running;

/// All tests, by name.
pub const ALL: &[(&str, Test)] = &[
    ("every_change_reads_back", |store| {
        Box::pin(register::every_change_reads_back(store))
    }),
    ("every_deletion_reads_back", |store| {
        Box::pin(register::every_deletion_reads_back(store))
    }),
    ("objects_load_in_the_order_they_were_made", |store| {
        Box::pin(register::objects_load_in_the_order_they_were_made(store))
    }),
    ("a_stale_commit_conflicts_and_leaves_no_trace", |store| {
        Box::pin(register::a_stale_commit_conflicts_and_leaves_no_trace(
            store,
        ))
    }),
    ("a_commit_that_breaks_a_rule_leaves_no_trace", |store| {
        Box::pin(register::a_commit_that_breaks_a_rule_leaves_no_trace(store))
    }),
    ("a_tenant_begins_with_its_settings", |store| {
        Box::pin(register::a_tenant_begins_with_its_settings(store))
    }),
    ("an_empty_commit_changes_nothing", |store| {
        Box::pin(register::an_empty_commit_changes_nothing(store))
    }),
    ("of_two_writers_one_conflicts_each_round", |store| {
        Box::pin(register::of_two_writers_one_conflicts_each_round(store))
    }),
    ("changes_come_in_whole_revisions", |store| {
        Box::pin(register::changes_come_in_whole_revisions(store))
    }),
    ("tenants_are_apart", |store| {
        Box::pin(register::tenants_are_apart(store))
    }),
    ("a_host_belongs_to_one_tenant", |store| {
        Box::pin(register::a_host_belongs_to_one_tenant(store))
    }),
    ("a_deleted_tenant_is_gone_with_its_logs", |store| {
        Box::pin(register::a_deleted_tenant_is_gone_with_its_logs(store))
    }),
    (
        "the_history_has_every_change_with_what_was_before",
        |store| {
            Box::pin(history::the_history_has_every_change_with_what_was_before(
                store,
            ))
        },
    ),
    (
        "the_history_comes_in_pages_of_an_object_or_a_kind",
        |store| {
            Box::pin(history::the_history_comes_in_pages_of_an_object_or_a_kind(
                store,
            ))
        },
    ),
    ("log_events_read_back_numbered", |store| {
        Box::pin(logs::log_events_read_back_numbered(store))
    }),
    ("logs_are_paged_from_both_ends", |store| {
        Box::pin(logs::logs_are_paged_from_both_ends(store))
    }),
    ("logs_are_filtered", |store| {
        Box::pin(logs::logs_are_filtered(store))
    }),
    (
        "a_condition_of_the_caller_is_paged_like_any_other",
        |store| {
            Box::pin(logs::a_condition_of_the_caller_is_paged_like_any_other(
                store,
            ))
        },
    ),
    ("log_events_are_counted_by_day", |store| {
        Box::pin(logs::log_events_are_counted_by_day(store))
    }),
    (
        "readers_of_a_log_are_remembered_until_it_is_cleared",
        |store| {
            Box::pin(logs::readers_of_a_log_are_remembered_until_it_is_cleared(
                store,
            ))
        },
    ),
    ("old_blocks_are_purged_and_numbers_go_on", |store| {
        Box::pin(logs::old_blocks_are_purged_and_numbers_go_on(store))
    }),
    ("a_long_log_is_purged_in_one_call", |store| {
        Box::pin(logs::a_long_log_is_purged_in_one_call(store))
    }),
    (
        "a_cleared_log_is_empty_and_counts_from_one_again",
        |store| {
            Box::pin(logs::a_cleared_log_is_empty_and_counts_from_one_again(
                store,
            ))
        },
    ),
    ("the_newest_use_of_a_secret_is_kept", |store| {
        Box::pin(settings::the_newest_use_of_a_secret_is_kept(store))
    }),
    ("settings_read_back", |store| {
        Box::pin(settings::settings_read_back(store))
    }),
    ("a_fresh_store_is_healthy", |store| {
        Box::pin(settings::a_fresh_store_is_healthy(store))
    }),
];

/// Runs all tests, each with a store of its own from `fresh`.
pub async fn run(fresh: impl AsyncFn() -> Arc<dyn Store>) {
    for (name, test) in ALL {
        println!("suite: {name}");
        let store = fresh().await;
        test(Arc::clone(&store)).await;
        store.close().await;
    }
}
