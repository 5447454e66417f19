//! Opening a session: the account and the computer, the password's age, one computer at a time.

use yichuan_document::Timestamp;
use yichuan_document::roster::Standing;
use yichuan_document::signed::{Payload, Signed};
use yichuan_document::statement::{LoginProof, SessionOpen};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{CLOCK_SKEW_MS_MAX, PasswordState, SessionState};

use super::sessions::Limits;
use super::sittings::RefusedSession;
use super::{Office, PASSWORD_DAYS};
use crate::net::{Peer, Session};
use crate::registry::{Refusal, row};
use crate::sequencer::clock;
use crate::tables::{self, PasswordRow};

impl Office {
    pub(super) fn open(&self, peer: &Peer, bytes: &[u8]) -> Result<Session, Refusal> {
        let malformed = |why| Refusal::about(ErrorCode::MALFORMED, why);
        let signed = Signed::read(bytes).map_err(malformed)?;
        let payload = signed.claimed().map_err(malformed)?;
        let roster = &self.newest().roster;
        if payload.origin != *roster.origin() || payload.genesis != roster.genesis() {
            return Err(Refusal::of(ErrorCode::INSTALLATION));
        }
        let standing = roster.standing(&payload).map_err(Refusal::standing)?;
        if standing.device_keys().tls != peer.tls_key {
            return Err(Refusal::of(ErrorCode::DEVICE));
        }
        let verified = signed
            .verify(&standing.signers())
            .map_err(|why| Refusal::about(ErrorCode::SIGNATURE, why))?;
        // From here on it is validly signed, and a refusal goes into the log.
        let now = clock();
        let admitted = self.admit(peer, &standing, verified.payload(), now);
        if let Err(refusal) = &admitted
            && !refusal.is_ours()
            && let Some(count) = self.refusals.count(standing.device(), now)
        {
            let (request, code) = (verified.digest(), refusal.code);
            let told = RefusedSession {
                request,
                code,
                at: now,
                count,
            };
            self.sittings
                .refused((standing.id(), standing.device()), &told);
        }
        admitted
    }

    /// Opens the session of an account that asks for it with valid signatures.
    fn admit(
        &self,
        peer: &Peer,
        standing: &Standing,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Session, Refusal> {
        let roster = &self.newest().roster;
        let body: SessionOpen = payload
            .body()
            .map_err(|why| Refusal::about(ErrorCode::MALFORMED, why))?;
        if body.exporter != peer.exporter {
            return Err(Refusal::of(ErrorCode::SIGNATURE));
        }
        let skew = now.ms_since(payload.time).max(payload.time.ms_since(now));
        if skew > CLOCK_SKEW_MS_MAX {
            return Err(Refusal::about(ErrorCode::CLOCK, skew / 1_000));
        }
        if !roster.knows_head(&payload.roster) {
            return Err(Refusal::of(ErrorCode::ROSTER));
        }
        let state = self.password_state(standing, &body.login, now)?;
        if self.sessions.open(standing.id(), standing.device(), now) {
            // The person sits at another computer now; the session at the first one ends.
            self.published().look_again();
        }
        Ok(Session {
            account: standing.id().clone(),
            device: standing.device().clone(),
            state,
            opened: now,
            held: Some(self.sittings.open(standing.id(), standing.device(), now)),
        })
    }

    /// How the account's password stands; refuses a proof of another one than is known.
    fn password_state(
        &self,
        standing: &Standing,
        login: &LoginProof,
        now: Timestamp,
    ) -> Result<SessionState, Refusal> {
        let key = standing.id().as_str().as_bytes();
        let known = self.view()?.get(tables::PASSWORDS, key)?;
        let known: Option<PasswordRow> = known.map(|bytes| row(&bytes)).transpose()?;
        let Some(known) = known.filter(|known| known.key == standing.signing_key()) else {
            return Ok(SessionState {
                password: PasswordState::Unset,
                until: None,
            });
        };
        // Digests of secrets: what their comparison tells about time is of no use.
        if login.verifier() != known.verifier {
            return Err(Refusal::of(ErrorCode::PASSWORD));
        }
        let policy = self.newest().roster.policy();
        let days = policy.map_or(PASSWORD_DAYS, |policy| policy.password_days);
        let until = known.since.plus_ms(u64::from(days) * 86_400_000);
        let password = if now < until {
            PasswordState::Good
        } else {
            PasswordState::Expired
        };
        Ok(SessionState {
            password,
            until: Some(until),
        })
    }

    /// Whether the session of the other side has not ended.
    pub(super) fn lasts(&self, peer: &Peer) -> bool {
        let session = peer.session.as_ref();
        session.is_none_or(|session| self.sessions.lasts(session, clock(), self.limits()).is_ok())
    }

    pub(super) fn limits(&self) -> Limits {
        Limits::of(self.newest().roster.policy().as_ref())
    }
}
