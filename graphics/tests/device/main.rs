//! Frames on a Vulkan device. Each test needs a driver, and most the validation layer: `.ci/test` installs both.
#![cfg(feature = "device")]

mod barriers;
mod by_hand;
#[allow(unsafe_code, reason = "records secondary command buffers of the caller's own")]
mod compute_secondaries;
mod draw_buffers;
mod failures;
#[allow(unsafe_code, reason = "stands in for functions of Vulkan")]
mod faults;
mod features;
mod history;
mod joined;
mod lifetime;
mod loops;
#[allow(unsafe_code, reason = "makes a device of the caller's own")]
#[allow(clippy::multiple_unsafe_ops_per_block, reason = "a row of Vulkan calls has one reason to be sound")]
mod own_device;
#[allow(unsafe_code, reason = "makes Vulkan objects of the caller's own")]
#[allow(clippy::multiple_unsafe_ops_per_block, reason = "a row of Vulkan calls has one reason to be sound")]
mod own_objects;
mod queues;
mod random;
mod recording;
mod rendering;
mod same_marker;
mod setup;
mod support;
#[path = "../layers/three_families.rs"]
mod three_families;
mod transfers;
