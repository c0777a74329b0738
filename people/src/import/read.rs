//! From the bytes of a file to rows with line numbers. Only mapped columns come out.
//!
//! CSV as RFC 4180 has it, with `;`, `,` or tab as the header decides, quotes with line breaks inside, and any line end.
//! Memory is bounded: a row has at most [`ROW_MAX`] bytes, so a line of 50 MB is refused without being copied.

use std::io;
use std::path::Path;

use csv_core::{ReadRecordResult, ReaderBuilder};
use encoding_rs::Encoding;

use super::columns::FileKind;
use super::conflict::Conflict;
use super::text;
use crate::units::slug::slug;

/// A row may have so many bytes. Real rows have 200; what is longer is a missing closing quote or no CSV at all.
pub const ROW_MAX: usize = 64 * 1024;

/// A file may have so many bytes: seven times the largest party of Germany.
pub const FILE_MAX: usize = 512 * 1024 * 1024;

/// A header may have so many columns.
const COLUMNS_MAX: usize = 512;

/// Stands between the cells of a row; no cell contains it.
const BETWEEN: char = '\u{1f}';

/// A file as it was handed in.
#[derive(Clone)]
pub struct File {
    /// Its name, for messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.bytes.len())
    }
}

impl File {
    /// Reads a file, at most one byte more than [`FILE_MAX`], so that the plan can refuse it by name.
    pub fn open(path: &Path) -> io::Result<Self> {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(FILE_MAX as u64 + 1).read_to_end(&mut bytes)?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
        Ok(Self { name, bytes })
    }

    fn conflict(&self, line: u32, code: &'static str, detail: &str, blocks: bool) -> Conflict {
        Conflict { file: self.name.clone(), line, code, detail: detail.to_owned(), blocks }
    }
}

/// A row: its mapped cells in the order of the profile, and the line on which it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u32,
    cells: Box<str>,
}

impl Row {
    /// A cell, trimmed; empty when the file has no such column.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.split(BETWEEN).nth(column).unwrap_or_default()
    }

    /// All cells as one text, for hashing.
    pub(super) fn text(&self) -> &str {
        &self.cells
    }
}

/// Reads one file row by row.
pub(super) struct Rows<'f> {
    file: &'f File,
    rest: &'f [u8],
    line: u32,
    encoding: &'static Encoding,
    csv: csv_core::Reader,
    /// For each column of the profile its place in the file.
    places: Vec<Option<usize>>,
    width: usize,
    buffer: Vec<u8>,
    ends: Vec<usize>,
    cells: String,
    is_over: bool,
}

/// Opens a file and finds out which it is.
pub(super) fn open(file: &File) -> Result<(FileKind, Rows<'_>), Conflict> {
    if file.bytes.len() > FILE_MAX {
        return Err(file.conflict(0, "import.file-too-large", "", true));
    }
    let (rest, encoding) = text::decide(&file.bytes)
        .map_err(|wrong| file.conflict(wrong.line, wrong.code, "", true))?;
    let csv = ReaderBuilder::new().delimiter(delimiter(rest)).build();
    let mut rows = Rows {
        file,
        rest,
        line: 1,
        encoding,
        csv,
        places: Vec::new(),
        width: 0,
        buffer: vec![0; ROW_MAX],
        ends: vec![0; COLUMNS_MAX],
        cells: String::new(),
        is_over: false,
    };
    let header = match rows.record() {
        Some(Ok((_, count))) => {
            (0..count).map(|at| slug(&rows.decoded(at)).replace('-', "")).collect::<Vec<_>>()
        }
        Some(Err(conflict)) => return Err(conflict),
        None => return Err(file.conflict(0, "import.empty-file", "", true)),
    };
    let Some(kind) = FileKind::of_header(&header) else {
        return Err(file.conflict(1, "import.unknown-file", "", true));
    };
    for column in kind.columns() {
        let mut found = header.iter().enumerate().filter(|(_, name)| column.is_called(name));
        let place = found.next().map(|(at, _)| at);
        if place.is_none() && column.is_required {
            return Err(file.conflict(1, "import.missing-column", column.name, true));
        }
        if found.next().is_some() {
            return Err(file.conflict(1, "import.duplicate-column", column.name, true));
        }
        rows.places.push(place);
    }
    rows.width = header.len();
    Ok((kind, rows))
}

/// The sign that separates most in the header, outside quotes.
fn delimiter(text: &[u8]) -> u8 {
    let (mut counts, mut is_quoted) = ([0_u32; 3], false);
    for byte in text.iter().take(ROW_MAX).take_while(|byte| **byte != b'\n') {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b';' if !is_quoted => counts[0] += 1,
            b',' if !is_quoted => counts[1] += 1,
            b'\t' if !is_quoted => counts[2] += 1,
            _ => {}
        }
    }
    match counts {
        [semicolons, commas, tabs] if tabs > semicolons && tabs > commas => b'\t',
        [semicolons, commas, _] if commas > semicolons => b',',
        _ => b';',
    }
}

impl Rows<'_> {
    /// Whether the file has this column.
    pub(super) fn has(&self, column: usize) -> bool {
        self.places.get(column).is_some_and(Option::is_some)
    }

    /// One bit for each column that the file has.
    pub(super) fn present(&self) -> u32 {
        let bits = self.places.iter().enumerate().filter(|(_, place)| place.is_some());
        bits.fold(0, |mask, (at, _)| mask | (1 << at))
    }

    /// A conflict in this file.
    pub(super) fn conflict(&self, line: u32, code: &'static str, detail: &str) -> Conflict {
        self.file.conflict(line, code, detail, false)
    }

    /// A conflict in this file that blocks everything.
    pub(super) fn blocking(&self, line: u32, code: &'static str, detail: &str) -> Conflict {
        self.file.conflict(line, code, detail, true)
    }

    /// Reads one record into the buffer: its line and its number of cells.
    fn record(&mut self) -> Option<Result<(u32, usize), Conflict>> {
        if self.is_over {
            return None;
        }
        // Empty lines are no rows, but they count as lines.
        let blank = self.rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.advance(blank);
        let line = self.line;
        let (mut written, mut ended) = (0, 0);
        loop {
            let (buffer, ends) = (self.buffer.get_mut(written..)?, self.ends.get_mut(ended..)?);
            let (result, read, wrote, found) = self.csv.read_record(self.rest, buffer, ends);
            self.advance(read);
            written += wrote;
            ended += found;
            match result {
                // Called once more with nothing left, the reader ends the last record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => return Some(Ok((line, ended))),
                ReadRecordResult::End => {
                    self.is_over = true;
                    return None;
                }
                ReadRecordResult::OutputFull => {
                    self.is_over = true;
                    return Some(Err(self.blocking(line, "import.line-too-long", "")));
                }
                ReadRecordResult::OutputEndsFull => {
                    self.is_over = true;
                    return Some(Err(self.blocking(line, "import.too-many-columns", "")));
                }
            }
        }
    }

    fn advance(&mut self, by: usize) {
        let (seen, rest) = self.rest.split_at(by.min(self.rest.len()));
        self.line = self.line.saturating_add(text::line_breaks(seen));
        self.rest = rest;
    }

    /// The cell at this place of the record in the buffer, as text.
    fn decoded(&self, at: usize) -> std::borrow::Cow<'_, str> {
        let start =
            at.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(0));
        let end = self.ends.get(at).copied().unwrap_or(start);
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        self.encoding.decode_without_bom_handling(bytes).0
    }

    /// Puts the mapped cells of the record in the buffer together; control characters become spaces.
    fn mapped(&mut self) -> Box<str> {
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        for (column, place) in self.places.iter().enumerate() {
            if column > 0 {
                cells.push(BETWEEN);
            }
            let Some(place) = place else { continue };
            let cell = self.decoded(*place);
            let cell = cell.trim();
            if cell.bytes().any(|byte| byte < 0x20) {
                cells.extend(cell.chars().map(|c| if c.is_control() { ' ' } else { c }));
            } else {
                cells.push_str(cell);
            }
        }
        let row = cells.as_str().into();
        self.cells = cells;
        row
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Conflict>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, count) = match self.record()? {
            Ok(record) => record,
            Err(conflict) => return Some(Err(conflict)),
        };
        if count != self.width {
            let detail = format!("{count} statt {}", self.width);
            return Some(Err(self.conflict(line, "import.cell-count", &detail)));
        }
        Some(Ok(Row { line, cells: self.mapped() }))
    }
}

/// Reads a whole file and says how many rows it has, or what is wrong first: for tests and for fuzzing.
pub fn count_rows(file: &File) -> Result<usize, Conflict> {
    let (_, rows) = open(file)?;
    let mut count = 0;
    for row in rows {
        row?;
        count += 1;
    }
    Ok(count)
}
