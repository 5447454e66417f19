//! Tests of the roster, on a small land with two units.

mod acts;
mod any_order;
mod circles;
mod duty;
mod enrolment;
mod land;
mod proofs;
mod records;
mod standing;
mod unit_keys;
