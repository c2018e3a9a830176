mod places;
pub use places::{Places, PlacesOf, Within};
