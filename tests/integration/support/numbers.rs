//! Numbers at the limits of the usual types.

/// The limits of integers with 32 and 64 bits, the numbers next to them, and a number that a `double` rounds.
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
