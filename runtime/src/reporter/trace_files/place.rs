//! Where files of traces are, and how one is written.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use crate::model::id::TraceId;
use crate::util::random;

/// Of so many files of one trace, each has a name of its own; later ones replace the last.
const MAX_FILES_OF_A_TRACE: u32 = 1000;

/// One file for all traces, or a folder with a file for each.
#[derive(Debug, Clone)]
pub(super) enum Place {
    File(PathBuf),
    Folder(PathBuf),
}

impl Place {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
        }
    }
}

/// The name that a process uses that must not write to the file of its parent: `trace.html` becomes `trace.4711.html`.
pub(super) fn of_this_process(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{}", process::id()));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Makes an empty file for a trace. A file that exists is of another run, of another process, or of earlier spans of the
/// trace, so it is left alone.
pub(super) fn claim(folder: &Path, trace_id: TraceId, extension: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut number = 1;
    loop {
        let path = folder.join(match number {
            1 => format!("{trace_id}.{extension}"),
            _ => format!("{trace_id}.{number}.{extension}"),
        });
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) if number >= MAX_FILES_OF_A_TRACE => return Ok(path),
            Err(_) => number += 1,
        }
    }
}

/// Replaces a file, so that who reads it meanwhile sees all of the old one or all of the new one. Where something else is, such as
/// a device or a link, it is left alone.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is no file"));
    }
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    // A name that nobody can foresee, and no file that is there: it could be a link to somebody else's.
    name.push(format!(".{:016x}.part", random::number()));
    let part = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&part)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::{env, fs, process};

    use super::replace;

    #[test]
    fn a_file_is_replaced_and_a_link_or_a_folder_is_left_alone() {
        let folder = env::temp_dir().join(format!("fedtrace-place-{}", process::id()));
        fs::create_dir_all(folder.join("folder")).unwrap();
        let [page, victim, link] = ["page.html", "victim", "link.html"].map(|name| folder.join(name));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        replace(&page, "old").unwrap();
        replace(&page, "new").unwrap();
        assert_eq!(fs::read_to_string(&page).unwrap(), "new");
        for other in [&link, &folder.join("folder")] {
            assert_eq!(replace(other, "new").unwrap_err().to_string(), "it is no file");
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
        fs::remove_dir_all(&folder).unwrap();
    }
}
