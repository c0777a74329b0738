//! Records of an archive: old-style tar headers, written and read to the byte (§4.4).
//!
//! Fields as tar of 1979 has them, all fixed but name, size and time: mode 644, owner 0, type '0',
//! checksum of six octal digits, NUL and blank. There are no end blocks, so a record may always be
//! appended.

use crate::hash::Hash;

/// Tar counts in blocks.
const BLOCK: usize = 512;
/// The largest size that eleven octal digits hold.
const LARGEST: u64 = 0o77_777_777_777;

/// What a record is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// `BELENIOS`, the head of the archive.
    Header,
    /// `<hash>.data.json`.
    Data(Hash),
    /// `<hash>.event.json`.
    Event(Hash),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Header => "BELENIOS".to_owned(),
            Self::Data(hash) => format!("{hash}.data.json"),
            Self::Event(hash) => format!("{hash}.event.json"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "BELENIOS" {
            return Some(Self::Header);
        }
        let (hash, kind) = text.split_once('.')?;
        let hash = Hash::parse(hash)?;
        match kind {
            "data.json" => Some(Self::Data(hash)),
            "event.json" => Some(Self::Event(hash)),
            _ => None,
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its time stamp.
    pub time: u64,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The header or the padding is not what we would write.
    Form,
    /// A block of zeros: an end block, or something else that must not be there.
    EndBlock,
}

/// The 512 bytes before a body of `size` bytes.
fn header(name: Name, size: u64, time: u64) -> [u8; BLOCK] {
    let text = name.text();
    let mut block = [0; BLOCK];
    let size = format!("{size:011o}");
    let time = format!("{time:011o}");
    let fields: [(usize, &str); 8] = [
        (0, &text),
        (100, "0000644"),
        (108, "0000000"),
        (116, "0000000"),
        (124, &size),
        (136, &time),
        (148, "        "), // counted as blanks in the checksum
        (156, "0"),
    ];
    for (start, field) in fields {
        for (to, from) in block.iter_mut().skip(start).zip(field.bytes()) {
            *to = from;
        }
    }
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let checksum = format!("{sum:06o}\0 ");
    for (to, from) in block.iter_mut().skip(148).zip(checksum.bytes()) {
        *to = from;
    }
    block
}

/// The bytes of a record.
pub(crate) fn write(name: Name, time: u64, body: &[u8]) -> Vec<u8> {
    let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let mut bytes = header(name, size, time).to_vec();
    bytes.extend(body);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

/// Reads a name, a size and a time out of a header; refuses what [`header`] would not write.
fn read(block: &[u8; BLOCK]) -> Result<(Name, u64, u64), Fault> {
    if block.iter().all(|byte| *byte == 0) {
        return Err(Fault::EndBlock);
    }
    let octal = |start: usize| {
        let digits = block.get(start..start + 11)?;
        let sound = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
        sound.then(|| digits.iter().fold(0_u64, |n, digit| n * 8 + u64::from(digit - b'0')))
    };
    let end = block.iter().position(|byte| *byte == 0).unwrap_or(BLOCK);
    let name = block.get(..end).and_then(|name| std::str::from_utf8(name).ok());
    let name = name.and_then(Name::parse).ok_or(Fault::Form)?;
    let (size, time) = octal(124).zip(octal(136)).ok_or(Fault::Form)?;
    if size > LARGEST || header(name, size, time) != *block {
        return Err(Fault::Form);
    }
    Ok((name, size, time))
}

/// Reads records from bytes that arrive in pieces; holds one record at a time.
#[derive(Debug, Default)]
pub struct Records {
    waiting: Vec<u8>,
    start: usize,
    broken: bool,
}

impl Records {
    /// More bytes have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.waiting.drain(..self.start);
            self.start = 0;
        }
        self.waiting.extend_from_slice(bytes);
    }

    /// The next complete record. After a fault there are no more: the boundaries are lost.
    pub fn next_record(&mut self) -> Option<Result<Record, Fault>> {
        if self.broken {
            return None;
        }
        let waiting = self.waiting.get(self.start..)?;
        let (block, rest) = waiting.split_first_chunk::<BLOCK>()?;
        let found = read(block).and_then(|(name, size, time)| {
            let size = usize::try_from(size).map_err(|_| Fault::Form)?;
            let whole = size.checked_next_multiple_of(BLOCK).ok_or(Fault::Form)?;
            let Some(stored) = rest.get(..whole) else { return Ok(None) };
            let (body, padding) = stored.split_at_checked(size).ok_or(Fault::Form)?;
            if padding.iter().any(|byte| *byte != 0) {
                return Err(Fault::Form);
            }
            Ok(Some((Record { name, time, body: body.to_vec() }, BLOCK + whole)))
        });
        match found {
            Ok(None) => None,
            Ok(Some((record, used))) => {
                self.start += used;
                Some(Ok(record))
            }
            Err(fault) => {
                self.broken = true;
                Some(Err(fault))
            }
        }
    }

    /// Bytes that belong to no complete record.
    pub fn left_over(&self) -> usize {
        self.waiting.len() - self.start
    }
}
