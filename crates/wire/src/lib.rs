//! What an exchange and a unit say to each other: messages, limits, error codes.
