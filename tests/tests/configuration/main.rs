//! What the keys of a configuration and the variables of the environment do.

mod config;
mod config_environment;
mod config_fedtrace;
mod config_layers;
mod config_propagation;
mod config_reporting;
mod config_tracer;
mod keep;
