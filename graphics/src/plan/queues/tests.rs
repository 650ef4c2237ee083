//! The order over queues against exhaustive search.
