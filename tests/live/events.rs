//! Parses server-sent events as the HTML standard says.
//!
//! Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::mem;

/// A block of a stream that was completed by its blank line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The last event id after this block.
    pub(crate) id: String,
    /// The type and the data, if the block dispatches an event.
    pub(crate) event: Option<(String, String)>,
}

/// The parser of one stream.
#[derive(Debug, Default)]
pub(crate) struct EventParser {
    line: Vec<u8>,
    has_begun: bool,
    follows_cr: bool,
    data: String,
    name: String,
    id: String,
    /// The last `retry`, in milliseconds.
    pub(crate) retry: Option<u64>,
}

impl EventParser {
    /// Parses the next bytes of the stream, and returns the blocks that they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Block> {
        let mut blocks = Vec::new();
        for byte in bytes {
            match (byte, mem::take(&mut self.follows_cr)) {
                (b'\n', true) => {}
                (b'\r' | b'\n', _) => {
                    self.follows_cr = *byte == b'\r';
                    let line = mem::take(&mut self.line);
                    blocks.extend(self.end_line(&String::from_utf8_lossy(&line)));
                }
                _ => self.line.push(*byte),
            }
        }
        blocks
    }

    fn end_line(&mut self, line: &str) -> Option<Block> {
        let line = if mem::replace(&mut self.has_begun, true) { line } else { line.trim_start_matches('\u{feff}') };
        if line.is_empty() {
            return Some(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data += value;
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().or(self.retry);
            }
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Block {
        let (name, mut data) = (mem::take(&mut self.name), mem::take(&mut self.data));
        let has_data = data.pop().is_some();
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Block { id: self.id.clone(), event: has_data.then_some((name, data)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(stream: &str) -> Vec<(String, String, String)> {
        let blocks = EventParser::default().feed(stream.as_bytes());
        blocks.into_iter().filter_map(|block| block.event.map(|(name, data)| (block.id, name, data))).collect()
    }

    fn event(id: &str, name: &str, data: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), data.to_owned())
    }

    /// The examples of the standard.
    #[test]
    fn the_examples_of_the_standard_give_its_events() {
        assert_eq!(events("data: YHOO\ndata: +2\ndata: 10\n\n"), [event("", "message", "YHOO\n+2\n10")]);
        let three = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        assert_eq!(
            events(three),
            [
                event("1", "message", "first event"),
                event("", "message", "second event"),
                event("", "message", " third event")
            ]
        );
        assert_eq!(events("data\n\ndata\ndata\n\ndata:"), [event("", "message", ""), event("", "message", "\n")]);
        assert_eq!(events("data:test\n\ndata: test\n\n"), [event("", "message", "test"), event("", "message", "test")]);
    }

    #[test]
    fn only_a_blank_line_completes_a_block_and_every_line_end_counts() {
        let stream =
            "\u{feff}id: 1\r\nevent: read\r\ndata: {}\r\n\r\nid: 2\rdata: x\r\rretry: 12\nretry: 1x\nid: 3\n\n";
        for cut in 0..=stream.len() {
            let mut parser = EventParser::default();
            let (head, rest) = stream.as_bytes().split_at(cut);
            let mut blocks = parser.feed(head);
            assert!(blocks.len() == head_blocks(cut), "{cut}");
            blocks.extend(parser.feed(rest));
            let ids = blocks.iter().map(|block| block.id.as_str()).collect::<Vec<_>>();
            assert_eq!((ids, parser.retry), (vec!["1", "2", "3"], Some(12)), "{cut}");
            assert_eq!(blocks[0].event, Some(("read".to_owned(), "{}".to_owned())));
            assert_eq!(blocks[2].event, None);
        }
    }

    /// The number of blocks that are complete after this number of bytes of the stream above.
    fn head_blocks(bytes: usize) -> usize {
        // The positions of the last byte that completes each block; `\r` alone completes a line.
        [34, 50, 77].into_iter().filter(|end| bytes >= *end).count()
    }
}
