//! Decodes the response of a live stream: the head, the chunks of the body, and the blocks of events in them.

use crate::Failure;

/// A block of a stream.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The last id of the stream, which the client sends when it connects again.
    pub(crate) id: String,
    /// The name of the event. It is empty for a message.
    pub(crate) event: String,
    pub(crate) data: String,
}

/// Decodes the bytes of a response in the order of their arrival. Any line, chunk or block may be split.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    part: Part,
    /// The start of a line that is not complete: of the head, of the size of a chunk, or of a block.
    line: Vec<u8>,
    block: Block,
}

/// The part of the response that comes next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Status,
    Headers {
        is_chunked: bool,
    },
    Size,
    Data(usize),
    AfterData,
    End,
}

impl Decoder {
    /// Decodes these bytes, and passes each complete block to `seen`. A response that is not a stream is an error.
    pub(crate) fn decode(&mut self, mut bytes: &[u8], mut seen: impl FnMut(&Block)) -> Result<(), Failure> {
        while !bytes.is_empty() {
            if let Part::Data(left) = self.part {
                let (now, rest) = bytes.split_at(left.min(bytes.len()));
                self.read_data(now, &mut seen)?;
                bytes = rest;
                self.part = if now.len() == left { Part::AfterData } else { Part::Data(left - now.len()) };
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.part = self.part.after(std::str::from_utf8(&line)?.trim_end())?;
        }
        Ok(())
    }

    /// Returns whether the server has ended the stream.
    pub(crate) fn is_at_end(&self) -> bool {
        self.part == Part::End
    }

    /// Reads a part of the body, which is only split into lines here.
    fn read_data(&mut self, mut bytes: &[u8], seen: &mut impl FnMut(&Block)) -> Result<(), Failure> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            if self.line.is_empty() {
                self.block.read_line(std::str::from_utf8(&bytes[..end])?, seen);
            } else {
                self.line.extend_from_slice(&bytes[..end]);
                self.block.read_line(std::str::from_utf8(&self.line)?, seen);
                self.line.clear();
            }
            bytes = &bytes[end + 1..];
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }
}

impl Part {
    /// Returns what comes after this line.
    fn after(self, line: &str) -> Result<Self, Failure> {
        Ok(match self {
            Self::Status if line.starts_with("HTTP/1.1 200 ") => Self::Headers { is_chunked: false },
            Self::Status => return Err(format!("not a stream: {line}").into()),
            Self::Headers { is_chunked: false } if line.is_empty() => return Err("the body has no chunks".into()),
            Self::Headers { .. } if line.is_empty() => Self::Size,
            Self::Headers { is_chunked } => {
                Self::Headers { is_chunked: is_chunked || line.eq_ignore_ascii_case("transfer-encoding: chunked") }
            }
            Self::Size => match usize::from_str_radix(line, 16)? {
                0 => Self::End,
                size => Self::Data(size),
            },
            Self::AfterData if line.is_empty() => Self::Size,
            Self::AfterData => return Err(format!("a chunk is longer than its size: {line}").into()),
            Self::Data(_) | Self::End => self,
        })
    }
}

impl Block {
    /// Reads a line of the block. The empty line ends it.
    fn read_line(&mut self, line: &str, seen: &mut impl FnMut(&Self)) {
        match line.split_once(": ") {
            Some(("id", id)) => id.clone_into(&mut self.id),
            Some(("event", event)) => event.clone_into(&mut self.event),
            Some(("data", data)) => data.clone_into(&mut self.data),
            _ if line.is_empty() => {
                seen(self);
                self.event.clear();
                self.data.clear();
            }
            _ => {}
        }
    }
}
