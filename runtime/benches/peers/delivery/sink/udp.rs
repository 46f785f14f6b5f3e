//! A Jaeger agent, as far as it counts spans.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::Sender;
use std::thread;

use rustix::net::sockopt::set_socket_recv_buffer_size;
#[cfg(target_os = "linux")]
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use thrift_codec::CompactDecode;
use thrift_codec::data::{Data, Elements, Struct};
use thrift_codec::message::Message;

/// Bytes of packets that may wait.
const ROOM: usize = 16 << 20;

pub(super) fn listen(arrivals: Sender<Vec<u8>>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    make_room(&socket);
    let address = socket.local_addr().expect("an address");
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length) = socket.recv(&mut buffer) {
            if arrivals.send(buffer[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    address
}

/// What is lost is to be the sender's loss. Beyond the system's limit only its administrator can go.
fn make_room(socket: &UdpSocket) {
    #[cfg(target_os = "linux")]
    if set_socket_recv_buffer_size_force(socket, ROOM).is_ok() {
        return;
    }
    set_socket_recv_buffer_size(socket, ROOM).expect("a socket");
}

/// How many spans are in a call of `emitBatch`.
pub(super) fn spans(mut packet: &[u8]) -> usize {
    let message = Message::compact_decode(&mut packet).expect("compact Thrift");
    let Some(Data::Struct(batch)) = field(message.body(), 1) else {
        panic!("no batch in {}", message.method_name());
    };
    match field(batch, 2) {
        Some(Data::List(spans)) => match &**spans {
            Elements::Struct(spans) => spans.len(),
            other => panic!("no spans: {other:?}"),
        },
        other => panic!("no list of spans: {other:?}"),
    }
}

fn field(of: &Struct, id: i16) -> Option<&Data> {
    let mut fields = of.fields().iter();
    fields.find(|field| field.id() == id).map(|field| field.data())
}
