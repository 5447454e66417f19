//! Where somebody acts: what a computer knows of its exchange, and an account opened on it.

use std::path::{Path, PathBuf};

use yichuan_document::key::{PublicKey, SigningSecret};
use yichuan_document::roster::record::SealGrant;
use yichuan_document::statement::LoginProof;
use yichuan_document::{AccountId, DeviceId};
use yichuan_envelope::EncryptionSecret;
use yichuan_evidence::verify::RootPin;
use zeroize::Zeroizing;

use super::enrol::keystore_path;
use super::sealing::SealKeys;
use super::session::{change_password, check_password};
use super::{Contact, Failed, Identity};
use crate::home::{Home, Settings};
use crate::keystore::{self, DeviceSecrets, KeyAt, KeystoreFailed, Password, Secrets, tries};
use crate::token::{OwnKey, Pin, TokenFailed, TokenName};

/// The id of the computer that a home is in use on, from the first enrolment on.
pub(super) fn device_of(home: &Path) -> Result<DeviceId, Failed> {
    let named = home.join("device");
    let device = std::fs::read_to_string(&named)?;
    device.trim().parse().map_err(|_| Failed::Damaged(named))
}

/// What a computer knows of its exchange.
pub struct Place {
    /// The pinned root of the installation.
    pub pin: RootPin,
    /// Where the exchange is.
    pub settings: Settings,
    tls_seed: Zeroizing<[u8; 32]>,
}

impl Place {
    /// Reads the home of an enrolled computer.
    pub fn of(home: &Home) -> Result<Self, Failed> {
        Ok(Self {
            pin: home.pin()?,
            settings: home.settings()?,
            tls_seed: DeviceSecrets::of(home.folder())?.tls(),
        })
    }

    /// How the exchange is met from here.
    pub fn contact<'a>(&'a self, home: &'a Home) -> Contact<'a> {
        Contact {
            home: home.folder(),
            pin: &self.pin,
            address: &self.settings.exchange,
            transport: self.settings.transport.into(),
            tls_seed: &self.tls_seed,
        }
    }
}

/// An account whose keystore is open.
pub struct Unlocked {
    /// The account.
    pub account: AccountId,
    /// This computer.
    pub device: DeviceId,
    /// This computer's keys.
    pub device_secrets: DeviceSecrets,
    /// What the keystore held.
    pub secrets: Secrets,
    /// What opened it, for storing more.
    pub password: Password,
    /// The file that it opened.
    pub path: PathBuf,
    /// Through which library its keys on tokens are reached, when not through the one that they
    /// were made with.
    pub token_module: Option<PathBuf>,
    login: LoginProof,
}

impl Unlocked {
    /// Opens the keystore that `account` has in the home.
    pub fn open(home: &Path, account: &AccountId, password: Password) -> Result<Self, Failed> {
        let current = keystore_path(home, account);
        let wait = tries::wait_ms(&current, crate::now());
        if wait > 0 {
            return Err(Failed::TooManyTries {
                seconds: wait.div_ceil(1_000),
            });
        }
        let next = keystore::next_path(&current);
        // A change of the password may have been cut off after the exchange had taken it.
        let mut opened = keystore::open_with_login(&current, &password);
        let mut path = current.clone();
        if matches!(opened, Err(KeystoreFailed::WrongPassword)) && next.exists() {
            opened = keystore::open_with_login(&next, &password);
            path = next;
        }
        match &opened {
            Ok(_) => tries::forget(&current)?,
            Err(KeystoreFailed::WrongPassword) => tries::count_wrong(&current, crate::now())?,
            Err(_) => {}
        }
        let (secrets, login) = opened?;
        let device = device_of(home)?;
        Ok(Self {
            account: account.clone(),
            device,
            device_secrets: DeviceSecrets::of(home)?,
            secrets,
            password,
            path,
            token_module: None,
            login,
        })
    }

    /// Whether it was opened with a new password that the exchange may not know yet.
    pub fn is_unconfirmed(&self) -> bool {
        self.path.extension().is_some_and(|end| end == "next")
    }

    /// The exchange has taken the password: a keystore that waited for that takes its place.
    pub fn confirm(&self, home: &Path) -> Result<(), Failed> {
        if self.is_unconfirmed() {
            keystore::settle_password(&keystore_path(home, &self.account))?;
        }
        Ok(())
    }

    /// Closes the keystore with another password, and has the exchange know it (Art. 17).
    pub async fn renew_password(
        &self,
        contact: &Contact<'_>,
        new: &Password,
    ) -> Result<(), Failed> {
        if self.is_unconfirmed() {
            // A change was cut off. Whether the exchange had taken it, it says itself.
            check_password(contact, &self.identity()).await?;
            self.confirm(contact.home)?;
        }
        let path = keystore_path(contact.home, &self.account);
        let mut rng = crate::chance()?;
        let login = keystore::prepare_password(&path, &self.password, new, &mut rng)?;
        // The new keystore is on the disk before the exchange knows the password, and takes its
        // place only afterwards: whichever of the two opens, one of them always signs in.
        change_password(contact, &self.identity(), login.verifier()).await?;
        Ok(keystore::settle_password(&path)?)
    }

    /// The account's signing key.
    pub fn signing(&self) -> OwnKey {
        self.reached(self.secrets.signing())
    }

    /// Shows once more that it is the account's holder, by its password. Wrong ones are counted as
    /// at the sign-in.
    pub fn prove(&self, home: &Path, password: Password) -> Result<(), Failed> {
        Self::open(home, &self.account, password).map(drop)
    }

    /// Logs in to the token that the account's own key is on, with its PIN. Does nothing where the
    /// key is in the keystore.
    pub fn log_in(&self, pin: Option<Pin>) -> Result<(), Failed> {
        self.signing().log_in(given(pin))
    }

    /// Shows once more that it is the seal's custodian: by the PIN of the token that the key is on,
    /// whoever had logged in to it before, or by the account's password.
    pub fn prove_for(
        &self,
        home: &Path,
        keys: &SealKeys,
        (password, pin): (Option<Password>, Option<Pin>),
    ) -> Result<(), Failed> {
        if keys.own.token().is_some() {
            keys.own.log_out();
            return keys.own.log_in(given(pin));
        }
        self.prove(home, password.ok_or(KeystoreFailed::WrongPassword)?)
    }

    /// Logs out of every token that a key of the account is on.
    pub fn log_out(&self) {
        let own = std::iter::once(self.signing());
        let seals = self
            .secrets
            .seals
            .iter()
            .map(|kept| self.reached(kept.at()));
        for key in own.chain(seals) {
            key.log_out();
        }
    }

    /// The keys of a seal, if this account keeps it.
    pub fn seal_keys(&self, seal: &SealGrant) -> Result<SealKeys, Failed> {
        let wanted = seal.keys.first().map(PublicKey::id);
        let mut keys = self.secrets.seals.iter();
        let kept = keys.find(|kept| Some(kept.key) == wanted);
        let kept = kept.ok_or(Failed::NoSealKey)?;
        Ok(SealKeys {
            own: self.reached(kept.at()),
            electronic: kept.electronic(),
        })
    }

    fn reached(&self, at: KeyAt<'_>) -> OwnKey {
        match (at.own_key(), &self.token_module) {
            (OwnKey::OnToken(key), Some(module)) => OwnKey::OnToken(key.through(module)),
            (key, _) => key,
        }
    }

    /// The account as it signs here.
    pub fn identity(&self) -> Identity {
        Identity {
            account: self.account.clone(),
            device: self.device.clone(),
            signing: self.signing(),
            encryption: EncryptionSecret::from_seed(&self.secrets.encryption),
            device_signing: SigningSecret::from_seed(&self.device_secrets.signing()),
            login: self.login.clone(),
        }
    }
}

/// A PIN that was given before, for whoever asks for one.
fn given(pin: Option<Pin>) -> impl FnOnce(&TokenName) -> Result<Pin, Failed> {
    move |token| {
        let token = token.clone();
        pin.ok_or(Failed::Token(TokenFailed::NoPin { token }))
    }
}
