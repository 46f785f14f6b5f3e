//! Bodies of requests, compressed.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    // Spans repeat themselves so much that more effort saves little.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
