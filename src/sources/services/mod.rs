//! Services from OpenStreetMap: which tags make a kind of service, and the places that carry them.

mod read;
mod table;

pub use read::{Service, read_services, services_layer};
pub use table::{Category, ServiceTable};
