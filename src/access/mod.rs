//! Accessibility: how far residents have to what they need.

mod straight_line;

pub use straight_line::{DETOUR, Nearest, nearest};
