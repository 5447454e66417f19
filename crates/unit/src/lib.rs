//! What an office runs: keys, compose, approve, seal, send, receive, prove.
