//! What only a store in files can get right or wrong.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use m2mint_domain::client::Client;
use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, SubjectType};
use m2mint_domain::id::TenantId;
use m2mint_domain::log_event::{LogEvent, LogKind};
use m2mint_domain::resource_server::ResourceServer;
use m2mint_domain::tenant::Tenant;
use m2mint_domain::{Change, Timestamp};
use m2mint_store::{
    Actor, ActorKind, Commit, LogQuery, Revision, Store, StoreError, StoreUrl, open,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

struct Files {
    directory: TempDir,
}

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    fn register(&self) -> PathBuf {
        self.directory.path().join("m2mint.db")
    }

    fn logs(&self) -> PathBuf {
        self.directory.path().join("m2mint-logs.db")
    }

    async fn open(&self) -> Arc<dyn Store> {
        self.try_open().await.unwrap()
    }

    async fn try_open(&self) -> Result<Arc<dyn Store>, StoreError> {
        open(&StoreUrl::sqlite(self.register())).await
    }

    /// A store with one tenant, one resource server and one log event, closed again.
    async fn filled(&self) {
        let store = self.open().await;
        store.commit(&first_commit()).await.unwrap();
        store.append_logs(&[(acme(), vec![event()])]).await.unwrap();
        store.close().await;
    }
}

fn acme() -> TenantId {
    "acme".parse().unwrap()
}

fn event() -> LogEvent {
    LogEvent::new(
        Timestamp::from_secs(1),
        LogKind::TokenIssued,
        "".into(),
        "acme.example".into(),
    )
}

fn server(id: &str, identifier: &str) -> Change {
    let server = ResourceServer::new(id.parse().unwrap(), identifier.parse().unwrap());
    Change::PutResourceServer(Arc::new(server))
}

fn commit(expected: u64, changes: Vec<Change>) -> Commit {
    Commit {
        tenant: acme(),
        expected: Revision::new(expected),
        changes,
        actor: Actor {
            kind: ActorKind::CommandLine,
            id: "root".into(),
        },
        at: Timestamp::from_secs(1),
    }
}

fn first_commit() -> Commit {
    let tenant = Tenant::new(acme(), "acme.example".parse().unwrap());
    commit(
        0,
        vec![
            Change::PutTenant(Arc::new(tenant)),
            server("5f01", "https://a.example"),
        ],
    )
}

async fn execute(path: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_when_the_store_is_opened_again() {
    let files = Files::new();
    files.filled().await;
    let store = files.open().await;
    let (revision, state) = store.load(&acme()).await.unwrap().unwrap();
    assert_eq!((revision.number(), state.size()), (1, 1));
    let logs = store
        .find_logs(&acme(), &LogQuery::default())
        .await
        .unwrap();
    assert_eq!(logs[0].event, event());
    let health = store.check().await.unwrap();
    assert!(health.writable && health.problems.is_empty());
    assert!(4_096 <= health.register_bytes && 4_096 <= health.logs_bytes);
}

#[tokio::test]
async fn two_handles_on_one_file_see_each_other() {
    let files = Files::new();
    let (one, other) = (files.open().await, files.open().await);
    one.commit(&first_commit()).await.unwrap();
    assert_eq!(other.tenants().await.unwrap(), [(acme(), Revision::new(1))]);
    let next = commit(1, vec![server("5f02", "https://b.example")]);
    other.commit(&next).await.unwrap();
    let stale = one.commit(&next).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict), "{stale}");
    let changes = one
        .changes_since(&acme(), Revision::new(1), 10)
        .await
        .unwrap();
    assert_eq!(changes.len(), 1);

    for store in [&one, &other, &one] {
        store.append_logs(&[(acme(), vec![event()])]).await.unwrap();
    }
    let logs = other
        .find_logs(&acme(), &LogQuery::default())
        .await
        .unwrap();
    let numbers: Vec<_> = logs.iter().map(|entry| entry.sequence).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[tokio::test]
async fn two_programs_may_make_the_store_at_the_same_time() {
    for _ in 0..5 {
        let files = Files::new();
        let (one, other) = tokio::join!(files.open(), files.open());
        one.commit(&first_commit()).await.unwrap();
        assert_eq!(other.tenants().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn writing_logs_does_not_wait_for_the_register() {
    let files = Files::new();
    let store = files.open().await;
    let options = SqliteConnectOptions::new().filename(files.register());
    let mut holder = options.connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut holder)
        .await
        .unwrap();
    store.append_logs(&[(acme(), vec![event()])]).await.unwrap();
    assert!(store.tenants().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_of_another_format_is_no_store() {
    for name in ["m2mint.db", "m2mint-logs.db"] {
        let files = Files::new();
        let path = files.directory.path().join(name);
        std::fs::write(&path, "this is a letter, not a database. ".repeat(100)).unwrap();
        let refused = files.try_open().await.unwrap_err();
        assert!(
            matches!(refused, StoreError::NotADatabase { .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let files = Files::new();
    execute(&files.register(), "CREATE TABLE theirs (x)").await;
    let refused = files.try_open().await.unwrap_err();
    assert!(
        matches!(refused, StoreError::NotADatabase { .. }),
        "{refused}"
    );
    execute(&files.register(), "DROP TABLE theirs").await;

    // The logs' file in the place of the register is no register either.
    let files = Files::new();
    files.filled().await;
    std::fs::copy(files.logs(), files.register()).unwrap();
    let refused = files.try_open().await.unwrap_err();
    assert!(
        matches!(refused, StoreError::NotADatabase { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_left_alone() {
    let files = Files::new();
    files.filled().await;
    execute(&files.register(), "PRAGMA user_version = 99").await;
    let refused = files.try_open().await.unwrap_err();
    let StoreError::Newer { found, known, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!((found, known), (99, 4));
}

#[tokio::test]
async fn grants_survive_the_step_that_lets_them_have_no_client() {
    let files = Files::new();
    files.filled().await;
    let store = files.open().await;
    let client = Client::new("a".parse().unwrap(), "a".into(), Timestamp::from_secs(1));
    let grants = [grant("cgr_a", Some("a")), grant("cgr_default", None)];
    let mut changes = vec![Change::PutClient(Arc::new(client))];
    changes.extend(grants.clone());
    store.commit(&commit(1, changes)).await.unwrap();
    store.close().await;

    // The step is taken once more: it copies whatever is there.
    step_back(&files.register()).await;
    let store = files.open().await;

    let (_, state) = store.load(&acme()).await.unwrap().unwrap();
    assert_eq!(state.client_grants().count(), 2);
    assert_eq!(state.client("a").unwrap().grants().count(), 1);
    assert!(state.default_grant("https://a.example").is_some());
    for again in [grant("cgr_b", Some("a")), grant("cgr_b", None)] {
        let refused = store.commit(&commit(2, vec![again])).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    }
}

fn grant(id: &str, client: Option<&str>) -> Change {
    Change::PutClientGrant(Arc::new(ClientGrant {
        id: id.parse().unwrap(),
        holder: client.map_or(GrantHolder::ThirdPartyClients, |id| {
            GrantHolder::Client(id.parse().unwrap())
        }),
        audience: "https://a.example".parse().unwrap(),
        scope: GrantedScope::default(),
        subject_type: SubjectType::Client,
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    }))
}

/// Lets a register believe that it lacks the newest step of its schema.
async fn step_back(path: &Path) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    let version: i64 = sqlx::query_scalar("SELECT user_version FROM pragma_user_version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let statement = format!("PRAGMA user_version = {}", version - 1);
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_directory_that_is_not_there_or_not_ours_is_named() {
    let files = Files::new();
    let nowhere = files.directory.path().join("no/m2mint.db");
    let refused = open(&StoreUrl::sqlite(&nowhere)).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::NotWritable { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("no/m2mint.db"), "{refused}");

    let refused = open(&StoreUrl::sqlite(files.directory.path())).await;
    assert!(matches!(refused, Err(StoreError::NotWritable { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_without_write_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let files = Files::new();
    let locked = files.directory.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o500)).unwrap();
    // Permissions do not bind root.
    if std::fs::write(locked.join("probe"), "").is_ok() {
        return;
    }
    let refused = open(&StoreUrl::sqlite(locked.join("m2mint.db"))).await;
    assert!(matches!(refused, Err(StoreError::NotWritable { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let files = Files::new();
    let store = files.open().await;
    store.commit(&first_commit()).await.unwrap();
    store.append_logs(&[(acme(), vec![event()])]).await.unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(files.directory.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
        seen += 1;
    }
    assert_eq!(seen, 6, "two files, each with a journal and an index of it");
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_named() {
    let cases = [
        (
            "UPDATE resource_server SET body = '{'",
            "resource_server",
            "body",
            "5f01",
        ),
        (
            "UPDATE resource_server SET body = replace(body, 'RS256', 'XX')",
            "resource_server",
            "body",
            "5f01",
        ),
        (
            "UPDATE resource_server SET body = x'ff'",
            "resource_server",
            "body",
            "5f01",
        ),
        ("UPDATE tenant SET body = '{}'", "tenant", "body", "acme"),
    ];
    for (damage, table, column, id) in cases {
        let files = Files::new();
        files.filled().await;
        execute(&files.register(), damage).await;
        let store = files.open().await;
        let found = store.load(&acme()).await.unwrap_err();
        assert!(
            matches!(&found, StoreError::Corrupt { table: t, column: c, id: i, .. }
                if (*t, *c, &**i) == (table, column, id)),
            "{damage}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_change_or_a_log_block_that_cannot_be_read_is_named() {
    let files = Files::new();
    files.filled().await;
    execute(
        &files.register(),
        "UPDATE change SET kind = 'x' WHERE ordinal = 1",
    )
    .await;
    execute(&files.logs(), "UPDATE log_block SET body = x'0100ffff'").await;
    let store = files.open().await;
    let found = store
        .changes_since(&acme(), Revision::ZERO, 10)
        .await
        .unwrap_err();
    let name = "the store holds a value that cannot be read: change.kind of acme/1/1";
    assert_eq!(found.to_string(), name);
    let found = store
        .find_logs(&acme(), &LogQuery::default())
        .await
        .unwrap_err();
    let name = "the store holds a value that cannot be read: log_block.body of acme/1";
    assert_eq!(found.to_string(), name);
}

#[tokio::test]
async fn a_damaged_file_is_reported() {
    let files = Files::new();
    files.filled().await;
    let mut bytes = std::fs::read(files.register()).unwrap();
    // Every page that speaks of the resource server; the schema stays whole.
    for page in bytes.chunks_mut(4_096) {
        if page.windows(9).any(|text| text == b"a.example") {
            page.fill(0xa5);
        }
    }
    std::fs::write(files.register(), bytes).unwrap();
    let store = files.open().await;
    let found = store.load(&acme()).await.unwrap_err();
    assert!(matches!(found, StoreError::Damaged { .. }), "{found:?}");
    assert!(!store.check().await.unwrap().problems.is_empty());
}
