//! A connection to a server on this computer that comes from an address of one's choice. As much of HTTP/1.1 as `hawker-platform`
//! answers with: a status, a length, a body.

use hawker_wire::Failure;
use serde::de::DeserializeOwned;
use socket2::{Domain, Socket, Type};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A platform on the same machine that takes longer is stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// No answer of the platform to a buyer is near that.
const BODY_MAX_BYTES: usize = 1 << 20;

pub struct Connection {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Connection {
    /// Errors, in words: this system has only one address of its own, or nobody listens.
    pub fn open(to: SocketAddr, from: Ipv4Addr) -> Result<Self, String> {
        let stream = connect(to, from).map_err(|error| format!("{to} can't be reached from {from}: {error}"))?;
        Ok(Self { stream: BufReader::new(stream), host: to })
    }

    /// Sends JSON and reads the answer. The connection stays for the next one.
    pub fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, String> {
        let mut head = format!("POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n", self.host);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let sent = self.stream.get_mut().write_all(request.as_bytes());
        sent.and_then(|()| read(&mut self.stream)).map_err(|error| format!("{path}: {error}"))
    }
}

impl Answer {
    /// What was asked for. Errors: the answer is a refusal, or something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        if !(200..300).contains(&self.status) {
            return Err(format!("the platform answered {}: {}", self.status, self.body));
        }
        serde_json::from_str(&self.body).map_err(|error| format!("an answer can't be read: {error}"))
    }

    /// The platform's own refusal, if that is what it is.
    pub fn failure(&self) -> Option<Failure> {
        if self.status >= 400 { serde_json::from_str(&self.body).ok() } else { None }
    }
}

fn connect(to: SocketAddr, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((IpAddr::V4(from), 0)).into())?;
    socket.connect_timeout(&to.into(), ANSWER_WITHIN)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    Ok(stream)
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Answer> {
    let bad = |why: &str| std::io::Error::other(format!("the answer can't be understood: {why}"));
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| bad("no status"))?;
    let mut length = None;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length = length.filter(|length| *length <= BODY_MAX_BYTES).ok_or_else(|| bad("no length"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn two_answers_on_one_connection_are_kept_apart() {
        let text =
            "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 409 Conflict\r\ncontent-length: 4\r\n\r\nnull";
        let mut stream = text.as_bytes();
        assert_eq!(read(&mut stream).unwrap(), Answer { status: 201, body: "{}".to_owned() });
        assert_eq!(read(&mut stream).unwrap().status, 409);
        assert!(read(&mut stream).is_err(), "a closed connection is no answer");
        assert!(read(&mut "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".as_bytes()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_server_sees_the_address_that_was_chosen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let from = Ipv4Addr::new(127, 16, 3, 9);
        let _connection = Connection::open(listener.local_addr().unwrap(), from).unwrap();
        assert_eq!(listener.accept().unwrap().1.ip(), IpAddr::V4(from));
    }
}
