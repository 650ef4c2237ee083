//! Files that are whole or not there: written under another name, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::options::Size;

/// The folder that receives the results.
#[derive(Debug)]
pub struct OutputFolder(PathBuf);

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be written ({error}); name a place that can with `--out` or `--trace`", path.display())]
pub struct OutputError {
    path: PathBuf,
    error: io::Error,
}

impl OutputFolder {
    /// Makes the folder unless it is there.
    ///
    /// # Errors
    ///
    /// A folder that cannot be made.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        fs::create_dir_all(path).map_err(|error| OutputError { path: path.to_owned(), error })?;
        check(&path.join("frame.png"))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes a text file.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; what had the name before stays.
    pub fn text(&self, name: &str, text: &str) -> Result<(), OutputError> {
        self.whole(name, |file| file.write_all(text.as_bytes()))
    }

    /// Writes a picture of four bytes a pixel: red, green and blue in sRGB, then opacity.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; what had the name before stays.
    pub fn picture(&self, name: &str, size: Size, rgba: &[u8]) -> Result<(), OutputError> {
        self.whole(name, |file| {
            let mut encoder = png::Encoder::new(file, size.width, size.height);
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
            encoder.write_header().and_then(|mut writer| writer.write_image_data(rgba)).map_err(io::Error::other)
        })
    }

    fn whole(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), OutputError> {
        whole(self.0.join(name), write)
    }
}

/// Writes a text file somewhere else.
///
/// # Errors
///
/// A file that cannot be written; what had the name before stays.
pub fn text(path: &Path, text: &str) -> Result<(), OutputError> {
    whole(path.to_owned(), |file| file.write_all(text.as_bytes()))
}

/// Finds out whether a file can be written, and leaves everything as it was: before a long way to its contents.
///
/// # Errors
///
/// A file that cannot be written.
pub fn check(path: &Path) -> Result<(), OutputError> {
    let refused = |error| OutputError { path: path.to_owned(), error };
    if path.is_dir() || path.file_name().is_none() {
        return Err(refused(io::ErrorKind::IsADirectory.into()));
    }
    let unfinished = unfinished(path);
    File::create(&unfinished).and_then(|_| fs::remove_file(&unfinished)).map_err(refused)
}

fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn whole(path: PathBuf, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), OutputError> {
    let unfinished = unfinished(&path);
    let done = File::create(&unfinished).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.into_inner()?.sync_all()?;
        fs::rename(&unfinished, &path)
    });
    done.map_err(|error| {
        // The error is the one to report; a file left behind has a name that nobody reads.
        let _ = fs::remove_file(&unfinished);
        OutputError { path, error }
    })
}

/// Prints to the standard output; one that nobody reads any more is no error.
pub fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(test: &str) -> OutputFolder {
        let path = std::env::temp_dir().join(format!("fencewright-{}-{test}", std::process::id()));
        OutputFolder::create(&path).expect("the folder for temporary files can be written")
    }

    fn names(folder: &OutputFolder) -> Vec<String> {
        let entries = fs::read_dir(&folder.0).expect("the folder is there");
        entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is UTF-8")).collect()
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let folder = folder("fails");
        folder.text("plan.txt", "old").expect("it can be written");
        let error = folder.whole("plan.txt", |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        let error = error.expect_err("the write fails").to_string();
        assert!(error.contains("plan.txt") && error.contains("the disk is full") && error.contains("--out"), "{error}");
        assert_eq!(fs::read_to_string(folder.0.join("plan.txt")).ok().as_deref(), Some("old"));
        assert_eq!(names(&folder), ["plan.txt"], "nothing half-written stays");
        fs::remove_dir_all(&folder.0).expect("the test made it");
    }

    #[test]
    fn a_picture_reads_back_the_same() {
        let folder = folder("picture");
        let rgba: Vec<u8> = (0..24).collect();
        folder.picture("frame.png", Size { width: 3, height: 2 }, &rgba).expect("it can be written");
        let bytes = fs::read(folder.0.join("frame.png")).expect("it was written");
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().expect("it is a PNG");
        let mut pixels = vec![0; 24];
        let info = reader.next_frame(&mut pixels).expect("it is a PNG");
        assert_eq!((info.width, info.height, pixels), (3, 2, rgba));
        fs::remove_dir_all(&folder.0).expect("the test made it");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = folder("file");
        folder.text("file", "").expect("it can be written");
        let error = OutputFolder::create(&folder.0.join("file/out")).expect_err("a file is in the way");
        assert!(error.to_string().contains("file/out"), "{error}");
        fs::remove_dir_all(&folder.0).expect("the test made it");
    }
}
