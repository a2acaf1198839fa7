//! The folder of a record as one zip file. The same folder gives the same
//! bytes: no times, no owners.

use super::Trouble;
use super::layout::Listed;
use std::fs::File;
use std::io;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes `zip`, which must not exist, from the files of `folder`; they stand
/// below `name` in it.
pub fn pack(folder: &Path, files: &[Listed], name: &str, zip: &Path) -> Result<u64, Trouble> {
    let at = |e: zip::result::ZipError| Trouble::io(zip, e.into());
    let out = File::create_new(zip).map_err(|e| Trouble::io(zip, e))?;
    let mut writer = ZipWriter::new(io::BufWriter::new(out));
    for file in files {
        let path = folder.join(&file.path);
        let mut from = File::open(&path).map_err(|e| Trouble::io(&path, e))?;
        let bytes = from.metadata().map_err(|e| Trouble::io(&path, e))?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600)
            .large_file(bytes >= u64::from(u32::MAX));
        writer.start_file(format!("{name}/{}", file.path), options).map_err(at)?;
        io::copy(&mut from, &mut writer).map_err(|e| Trouble::io(zip, e))?;
    }
    let out = writer.finish().map_err(at)?;
    let out = out.into_inner().map_err(|e| Trouble::io(zip, e.into_error()))?;
    out.sync_all().map_err(|e| Trouble::io(zip, e))?;
    Ok(out.metadata().map_err(|e| Trouble::io(zip, e))?.len())
}
