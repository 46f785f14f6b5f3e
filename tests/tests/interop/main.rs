//! Against the programs that speak the same formats: Synapse, and the official Jaeger clients for Python and Node.
//!
//! Run with `.ci/interop run cargo test -p fedtrace-tests --test interop -- --ignored`.

mod by_hand;
mod cases;
mod exchange;
mod node;
mod ours;
mod packets;
mod peers;
mod python;
