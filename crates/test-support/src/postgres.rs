//! A PostgreSQL server of a test's own, on a socket in a temporary folder.

use std::{
    env, fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// Of the superuser, who needs no password.
const USER: &str = "hawker";

/// No test cuts its power, so nothing has to reach the disk. Nobody but this program knows the socket.
const SETTINGS: [&str; 9] = [
    "listen_addresses=",
    "port=5432",
    "max_connections=500",
    "shared_buffers=16MB",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_parallel_workers=0",
];

/// Ends when dropped, and all its databases with it. The user "guarded" needs a password, once a test has made one; all others
/// need none.
pub struct PostgresServer {
    child: Child,
    tools: PathBuf,
    databases: AtomicU32,
    dir: TempDir,
}

impl PostgresServer {
    /// That of this program: one for all its tests at a time.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<PostgresServer>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start());
        *shared = Arc::downgrade(&server);
        server
    }

    pub fn start() -> Self {
        let tools = tools();
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        copy(&template(&tools), &data);
        let owner = Owner::of_server(dir.path());
        owner.give(dir.path());
        let mut command = Command::new(tools.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(dir.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(dir.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).current_dir(dir.path());
        owner.run(&mut command);
        let child = command.spawn().expect("postgres starts");
        // From here on it ends with this value.
        let mut server = Self { child, tools, databases: AtomicU32::new(0), dir };
        let deadline = Instant::now() + PATIENCE;
        while !server.is_ready() {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "{ended:?} {}", server.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        server
    }

    /// The address of a new, empty database.
    pub fn fresh(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        self.url_of(USER, database)
    }

    /// The same for another user, with a password where `user` has one: `name:password`.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@localhost/{database}?host={}&port=5432", self.dir.path().display())
    }

    /// A copy of a database, under another name. Whoever is connected to it is sent away.
    pub fn copy(&self, database: &str, name: &str) {
        let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        self.sql("postgres", &others);
        self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {database}"));
    }

    /// Runs one statement and answers its rows, a line each, fields parted by `|`.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let mut command = self.client("psql");
        command.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]);
        let out = command.output().expect("psql is installed");
        assert!(out.status.success(), "{statement}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
    }

    fn is_ready(&self) -> bool {
        let mut command = self.client("pg_isready");
        command.args(["-q", "-d", "postgres"]);
        command.status().expect("pg_isready is installed").success()
    }

    fn client(&self, tool: &str) -> Command {
        let mut command = Command::new(self.tools.join(tool));
        command.arg("-h").arg(self.dir.path()).args(["-p", "5432", "-U", USER]);
        command
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // At once, and yet with its children and what it shares with them.
        let quit = format!("kill -s QUIT {}", self.child.id());
        let told = Command::new("sh").args(["-c", &quit]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Whose the server is: PostgreSQL does not run as root.
#[derive(Clone, Copy)]
struct Owner(Option<(u32, u32)>);

impl Owner {
    /// For a folder that was made just now.
    fn of_server(dir: &Path) -> Self {
        let is_root = fs::metadata(dir).unwrap().uid() == 0;
        Self(is_root.then(|| (id("-u"), id("-g"))))
    }

    /// Makes a folder and all in it this user's.
    fn give(self, path: &Path) {
        let Some((user, group)) = self.0 else { return };
        chown(path, Some(user), Some(group)).unwrap();
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.give(&entry.unwrap().path());
            }
        }
    }

    fn run(self, command: &mut Command) {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

/// Of the user whom the packages of PostgreSQL make, else of nobody.
fn id(which: &str) -> u32 {
    const NOBODY: u32 = 65_534;
    let out = Command::new("id").args([which, "postgres"]).output();
    let text = out.ok().and_then(|out| String::from_utf8(out.stdout).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(NOBODY)
}

/// The folder of the server's programs: Debian and Homebrew keep them away from PATH.
fn tools() -> PathBuf {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let mut versions: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    let mut found = on_path.iter().chain(versions.iter().rev()).filter_map(|folder| {
        // Where it is a link, the others lie beside what it leads to.
        let initdb = folder.join("initdb").canonicalize().ok()?;
        initdb.parent().map(Path::to_owned)
    });
    let has_all = |folder: &PathBuf| ["postgres", "psql", "pg_isready"].iter().all(|tool| folder.join(tool).exists());
    found.find(has_all).expect("PostgreSQL is installed: `cargo xtask setup --test`")
}

/// A data folder as `initdb` makes it, which takes a second or two: made once for all tests, in the folder of the build.
fn template(tools: &Path) -> PathBuf {
    let out = Command::new(tools.join("postgres")).arg("--version").output().unwrap();
    let about = String::from_utf8(out.stdout).unwrap();
    let version = about.split_whitespace().nth(2).unwrap();
    let program = env::current_exe().unwrap();
    let build = program.ancestors().nth(2).unwrap();
    let place = build.join(format!("postgres-{version}"));
    if place.exists() {
        return place;
    }
    let dir = tempfile::tempdir().unwrap();
    let owner = Owner::of_server(dir.path());
    owner.give(dir.path());
    let data = dir.path().join("data");
    let mut command = Command::new(tools.join("initdb"));
    command.arg("-D").arg(&data).args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"]);
    command.args(["--no-sync", "--no-instructions", "--wal-segsize=1"]).current_dir(dir.path());
    owner.run(&mut command);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let rules = data.join("pg_hba.conf");
    let all = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("local all guarded scram-sha-256\n{all}")).unwrap();
    // Whole or not at all, whoever else is at it.
    let aside = build.join(format!("postgres-{version}.{}", std::process::id()));
    copy(&data, &aside);
    if fs::rename(&aside, &place).is_err() {
        fs::remove_dir_all(&aside).unwrap();
    }
    place
}

/// Copies a folder with all in it into a new one that only its owner reads, as the server demands.
fn copy(from: &Path, to: &Path) {
    fn walk(from: &Path, to: &Path) -> io::Result<()> {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let to = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &to)?;
            } else {
                fs::copy(entry.path(), to)?;
            }
        }
        Ok(())
    }
    walk(from, to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_databases_and_copies_of_them_and_ends_with_its_value() {
        let server = PostgresServer::start();
        server.fresh();
        server.sql("test_0", "CREATE TABLE kept AS SELECT 7 AS number");
        server.copy("test_0", "saved");
        server.sql("test_0", "UPDATE kept SET number = 8");
        assert_eq!(server.sql("saved", "SELECT number, 'x' FROM kept"), "7|x");
        let socket = server.dir.path().join(".s.PGSQL.5432");
        assert!(socket.exists());
        let process = PathBuf::from(format!("/proc/{}", server.child.id()));
        drop(server);
        assert!(!socket.exists() && !process.exists());
    }
}
