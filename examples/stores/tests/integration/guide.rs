//! Checks that the guide to writing a store quotes the sources correctly.

const GUIDE: &str = include_str!("../../../../docs/writing-a-store.md");

#[test]
fn the_guide_shows_the_whole_store_in_a_vector() {
    let (_, store) = include_str!("../../src/vec_store.rs").split_once("\n\n").unwrap();
    assert!(GUIDE.contains(&format!("```rust\n{store}```\n")), "the guide does not show this store");
}

#[test]
fn what_the_guide_quotes_is_in_a_store_that_is_tested() {
    let sources = [
        include_str!("../../src/redis_store.rs"),
        include_str!("../../src/redis_store/transaction.rs"),
        include_str!("../../src/timed.rs"),
        include_str!("laws.rs"),
        include_str!("in_memory.rs"),
    ];
    let sources = sources.map(without_indentation);
    // Blocks marked `rs` are quotes. Blocks marked `rust` are tested as documentation examples.
    let quotes = GUIDE.split("\n```rs\n").skip(1).map(|rest| rest.split("\n```\n").next().unwrap());
    let quotes = quotes.collect::<Vec<_>>();
    assert!(!quotes.is_empty());
    for quote in quotes {
        let is_quoted = |source: &String| source.contains(&without_indentation(quote));
        assert!(sources.iter().any(is_quoted), "this quote is not in the sources:\n{quote}");
    }
}

/// Removes the indentation of each line. The guide quotes functions without the indentation of their block.
fn without_indentation(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_start())).collect()
}
