//! How a renderer begins, and what it says where it cannot.

use std::process::Command;

use ash::vk;
use fencewright_graphics::{ApiVersion, DeviceChoice, IgnoredMessage, RendererDesc, Validation, VkError, VkRenderer};

use crate::support::{TestResult, renderer, renderer_with};

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_device_is_chosen_by_name_and_described() -> TestResult {
    let best = renderer()?;
    let info = best.device_info().clone();
    assert!(info.api_version >= ApiVersion::NEEDED && !info.driver.is_empty(), "{info:?}");
    let name = info.name.to_uppercase();
    let named = renderer_with(RendererDesc { device: DeviceChoice::Name(name), ..RendererDesc::default() })?;
    assert_eq!(*named.device_info(), info);
    let wrong = RendererDesc { device: DeviceChoice::Name("no such device".to_owned()), ..RendererDesc::default() };
    let text = VkRenderer::headless(wrong).map(|_| ()).map_err(|error| error.to_string());
    let expected = "there is no Vulkan device named `no such device`; there are: ";
    assert!(text.is_err_and(|text| text.starts_with(expected) && text.contains(&info.name)));
    let beyond = RendererDesc { device: DeviceChoice::Index(99), ..RendererDesc::default() };
    assert!(matches!(VkRenderer::headless(beyond), Err(VkError::NoSuchDevice { .. })));
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_a_device_lacks_is_named() -> TestResult {
    let desc = RendererDesc {
        device_extensions: vec![c"VK_NO_such_extension".to_owned()],
        features: vk::PhysicalDeviceFeatures::default().sparse_residency16_samples(true),
        ..RendererDesc::default()
    };
    let error = VkRenderer::headless(desc).map(|_| ()).err().ok_or("it has everything")?;
    let text = error.to_string();
    assert!(text.contains("extension `VK_NO_such_extension`"), "{text}");
    assert!(matches!(error, VkError::NoSuitableDevice { .. }), "{text}");
    let none = RendererDesc { frames_in_flight: 0, ..RendererDesc::default() };
    let text = VkRenderer::headless(none).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(text, Err("a renderer cannot be created: `frames_in_flight` is 0".to_owned()));
    Ok(())
}

/// The loader reads its environment once in a process, so that this needs one of its own.
fn in_another_process(variable: &str, value: &str) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--exact", "setup::says_why_there_is_no_renderer", "--ignored", "--nocapture"])
        .env(variable, value)
        .env("FENCEWRIGHT_TEST_SAYS_WHY", "1")
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn says_why_there_is_no_renderer() -> TestResult {
    if std::env::var_os("FENCEWRIGHT_TEST_SAYS_WHY").is_some() {
        let desc = RendererDesc { validation: Validation::Core, ..RendererDesc::default() };
        println!("said: {:?}", VkRenderer::headless(desc).map(|_| ()).map_err(|error| error.to_string()));
        return Ok(());
    }
    let driver = in_another_process("VK_ICD_FILENAMES", "/nonexistent/driver.json")?;
    assert!(
        driver.contains("said: Err(\"no Vulkan driver was found; install the package `mesa-vulkan-drivers`"),
        "{driver}"
    );
    let layer = in_another_process("VK_LAYER_PATH", "/nonexistent")?;
    assert!(layer.contains("said: Err(\"the Vulkan validation layer was not found; install the package"), "{layer}");
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn ignored_messages_are_listed_and_printed_where_one_came() -> TestResult {
    let ignored = IgnoredMessage { id: "VUID-none".to_owned(), reason: "it is a test".to_owned() };
    let renderer = renderer_with(RendererDesc { ignored: vec![ignored.clone()], ..RendererDesc::default() })?;
    let report = renderer.messages();
    assert_eq!(report.ignored[0], (ignored, 0));
    // A layer may have one that the renderer itself ignores, of how it was switched on.
    let text = report.to_string();
    assert!(text.starts_with("0 validation messages\n") && !text.contains("VUID-none"), "{text}");
    Ok(())
}
