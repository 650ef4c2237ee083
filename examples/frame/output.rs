//! Files that are whole or not there: written under another name, then renamed. A device or a pipe is written to as it is.

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
    if is_special(path) {
        return Ok(());
    }
    let unfinished = unfinished(&behind_links(path));
    File::create(&unfinished).and_then(|_| fs::remove_file(&unfinished)).map_err(refused)
}

fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// Says whether something is there that is neither file nor folder: `/dev/null` is not to be replaced by a file.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Returns the file that links lead to, so that it is replaced and not the link.
fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn whole(path: PathBuf, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), OutputError> {
    if is_special(&path) {
        let done = File::options().write(true).open(&path).map(BufWriter::new).and_then(|mut file| {
            write(&mut file)?;
            file.flush()
        });
        return done.map_err(|error| OutputError { path, error });
    }
    let target = behind_links(&path);
    let unfinished = unfinished(&target);
    let done = File::create(&unfinished).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.into_inner()?.sync_all()?;
        fs::rename(&unfinished, &target)
    });
    done.map_err(|error| {
        // The error is the one to report; a file left behind has a name that nobody reads.
        let _ = fs::remove_file(&unfinished);
        OutputError { path, error }
    })
}

/// Prints to the standard output; one that nobody reads any more is no error.
///
/// # Errors
///
/// One that cannot be written, as it leads to a full disk.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
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
    #[cfg(unix)]
    fn a_link_stays_and_a_device_is_not_replaced() {
        use std::os::unix::fs::symlink;

        let folder = folder("links");
        let [old, link, null] = ["old.txt", "link.txt", "null.txt"].map(|name| folder.0.join(name));
        fs::write(&old, "old").and_then(|()| symlink(&old, &link)).expect("it can be written");
        symlink("/dev/null", &null).expect("it can be written");
        for name in ["link.txt", "null.txt"] {
            check(&folder.0.join(name)).expect("it can be written");
            folder.text(name, "new").expect("it can be written");
        }
        assert!(link.is_symlink() && null.is_symlink());
        assert_eq!(fs::read_to_string(&old).ok().as_deref(), Some("new"));
        assert!(is_special(Path::new("/dev/null")) && names(&folder).len() == 3);
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
