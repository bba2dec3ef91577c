//! Text to standard output, and pictures to files.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

/// Writes text to standard output. A reader that has gone (`retake recipes | head -1`) is no error.
pub(crate) fn say(text: impl std::fmt::Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all: to a temporary name beside it, then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".retake-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        set_usual_permissions(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| path.display().to_string())
}

/// Temporary files are private to their owner; results are as readable as any other file.
fn set_usual_permissions(file: &std::fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Encodes a picture as PNG or JPEG, by the file's ending, and writes it whole.
pub(crate) fn write_picture(path: &Path, picture: &image::RgbImage) -> anyhow::Result<()> {
    let format = image::ImageFormat::from_path(path)
        .ok()
        .filter(|f| matches!(f, image::ImageFormat::Png | image::ImageFormat::Jpeg))
        .with_context(|| format!("{}: give a file name that ends in .png or .jpg", path.display()))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).with_context(|| path.display().to_string())?;
    write_whole(path, bytes.get_ref())
}

/// Decodes a picture of a corpus.
pub(crate) fn decode(bytes: &[u8], name: &Path) -> anyhow::Result<image::RgbImage> {
    let picture = image::load_from_memory(bytes).with_context(|| name.display().to_string())?;
    Ok(picture.into_rgb8())
}

/// An error and its causes on one line; what a cause says that was said already is left out.
pub(crate) fn explain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, next| match said.as_str() {
        "" => next,
        _ if said.contains(&next) => said,
        _ => format!("{said}: {next}"),
    })
}
