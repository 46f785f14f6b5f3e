//! Servers and clients over real connections.

mod client;
mod federation;
mod grpc;
mod http2;
mod hyper_server;
mod recipes;
mod retries;
mod server;
mod server_bodies;
mod server_ends;
mod service;
mod upgrades;
mod user_code;
