//! Servers and clients over real connections.

mod client;
mod federation;
mod flaky;
mod grpc;
mod http2;
mod hyper_server;
mod middleware;
mod page;
mod page_attacks;
mod page_bounds;
mod page_hyper;
mod page_lists;
mod page_load;
mod page_open_spans;
mod page_queries;
mod pooled_connections;
mod recipes;
mod redirect_hops;
mod retries;
mod sampling;
mod server;
mod server_bodies;
mod server_ends;
mod service;
mod upgrades;
mod user_code;
