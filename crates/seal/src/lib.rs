//! Electronic seals: making, placing and checking one.
