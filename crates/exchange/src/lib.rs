//! The server: admits, orders and relays documents that it cannot read.
