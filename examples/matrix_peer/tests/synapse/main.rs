//! Our server and a running Synapse, which talk to each other; what a real Jaeger shows of it.
//!
//! `.ci/synapse run` starts two Jaegers and says where they and Synapse are. The programs of the network are shared by
//! all tests, and each test names the peer that it needs.

mod client;
mod join;
mod network;
mod peer;
mod profile;
mod program;
mod shown;
mod synapse;
mod to_device;
mod whitelists;
