#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| actix_messages_fuzz::contents::try_input(input));
