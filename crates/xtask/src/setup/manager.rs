//! The machine's own package manager: what of a table is missing, and the commands that bring it.

use super::packages::{APT, BREW, DNF, PACMAN, Table, WINGET};
use crate::exec::{ask, run, say};
use crate::trouble::{Outcome, Trouble};
use std::collections::BTreeSet;
use std::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    Apt,
    Dnf,
    Pacman,
    Brew,
    Winget,
}

/// What the packages are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Run,
    Test,
}

impl Manager {
    /// The manager of this machine, by its command.
    pub fn of_this_machine() -> Option<Self> {
        let by_command = [
            (Self::Apt, "apt-get"),
            (Self::Dnf, "dnf"),
            (Self::Pacman, "pacman"),
            (Self::Brew, "brew"),
            (Self::Winget, "winget"),
        ];
        by_command.into_iter().find(|(_, command)| ask(command, &["--version"]).is_some()).map(|(manager, _)| manager)
    }

    pub fn table(self) -> Table {
        match self {
            Self::Apt => APT,
            Self::Dnf => DNF,
            Self::Pacman => PACMAN,
            Self::Brew => BREW,
            Self::Winget => WINGET,
        }
    }

    /// The names among `wanted` that are not installed, in their order.
    pub fn missing(self, wanted: &[&'static str]) -> Vec<&'static str> {
        let installed = self.installed(wanted);
        wanted.iter().copied().filter(|name| !installed.contains(*name)).collect()
    }

    fn installed(self, wanted: &[&'static str]) -> BTreeSet<String> {
        // These tools exit with an error as soon as one package is unknown, yet list the others.
        let listed = |program: &str, args: &[&str]| {
            let output = Command::new(program).args(args).args(wanted).output();
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
        };
        match self {
            Self::Apt => installed_by_dpkg(&listed("dpkg-query", &["-W", "-f", "${Package} ${db:Status-Status}\n"])),
            Self::Dnf => lines(&listed("rpm", &["-q", "--qf", "%{NAME}\n"])),
            Self::Pacman => lines(&listed("pacman", &["-Qq"])),
            Self::Brew => lines(&ask("brew", &["list", "--formula", "-1"]).unwrap_or_default()),
            Self::Winget => wanted
                .iter()
                .filter(|id| ask("winget", &["list", "--exact", "--id", id]).is_some())
                .map(|id| (*id).to_owned())
                .collect(),
        }
    }

    /// The commands that install `missing`, each as words. Nothing for nothing.
    fn commands(self, missing: &[&str], is_root: bool) -> Vec<Vec<String>> {
        if missing.is_empty() {
            return Vec::new();
        }
        let install: &[&[&str]] = match self {
            Self::Apt => &[
                &["apt-get", "update", "-q"],
                &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends"],
            ],
            Self::Dnf => &[&["dnf", "install", "-y", "--setopt=install_weak_deps=False"]],
            Self::Pacman => &[&["pacman", "-S", "--needed", "--noconfirm"]],
            Self::Brew => &[&["brew", "install"]],
            Self::Winget => &[&["winget", "install", "--exact", "--silent", "--accept-package-agreements", "--id"]],
        };
        let sudo = !is_root && matches!(self, Self::Apt | Self::Dnf | Self::Pacman);
        let words = |command: &&[&str], names: &[&str]| -> Vec<String> {
            let prefix = if sudo { &["sudo"][..] } else { &[] };
            prefix.iter().chain(command.iter()).chain(names).map(|word| (*word).to_owned()).collect()
        };
        let Some((last, before)) = install.split_last() else { return Vec::new() };
        let mut commands: Vec<Vec<String>> = before.iter().map(|command| words(command, &[])).collect();
        if self == Self::Winget {
            commands.extend(missing.iter().map(|id| words(last, &[id])));
        } else {
            commands.push(words(last, missing));
        }
        commands
    }
}

/// Tests that can't run with what this machine's manager has, as expressions of nextest's filter language.
pub fn left_out() -> Vec<&'static str> {
    let lacks = Manager::of_this_machine().map(|manager| manager.table().lacks).unwrap_or_default();
    lacks.iter().flat_map(|lack| lack.tests).copied().collect()
}

/// What is wanted of a table. `pip_works` leaves pip out.
pub fn wanted(table: Table, purpose: Purpose, pip_works: bool) -> Vec<&'static str> {
    let test: &[&'static str] = if purpose == Purpose::Test { table.test } else { &[] };
    let pip = table.pip.filter(|_| !pip_works);
    table.build.iter().chain(test).copied().chain(pip).collect()
}

/// Installs what is missing, after saying what that is. Errors: `Unmet` without a manager or sudo, `Failed`.
pub fn install(purpose: Purpose) -> Outcome<()> {
    let Some(manager) = Manager::of_this_machine() else {
        return Err(Trouble::unmet(
            "no package manager we know (apt, dnf, pacman, brew, winget) is on this machine",
            format!("install the equivalent of: {}", wanted(APT, purpose, true).join(" ")),
        ));
    };
    let table = manager.table();
    let missing = manager.missing(&wanted(table, purpose, pip_works()));
    if purpose == Purpose::Test {
        for lack in table.lacks {
            say(format!("this system has no package of {}: tests that need it are left out", lack.what));
        }
    }
    if missing.is_empty() {
        say("system packages: all there");
        return Ok(());
    }
    let is_root = cfg!(windows) || ask("id", &["-u"]).as_deref() == Some("0");
    let commands = manager.commands(&missing, is_root);
    say(format!("system packages: {} missing, will install: {}", missing.len(), missing.join(" ")));
    for command in &commands {
        say(format!("  $ {}", command.join(" ")));
    }
    for words in &commands {
        let Some((program, args)) = words.split_first() else { continue };
        if program == "sudo" && ask("sudo", &["--version"]).is_none() {
            let line = args.join(" ");
            return Err(Trouble::unmet("installing needs root and there is no sudo", format!("run as root: {line}")));
        }
        run(Command::new(program).args(args), "see the package manager's own words above; then run the same again")?;
    }
    Ok(())
}

/// Whether `python3 -m pip` answers: Debian's Python comes without it.
pub fn pip_works() -> bool {
    ask(super::tools::python(), &["-m", "pip", "--version"]).is_some()
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// A package can be known without being installed (its configuration was kept).
fn installed_by_dpkg(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_suffix(" installed")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_which_only_the_configuration_is_left_counts_as_missing() {
        let found = installed_by_dpkg("xvfb installed\nnginx config-files\nhaproxy not-installed\n");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["xvfb"]);
    }

    #[test]
    fn nothing_missing_means_no_command_at_all() {
        for manager in [Manager::Apt, Manager::Dnf, Manager::Pacman, Manager::Brew, Manager::Winget] {
            assert!(manager.commands(&[], false).is_empty(), "{manager:?} must not even update its lists");
        }
    }

    #[test]
    fn apt_refreshes_its_lists_first_and_takes_no_recommendations() {
        let commands = Manager::Apt.commands(&["xvfb"], false);
        assert_eq!(commands.first().map(|words| words.join(" ")).as_deref(), Some("sudo apt-get update -q"));
        let install = commands.last().map(|words| words.join(" ")).unwrap_or_default();
        assert!(install.starts_with("sudo env DEBIAN_FRONTEND=noninteractive apt-get install"), "{install}");
        assert!(install.contains("--no-install-recommends xvfb"), "{install}");
        assert!(Manager::Apt.commands(&["xvfb"], true).iter().flatten().all(|word| word != "sudo"), "root needs none");
    }

    #[test]
    fn packages_of_the_tests_are_wanted_for_tests_alone() {
        let run = wanted(APT, Purpose::Run, true);
        assert!(!run.contains(&"xvfb") && !run.contains(&"python3-pip"));
        let test = wanted(APT, Purpose::Test, false);
        assert!(test.contains(&"xvfb") && test.contains(&"libgtk-3-dev") && test.contains(&"python3-pip"));
    }

    #[test]
    fn winget_takes_one_package_at_a_time() {
        assert_eq!(Manager::Winget.commands(&["A.B", "C.D"], false).len(), 2);
    }
}
