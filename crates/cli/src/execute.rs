//! From parsed words to a studio call. A command runs where the data directory's owner is: here, or in the process
//! that holds it already.

use crate::args::{Backup, Catalog, Cli, Command, Destinations, Key, Live, Platform, Rehearse, SettingsCommand};
use crate::output::{Output, OutputClosed};
use crate::{commands, environment, remote};
use hawker_studio::{Parts, Studio, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long a short command of another process may hold the data directory.
const HOLDER_PATIENCE: Duration = Duration::from_secs(10);

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error(transparent)]
    Closed(#[from] OutputClosed),
}

/// What a command works with.
pub struct Session<'a> {
    pub studio: &'a Studio,
    pub output: &'a Output,
    pub json: bool,
    /// Folder that relative paths of the command start from.
    pub folder: &'a Path,
    /// Text that was on stdin, where the command asks for some.
    pub stdin: Option<String>,
    /// SIGINT and SIGTERM are meant for this command. False in a process that serves others.
    pub signals: bool,
}

impl Session<'_> {
    /// A path as the caller meant it.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Runs a whole invocation. Prints the error, if any.
pub async fn run(cli: Cli) -> ExitCode {
    match run_inner(cli).await {
        Ok(()) | Err(CommandError::Closed(_)) => ExitCode::SUCCESS,
        Err(CommandError::Failure(failure)) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run_inner(cli: Cli) -> Result<(), CommandError> {
    let mut config = environment::studio_config(cli.data_dir.clone(), false)?;
    config.parts = parts(&cli.command);
    let output = Output::Stdout;
    // These need no store, and must work when the store does not open and nothing can be written.
    let without_store = matches!(
        cli.command,
        Command::Backup(Backup::List | Backup::Verify { .. } | Backup::Restore { .. })
            | Command::Comments { .. }
            | Command::Devices
            | Command::Doctor
            | Command::Key(Key::Recover | Key::Rotate)
            | Command::Models { .. }
            | Command::Recognise(_)
            | Command::Recording { .. }
    );
    let _logs = match hawker_studio::logging::start(&config.logs_dir(), cli.verbose) {
        Ok(guard) => Some(guard),
        Err(failure) if without_store => {
            eprintln!("warning: {failure}");
            None
        }
        Err(failure) => return Err(failure.into()),
    };
    match &cli.command {
        Command::Comments { command } => {
            let folder = std::env::current_dir().unwrap_or_default();
            return commands::comments::run(command, &folder, &output, cli.json).await;
        }
        Command::Backup(command @ (Backup::List | Backup::Verify { .. } | Backup::Restore { .. })) => {
            let folder = std::env::current_dir().unwrap_or_default();
            let stdin = read_stdin(&cli.command)?;
            return commands::backup::run(command, &config, (&folder, stdin.as_deref()), &output, cli.json).await;
        }
        Command::Key(command @ (Key::Recover | Key::Rotate)) => {
            let stdin = read_stdin(&cli.command)?;
            return commands::key::run(command, &config, stdin.as_deref(), &output, cli.json).await;
        }
        Command::Devices => return commands::devices::run(&output, cli.json).await,
        Command::Doctor => return commands::doctor::run(&config, &output, cli.json).await,
        Command::Models { command } => return commands::models::run(command, &config, &output, cli.json).await,
        Command::Recognise(what) => return commands::recognise::run(&config, what, &output).await,
        Command::Recording { command } => {
            let folder = std::env::current_dir().unwrap_or_default();
            return commands::recording::run(command, &folder, &output, cli.json).await;
        }
        _ => {}
    }
    let stdin = read_stdin(&cli.command)?;
    let folder = std::env::current_dir().unwrap_or_default();
    let handover = remote::Handover { arguments: std::env::args().skip(1).collect(), folder, stdin };
    let deadline = Instant::now() + HOLDER_PATIENCE;
    let studio = loop {
        match open_or_connect(&config).await? {
            Opened::Here(studio) => break studio,
            Opened::Elsewhere(owner) => match owner.hand_over(&handover).await? {
                remote::Handed::Done => return Ok(()),
                // It was just ending; the data directory is free in a moment.
                remote::Handed::NotTaken if Instant::now() < deadline => {}
                remote::Handed::NotTaken => {
                    let ending =
                        Failure::new(ErrorCode::DataDirInUse, "the hawker that holds the data directory is ending");
                    return Err(ending.hint("try again in a moment").into());
                }
            },
        }
    };
    let remote::Handover { folder, stdin, .. } = handover;
    // A command that ends at once serves nobody; whoever waits for it opens the store after it.
    let socket = (config.parts == Parts::All).then(|| remote::serve(studio.clone(), None));
    let session = Session { studio: &studio, output: &output, json: cli.json, folder: &folder, stdin, signals: true };
    let result = execute(&cli.command, &session).await;
    // Nobody is to hand a command to a studio that closes.
    drop(socket);
    studio.close().await;
    result
}

/// Where the studio is.
enum Opened {
    Here(Studio),
    Elsewhere(remote::Owner),
}

/// Opens the studio, or finds the process that holds it. A holder without a socket is a short command, or one that is
/// just starting: both are over soon, so it is asked again for a while.
async fn open_or_connect(config: &StudioConfig) -> Result<Opened, Failure> {
    let deadline = Instant::now() + HOLDER_PATIENCE;
    loop {
        let failure = match Studio::open(config.clone()).await {
            Ok(studio) => return Ok(Opened::Here(studio)),
            Err(failure) if failure.code == ErrorCode::DataDirInUse => failure,
            Err(failure) => return Err(failure),
        };
        if let Some(owner) = remote::Owner::find(&config.data_dir).await {
            return Ok(Opened::Elsewhere(owner));
        }
        if Instant::now() > deadline {
            return Err(failure);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Runs one command on an open studio.
pub async fn execute(command: &Command, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        Command::Live(live) => commands::live::run(live, session).await,
        Command::Catalog { command } => commands::catalog::run(command, session).await,
        Command::Orders { command } => commands::orders::run(command, session).await,
        Command::Stock(command) => commands::stock::run(command, session).await,
        Command::Till(command) => commands::till::run(command, session).await,
        Command::Channels { command } => commands::channels::run(command, session).await,
        Command::Offers(command) => commands::offers::run(command, session).await,
        Command::Backup(Backup::Create { file }) => commands::backup::create(file.as_deref(), session).await,
        Command::Backup(command) => {
            let from = (session.folder, session.stdin.as_deref());
            commands::backup::run(command, session.studio.config(), from, session.output, session.json).await
        }
        Command::Key(Key::RecoveryCode) => commands::key::new_code(session).await,
        Command::Key(command) => {
            let stdin = session.stdin.as_deref();
            commands::key::run(command, session.studio.config(), stdin, session.output, session.json).await
        }
        Command::Destinations { command } => commands::destinations::run(command, session).await,
        Command::Platform { command } => commands::platform::run(command, session).await,
        Command::Settings { command } => commands::settings::run(command, session).await,
        Command::Show(show) => commands::show::run(show, session).await,
        Command::Card(wish) => commands::card::run(wish, session).await,
        Command::Sound { command } => commands::sound::run(command, session).await,
        Command::Scene { command } => commands::scene::run(command, session).await,
        Command::Comments { command } => {
            commands::comments::run(command, session.folder, session.output, session.json).await
        }
        Command::Recording { command } => {
            commands::recording::run(command, session.folder, session.output, session.json).await
        }
        Command::Devices => commands::devices::run(session.output, session.json).await,
        Command::Doctor => commands::doctor::run(session.studio.config(), session.output, session.json).await,
        Command::Models { command } => {
            commands::models::run(command, session.studio.config(), session.output, session.json).await
        }
        Command::Recognise(what) => commands::recognise::run(session.studio.config(), what, session.output).await,
    }
}

/// How much of the studio a command needs. Most need the store alone.
fn parts(command: &Command) -> Parts {
    match command {
        Command::Live(_) => Parts::All,
        // A clip is looked at by itself; before a camera the picture runs as in a show.
        Command::Catalog { command: Catalog::Rehearse(Rehearse { source: Some(_), truth: None, .. }) } => Parts::All,
        Command::Platform {
            command:
                Platform::SignIn { .. }
                | Platform::SignUp { .. }
                | Platform::ChangePassword
                | Platform::Devices { .. }
                | Platform::Quarantine { .. },
        } => Parts::StoreAndPlatform,
        _ => Parts::Store,
    }
}

/// Reads stdin for the commands that take a secret from there.
fn read_stdin(command: &Command) -> Result<Option<String>, Failure> {
    let (what, spaces_count) = match command {
        Command::Live(live) => match typed_addresses(live) {
            0 => return Ok(None),
            1 => ("address", false),
            count => return lines(count, "addresses").map(Some),
        },
        Command::Platform { command: Platform::ChangePassword } => return lines(2, "passwords").map(Some),
        Command::Settings { command: SettingsCommand::Set { value, .. } } if value == "-" => ("value", false),
        Command::Destinations { command: Destinations::Add { .. } } => ("address", false),
        Command::Destinations { command: Destinations::Set { change, .. } } if change.address => ("address", false),
        Command::Platform { command: Platform::SignIn { .. } | Platform::SignUp { .. } } => ("password", true),
        Command::Backup(Backup::Verify { code, .. } | Backup::Restore { code, .. }) if code.code => {
            ("recovery code", true)
        }
        Command::Key(Key::Recover) => ("recovery code", true),
        _ => return Ok(None),
    };
    if std::io::stdin().is_terminal() {
        eprintln!("{what} (it shows while you type; pipe it in to keep it hidden):");
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::new(ErrorCode::BadInput, format!("can't read the {what} from stdin: {error}")))?;
    let text = line.trim_end_matches(['\r', '\n']);
    Ok(Some(if spaces_count { text } else { text.trim() }.to_owned()))
}

/// Addresses that a show takes from stdin, a line each.
fn typed_addresses(live: &Live) -> usize {
    live.source.iter().chain(&live.to).filter(|address| matches!(address.as_str(), "-" | "9:16=-" | "16:9=-")).count()
}

fn lines(count: usize, what: &str) -> Result<String, Failure> {
    let lines: Result<Vec<String>, std::io::Error> = std::io::stdin().lines().take(count).collect();
    let lines = lines
        .map_err(|error| Failure::new(ErrorCode::BadInput, format!("can't read the {what} from stdin: {error}")))?;
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser;

    #[test]
    fn a_command_starts_no_more_of_the_studio_than_it_needs() {
        for (words, want) in [
            (&["hawker", "live"][..], Parts::All),
            (&["hawker", "catalog", "list"], Parts::Store),
            (&["hawker", "platform", "status"], Parts::Store),
            (&["hawker", "catalog", "rehearse"], Parts::Store),
            (&["hawker", "catalog", "rehearse", "--source", "c.mp4", "--truth", "t.json"], Parts::Store),
            (&["hawker", "catalog", "rehearse", "--source", "@cam", "--products", "a,b"], Parts::All),
            (&["hawker", "platform", "sign-out"], Parts::Store),
            (&["hawker", "platform", "change-password"], Parts::StoreAndPlatform),
            (&["hawker", "platform", "sign-in", "ada@example.org"], Parts::StoreAndPlatform),
            (&["hawker", "platform", "sign-up", "ada@example.org", "--shop", "Ada's"], Parts::StoreAndPlatform),
        ] {
            assert_eq!(parts(&Cli::try_parse_from(words).unwrap().command), want, "{words:?}");
        }
    }
}
