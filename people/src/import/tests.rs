//! Files, plans and what becomes of them.
