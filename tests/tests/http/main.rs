//! Servers and clients over real connections.

mod client;
mod federation;
mod page;
mod page_attacks;
mod pooled_connections;
mod sampling;
mod server;
mod server_bodies;
mod server_ends;
mod service;
