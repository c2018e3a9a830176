//! What the user types and reads.
