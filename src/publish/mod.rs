//! Files for others.
