//! Compile tests for the attributes of fedtrace; see `tests/`.
