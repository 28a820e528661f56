//! How a request is taken apart and a reply put together.

pub mod asked;
pub mod body;
pub mod csv;
pub mod form;
pub mod json;
pub mod layers;
pub mod objects;
pub mod stalling;
pub mod told;

pub use asked::{PathId, PathIds, Posted, PostedBytes, QueryOf};
pub use told::Told;
