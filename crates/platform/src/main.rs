//! `hawker-platform`: the command line of the platform.

use clap::{Parser, Subcommand};
use hawker_platform::{
    Platform, PlatformConfig, RunningPlatform, StartError,
    db::{StoreError, postgres::BadUrl},
    server::open_to_read,
    settings::{Settings, SettingsError},
};
use hawker_wire::account::SignUp;
use std::{
    io::{BufRead, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::sync::oneshot;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// As the studio has, whose show carries one of these on the host's own computer: ADR 0012.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Where the platform's own things lie unless something else is said.
const DATA_DIR: &str = "hawker-platform-data";

/// Days of logs that are kept, as many as the studio keeps of its own.
const KEPT_DAYS: usize = 14;

/// The reference platform: takes the show, sells the goods.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve viewers, sellers and encoders until SIGINT or SIGTERM.
    Serve(Serve),
    /// Sellers' accounts.
    #[command(subcommand)]
    User(User),
    /// Money that only a person can set right: refunds the provider refuses, refunds without a payment, and money it took that
    /// nobody here asked for. Also while the platform runs.
    Payments(Files),
}

/// Where everything lies.
#[derive(clap::Args)]
struct Files {
    /// A file with the settings, in TOML; what is said here or by the environment counts before it. docs/operating.md names its keys.
    #[arg(long, env = "HAWKER_PLATFORM_CONFIG")]
    config: Option<PathBuf>,
    /// Where the database and the lock lie, and the key unless --database-key-file says otherwise.
    /// [default: hawker-platform-data]
    #[arg(long, env = "HAWKER_PLATFORM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The key of the database, where it lies elsewhere: who has the embedded database and not this file reads nothing. All
    /// platforms of one database on a server have the same.
    #[arg(long, env = "HAWKER_PLATFORM_DATABASE_KEY_FILE")]
    database_key_file: Option<PathBuf>,
    /// A database on a PostgreSQL server, postgres://USER:PASSWORD@HOST:PORT/DATABASE, instead of the embedded one. Others on
    /// the machine can read a command line: a password is better put into the variable, or into ~/.pgpass.
    #[arg(long, env = "HAWKER_PLATFORM_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(clap::Args)]
struct Serve {
    /// As the child of a studio: free ports (the same as last time where nobody took them), one JSON line when ready, and the
    /// end when stdin closes.
    #[arg(long)]
    embedded: bool,
    #[command(flatten)]
    files: Files,
    /// Address of health and metrics, for those who run the platform; never one that strangers reach [default: not served]
    #[arg(long)]
    ops: Option<SocketAddr>,
    /// Keep the log here, rolling by day, instead of writing it to stderr.
    #[arg(long)]
    logs_dir: Option<PathBuf>,
    /// Address of pages and API [default: 127.0.0.1:8080, or a free port when embedded]
    #[arg(long)]
    http: Option<SocketAddr>,
    /// Address encoders publish to [default: 127.0.0.1:1935, or a free port when embedded]
    #[arg(long)]
    rtmp: Option<SocketAddr>,
}

#[derive(Subcommand)]
enum User {
    /// Make an account. The password is read from stdin, so that it stands in no list of processes.
    Add {
        #[arg(long)]
        email: String,
        /// The name viewers see.
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        files: Files,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Refused(hawker_wire::Failure),
    #[error("can't read the password from stdin: {0}; pipe it in, one line")]
    Password(std::io::Error),
    #[error("can't wait for signals: {0}")]
    Signals(std::io::Error),
    #[error("can't write logs to {0}: {1}; name another folder with --logs-dir")]
    Logs(PathBuf, String),
    #[error("{0}")]
    Address(#[from] BadUrl),
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("can't start the runtime: {0}")]
    Runtime(std::io::Error),
}

fn main() -> ExitCode {
    let done = prepare(Arguments::parse().command).and_then(|(command, settings, logs_dir)| {
        let _flush_at_end = start_logging(logs_dir.as_deref())?;
        run(command, settings)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the file with the settings before anything else, since it also says where the log goes.
fn prepare(command: Command) -> Result<(Command, Settings, Option<PathBuf>), Failed> {
    let (files, logs_dir) = match &command {
        Command::Serve(options) => (&options.files, options.logs_dir.clone()),
        Command::User(User::Add { files, .. }) | Command::Payments(files) => (files, None),
    };
    let mut settings = files.config.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
    let of_settings = settings.logs_dir.take().filter(|_| matches!(command, Command::Serve(_)));
    Ok((command, settings, logs_dir.or(of_settings)))
}

/// Logs as JSON lines to files that roll by day, where a folder is named, else as text to stderr.
fn start_logging(logs_dir: Option<&Path>) -> Result<Option<WorkerGuard>, Failed> {
    let filter = EnvFilter::try_from_env("HAWKER_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    let Some(folder) = logs_dir else {
        log.with_writer(std::io::stderr).init();
        return Ok(None);
    };
    let failed = |why: String| Failed::Logs(folder.to_owned(), why);
    std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    let files = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("platform")
        .filename_suffix("log")
        .max_log_files(KEPT_DAYS)
        .build(folder)
        .map_err(|error| failed(error.to_string()))?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    log.json().with_writer(writer).init();
    Ok(Some(guard))
}

fn run(command: Command, settings: Settings) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failed::Runtime)?;
    let done = runtime.block_on(async {
        match command {
            Command::Serve(options) => serve(options, settings).await,
            Command::User(User::Add { email, shop, files }) => add_user(email, shop, files.config(settings)?).await,
            Command::Payments(files) => payments(files.config(settings)?).await,
        }
    });
    // Whatever still blocks (a password being hashed) must not hold up the end.
    runtime.shutdown_background();
    done
}

async fn serve(options: Serve, settings: Settings) -> Result<(), Failed> {
    let parent = options.embedded.then(parent_gone);
    let config = config(&options, settings)?;
    let mut end = Signals::new().map_err(Failed::Signals)?;
    let platform = Platform::start(config).await?;
    announce(&platform, options.embedded);
    tokio::select! {
        () = end.recv() => {
            tracing::info!("asked to stop");
            tokio::select! {
                () = platform.drain() => {}
                // Who asks twice does not want to wait.
                () = end.recv() => {}
            }
        }
        _ = async { match parent { Some(parent) => parent.await.unwrap_or(()), None => std::future::pending().await } } => {
            tracing::info!("the studio is gone");
        }
    }
    platform.shutdown().await;
    Ok(())
}

fn config(options: &Serve, settings: Settings) -> Result<PlatformConfig, BadUrl> {
    let mut config = options.files.config(settings)?;
    if options.embedded {
        config = config.on_free_ports().remembering_ports();
    }
    config.http = options.http.unwrap_or(config.http);
    config.rtmp = options.rtmp.unwrap_or(config.rtmp);
    config.ops = options.ops.or(config.ops);
    Ok(config)
}

/// One line on stdout: JSON for a parent process, a sentence for a person.
fn announce(platform: &RunningPlatform, embedded: bool) {
    let http = platform.http.as_str().trim_end_matches('/');
    let line = if embedded {
        serde_json::json!({ "event": "ready", "http": http, "rtmp": platform.rtmp }).to_string()
    } else {
        format!("pages and API: {http}\nencoders:      {}/<publish token>", platform.rtmp)
    };
    let mut out = std::io::stdout().lock();
    // A closed stdout is the parent's choice; the parent's end is noticed on stdin.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Resolves when stdin closes. A thread of its own, since a blocked read can't be called off.
fn parent_gone() -> oneshot::Receiver<()> {
    let (gone, noticed) = oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        while matches!(std::io::stdin().lock().read(&mut ignored), Ok(count) if count > 0) {}
        let _ = gone.send(());
    });
    noticed
}

impl Files {
    fn config(&self, mut settings: Settings) -> Result<PlatformConfig, BadUrl> {
        let data_dir = self.data_dir.clone().or_else(|| settings.data_dir.take());
        let mut config = PlatformConfig::new(data_dir.unwrap_or_else(|| DATA_DIR.into()));
        settings.apply(&mut config);
        config.key_file = self.database_key_file.clone().or(config.key_file);
        // An empty variable is one that is not set.
        let database = self.database.as_deref().filter(|text| !text.is_empty());
        config.database = database.map(str::parse).transpose()?.or(config.database);
        Ok(config)
    }
}

/// The newest that are listed; a list this long tells of one cause.
const TASKS_LISTED: u32 = 1_000;

async fn payments(config: PlatformConfig) -> Result<(), Failed> {
    let store = open_to_read(&config).await?;
    let tasks = store.money_tasks(None, TASKS_LISTED).await;
    store.close().await;
    let mut out = std::io::stdout().lock();
    for task in tasks? {
        let seller = task.seller.map_or_else(|| "-".to_owned(), |seller| seller.to_string());
        let at = time::OffsetDateTime::from_unix_timestamp(task.at_us / 1_000_000)
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        let _ = writeln!(out, "{at}\torder {}\tseller {seller}\t{}", task.order_id, task.why);
    }
    Ok(())
}

async fn add_user(email: String, shop_name: String, config: PlatformConfig) -> Result<(), Failed> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failed::Password)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    // The same start as the server: takes the lock, so that no second writer meets a running one.
    let platform = Platform::start(config.on_free_ports()).await?;
    let signed_up = hawker_platform::services::accounts::sign_up(platform.app(), SignUp { email, password, shop_name })
        .await
        .map(|tokens| tokens.seller_id)
        .map_err(|error| Failed::Refused(error.failure));
    platform.shutdown().await;
    let _ = writeln!(std::io::stdout(), "seller {}", signed_up?);
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn recv(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {} _ = self.terminate.recv() => {} }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn recv(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
