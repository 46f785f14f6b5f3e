//! A socket that takes packets and counts them. It keeps none, since the memory of the process is what is watched.

use std::net::UdpSocket;
use std::thread::{self, JoinHandle};

pub(crate) struct Sink {
    port: u16,
    thread: JoinHandle<u64>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            let mut packets = 0;
            // An empty packet is the last one.
            while socket.recv(&mut buffer).unwrap() > 0 {
                packets += 1;
            }
            packets
        });
        Self { port, thread }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns how many packets have arrived.
    pub(crate) fn stop(self) -> u64 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // The empty packet is lost too while the socket is full.
        while !self.thread.is_finished() {
            socket.send_to(&[], ("127.0.0.1", self.port)).unwrap();
            thread::sleep(std::time::Duration::from_millis(10));
        }
        self.thread.join().unwrap()
    }
}
