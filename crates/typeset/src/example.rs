//! Commented sources to start from.

use crate::Form;

/// A source of this form that can be set as it is.
pub const fn example(form: Form) -> &'static str {
    match form {
        Form::Official => include_str!("examples/official.txt"),
        Form::Letter => include_str!("examples/letter.txt"),
        Form::Order => include_str!("examples/order.txt"),
        Form::Minutes => include_str!("examples/minutes.txt"),
    }
}
