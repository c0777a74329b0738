//! The lives of things that several features take part in, each told top to bottom. Order of processing is code.

pub mod abroad;
pub mod admins;
pub mod caps;
pub mod clients;
pub mod commands;
pub mod contacts;
pub mod erase;
pub mod guess;
pub mod holds;
pub mod iq;
pub mod member;
pub mod message;
pub mod moving;
pub mod offline;
pub mod password;
pub mod presence;
pub mod push;
pub mod registration;
pub mod reports;
pub mod retention;
pub mod rooms;
pub mod strangers;
pub mod take_along;
pub mod upload;
pub mod welcome;
