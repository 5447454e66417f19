//! A session: connected, the roster followed, an account signed in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use minicbor::bytes::ByteVec;
use yichuan_document::signed::{Body, Context, Signed};
use yichuan_document::statement::PasswordSet;
use yichuan_document::{AccountId, Digest, StatementId, Timestamp, cbor};
use yichuan_evidence::entry::Entry;
use yichuan_evidence::verify::RootPin;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, InlineBody, PasswordState, Record, SessionState};

use super::failed::Failed;
use super::feed::Feed;
use super::identity::Identity;
use super::mirror::Mirror;
use crate::home::replace;
use crate::link::{Expected, Link, LinkFailed, Target, Transport};

/// How long an event that was recorded may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(30);

/// Where the exchange is, and what this computer shows it.
pub struct Contact<'a> {
    /// This computer's home.
    pub home: &'a Path,
    /// The pinned genesis.
    pub pin: &'a RootPin,
    /// Host and port.
    pub address: &'a str,
    /// Over what.
    pub transport: Transport,
    /// The seed of the computer's TLS key.
    pub tls_seed: &'a [u8; 32],
}

/// A connection whose other side was compared with the roster.
pub struct Connected {
    /// The connection.
    pub link: Link,
    /// The roster.
    pub mirror: Mirror,
}

impl Contact<'_> {
    /// Connects and takes in the roster. At first contact the key that was met must be the one
    /// that the roster, which begins at the pinned genesis, names. So it must where the exchange
    /// shows a key that was not known yet: the root has certified it meanwhile, or it is nobody's.
    pub async fn connect(&self) -> Result<Connected, Failed> {
        let known = Mirror::load(self.home, self.pin)?;
        let certified = known.as_ref().and_then(|mirror| mirror.roster().exchange());
        let Some(certified) = certified else {
            return self.meet(known, Expected::FirstContact).await;
        };
        let unknown = match self.meet(known, Expected::of(&certified)).await {
            Err(failed @ Failed::Link(LinkFailed::AnotherKey { .. })) => failed,
            met => return met,
        };
        let known = Mirror::load(self.home, self.pin)?;
        self.meet(known, Expected::FirstContact)
            .await
            .map_err(|_| unknown)
    }

    async fn meet(&self, known: Option<Mirror>, expected: Expected) -> Result<Connected, Failed> {
        let is_known = matches!(expected, Expected::OneOf(_));
        let target = Target {
            address: self.address.to_owned(),
            transport: self.transport,
            expected,
        };
        let link = Link::connect(&target, self.tls_seed).await?;
        if link.welcome().genesis != self.pin.genesis {
            return Err(Failed::AnotherInstallation);
        }
        if let Some(mirror) = known.as_ref().filter(|_| is_known) {
            mirror.refuse_shrunk(&link.welcome().checkpoint)?;
        }
        let mirror = Mirror::follow(known, self.home, self.pin, &link).await?;
        let keys = mirror
            .roster()
            .exchange()
            .ok_or(Failed::ExchangeNotCertified)?;
        if !keys.admits_tls(link.peer_key()) {
            let address = self.address.to_owned();
            return Err(Failed::Link(LinkFailed::AnotherKey { address }));
        }
        Ok(Connected { link, mirror })
    }
}

/// An account that is signed in.
pub struct Session {
    /// This computer's home.
    pub home: PathBuf,
    /// The connection.
    pub link: Link,
    /// The roster.
    pub mirror: Mirror,
    /// The unit's events.
    pub feed: Feed,
    /// The account.
    pub identity: Identity,
    /// Until when its password may be used.
    pub password_until: Option<Timestamp>,
}

impl Session {
    /// Signs `identity` in and takes in the unit's events.
    pub async fn open(contact: &Contact<'_>, identity: Identity) -> Result<Self, Failed> {
        Self::open_again(contact, identity, &mut None).await
    }

    /// As [`Session::open`]; a `feed` of an earlier session of this unit goes on in the new one,
    /// and stays where it is when there is none.
    pub async fn open_again(
        contact: &Contact<'_>,
        identity: Identity,
        feed: &mut Option<Feed>,
    ) -> Result<Self, Failed> {
        let Connected { link, mirror } = contact.connect().await?;
        let mut state = signed_in(&link, &mirror, &identity).await?;
        if state.password == PasswordState::Unset {
            set_password(&link, &mirror, &identity, identity.login.verifier()).await?;
            state = signed_in(&link, &mirror, &identity).await?;
        }
        if state.password == PasswordState::Expired {
            return Err(Failed::PasswordExpired);
        }
        let feed = match feed.take() {
            Some(feed) => feed,
            None => Feed::load(contact.home, &identity.unit())?,
        };
        let mut session = Self {
            home: contact.home.to_owned(),
            link,
            mirror,
            feed,
            identity,
            password_until: state.until,
        };
        session
            .feed
            .catch_up(&mut session.mirror, &session.link)
            .await?;
        // Another computer of the unit may have deleted what this one still holds.
        session.forget_deleted()?;
        session.quarantine()?;
        Ok(session)
    }

    /// What a statement of this session begins with.
    pub fn context(&self) -> Context {
        self.identity
            .context(self.mirror.roster(), self.mirror.seen())
    }

    /// Signs and records a statement that is known by `name` on this computer, so that a command
    /// that failed half-way carries on with the same bytes.
    pub async fn say<B: Body>(
        &mut self,
        name: &str,
        body: &B,
        attachments: Vec<Vec<u8>>,
    ) -> Result<(u64, Entry), Failed> {
        let record = self.signed_once(name, body, attachments)?;
        self.record_pending(name, record).await
    }

    /// As [`Session::say`], but keeps the statement after it was recorded, until its file is
    /// removed: whoever fails in what follows gets the same answer once more.
    pub async fn say_and_hold<B: Body>(
        &mut self,
        name: &str,
        body: &B,
    ) -> Result<(u64, Entry), Failed> {
        let record = self.signed_once(name, body, Vec::new())?;
        let outcome = self.record(record).await;
        if is_final(&outcome) && outcome.is_err() {
            self.settle(name)?;
        }
        outcome
    }

    fn settle(&self, name: &str) -> Result<(), Failed> {
        Ok(std::fs::remove_file(self.pending_path(name))?)
    }

    fn signed_once<B: Body>(
        &self,
        name: &str,
        body: &B,
        attachments: Vec<Vec<u8>>,
    ) -> Result<Record, Failed> {
        if let Some(record) = self.pending(name)? {
            return Ok(record);
        }
        let id = StatementId::new(crate::now(), &mut crate::chance()?);
        let signed = self.identity.sign(&self.context(), id, body)?;
        let record = record(&signed, attachments, None);
        self.persist(name, &record)?;
        Ok(record)
    }

    /// Records a statement that was signed elsewhere, under the same rule.
    pub async fn say_signed(
        &mut self,
        name: &str,
        signed: &Signed,
        attachments: Vec<Vec<u8>>,
    ) -> Result<(u64, Entry), Failed> {
        let record = if let Some(record) = self.pending(name)? {
            record
        } else {
            let record = record(signed, attachments, None);
            self.persist(name, &record)?;
            record
        };
        self.record_pending(name, record).await
    }

    async fn record_pending(&mut self, name: &str, record: Record) -> Result<(u64, Entry), Failed> {
        let outcome = self.record(record).await;
        if is_final(&outcome) {
            self.settle(name)?;
        }
        outcome
    }

    /// Takes in the unit's events up to the entry at `index`, which is one of them.
    pub(super) async fn caught_up(&mut self, index: u64) -> Result<(), Failed> {
        while self
            .feed
            .events()
            .last()
            .is_none_or(|last| last.index < index)
        {
            self.next_event().await?;
        }
        Ok(())
    }

    /// Takes in one more event, which is on its way.
    pub(super) async fn next_event(&mut self) -> Result<(), Failed> {
        let push = tokio::time::timeout(ON_ITS_WAY, self.link.next_push()).await;
        let push = push.map_err(|_| Failed::Link(LinkFailed::Timeout))??;
        self.feed.take(&push, &self.mirror)?;
        Ok(())
    }

    /// Records a statement, and verifies that it stands in the log.
    pub async fn record(&mut self, record: Record) -> Result<(u64, Entry), Failed> {
        let Answer::Recorded(proven) = self.link.ask(Ask::Record(record)).await? else {
            return Err(Failed::Protocol);
        };
        let (entry, _) = self.mirror.verify(&proven)?;
        self.mirror
            .see(proven.checkpoint.as_bytes(), &self.link)
            .await?;
        Ok((proven.entry.index, entry))
    }

    fn pending_path(&self, name: &str) -> PathBuf {
        pending_path(&self.home, &self.identity.account, name)
    }

    fn pending(&self, name: &str) -> Result<Option<Record>, Failed> {
        let path = self.pending_path(name);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let record = cbor::read(&bytes, 8 << 20).map_err(|_| Failed::Damaged(path))?;
                Ok(Some(record))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn persist(&self, name: &str, record: &Record) -> Result<(), Failed> {
        let path = self.pending_path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(replace(&path, &cbor::to_vec(record))?)
    }
}

/// Where a statement is kept until its answer is known.
pub(super) fn pending_path(home: &Path, account: &AccountId, name: &str) -> PathBuf {
    home.join("pending").join(format!("{account}-{name}"))
}

/// Whether the answer will not change by itself, so that the next attempt is a new decision.
fn is_final<T>(outcome: &Result<T, Failed>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(Failed::Link(LinkFailed::Refused(refused))) => refused.code < ErrorCode::BUSY,
        Err(_) => false,
    }
}

/// Opens the session of `identity` on a connection.
async fn signed_in(
    link: &Link,
    mirror: &Mirror,
    identity: &Identity,
) -> Result<SessionState, Failed> {
    let session = identity.session(mirror.roster(), link.exporter())?;
    Ok(link.open_session(session).await?)
}

/// Has the exchange know the account's password by `verifier` from now on (Art. 17).
async fn set_password(
    link: &Link,
    mirror: &Mirror,
    identity: &Identity,
    verifier: Digest,
) -> Result<(), Failed> {
    let id = StatementId::new(crate::now(), &mut crate::chance()?);
    let context = identity.context(mirror.roster(), mirror.seen());
    let signed = identity.sign(&context, id, &PasswordSet { verifier })?;
    let asked = Ask::Record(record(&signed, Vec::new(), None));
    let Answer::Recorded(proven) = link.ask(asked).await? else {
        return Err(Failed::Protocol);
    };
    mirror.verify(&proven)?;
    Ok(())
}

/// Signs in and does nothing more: refused where the exchange knows another password.
pub async fn check_password(contact: &Contact<'_>, identity: &Identity) -> Result<(), Failed> {
    let Connected { link, mirror } = contact.connect().await?;
    signed_in(&link, &mirror, identity).await?;
    Ok(())
}

/// Signs in with the password that was and has the exchange know a new one; a password that has
/// expired can do just this.
pub async fn change_password(
    contact: &Contact<'_>,
    identity: &Identity,
    verifier: Digest,
) -> Result<(), Failed> {
    let Connected { link, mirror } = contact.connect().await?;
    signed_in(&link, &mirror, identity).await?;
    set_password(&link, &mirror, identity, verifier).await
}

/// A record message.
pub fn record(signed: &Signed, attachments: Vec<Vec<u8>>, body: Option<InlineBody>) -> Record {
    Record {
        statement: ByteVec::from(signed.to_bytes()),
        attachments: attachments.into_iter().map(ByteVec::from).collect(),
        body,
    }
}
