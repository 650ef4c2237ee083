//! What transfer passes record, by the bytes that come back.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{GpuImage, ImageDesc, RendererDesc, VkRenderer};

use crate::support::{
    Answer, Middle, Source, TestResult, assert_silent, buffer, frame, numbers, readback, renderer, renderer_with,
};

/// Fills the first half of [`Source`], updates the second, and copies a part of each to [`Answer`].
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source>[bytes = 0..32] as Fill, GpuBuffer<Source>[bytes = 32..64] as Fill)]
struct FillAndUpdate;

impl Run for FillAndUpdate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let source = cx.buffer::<Source>()?;
        let mut cmd = cx.encoder()?;
        cmd.fill_buffer(source, 0..32, 0x0403_0201)?;
        cmd.update_buffer(source, 32, &[9; 32])?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct CopyParts;

impl Run for CopyParts {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (source, answer) = (cx.buffer::<Source>()?, cx.buffer::<Answer>()?);
        let mut cmd = cx.encoder()?;
        cmd.copy_bytes(source, 28..36, answer, 0)?;
        cmd.copy_bytes(source, 0..4, answer, 8)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Parts {
    fill: (FillAndUpdate,),
    #[stage(after = "fill")]
    copy: (CopyParts,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn fills_updates_and_copies_of_parts_land_where_they_should() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 64)?;
    let answer = readback::<Answer>(&renderer, 12)?;
    let mut schedule = Parts { fill: (FillAndUpdate,), copy: (CopyParts,) }.schedule()?;
    let point = frame(&renderer, &mut schedule, &mut World::new())?;
    assert_eq!(renderer.read_buffer(answer, &point)?, [1, 2, 3, 4, 9, 9, 9, 9, 1, 2, 3, 4]);
    assert_silent(&renderer);
    Ok(())
}

struct Picture;
struct Small;

const SIDE: u32 = 8;

/// Uploads a picture, a corner of it anew, and its second layer.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Picture>[mip = 0] as CopyDestination)]
struct UploadPicture(Vec<u8>);

impl Run for UploadPicture {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let picture = cx.image::<Picture>()?;
        cx.encoder()?.upload_image(picture, &ImageRegion::default(), &self.0)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Picture>[mip = 0] as BlitSource)]
#[writes(GpuImage<Picture>[mip = 1] as BlitDestination)]
struct Halve;

impl Run for Halve {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let picture = cx.image::<Picture>()?;
        let (from, to) = (ImageRegion::mip(0), ImageRegion::mip(1));
        cx.encoder()?.blit_image(picture, &from, picture, &to, vk::Filter::NEAREST)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Picture>[mip = 1] as CopySource)]
#[writes(GpuImage<Small> as CopyDestination)]
struct CopySmall;

impl Run for CopySmall {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (picture, small) = (cx.image::<Picture>()?, cx.image::<Small>()?);
        cx.encoder()?.copy_image(picture, &ImageRegion::mip(1), small, &ImageRegion::default())?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Picture>[mip = 0] as CopySource, GpuImage<Small> as CopySource)]
#[writes(GpuBuffer<Answer>[bytes = 0..512] as CopyDestination, GpuBuffer<Middle> as CopyDestination)]
struct Download;

impl Run for Download {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        cmd.copy_image_to_buffer(cx.image::<Picture>()?, &ImageRegion::default(), cx.buffer::<Answer>()?, 0)?;
        cmd.copy_image_to_buffer(cx.image::<Small>()?, &ImageRegion::default(), cx.buffer::<Middle>()?, 0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Pictures {
    upload: (UploadPicture, Halve, CopySmall),
    #[stage(after = "upload")]
    download: (Download,),
}

fn pictures(renderer: &VkRenderer) -> Result<GpuImage<Picture>, Box<dyn std::error::Error>> {
    let usage = vk::ImageUsageFlags::TRANSFER_DST | vk::ImageUsageFlags::TRANSFER_SRC;
    let desc = ImageDesc { mips: 2, layers: 2, ..ImageDesc::new(SIDE, SIDE, vk::Format::R8G8B8A8_UNORM, usage) };
    let small = ImageDesc { layers: 2, ..ImageDesc::new(SIDE / 2, SIDE / 2, vk::Format::R8G8B8A8_UNORM, usage) };
    renderer.create_image::<Small>(&small)?;
    Ok(renderer.create_image(&desc)?)
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn pictures_are_uploaded_halved_and_downloaded() -> TestResult {
    let renderer = renderer()?;
    pictures(&renderer)?;
    let answer = readback::<Answer>(&renderer, 512)?;
    let halved = readback::<Middle>(&renderer, 128)?;
    let texels: Vec<u8> = numbers(2).take(512).map(|x| x as u8).collect();
    let upload = (UploadPicture(texels.clone()), Halve, CopySmall);
    let mut schedule = Pictures { upload, download: (Download,) }.schedule()?;
    let point = frame(&renderer, &mut schedule, &mut World::new())?;
    assert_eq!(renderer.read_buffer(answer, &point)?, texels);
    let halved = renderer.read_buffer(halved, &point)?;
    for (index, texel) in halved.chunks(4).enumerate() {
        let (layer, y, x) = (index / 16, index / 4 % 4, index % 4);
        // The middle of four texels is none of them: nearest takes the lower right.
        let whole = (layer * 64 + (2 * y + 1) * 8 + 2 * x + 1) * 4;
        assert_eq!(texel, &texels[whole..whole + 4], "layer {layer}, {x}, {y}");
    }
    assert_silent(&renderer);
    Ok(())
}

/// Many uploads of odd lengths, more than one chunk of upload memory holds.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as CopyDestination)]
struct ManyUploads(Vec<Vec<u8>>);

impl Run for ManyUploads {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        let mut offset = 0;
        for bytes in &self.0 {
            cmd.upload_buffer(cx.buffer::<Source>()?, offset, bytes)?;
            offset += bytes.len() as u64;
        }
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct ToAnswer;

impl Run for ToAnswer {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Source>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Uploads {
    upload: (ManyUploads,),
    #[stage(after = "upload")]
    answer: (ToAnswer,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn uploads_of_any_length_keep_their_bytes_in_every_frame() -> TestResult {
    let renderer = renderer_with(RendererDesc { upload_chunk_bytes: 300, ..RendererDesc::default() })?;
    let lengths: Vec<usize> = numbers(3).take(40).map(|x| x as usize % 200 + 1).collect();
    let len: usize = lengths.iter().sum();
    buffer::<Source>(&renderer, len as u64)?;
    let answer = readback::<Answer>(&renderer, len as u64)?;
    for seed in 0..6 {
        let mut bytes = numbers(seed).map(|x| x as u8);
        let uploads: Vec<Vec<u8>> = lengths.iter().map(|&len| bytes.by_ref().take(len).collect()).collect();
        let mut schedule = Uploads { upload: (ManyUploads(uploads.clone()),), answer: (ToAnswer,) }.schedule()?;
        let point = frame(&renderer, &mut schedule, &mut World::new())?;
        assert_eq!(renderer.read_buffer(answer, &point)?, uploads.concat(), "seed {seed}");
    }
    assert_silent(&renderer);
    Ok(())
}

/// Tries what no encoder records.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Middle> as CopySource, GpuImage<Small> as CopySource)]
#[writes(GpuBuffer<Source> as CopyDestination, GpuImage<Picture>[mip = 0] as CopyDestination)]
struct Wrong {
    said: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
    undeclared: GpuBuffer<Answer>,
}

impl Run for Wrong {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (source, middle, picture) = (cx.buffer::<Source>()?, cx.buffer::<Middle>()?, cx.image::<Picture>()?);
        let mut cmd = cx.encoder()?;
        let whole = ImageRegion::default();
        let errors = [
            cmd.copy_bytes(middle, 0..16, source, 56),
            cmd.copy_bytes(middle, 60..70, source, 0),
            cmd.copy_buffer(source, middle),
            cmd.copy_buffer(middle, self.undeclared),
            cmd.fill_buffer(source, 2..8, 0),
            cmd.update_buffer(source, 0, &[1, 2, 3]),
            cmd.upload_buffer(source, 60, &[0; 8]),
            cmd.upload_image(picture, &whole, &[0; 8]),
            cmd.upload_image(picture, &ImageRegion::mip(7), &[0; 8]),
            cmd.upload_image(picture, &ImageRegion::mip(1), &[0; 128]),
            cmd.copy_image(cx.image::<Small>()?, &whole, picture, &whole),
        ];
        let texts = errors.into_iter().map(|error| error.map_or_else(|error| error.to_string(), |()| String::new()));
        self.said.lock().map_err(|_| "the lock is poisoned")?.extend(texts);
        Ok(())
    }
}

#[derive(Schedule)]
struct Mistakes {
    wrong: (crate::support::FillSource, FillMiddle, ClearSmall, Wrong),
}

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Middle> as Fill)]
struct FillMiddle;

impl Run for FillMiddle {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.fill_buffer(cx.buffer::<Middle>()?, 0..64, 5)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[writes(GpuImage<Small> as Clear)]
struct ClearSmall;

impl Run for ClearSmall {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.clear_color(cx.image::<Small>()?, [0.0, 0.5, 1.0, 1.0])?;
        Ok(())
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn mistakes_are_refused_by_name_and_record_nothing() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    let undeclared = readback::<Answer>(&renderer, 64)?;
    pictures(&renderer)?;
    let said = std::sync::Arc::default();
    let wrong = Wrong { said: std::sync::Arc::clone(&said), undeclared };
    let mut schedule = Mistakes { wrong: (crate::support::FillSource(1), FillMiddle, ClearSmall, wrong) }.schedule()?;
    frame(&renderer, &mut schedule, &mut World::new())?;
    let said = said.lock().map_err(|_| "the lock is poisoned")?.join("\n");
    let expected = "\
copy_bytes reaches byte 72 of `GpuBuffer<Source>`, which has 64
copy_bytes reaches byte 70 of `GpuBuffer<Middle>`, which has 64
`Wrong` does not declare `GpuBuffer<Source>` in `reads`; add it to `#[reads(..)]` of `Wrong`
`Wrong` does not declare `GpuBuffer<Answer>` in `writes`; add it to `#[writes(..)]` of `Wrong`
fill_buffer: 2 is no multiple of 4
update_buffer: 3 is no multiple of 4
upload_buffer reaches byte 68 of `GpuBuffer<Source>`, which has 64
upload_image: the region of `GpuImage<Picture>` has 512 bytes, and 8 were given
upload_image: mip level 7 lies outside `GpuImage<Picture>`
`Wrong` does not declare mip level 1, layers 0..2 of `GpuImage<Picture>` in `writes`; widen the part in its declaration, or use less
copy_image: the regions of `GpuImage<Small>` and `GpuImage<Picture>` differ in size";
    assert_eq!(said, expected);
    assert_silent(&renderer);
    Ok(())
}
