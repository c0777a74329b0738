//! Rsm.
