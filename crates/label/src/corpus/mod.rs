//! The corpus as a folder.
