//! Tests of the roster.
