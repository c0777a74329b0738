//! The rules of the feature, on both engines.
