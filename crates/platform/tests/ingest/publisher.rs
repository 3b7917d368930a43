//! A publisher whose every message the test chooses, on `rml_rtmp`'s client session.

use super::node::Node;
use bytes::Bytes;
use hawker_domain::ShowMs;
use hawker_domain::show_time::sei_nal;
use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ClientSession, ClientSessionConfig, ClientSessionEvent, ClientSessionResult, PublishRequestType,
};
use rml_rtmp::time::RtmpTimestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Publisher {
    socket: TcpStream,
    session: ClientSession,
}

impl Publisher {
    /// Connects and asks to publish. Errors: the code of the ingest's refusal.
    pub async fn connect(node: &Node, token: &str) -> Result<Self, String> {
        let mut socket = TcpStream::connect(node.rtmp).await.unwrap();
        let rest = shake_hands(&mut socket).await;
        let (session, hello) = ClientSession::new(ClientSessionConfig::new()).unwrap();
        let mut publisher = Self { socket, session };
        publisher.send(hello).await;
        let ask = publisher.session.request_connection("live".to_owned()).unwrap();
        publisher.send(vec![ask]).await;
        let mut events = publisher.session.handle_input(&rest).unwrap();
        loop {
            for event in publisher.send(std::mem::take(&mut events)).await {
                match event {
                    ClientSessionEvent::ConnectionRequestAccepted => {
                        let live = PublishRequestType::Live;
                        let ask = publisher.session.request_publishing(token.to_owned(), live).unwrap();
                        publisher.send(vec![ask]).await;
                    }
                    ClientSessionEvent::PublishRequestAccepted => return Ok(publisher),
                    ClientSessionEvent::UnhandleableOnStatusCode { code } => return Err(code),
                    _ => {}
                }
            }
            let mut buffer = [0; 4096];
            let read = publisher.socket.read(&mut buffer).await.unwrap();
            assert!(read > 0, "the ingest answers before it hangs up");
            events = publisher.session.handle_input(&buffer[..read]).unwrap();
        }
    }

    /// Decoder settings: enough for the ingest, which passes them on unread.
    pub async fn configs(&mut self) {
        self.video(0, &[0x17, 0, 0, 0, 0, 1, 0x42, 0, 0x1e, 0xff]).await;
        self.audio(0, &[0xaf, 0, 0x12, 0x10]).await;
    }

    /// A keyframe, with show time in it if given.
    pub async fn keyframe(&mut self, timestamp: u32, show_ms: Option<u64>) {
        let mut data = vec![0x17, 1, 0, 0, 0];
        let slice = [0x65, 1, 2, 3];
        let sei = show_ms.map(|ms| sei_nal(ShowMs(ms)));
        for nal in sei.iter().map(Vec::as_slice).chain([&slice[..]]) {
            data.extend((nal.len() as u32).to_be_bytes());
            data.extend(nal);
        }
        self.video(timestamp, &data).await;
    }

    pub async fn frame(&mut self, timestamp: u32) {
        self.video(timestamp, &[0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 9]).await;
    }

    pub async fn video(&mut self, timestamp: u32, data: &[u8]) {
        let data = Bytes::copy_from_slice(data);
        let sent = self.session.publish_video_data(data, RtmpTimestamp::new(timestamp), false).unwrap();
        self.send(vec![sent]).await;
    }

    pub async fn audio(&mut self, timestamp: u32, data: &[u8]) {
        let data = Bytes::copy_from_slice(data);
        let sent = self.session.publish_audio_data(data, RtmpTimestamp::new(timestamp), false).unwrap();
        self.send(vec![sent]).await;
    }

    async fn send(&mut self, results: Vec<ClientSessionResult>) -> Vec<ClientSessionEvent> {
        let mut events = Vec::new();
        for result in results {
            match result {
                ClientSessionResult::OutboundResponse(packet) => {
                    self.socket.write_all(&packet.bytes).await.unwrap();
                }
                ClientSessionResult::RaisedEvent(event) => events.push(event),
                ClientSessionResult::UnhandleableMessageReceived(_) => {}
            }
        }
        events
    }
}

/// What the ingest sent behind its part of the handshake.
pub async fn shake_hands(socket: &mut TcpStream) -> Vec<u8> {
    let mut handshake = Handshake::new(PeerType::Client);
    socket.write_all(&handshake.generate_outbound_p0_and_p1().unwrap()).await.unwrap();
    loop {
        let mut buffer = [0; 4096];
        let read = socket.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the ingest takes part in the handshake");
        match handshake.process_bytes(&buffer[..read]).unwrap() {
            HandshakeProcessResult::InProgress { response_bytes } => socket.write_all(&response_bytes).await.unwrap(),
            HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                socket.write_all(&response_bytes).await.unwrap();
                return remaining_bytes;
            }
        }
    }
}
