//! The rules of the accounts, on both engines.
