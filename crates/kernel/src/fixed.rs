//! fixed (being written)
