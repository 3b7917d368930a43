//! `cargo xtask link`: a bad network between a show and a server, in user space and without any rights.
//!
//! The show is sent to the port that is printed, and from there on to the server. What the network does to it is said by
//! flags, and anew by a line of the same flags on standard input, while the show goes on: `--rate 900k --loss 2`, an empty
//! line for a good network, `cut` to break every connection.

use crate::exec::say;
use crate::trouble::{Outcome, Trouble};
use clap::{Args, Parser, Subcommand};
use hawker_test_support::{TcpLink, UdpLink, Weather};
use std::io::BufRead;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

#[derive(Args)]
pub struct Link {
    /// Server that the traffic is for, as HOST:PORT.
    #[arg(long, value_parser = place)]
    to: SocketAddr,
    /// Passes packets on, as SRT sends them, and not connections.
    #[arg(long)]
    udp: bool,
    #[command(flatten)]
    network: Network,
}

/// What the network does, in both directions.
#[derive(Args, Debug, Default)]
struct Network {
    /// Milliseconds that everything is late.
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// Milliseconds it is later still, at most, by chance.
    #[arg(long, default_value_t = 0)]
    jitter: u64,
    /// Bits a second that pass, such as 900k or 1.5M; all that comes without it.
    #[arg(long, value_parser = rate)]
    rate: Option<u64>,
    /// Per cent that is lost. TCP repairs a loss: there it is a pause.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    loss: f64,
    /// Per cent of the packets that later ones overtake; with --udp.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    reorder: f64,
    /// Per cent of the packets that come twice; with --udp.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    duplicate: f64,
    /// Takes everything and delivers nothing.
    #[arg(long)]
    black_hole: bool,
    /// Accepts and never reads; not with --udp.
    #[arg(long)]
    deaf: bool,
    /// Closes every connection and each new one at once; not with --udp.
    #[arg(long)]
    refuse: bool,
}

/// A line on standard input.
#[derive(Parser)]
#[command(
    no_binary_name = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
struct Change {
    #[command(flatten)]
    network: Network,
    /// `cut` breaks every connection and leaves the network as it is.
    #[command(subcommand)]
    deed: Option<Deed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
enum Deed {
    Cut,
}

impl Network {
    /// Errors: what that kind of network has not.
    fn weather(&self, udp: bool) -> Result<Weather, &'static str> {
        if udp && (self.deaf || self.refuse) {
            return Err("packets have no connection that could be deaf or refused");
        }
        if !udp && (self.reorder > 0.0 || self.duplicate > 0.0) {
            return Err("a connection puts its packets in order; overtake and repeat with --udp");
        }
        Ok(Weather {
            delay: Duration::from_millis(self.delay),
            jitter: Duration::from_millis(self.jitter),
            rate_bps: self.rate,
            loss: self.loss / 100.0,
            reorder: self.reorder / 100.0,
            duplicate: self.duplicate / 100.0,
            black_hole: self.black_hole,
            deaf: self.deaf,
            refuse: self.refuse,
        })
    }
}

enum Proxy {
    Tcp(TcpLink),
    Udp(UdpLink),
}

impl Proxy {
    fn open(link: &Link) -> Self {
        if link.udp { Self::Udp(UdpLink::to(link.to)) } else { Self::Tcp(TcpLink::to(link.to)) }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Tcp(proxy) => proxy.address(),
            Self::Udp(proxy) => proxy.address(),
        }
    }

    fn set(&self, weather: Weather) {
        match self {
            Self::Tcp(proxy) => proxy.set(weather),
            Self::Udp(proxy) => proxy.set(weather),
        }
    }

    /// Does what a line says; what became of it.
    fn change(&self, change: &Change) -> String {
        match (change.deed, self, change.network.weather(matches!(self, Self::Udp(_)))) {
            (Some(Deed::Cut), Self::Tcp(proxy), _) => {
                proxy.cut();
                "every connection is cut".to_owned()
            }
            (Some(Deed::Cut), Self::Udp(_), _) => "packets have no connection that could be cut".to_owned(),
            (None, _, Err(why)) => why.to_owned(),
            (None, _, Ok(weather)) => {
                self.set(weather);
                format!("{weather:?}; {} bytes passed so far", self.passed_bytes())
            }
        }
    }

    fn passed_bytes(&self) -> u64 {
        match self {
            Self::Tcp(proxy) => proxy.passed_bytes(),
            Self::Udp(proxy) => proxy.passed_bytes(),
        }
    }
}

/// Runs until it is interrupted. Errors: `Unreadable` when standard input breaks.
pub fn run(link: &Link) -> Outcome<()> {
    let weather = link.network.weather(link.udp);
    let weather = weather.map_err(|why| Trouble::unmet(why, "see `cargo xtask link --help`"))?;
    let proxy = Proxy::open(link);
    proxy.set(weather);
    say(format!("send the show to {} instead of {}; Ctrl-C ends it", proxy.address(), link.to));
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Trouble::unreadable("standard input", error))?;
        match Change::try_parse_from(line.split_whitespace()) {
            Ok(change) => say(proxy.change(&change)),
            Err(error) => say(error.to_string()),
        }
    }
    // Nobody writes to it any more: what was said last holds until the end.
    loop {
        std::thread::park();
    }
}

fn place(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().map_err(|error| format!("{error}; write HOST:PORT"))?;
    found.next().ok_or_else(|| "nobody has that name".to_owned())
}

/// `900k`, `1.5M` or plain bits a second; at least one.
fn rate(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1e3),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1.0), |number| (number, 1e6)),
    };
    let bits = number.parse::<f64>().ok().filter(|number| (1.0..=1e12).contains(&(number * unit)));
    bits.map(|number| (number * unit) as u64).ok_or_else(|| "write bits a second, such as 900k or 1.5M".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.trim_end_matches('%').parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
    share.ok_or_else(|| "write per cent, 0 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    fn of(line: &str) -> Result<Weather, String> {
        let change = Change::try_parse_from(line.split_whitespace()).map_err(|error| error.to_string())?;
        change.network.weather(line.contains("--reorder")).map_err(str::to_owned)
    }

    #[test]
    fn a_line_says_how_the_network_is() {
        assert_eq!(of("").unwrap(), Weather::default());
        let bad = of("--rate 1.5M --loss 2% --delay 80 --jitter 20").unwrap();
        assert_eq!((bad.rate_bps, bad.loss, bad.reorder), (Some(1_500_000), 0.02, 0.0));
        assert_eq!((bad.delay, bad.jitter), (Duration::from_millis(80), Duration::from_millis(20)));
        assert!(of("--black-hole").unwrap().black_hole && of("--deaf").unwrap().deaf);
        assert_eq!(of("--reorder 5 --duplicate 1").unwrap().duplicate, 0.01);
        for wrong in [
            "--rate 0",
            "--rate x",
            "--loss 101",
            "--delay -1",
            "wind",
            "--rate 900k cut",
            "--duplicate 1",
            "--reorder 1 --deaf",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(place("localhost:1935").unwrap().port(), 1935);
        assert!(place("1935").is_err());
    }

    #[test]
    fn what_is_sent_to_it_arrives_at_the_server() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let link = Link { to: server.local_addr().unwrap(), udp: false, network: Network::default() };
        let proxy = Proxy::open(&link);
        let mut show = TcpStream::connect(proxy.address()).unwrap();
        show.write_all(b"a show").unwrap();
        let (mut taken, mut got) = (server.accept().unwrap().0, [0; 6]);
        taken.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"a show");
        let change = Change::try_parse_from(["cut"]).unwrap();
        assert_eq!(proxy.change(&change), "every connection is cut");
        assert!(matches!(taken.read(&mut got), Ok(0) | Err(_)), "it ends at the server");
    }
}
