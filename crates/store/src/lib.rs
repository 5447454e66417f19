//! Keeping records, bodies and their order so that a crash loses nothing.
