//! The sessions on the tokens of one library.
//!
//! A session that was lost is opened once more with the PIN that was given. A PIN that was refused
//! is forgotten at once, so that no repetition uses up the tries that a token allows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};

use super::failed::may_be_lost;
use super::library::start;
use super::{Pin, PinState, Seen, TokenFailed, TokenName};

/// A library with its sessions.
pub(super) struct State {
    path: PathBuf,
    library: Pkcs11,
    started: bool,
    pub(super) logins: BTreeMap<TokenName, Login>,
}

/// How somebody logged in to a token.
pub(super) struct Login {
    /// `None` where the token has a pad of its own.
    pub(super) pin: Option<Pin>,
    /// `None` where it was lost.
    pub(super) session: Option<Session>,
}

/// Why one attempt failed.
pub(super) enum Trouble {
    /// The library or the token; a new session may help.
    Lost(TokenFailed),
    /// Whatever was repeated, it would be the same.
    Other(TokenFailed),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let told = TokenFailed::device(&error);
        if may_be_lost(&error) {
            Self::Lost(told)
        } else {
            Self::Other(told)
        }
    }
}

impl From<TokenFailed> for Trouble {
    fn from(failed: TokenFailed) -> Self {
        Self::Other(failed)
    }
}

impl State {
    /// One that has begun.
    pub(super) fn new(path: PathBuf, library: Pkcs11) -> Self {
        Self {
            path,
            library,
            started: true,
            logins: BTreeMap::new(),
        }
    }

    /// Has the library begin where it has ended.
    pub(super) fn begin(&mut self) -> Result<(), TokenFailed> {
        if !self.started {
            start(&self.library, &self.path)?;
            self.started = true;
        }
        Ok(())
    }

    /// Ends the library. Sessions go first, since their numbers are given out again.
    pub(super) fn stop(&mut self) {
        for login in self.logins.values_mut() {
            login.session = None;
        }
        // A library that cannot end will say so when it is to begin.
        let _ = self.library.clone().finalize();
        self.started = false;
    }

    /// Does something with a token. Where the session may be lost, the library begins anew, for
    /// many find a token again only then, and it is done once more.
    pub(super) fn repeated<T>(
        &mut self,
        token: &TokenName,
        work: impl Fn(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, TokenFailed> {
        if !self.logins.contains_key(token) {
            let token = token.clone();
            return Err(TokenFailed::NoPin { token });
        }
        let removed = |failed| match failed {
            TokenFailed::NotThere { .. } | TokenFailed::Module { .. } => TokenFailed::Removed {
                token: token.clone(),
            },
            other => other,
        };
        self.begin().map_err(removed)?;
        match work(self) {
            Ok(done) => return Ok(done),
            Err(Trouble::Other(failed)) => return Err(failed),
            Err(Trouble::Lost(_)) => self.stop(),
        }
        self.begin().map_err(removed)?;
        match work(self) {
            Ok(done) => Ok(done),
            Err(Trouble::Lost(failed) | Trouble::Other(failed)) => Err(removed(failed)),
        }
    }

    /// The session of somebody who has logged in; opened again where it was lost.
    pub(super) fn session(&mut self, token: &TokenName) -> Result<&Session, Trouble> {
        let Some(login) = self.logins.remove(token) else {
            let token = token.clone();
            return Err(Trouble::Other(TokenFailed::NoPin { token }));
        };
        let session = match login.session {
            Some(session) => session,
            None => match self.open(token, login.pin.as_ref()) {
                Ok(session) => session,
                // The token may be back by the next time; a PIN that it refused is gone.
                Err(failed) if !is_about_the_pin(&failed) => {
                    let session = None;
                    let login = Login { session, ..login };
                    self.logins.insert(token.clone(), login);
                    return Err(Trouble::Lost(failed));
                }
                Err(failed) => return Err(Trouble::Other(failed)),
            },
        };
        let login = self.logins.entry(token.clone()).or_insert(Login {
            pin: login.pin,
            session: None,
        });
        Ok(login.session.insert(session))
    }

    pub(super) fn info(&self, slot: Slot) -> Result<TokenInfo, TokenFailed> {
        let info = self.library.get_token_info(slot);
        info.map_err(|error| TokenFailed::device(&error))
    }

    /// The tokens in the slots; what goes away meanwhile is left out.
    fn inserted(&self) -> Result<Vec<(Slot, TokenInfo)>, TokenFailed> {
        let slots = self.library.get_slots_with_token();
        let slots = slots.map_err(|error| TokenFailed::device(&error))?;
        let told = slots
            .into_iter()
            .filter_map(|slot| Some((slot, self.library.get_token_info(slot).ok()?)));
        Ok(told.filter(|(_, info)| info.token_initialized()).collect())
    }

    pub(super) fn seen(&self) -> Result<Vec<Seen>, TokenFailed> {
        let mut all = Vec::new();
        for (slot, info) in self.inserted()? {
            all.push(Seen {
                slot: slot.id(),
                name: name(&info),
                maker: super::shown(info.manufacturer_id()),
                model: super::shown(info.model()),
                pin: PinState::of(&info),
                own_pad: info.protected_authentication_path(),
                ed25519: self.has_ed25519(slot)?,
                keys: self.shown_keys(slot).unwrap_or_default(),
            });
        }
        Ok(all)
    }

    fn shown_keys(&self, slot: Slot) -> Result<Vec<String>, Error> {
        let session = self.library.open_ro_session(slot)?;
        let mut labels = Vec::new();
        for key in session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY)])? {
            let told = session.get_attributes(key, &[AttributeType::Label])?;
            for attribute in told {
                if let Attribute::Label(label) = attribute {
                    labels.push(super::shown(&String::from_utf8_lossy(&label)));
                }
            }
        }
        labels.sort();
        Ok(labels)
    }

    pub(super) fn has_ed25519(&self, slot: Slot) -> Result<bool, TokenFailed> {
        let all = self.library.get_mechanism_list(slot);
        let all = all.map_err(|error| TokenFailed::device(&error))?;
        let wanted = [
            MechanismType::EDDSA,
            MechanismType::ECC_EDWARDS_KEY_PAIR_GEN,
        ];
        Ok(wanted.iter().all(|one| all.contains(one)))
    }

    /// The slot in which the token is: by its serial number, and by its label where several have
    /// the same.
    pub(super) fn slot(&self, token: &TokenName) -> Result<Slot, TokenFailed> {
        let mut fitting = self.inserted()?;
        fitting.retain(|(_, info)| info.serial_number() == token.serial);
        if fitting.len() > 1 {
            fitting.retain(|(_, info)| info.label() == token.label);
        }
        match fitting.as_slice() {
            [(slot, _)] => Ok(*slot),
            [] => Err(TokenFailed::NotThere {
                token: token.to_string(),
            }),
            several => Err(TokenFailed::Ambiguous {
                typed: token.to_string(),
                fitting: several.iter().map(|(_, info)| name(info)).collect(),
            }),
        }
    }

    /// As [`State::slot`]. Where no slot has the token, the library begins anew, for many find one
    /// that was put in meanwhile only then; whoever has logged in to others stays so.
    pub(super) fn slot_anew(&mut self, token: &TokenName) -> Result<Slot, TokenFailed> {
        match self.slot(token) {
            Err(TokenFailed::NotThere { .. }) => {
                self.stop();
                self.begin()?;
                self.slot(token)
            }
            found => found,
        }
    }

    /// Opens a session and logs in.
    pub(super) fn open(
        &self,
        token: &TokenName,
        pin: Option<&Pin>,
    ) -> Result<Session, TokenFailed> {
        let slot = self.slot(token)?;
        let info = self.info(slot)?;
        let locked = || TokenFailed::PinLocked {
            token: token.clone(),
        };
        match PinState::of(&info) {
            PinState::Locked => return Err(locked()),
            PinState::Unset => {
                let token = token.clone();
                return Err(TokenFailed::PinUnset { token });
            }
            PinState::Good | PinState::Low | PinState::Final => {}
        }
        let wrong = |left| TokenFailed::WrongPin {
            token: token.clone(),
            left,
        };
        let (least, most) = (info.min_pin_length(), info.max_pin_length());
        // Some tell a longest one of nothing.
        let fits = |pin: &Pin| pin.bytes() >= least && (pin.bytes() <= most || most < least.max(1));
        if pin.is_some_and(|pin| !fits(pin)) {
            // It cannot be right, and costs no try.
            return Err(wrong(PinState::of(&info)));
        }
        let session = self.library.open_rw_session(slot);
        let session = session.map_err(|error| TokenFailed::device(&error))?;
        let copy = pin.map(Pin::for_library);
        match session.login(UserType::User, copy.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(locked()),
            Err(Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
                _,
            )) => {
                let left = self
                    .info(slot)
                    .map_or(PinState::Good, |now| PinState::of(&now));
                match left {
                    PinState::Locked => Err(locked()),
                    left => Err(wrong(left)),
                }
            }
            Err(Error::Pkcs11(RvError::UserPinNotInitialized | RvError::PinExpired, _)) => {
                let token = token.clone();
                Err(TokenFailed::PinUnset { token })
            }
            Err(error) => Err(TokenFailed::device(&error)),
        }
    }
}

fn name(info: &TokenInfo) -> TokenName {
    TokenName {
        label: info.label().to_owned(),
        serial: info.serial_number().to_owned(),
    }
}

const fn is_about_the_pin(failed: &TokenFailed) -> bool {
    matches!(
        failed,
        TokenFailed::WrongPin { .. } | TokenFailed::PinLocked { .. } | TokenFailed::PinUnset { .. }
    )
}
