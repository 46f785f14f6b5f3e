//! Compression of request bodies.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    // Spans are so repetitive that more effort saves little.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
