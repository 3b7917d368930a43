//! A viewer that reads HTTP-FLV tag by tag.

use super::node::Node;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub kind: u8,
    pub time_ms: u32,
    pub data: Vec<u8>,
}

impl Tag {
    pub fn is_video(&self) -> bool {
        self.kind == 9 && self.data.get(1) == Some(&1)
    }

    pub fn is_keyframe(&self) -> bool {
        self.is_video() && self.data[0] >> 4 == 1
    }

    pub fn is_media(&self) -> bool {
        self.kind != 18 && self.data.get(1) == Some(&1)
    }

    /// `show_base_ms` of an onMetaData tag: a number, so eight bytes behind its name and type.
    pub fn show_base_ms(&self) -> Option<f64> {
        let name = b"show_base_ms";
        let at = self.data.windows(name.len()).position(|window| window == name)? + name.len() + 1;
        Some(f64::from_be_bytes(self.data.get(at..at + 8)?.try_into().ok()?))
    }
}

pub struct FlvViewer {
    response: reqwest::Response,
    buffer: Vec<u8>,
    /// Everything received, as a file would hold it.
    pub file: Vec<u8>,
    header_seen: bool,
}

impl FlvViewer {
    pub async fn open(node: &Node) -> Self {
        let response = reqwest::get(node.flv_url()).await.unwrap().error_for_status().unwrap();
        assert_eq!(response.headers()["content-type"], "video/x-flv");
        Self { response, buffer: Vec::new(), file: Vec::new(), header_seen: false }
    }

    /// The next tag; none when the stream has ended.
    pub async fn next(&mut self) -> Option<Tag> {
        loop {
            if let Some(tag) = self.parse() {
                return Some(tag);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk());
            let chunk = chunk.await.expect("something comes within 20 s").ok()??;
            self.buffer.extend_from_slice(&chunk);
            self.file.extend_from_slice(&chunk);
        }
    }

    /// Tags until one fits, that one included.
    pub async fn until(&mut self, fits: impl Fn(&Tag) -> bool) -> Vec<Tag> {
        let mut tags = Vec::new();
        loop {
            let tag = self.next().await.expect("the stream goes on");
            let found = fits(&tag);
            tags.push(tag);
            if found {
                return tags;
            }
        }
    }

    fn parse(&mut self) -> Option<Tag> {
        if !self.header_seen {
            self.buffer.get(..13)?;
            assert_eq!(&self.buffer[..4], b"FLV\x01");
            self.buffer.drain(..13);
            self.header_seen = true;
        }
        let head = self.buffer.get(..11)?;
        let size = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
        let time_ms = u32::from_be_bytes([head[7], head[4], head[5], head[6]]);
        let kind = head[0];
        self.buffer.get(..11 + size + 4)?;
        let tag: Vec<u8> = self.buffer.drain(..11 + size + 4).collect();
        let back = u32::from_be_bytes(tag[11 + size..].try_into().unwrap());
        assert_eq!(back as usize, 11 + size, "the back pointer is the tag's length");
        Some(Tag { kind, time_ms, data: tag[11..11 + size].to_vec() })
    }
}
