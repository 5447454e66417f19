//! A session: connected, the roster followed, an account signed in.

use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use yichuan_document::signed::{Body, Context, Signed};
use yichuan_document::{StatementId, cbor};
use yichuan_evidence::entry::Entry;
use yichuan_evidence::verify::RootPin;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, InlineBody, Record};

use super::failed::Failed;
use super::feed::Feed;
use super::identity::Identity;
use super::mirror::Mirror;
use crate::home::replace;
use crate::link::{Expected, Link, LinkFailed, Target, Transport};

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
    /// that the roster, which begins at the pinned genesis, names.
    pub async fn connect(&self) -> Result<Connected, Failed> {
        let known = Mirror::load(self.home, self.pin)?;
        let certified = known.as_ref().and_then(|mirror| mirror.roster().exchange());
        let expected = certified.map_or(Expected::FirstContact, |keys| Expected::Key(keys.tls));
        let target = Target {
            address: self.address.to_owned(),
            transport: self.transport,
            expected,
        };
        let link = Link::connect(&target, self.tls_seed).await?;
        if link.welcome().genesis != self.pin.genesis {
            return Err(Failed::AnotherInstallation);
        }
        if let Some(mirror) = &known {
            mirror.refuse_shrunk(&link.welcome().checkpoint)?;
        }
        let mirror = Mirror::follow(known, self.home, self.pin, &link).await?;
        let keys = mirror
            .roster()
            .exchange()
            .ok_or(Failed::ExchangeNotCertified)?;
        if keys.tls != *link.peer_key() {
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
}

impl Session {
    /// Signs `identity` in and takes in the unit's events.
    pub async fn open(contact: &Contact<'_>, identity: Identity) -> Result<Self, Failed> {
        let Connected { link, mirror } = contact.connect().await?;
        let session = identity.session(mirror.roster(), link.exporter())?;
        link.open_session(session).await?;
        let feed = Feed::load(contact.home, &identity.unit())?;
        let mut session = Self {
            home: contact.home.to_owned(),
            link,
            mirror,
            feed,
            identity,
        };
        session
            .feed
            .catch_up(&mut session.mirror, &session.link)
            .await?;
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
        let record = if let Some(record) = self.pending(name)? {
            record
        } else {
            let id = StatementId::new(crate::now(), &mut crate::chance()?);
            let signed = self.identity.sign(&self.context(), id, body);
            let record = record(&signed, attachments, None);
            self.persist(name, &record)?;
            record
        };
        self.record_pending(name, record).await
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
        let finished = match &outcome {
            Ok(_) => true,
            // A refusal that will not change by itself; the next attempt is a new decision.
            Err(Failed::Link(LinkFailed::Refused(refused))) => refused.code < ErrorCode::BUSY,
            Err(_) => false,
        };
        if finished {
            std::fs::remove_file(self.pending_path(name))?;
        }
        outcome
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
        self.home
            .join("pending")
            .join(format!("{}-{name}", self.identity.account))
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

/// A record message.
pub fn record(signed: &Signed, attachments: Vec<Vec<u8>>, body: Option<InlineBody>) -> Record {
    Record {
        statement: ByteVec::from(signed.to_bytes()),
        attachments: attachments.into_iter().map(ByteVec::from).collect(),
        body,
    }
}
