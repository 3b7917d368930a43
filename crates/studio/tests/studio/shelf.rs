//! A web server with one file, as real ones are: some know ranges, some break off, some send elsewhere.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What the server does with a request.
#[derive(Clone)]
pub enum Answer {
    /// The whole file or, if that is asked for, the rest of it.
    File(Vec<u8>),
    /// The whole file whatever is asked for.
    Whole(Vec<u8>),
    /// As `File`, but the line breaks after so many bytes of the body.
    Cut(Vec<u8>, usize),
    /// The file with no word about its length.
    Endless(Vec<u8>),
    Status(u16),
    Elsewhere(String),
}

/// Runs until it is dropped.
pub struct Shelf {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Option<String>>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Shelf {
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (answer, asked) = (Arc::new(Mutex::new(answer)), Arc::new(Mutex::new(Vec::new())));
        let over = Arc::new(AtomicBool::new(false));
        let (answers, requests, ends) = (answer.clone(), asked.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let answer = answers.lock().unwrap().clone();
                // A client that hangs up early is a client's right.
                let _ = stream.and_then(|stream| serve(stream, &answer, &requests));
            }
        });
        Self { address, answer, asked, over, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/model.onnx", self.address)
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The range of every request since the last time this was asked for; none: the whole.
    pub fn asked(&self) -> Vec<Option<String>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, asked: &Mutex<Vec<Option<String>>>) -> std::io::Result<()> {
    let mut range = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(("range", value)) = line.to_lowercase().split_once(": ") {
            range = Some(value.to_owned());
        }
    }
    asked.lock().unwrap().push(range.clone());
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let mut send = |head: String, body: &[u8]| {
        stream.write_all(format!("HTTP/1.1 {head}connection: close\r\n\r\n").as_bytes())?;
        stream.write_all(body)?;
        stream.flush()
    };
    let whole = |file: &[u8]| format!("200 OK\r\ncontent-length: {}\r\n", file.len());
    let part = |file: &[u8], from: usize| {
        let (last, total) = (file.len() - 1, file.len());
        format!(
            "206 Partial Content\r\ncontent-length: {}\r\ncontent-range: bytes {from}-{last}/{total}\r\n",
            total - from
        )
    };
    match (answer, from) {
        (Answer::File(file), Some(from)) if from < file.len() => send(part(file, from), &file[from..]),
        (Answer::File(file) | Answer::Cut(file, _), Some(from)) if from >= file.len() => {
            send("416 Range Not Satisfiable\r\ncontent-length: 0\r\n".into(), &[])
        }
        (Answer::Cut(file, after), Some(from)) => send(part(file, from), &file[from..file.len().min(from + after)]),
        (Answer::Cut(file, after), None) => send(whole(file), &file[..*after]),
        (Answer::File(file) | Answer::Whole(file), _) => send(whole(file), file),
        (Answer::Endless(file), _) => send("200 OK\r\n".into(), file),
        (Answer::Status(status), _) => send(format!("{status} No\r\ncontent-length: 0\r\n"), &[]),
        (Answer::Elsewhere(place), _) => send(format!("302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n"), &[]),
    }
}
