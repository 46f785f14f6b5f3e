//! Together with other crates.

mod rustracing_interop;
