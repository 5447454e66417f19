//! The main job: what clerks, heads of department and custodians do with a document.
//!
//! Every function is an operation that the command line, and later the desk, only calls.

pub mod approve;
pub mod assigning;
pub mod attention;
pub mod audit;
pub mod codes;
pub mod compose;
pub mod content;
pub mod dossier;
pub mod drafts;
pub mod duty;
pub mod ended;
pub mod enrol;
pub mod export;
mod failed;
pub mod feed;
pub mod history;
pub mod identity;
pub mod inspect;
pub mod issuing;
pub mod meeting;
pub mod mirror;
pub mod notes;
pub mod notices;
pub mod numbers;
pub mod opening;
pub mod people;
pub mod permitting;
pub mod place;
pub mod printing;
pub mod recalling;
pub mod receive;
mod records;
pub mod register;
pub mod seal_request;
pub mod seal_uses;
pub mod sealing;
pub mod send;
pub mod session;
pub mod staff;
pub mod supervision;
pub mod unit_key;
pub mod unsent;
pub mod verdict;
mod verified;
pub mod watching;
pub mod withheld;

pub use failed::{Failed, Inconsistent, PartProblem};
pub use identity::Identity;
pub use session::{Connected, Contact, Session};
