//! A small HTTP server for tests: it answers each request with the next text that it was given, and keeps what it was asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

/// It ends when everything it was given is said.
pub(super) struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// An answer that is empty closes the connection without a word.
    pub(super) fn saying(answers: impl IntoIterator<Item = String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (kept, answers) = (asked.clone(), answers.into_iter().collect::<Vec<_>>());
        let serve = move || {
            for answer in answers {
                let (mut caller, _) = listener.accept().unwrap();
                let head = head_of(&caller);
                kept.lock().unwrap().push(head);
                let _ = caller.write_all(answer.as_bytes());
            }
        };
        Self { address, asked, thread: Some(std::thread::spawn(serve)) }
    }

    /// What it was asked, once everything is said: the head of every request, in order.
    pub(super) fn asked(mut self) -> Vec<String> {
        self.thread.take().unwrap().join().unwrap();
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// The head of the request, its fields in lower case; the body is read and forgotten.
fn head_of(caller: &TcpStream) -> String {
    caller.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(caller);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let (first, fields) = head.split_once("\r\n").unwrap();
    let head = format!("{first}\r\n{}", fields.to_ascii_lowercase());
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<u64>().ok());
    std::io::copy(&mut reader.take(length.unwrap_or(0)), &mut std::io::sink()).unwrap();
    head
}

/// An answer as it goes over the wire; the connection closes behind it.
pub(super) fn answer(status: &str, fields: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
