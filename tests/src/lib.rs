//! Fakes and helpers for the behaviour tests.
