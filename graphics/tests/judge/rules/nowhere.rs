//! Streams that name what they do not have.

use ash::vk::{AccessFlags2, PipelineStageFlags2};
use fencewright_graphics::judge::{self, Access, Command, Pass, QueueId, ResourceId, Rules, Scope};

use super::{BUFFER, IMAGE, one_queue};
use crate::write::stream;

#[test]
#[should_panic(expected = "the stream has 1 resources; there is no 7")]
fn a_resource_that_is_not_there() {
    let mut stream = stream(&one_queue(BUFFER, &[]));
    let scope = Scope::new(PipelineStageFlags2::COPY, AccessFlags2::TRANSFER_READ);
    let access = Access::buffer(ResourceId(7), 0..4, scope);
    stream.submit(QueueId(0), vec![Command::Pass(Pass { name: "read".into(), accesses: vec![access] })]);
    let _ = judge::judge(&stream, &Rules::default());
}

#[test]
#[should_panic(expected = "`i` is an image; it has no bytes to name")]
fn bytes_of_an_image() {
    let mut stream = stream(&one_queue(IMAGE, &[]));
    let access = Access::buffer(ResourceId(0), 0..4, Scope::default());
    stream.submit(QueueId(0), vec![Command::Pass(Pass { name: "read".into(), accesses: vec![access] })]);
    let _ = judge::judge(&stream, &Rules::default());
}
