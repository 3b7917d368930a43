//! `hawker platform`: the account, its machines, and what the platform refuses or holds.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Platform {
    /// Which one, whose account, and what has not reached it.
    Status,
    /// Use an account that exists. The password is read from stdin, one line.
    SignIn { email: String },
    /// Make an account and use it. The password is read from stdin, one line.
    SignUp {
        email: String,
        /// The shop's name, as viewers see it.
        #[arg(long)]
        shop: String,
    },
    /// Another password for the account that is signed in: every other log-in of it ends. Read from stdin, two lines: the present one and
    /// the new one.
    ChangePassword,
    /// Changes of this computer that the platform refused, and why. They stay on the list until somebody has seen to them.
    Refused {
        /// You have seen to this one: it leaves the list.
        #[arg(long, value_name = "ID")]
        done: Option<String>,
    },
    /// The machines that work for this account, or revoke one.
    Devices {
        #[command(subcommand)]
        command: PlatformDevices,
    },
    /// Changes that the platform holds until a person has decided, and what was decided.
    Quarantine {
        #[command(subcommand)]
        command: Quarantine,
    },
    /// Go back to the account that this studio made for itself. Refused while changes have not reached the platform.
    SignOut,
}

#[derive(Debug, Subcommand)]
pub enum PlatformDevices {
    List,
    /// From now on it hears nothing, and what it sells waits for a person. There is no way back; change the password as well.
    Revoke {
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// Those that wait first.
    List,
    /// It happened: it counts as any change, on all devices.
    Apply { id: String },
    /// It has no effect at the platform; it stays on the list.
    Discard { id: String },
}
