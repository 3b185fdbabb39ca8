//! Numbers at the ends of the usual types.

/// The ends of integers of 32 and 64 bits, what is next to them, and what a `double` rounds.
pub(crate) const BEYOND_INTEGERS: [&str; 12] = [
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
];
