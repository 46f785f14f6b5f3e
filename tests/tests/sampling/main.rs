//! Which traces are recorded, and which may be forced.

mod keep;
mod per_operation;
mod remote_sampling;
mod remote_sampling_faults;
mod remote_throttler;
mod sampling;
mod throttler;
