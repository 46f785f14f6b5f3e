//! Together with other crates.

mod log_kv;
mod rustracing_interop;
mod tokio_tasks;
mod tracing_layer;
