//! Finished spans on their way to Jaeger: the worker, the limits, and the bytes on the wire.

mod delivery;
mod flushing_async;
mod intervals;
mod jaeger_http;
mod jaeger_udp;
mod late_losses;
mod open_at_shutdown;
mod otlp;
mod oversize;
mod refused_sizes;
mod thrift_oracle;
mod trace_files;
