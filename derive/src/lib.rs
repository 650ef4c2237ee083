//! The derives of fencewright.
