//! The PIN of a token.

use std::fmt;
use std::io;

use cryptoki::types::AuthPin;

use crate::keystore::Password;

/// A PIN; wiped when dropped, never shown. It is judged by the token alone.
pub struct Pin(Password);

impl Pin {
    /// Takes a PIN as it was typed.
    pub fn new(text: String) -> Self {
        Self(Password::new(text))
    }

    /// Reads one line, as [`Password::read`] does.
    pub fn read(from: impl io::Read) -> io::Result<Self> {
        Password::read(from).map(Self)
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.text().len()
    }

    /// A copy for the library, wiped as well.
    pub(super) fn for_library(&self) -> AuthPin {
        AuthPin::from(self.0.text())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i7_a_pin_does_not_show_itself() {
        let pin = Pin::read(&b"246813\nnext"[..]).unwrap();
        assert_eq!(pin.bytes(), 6);
        assert_eq!(format!("{pin:?}"), "Pin(..)");
        assert!(!format!("{:?}", pin.for_library()).contains("246813"));
    }
}
