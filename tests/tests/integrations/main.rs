//! Together with other crates.

mod log_kv;
mod rustracing_interop;
mod tracing_layer;
