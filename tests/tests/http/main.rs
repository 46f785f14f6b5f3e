//! Servers and clients over real connections.

mod client;
mod federation;
mod pooled_connections;
mod server;
mod server_bodies;
mod server_ends;
mod service;
