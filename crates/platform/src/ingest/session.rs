//! One publisher's RTMP conversation without its socket: bytes in; answers, the publish request and media out.
//!
//! Owns: commands and their answers. Must not know: who may publish, or what happens to the media.

use super::amf::{self, AmfError};
use super::chunk::{ChunkError, ChunkReader, Message};
use bytes::Bytes;
use rml_rtmp::chunk_io::{ChunkSerializationError, ChunkSerializer};
use rml_rtmp::messages::{
    MessagePayload, MessageSerializationError, PeerBandwidthLimitType, RtmpMessage, UserControlEventType,
};
use rml_rtmp::rml_amf0::Amf0Value;
use rml_rtmp::time::RtmpTimestamp;
use std::collections::HashMap;

/// Before a token was checked nobody needs more: a connect command is about 300 bytes.
const STRANGER_MESSAGE_BYTES: usize = 8 * 1024;
/// We acknowledge what a publisher sent this often (5.4.4).
const ACK_WINDOW_BYTES: u32 = 2_500_000;
/// The one message stream a publisher gets.
const STREAM_ID: u32 = 1;
const OUR_CHUNK_SIZE: u32 = 4096;

/// Why the conversation can't go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error("the command can't be read: {0}")]
    Command(#[source] AmfError),
    #[error("the publisher asked for {0} before it connected")]
    OutOfOrder(&'static str),
    #[error("this ingest is for publishers; viewers watch over http")]
    WantsToPlay,
    #[error("the answer can't be written: {0}")]
    Write(#[from] ChunkSerializationError),
    #[error("the answer can't be written: {0}")]
    Answer(#[from] MessageSerializationError),
}

/// Audio or video as FLV carries it; `timestamp` in ms of the publisher's clock, wrapping at 32 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Media {
    Audio { timestamp: u32, data: Bytes },
    Video { timestamp: u32, data: Bytes },
}

/// What the owner of the socket has to act upon.
#[derive(Debug)]
pub(super) enum Step {
    /// Answer with [`Session::accept`] or [`Session::refuse`]. The key is a secret.
    Publish {
        key: String,
    },
    Media(Media),
    Metadata(HashMap<String, Amf0Value>),
    Finished,
}

/// The conversation. After each call that can answer, [`Session::take_output`] holds what is to be sent.
pub(super) struct Session {
    reader: ChunkReader,
    writer: ChunkSerializer,
    output: Vec<u8>,
    connected: bool,
    received_bytes: u32,
    acknowledged_bytes: u32,
    max_message_bytes: usize,
}

impl Session {
    /// `max_message_bytes` holds from the moment the publisher is accepted; strangers get less.
    pub fn new(max_message_bytes: usize) -> Self {
        Self {
            reader: ChunkReader::new(STRANGER_MESSAGE_BYTES),
            writer: ChunkSerializer::new(),
            output: Vec::new(),
            connected: false,
            received_bytes: 0,
            acknowledged_bytes: 0,
            max_message_bytes,
        }
    }

    /// What is to be sent to the peer, in order.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Adds what was read; [`Self::next`] must then be called until it gives none. Errors: an answer can't be written.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.reader.push(bytes);
        self.received_bytes = self.received_bytes.wrapping_add(bytes.len() as u32);
        if self.received_bytes.wrapping_sub(self.acknowledged_bytes) >= ACK_WINDOW_BYTES {
            self.acknowledged_bytes = self.received_bytes;
            self.send(RtmpMessage::Acknowledgement { sequence_number: self.received_bytes }, 0)?;
        }
        Ok(())
    }

    /// The next thing to act upon. Errors: [`SessionError`]; the conversation is over after one.
    pub fn next(&mut self) -> Result<Option<Step>, SessionError> {
        while let Some(message) = self.reader.next()? {
            if let Some(step) = self.on_message(message)? {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }

    /// The publisher may send. Errors: the answer can't be written.
    pub fn accept(&mut self) -> Result<(), SessionError> {
        self.reader.allow_messages_of(self.max_message_bytes);
        self.user_control_begin(STREAM_ID)?;
        self.status("status", "NetStream.Publish.Start", "the stream may begin")
    }

    /// The publisher may not; the same words for every reason, so that nobody can probe for tokens.
    /// Errors: the answer can't be written.
    pub fn refuse(&mut self) -> Result<(), SessionError> {
        self.status(
            "error",
            "NetStream.Publish.Denied",
            "publishing is refused; check the stream key, and that nobody else publishes this show",
        )
    }

    /// The stream can't be used. Errors: the answer can't be written.
    pub fn reject(&mut self, why: &str) -> Result<(), SessionError> {
        self.status("error", "NetStream.Publish.Rejected", why)
    }

    fn on_message(&mut self, message: Message) -> Result<Option<Step>, SessionError> {
        let Message { kind, timestamp, data, .. } = message;
        match kind {
            4 => self.on_user_control(&data).map(|()| None),
            8 => Ok(Some(Step::Media(Media::Audio { timestamp, data }))),
            9 => Ok(Some(Step::Media(Media::Video { timestamp, data }))),
            15 | 18 => Ok(metadata(&data)),
            // AMF3 commands are AMF0 behind one zero byte.
            17 => self.on_command(data.get(1..).unwrap_or_default()),
            20 => self.on_command(&data),
            _ => Ok(None),
        }
    }

    fn on_user_control(&mut self, data: &[u8]) -> Result<(), SessionError> {
        const PING_REQUEST: u16 = 6;
        match data.first_chunk::<6>() {
            Some([a, b, time @ ..]) if u16::from_be_bytes([*a, *b]) == PING_REQUEST => self.send(
                RtmpMessage::UserControl {
                    event_type: UserControlEventType::PingResponse,
                    stream_id: None,
                    buffer_length: None,
                    timestamp: Some(RtmpTimestamp::new(u32::from_be_bytes(*time))),
                },
                0,
            ),
            _ => Ok(()),
        }
    }

    fn on_command(&mut self, data: &[u8]) -> Result<Option<Step>, SessionError> {
        let mut values = amf::read_all(data).map_err(SessionError::Command)?.into_iter();
        let Some(Amf0Value::Utf8String(name)) = values.next() else { return Ok(None) };
        let transaction = values.next().and_then(Amf0Value::get_number).unwrap_or(0.0);
        let argument = values.nth(1);
        match name.as_str() {
            "connect" => self.on_connect(transaction)?,
            "releaseStream" | "FCPublish" if transaction != 0.0 => self.result(transaction, Amf0Value::Undefined)?,
            "createStream" if !self.connected => return Err(SessionError::OutOfOrder("a stream")),
            "createStream" => self.result(transaction, Amf0Value::Number(f64::from(STREAM_ID)))?,
            "publish" if !self.connected => return Err(SessionError::OutOfOrder("publishing")),
            "publish" => return Ok(Some(Step::Publish { key: stream_key(argument) })),
            "play" | "play2" => return Err(SessionError::WantsToPlay),
            "deleteStream" | "closeStream" | "FCUnpublish" => return Ok(Some(Step::Finished)),
            _ => {}
        }
        Ok(None)
    }

    fn on_connect(&mut self, transaction: f64) -> Result<(), SessionError> {
        self.connected = true;
        self.send(RtmpMessage::WindowAcknowledgement { size: ACK_WINDOW_BYTES }, 0)?;
        let limit_type = PeerBandwidthLimitType::Dynamic;
        self.send(RtmpMessage::SetPeerBandwidth { size: ACK_WINDOW_BYTES, limit_type }, 0)?;
        let packet = self.writer.set_max_chunk_size(OUR_CHUNK_SIZE, RtmpTimestamp::new(0))?;
        self.output.extend(packet.bytes);
        self.user_control_begin(0)?;
        let server = properties(&[("fmsVer", "FMS/3,0,1,123")], &[("capabilities", 31.0)]);
        let info = properties(
            &[("level", "status"), ("code", "NetConnection.Connect.Success"), ("description", "connected")],
            &[("objectEncoding", 0.0)],
        );
        self.command("_result", transaction, server, vec![info], 0)
    }

    fn result(&mut self, transaction: f64, value: Amf0Value) -> Result<(), SessionError> {
        self.command("_result", transaction, Amf0Value::Null, vec![value], 0)
    }

    fn status(&mut self, level: &str, code: &str, description: &str) -> Result<(), SessionError> {
        let info = properties(&[("level", level), ("code", code), ("description", description)], &[]);
        self.command("onStatus", 0.0, Amf0Value::Null, vec![info], STREAM_ID)
    }

    fn user_control_begin(&mut self, stream_id: u32) -> Result<(), SessionError> {
        let event_type = UserControlEventType::StreamBegin;
        let stream_id = Some(stream_id);
        self.send(RtmpMessage::UserControl { event_type, stream_id, buffer_length: None, timestamp: None }, 0)
    }

    fn command(
        &mut self,
        name: &str,
        transaction: f64,
        object: Amf0Value,
        arguments: Vec<Amf0Value>,
        stream_id: u32,
    ) -> Result<(), SessionError> {
        let message = RtmpMessage::Amf0Command {
            command_name: name.to_owned(),
            transaction_id: transaction,
            command_object: object,
            additional_arguments: arguments,
        };
        self.send(message, stream_id)
    }

    fn send(&mut self, message: RtmpMessage, stream_id: u32) -> Result<(), SessionError> {
        let payload = MessagePayload::from_rtmp_message(message, RtmpTimestamp::new(0), stream_id)?;
        let packet = self.writer.serialize(&payload, true, false)?;
        self.output.extend(packet.bytes);
        Ok(())
    }
}

/// Metadata is a courtesy: what can't be read is left out rather than held against the publisher.
fn metadata(data: &[u8]) -> Option<Step> {
    let values = amf::read_all(data).ok()?;
    let is_metadata = values.iter().any(|value| matches!(value, Amf0Value::Utf8String(name) if name == "onMetaData"));
    let properties = values.into_iter().find_map(Amf0Value::get_object_properties)?;
    is_metadata.then_some(Step::Metadata(properties))
}

/// `live/KEY?more` and `KEY` both mean KEY.
fn stream_key(argument: Option<Amf0Value>) -> String {
    let name = argument.and_then(Amf0Value::get_string).unwrap_or_default();
    let path = name.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn properties(texts: &[(&str, &str)], numbers: &[(&str, f64)]) -> Amf0Value {
    let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), Amf0Value::Utf8String((*text).to_owned())));
    let numbers = numbers.iter().map(|(name, number)| ((*name).to_owned(), Amf0Value::Number(*number)));
    Amf0Value::Object(texts.chain(numbers).collect())
}
