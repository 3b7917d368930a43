//! RTMP chunks into messages (Adobe RTMP 1.0, section 5.3).
//!
//! Reads what a stranger sends, so every buffer has a bound: the messages' size, their number in flight, and nothing is
//! reserved before its bytes have arrived. Chunk streams may interleave.

use bytes::{Buf, Bytes, BytesMut};
use std::collections::HashMap;

/// Protocol control messages that the reader handles itself.
const SET_CHUNK_SIZE: u8 = 1;
const ABORT: u8 = 2;

/// Encoders use four or five; more only costs memory.
const MAX_CHUNK_STREAMS: usize = 32;
/// Every chunk stream starts with this payload size (5.4.1).
const FIRST_CHUNK_SIZE: usize = 128;
/// A header field that says "the time stands in the four bytes after the header".
const EXTENDED: u32 = 0xff_ffff;

/// Why a peer's bytes are no RTMP chunks we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    #[error("a message of {size_bytes} bytes is over the limit of {limit_bytes}")]
    MessageTooLarge { size_bytes: usize, limit_bytes: usize },
    #[error("chunk stream {0} continues a message that never began")]
    NothingToContinue(u32),
    #[error("more than {MAX_CHUNK_STREAMS} chunk streams at once")]
    TooManyStreams,
    #[error("a chunk size of {0} makes no sense")]
    BadChunkSize(u32),
}

/// One whole RTMP message. `timestamp` is in ms of the peer's clock and wraps at 32 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub kind: u8,
    pub stream_id: u32,
    pub timestamp: u32,
    pub data: Bytes,
}

/// Turns bytes as they arrive into messages.
pub(super) struct ChunkReader {
    buffer: BytesMut,
    chunk_size: usize,
    max_message_bytes: usize,
    streams: HashMap<u32, ChunkStream>,
    /// The chunk stream whose payload is being read, and how much of this chunk is still to come.
    open: Option<(u32, usize)>,
}

#[derive(Default)]
struct ChunkStream {
    timestamp: u32,
    delta: u32,
    extended: bool,
    length: usize,
    kind: u8,
    stream_id: u32,
    partial: BytesMut,
    in_message: bool,
}

impl ChunkReader {
    pub fn new(max_message_bytes: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            chunk_size: FIRST_CHUNK_SIZE,
            max_message_bytes,
            streams: HashMap::new(),
            open: None,
        }
    }

    /// From now on messages may be this large.
    pub fn allow_messages_of(&mut self, max_message_bytes: usize) {
        self.max_message_bytes = max_message_bytes;
    }

    /// Adds what was read from the socket; [`Self::next`] must then be called until it gives none.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if its bytes are here. Errors: see [`ChunkError`]; the connection is lost after one.
    pub fn next(&mut self) -> Result<Option<Message>, ChunkError> {
        loop {
            let (id, left) = match self.open {
                Some(open) => open,
                None => match self.header()? {
                    Some(open) => open,
                    None => return Ok(None),
                },
            };
            self.open = Some((id, left));
            let Some(stream) = self.streams.get_mut(&id) else { return Err(ChunkError::NothingToContinue(id)) };
            let now = left.min(self.buffer.len());
            stream.partial.extend_from_slice(&self.buffer.split_to(now));
            if now < left {
                self.open = Some((id, left - now));
                return Ok(None);
            }
            self.open = None;
            if stream.partial.len() >= stream.length {
                stream.in_message = false;
                let data = std::mem::take(&mut stream.partial).freeze();
                let message =
                    Message { kind: stream.kind, stream_id: stream.stream_id, timestamp: stream.timestamp, data };
                if !self.control(&message)? {
                    return Ok(Some(message));
                }
            }
        }
    }

    /// Reads one chunk header: its stream and the payload bytes that follow. None: more bytes are needed.
    fn header(&mut self) -> Result<Option<(u32, usize)>, ChunkError> {
        let mut peek = &self.buffer[..];
        let Some((format, id)) = basic_header(&mut peek) else { return Ok(None) };
        if !self.streams.contains_key(&id) {
            if format != 0 {
                return Err(ChunkError::NothingToContinue(id));
            }
            if self.streams.len() >= MAX_CHUNK_STREAMS {
                return Err(ChunkError::TooManyStreams);
            }
        }
        let known = self.streams.get(&id);
        let field_len = [11, 7, 3, 0].get(usize::from(format)).copied().unwrap_or(0);
        if peek.len() < field_len {
            return Ok(None);
        }
        let time_field = if format < 3 { peek.get_uint(3) as u32 } else { 0 };
        let shape = if format < 2 { Some((peek.get_uint(3) as usize, peek.get_u8())) } else { None };
        let stream_id = if format == 0 { Some(peek.get_u32_le()) } else { None };
        let extended = if format < 3 { time_field == EXTENDED } else { known.is_some_and(|s| s.extended) };
        let mut time = time_field;
        if extended {
            let Some(value) = peek.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes)) else { return Ok(None) };
            // Some encoders leave the extended time out of continuing chunks, so it counts only if it repeats itself.
            let repeats = known.is_some_and(|s| value == s.timestamp || value == s.delta);
            if format < 3 || repeats {
                peek.advance(4);
                time = value;
            }
        }
        let used = self.buffer.len() - peek.len();
        self.buffer.advance(used);

        let stream = self.streams.entry(id).or_default();
        let begins = !stream.in_message;
        if let Some((length, kind)) = shape {
            stream.length = length;
            stream.kind = kind;
        }
        if let Some(stream_id) = stream_id {
            stream.stream_id = stream_id;
        }
        if format < 3 {
            stream.extended = extended;
            stream.delta = time;
        }
        if format == 0 {
            stream.timestamp = time;
        } else if begins {
            stream.timestamp = stream.timestamp.wrapping_add(stream.delta);
        }
        if stream.length > self.max_message_bytes {
            return Err(ChunkError::MessageTooLarge { size_bytes: stream.length, limit_bytes: self.max_message_bytes });
        }
        if begins {
            stream.partial.clear();
            stream.in_message = true;
        }
        let left = stream.length.saturating_sub(stream.partial.len()).min(self.chunk_size);
        Ok(Some((id, left)))
    }

    /// Handles the messages that concern the chunks themselves; true if this was one.
    fn control(&mut self, message: &Message) -> Result<bool, ChunkError> {
        let Some(value) = message.data.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes)) else {
            return Ok(matches!(message.kind, SET_CHUNK_SIZE | ABORT));
        };
        match message.kind {
            SET_CHUNK_SIZE if value == 0 || value > 0x7fff_ffff => Err(ChunkError::BadChunkSize(value)),
            SET_CHUNK_SIZE => {
                self.chunk_size = value as usize;
                Ok(true)
            }
            ABORT => {
                if let Some(stream) = self.streams.get_mut(&value) {
                    stream.partial.clear();
                    stream.in_message = false;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Format (0–3) and chunk stream id; advances `peek` behind them.
fn basic_header(peek: &mut &[u8]) -> Option<(u8, u32)> {
    let first = *peek.first()?;
    let (id, len) = match first & 0x3f {
        0 => (u32::from(*peek.get(1)?) + 64, 2),
        1 => (u32::from(*peek.get(1)?) + u32::from(*peek.get(2)?) * 256 + 64, 3),
        id => (u32::from(id), 1),
    };
    peek.advance(len);
    Some((first >> 6, id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use rml_rtmp::chunk_io::ChunkSerializer;
    use rml_rtmp::messages::MessagePayload;
    use rml_rtmp::time::RtmpTimestamp;

    fn all(reader: &mut ChunkReader) -> Vec<Message> {
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    #[test]
    fn messages_of_a_foreign_writer_come_out_whole_however_the_bytes_are_cut() {
        let mut writer = ChunkSerializer::new();
        let mut bytes = writer.set_max_chunk_size(500, RtmpTimestamp::new(0)).unwrap().bytes;
        let wanted: Vec<Message> = (0_u32..40)
            .map(|n| Message {
                kind: if n % 3 == 0 { 8 } else { 9 },
                stream_id: 1,
                timestamp: n * 0x0180_0000,
                data: vec![n as u8; (n as usize * 137) % 1900 + 1].into(),
            })
            .collect();
        for message in &wanted {
            let payload = MessagePayload {
                timestamp: RtmpTimestamp::new(message.timestamp),
                type_id: message.kind,
                message_stream_id: 1,
                data: message.data.clone(),
            };
            bytes.extend(writer.serialize(&payload, true, false).unwrap().bytes);
        }
        for cut in [1, 7, 128, 4096] {
            let mut reader = ChunkReader::new(1 << 20);
            let mut got = Vec::new();
            for piece in bytes.chunks(cut) {
                reader.push(piece);
                got.extend(all(&mut reader));
            }
            assert_eq!(got, wanted, "cut into {cut} bytes");
        }
    }

    #[test]
    fn interleaved_chunk_streams_do_not_mix() {
        let mut reader = ChunkReader::new(1 << 20);
        let head = |id: u8, kind: u8| vec![id, 0, 0, 5, 0, 0, 200, kind, 1, 0, 0, 0];
        let mut bytes = head(4, 9);
        bytes.extend([b'v'; 128]);
        bytes.extend(head(5, 8));
        bytes.extend([b'a'; 128]);
        bytes.push(0xc4);
        bytes.extend([b'v'; 72]);
        bytes.push(0xc5);
        bytes.extend([b'a'; 72]);
        reader.push(&bytes);
        let got = all(&mut reader);
        assert_eq!(got.len(), 2);
        assert!(got[0].data.iter().all(|b| *b == b'v') && got[0].data.len() == 200);
        assert!(got[1].data.iter().all(|b| *b == b'a') && got[1].data.len() == 200);
    }

    #[test]
    fn deltas_add_up_and_wrap() {
        let mut reader = ChunkReader::new(100);
        let mut bytes = vec![3, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0, b'x'];
        bytes.extend([0x83, 0, 0, 0x20, b'y']);
        bytes.extend([0xc3, b'z']);
        reader.push(&bytes);
        let times: Vec<u32> = all(&mut reader).iter().map(|m| m.timestamp).collect();
        assert_eq!(times, [0xffff_fff0, 0x10, 0x30]);
    }

    #[test]
    fn a_claim_of_a_huge_message_is_refused_before_its_bytes_come() {
        let mut reader = ChunkReader::new(4096);
        reader.push(&[3, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0]);
        assert_eq!(
            reader.next(),
            Err(ChunkError::MessageTooLarge { size_bytes: 0xff_ffff, limit_bytes: 4096 }),
            "16 MB for the asking would let 200 strangers eat the memory"
        );
    }

    #[test]
    fn garbage_is_an_error_or_nothing_and_never_a_panic() {
        let mut seed = 1_u32;
        for _ in 0..2_000 {
            let mut reader = ChunkReader::new(4096);
            let garbage: Vec<u8> = (0..300)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            reader.push(&garbage);
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
