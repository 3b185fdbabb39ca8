//! An empty library. This package contains only tests.
