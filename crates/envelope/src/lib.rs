//! Closing a document for its recipients, and opening it again.
