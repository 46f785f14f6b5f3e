//! Servers and clients over real connections.

mod client;
mod server;
mod server_bodies;
mod server_ends;
mod service;
