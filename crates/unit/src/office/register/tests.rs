//! Registers as the fold of events, each of which is an entry as the exchange would record it.

use minicbor::bytes::{ByteArray, ByteVec};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use yichuan_document::inspection::ReturnReason;
use yichuan_document::key::SigningSecret;
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Recipient, RecipientRole, SEGMENT_BYTES,
};
use yichuan_document::roster::record::Time;
use yichuan_document::roster::record::clocks::IndexSpan;
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::{
    Audience, Contact, DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Fetch,
    Inquiry, InquiryDue, InspectionList, MeetingReply, MoreCopies, OfDelivery, Overdue, Receipt,
    Redirection, Reminder, Return, ReturnAcknowledgement, Rewrap, Submission, Supersession,
    SupplementApproval,
};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{Classification, StatementId, UnitRef};
use yichuan_evidence::entry::{ENTRY_VERSION, Entry, EntryKind};

use super::*;
use crate::office::feed::Feed;
use yichuan_document::statement::{AttachmentRef, RecallAnswer, Supplemented as Begun};

const SENDER: &str = "513200-zfb";
const FIRST: &str = "513201-zf";
const SECOND: &str = "513202-zf";
const LATER: &str = "513203-zf";
const HOUR: u64 = 3_600_000;

fn folded(events: &[Event], unit: &UnitCode) -> Registers {
    let mut registers = Registers::default();
    registers.fold(events, unit);
    registers
}

fn code(text: &str) -> UnitCode {
    text.parse().unwrap()
}

fn unit(text: &str) -> UnitRef {
    format!("{text}@a.example").parse().unwrap()
}

fn at(hours: u64) -> Timestamp {
    Timestamp::from_unix_ms(1_795_600_000_000 + hours * HOUR)
}

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn some_attachment() -> AttachmentRef {
    AttachmentRef::to(b"closed").unwrap()
}

fn about(byte: u8) -> About {
    About {
        document: DocumentId::new(at(0), &mut chance(u64::from(byte))),
        manifest: Digest::of(&[byte]),
    }
}

fn manifest(recipients: &[&str]) -> Manifest {
    let recipient = |code: &&str| Recipient {
        unit: unit(code),
        role: RecipientRole::Main,
        print_quota: 1,
    };
    Manifest {
        version: MANIFEST_VERSION,
        id: about(1).document,
        issuers: vec![Issuer {
            unit: unit(SENDER),
            seal_ordinal: 1,
        }],
        account: format!("{SENDER}-fs01").parse().unwrap(),
        recipients: recipients.iter().map(recipient).collect(),
        level: Classification::Internal,
        period: None,
        urgency: Urgency::Ordinary,
        kind: DocumentKind::Notice,
        number: None,
        composed_at: at(0),
        valid_until: None,
        body_bytes: 1,
        segments: 1,
        segment_bytes: SEGMENT_BYTES,
        root: Digest::of(b"root"),
        commitment: Digest::of(b"commitment"),
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

/// A feed that grows by an event an hour, unless an event says when it was.
pub(in crate::office) struct Story {
    pub(in crate::office) events: Vec<Event>,
}

impl Story {
    /// Submitted and dispatched to two recipients, due in eight hours.
    pub(in crate::office) fn dispatched() -> Self {
        let mut story = Self { events: Vec::new() };
        let about = about(1);
        let wraps = Digest::of(b"wraps");
        story.say(SENDER, &Submission { about, wraps });
        story.exchange(0, &dispatch(about, vec![at(8)]));
        story
    }

    fn add<B: Body>(&mut self, account: Option<&str>, hours: u64, body: &B) -> Digest {
        let key = SigningSecret::from_seed(&[7; 32]);
        let context = Context {
            origin: "a.example".parse().unwrap(),
            genesis: Digest::of(b"genesis"),
            roster: RosterHead {
                count: 1,
                root: Digest::of(b"roster"),
            },
            seen: None,
            account: account.map(|unit| format!("{unit}-js01").parse().unwrap()),
            device: account.map(|unit| format!("{unit}-pc01").parse().unwrap()),
        };
        let place = self.events.len() as u64 + 1;
        let id = StatementId::new(at(hours), &mut chance(place));
        let payload = Payload::new(&context, id, at(hours), body);
        let signed = Signed::new(&payload, &[(SlotRole::Account, &key)]);
        let entry = Entry {
            version: ENTRY_VERSION,
            time: at(hours),
            salt: ByteArray::from([0; 32]),
            kind: EntryKind::of_purpose(B::PURPOSE).unwrap(),
            roster: context.roster,
            statement: ByteVec::from(signed.to_bytes()),
            attachments: Vec::new(),
            allotted: None,
        };
        self.events.push(Event {
            sequence: place,
            index: 100 + place,
            entry,
        });
        signed.digest()
    }

    fn say<B: Body>(&mut self, unit: &str, body: &B) -> Digest {
        let hours = self.events.len() as u64;
        self.add(Some(unit), hours, body)
    }

    fn exchange<B: Body>(&mut self, hours: u64, body: &B) -> Digest {
        self.add(None, hours, body)
    }

    fn last_index(&self) -> u64 {
        self.events.last().unwrap().index
    }

    pub(in crate::office) fn of(&self, unit: &str) -> Document {
        let registers = folded(&self.events, &code(unit));
        let document = registers.with_manifest(&about(1).manifest);
        document.unwrap().clone()
    }

    fn view(&self, unit: &str) -> DeliveryView {
        self.of(SENDER).view_of(&code(unit)).unwrap().clone()
    }

    fn delivery(&self, unit: &str) -> OfDelivery {
        named(unit, self.view(unit).last)
    }

    pub(in crate::office) fn fetch(&mut self, unit: &str) {
        let delivery = self.delivery(unit);
        self.say(unit, &Fetch { delivery });
    }

    fn give_back(&mut self, unit: &str) -> Digest {
        let delivery = self.delivery(unit);
        let code = u16::try_from(ReturnReason::CommitmentMismatch.code()).unwrap();
        self.say(
            unit,
            &Return {
                delivery,
                code,
                note: None,
                inspection: no_checks(),
            },
        )
    }

    fn sign_for(&mut self, unit: &str, hours: u64) {
        let delivery = self.delivery(unit);
        let body = Receipt {
            delivery,
            opening: Digest::of(b"opening"),
            inspection: no_checks(),
        };
        self.add(Some(unit), hours, &body);
    }
}

fn named(code: &str, previous: Digest) -> OfDelivery {
    OfDelivery {
        about: about(1),
        unit: unit(code),
        previous,
    }
}

fn no_checks() -> InspectionList {
    InspectionList {
        rule_set: 1,
        lines: Vec::new(),
    }
}

fn dispatch(about: About, due: Vec<Timestamp>) -> Dispatch {
    Dispatch {
        about,
        seal: Digest::of(b"seal"),
        policy: Digest::of(b"policy"),
        at: at(0),
        due,
        deliveries: 2,
    }
}

fn recall(units: &[&str]) -> Recall {
    Recall {
        about: about(1),
        units: units.iter().map(|code| unit(code)).collect(),
        code: 1,
        note: None,
    }
}

#[test]
fn every_delivery_begins_announced_and_names_the_seal() {
    let story = Story::dispatched();
    for (unit, document) in [(FIRST, story.of(SENDER)), (SECOND, story.of(SECOND))] {
        let view = document.view_of(&code(unit)).unwrap();
        assert_eq!(view.delivery.state(), DeliveryState::Announced);
        assert_eq!((view.last, view.round), (Digest::of(b"seal"), 1));
    }
    assert!(story.of(SENDER).outgoing && !story.of(SENDER).incoming);
    let received = folded(&story.events[1..], &code(FIRST));
    let document = received.with_manifest(&about(1).manifest).unwrap();
    assert!(document.incoming && !document.outgoing);
}

#[test]
fn a_return_is_signed_for_once_and_a_rewrap_begins_another_round() {
    let mut story = Story::dispatched();
    story.fetch(FIRST);
    let returned = story.give_back(FIRST);
    let view = story.view(FIRST);
    assert_eq!(view.delivery.state(), DeliveryState::Returned);
    assert_eq!((view.return_code, view.last), (Some(13), returned));
    assert_eq!(story.of(SENDER).returned().count(), 1);
    let delivery = story.delivery(FIRST);
    let acknowledged = story.say(SENDER, &ReturnAcknowledgement { delivery });
    assert_eq!(story.of(SENDER).returned().count(), 0);
    assert_eq!(story.view(FIRST).last, acknowledged);
    let copies = MoreCopies {
        about: about(1),
        unit: unit(FIRST),
        copies: 4,
    };
    story.say(SENDER, &copies);
    let (delivery, wraps) = (story.delivery(FIRST), Digest::of(b"new"));
    let cause = story.say(SENDER, &Rewrap { delivery, wraps });
    story.exchange(9, &begun(cause, &[FIRST], 17));
    let view = story.view(FIRST);
    assert_eq!(view.delivery.state(), DeliveryState::Announced);
    assert!(view.delivery.facts().is_none());
    assert_eq!((view.round, view.last, view.more_copies), (2, cause, 4));
    assert_eq!(view.return_code, None);
    let document = story.of(SENDER);
    let manifest = manifest(&[FIRST, SECOND]);
    assert_eq!(document.due_of(&code(FIRST), &manifest), Some(at(17)));
    assert_eq!(document.due_of(&code(SECOND), &manifest), Some(at(8)));
    // The recipient sees the same of its own delivery.
    assert_eq!(story.of(FIRST).view_of(&code(FIRST)).unwrap().round, 2);
}

fn begun(cause: Digest, units: &[&str], due: u64) -> Begun {
    Begun {
        about: about(1),
        cause,
        policy: Digest::of(b"policy"),
        at: at(9),
        due: at(due),
        units: units.iter().map(|code| unit(code)).collect(),
    }
}

#[test]
fn a_refusal_is_no_return() {
    let mut story = Story::dispatched();
    let body = DeliveryRefusal {
        delivery: story.delivery(FIRST),
        code: 7,
        note: None,
    };
    let refused = story.say(FIRST, &body);
    let view = story.view(FIRST);
    assert_eq!(view.delivery.state(), DeliveryState::Refused);
    assert_eq!((view.return_code, view.last), (Some(7), refused));
    assert_eq!(story.of(SENDER).returned().count(), 0);
}

#[test]
fn a_recall_is_clean_before_the_fetch_and_a_notice_after_it() {
    let mut story = Story::dispatched();
    story.fetch(FIRST);
    let recalled = story.say(SENDER, &recall(&[]));
    let (first, second) = (story.view(FIRST), story.view(SECOND));
    assert_eq!(first.delivery.state(), DeliveryState::Fetched);
    assert!(first.has(Fact::RecallNotice));
    assert_eq!(second.delivery.state(), DeliveryState::Recalled);
    assert_eq!((first.last, second.last), (recalled, recalled));
    // A second recall concerns neither.
    story.say(SENDER, &recall(&[FIRST, SECOND]));
    assert_eq!(story.view(FIRST).last, recalled);
    let body = RecallAnswer {
        delivery: story.delivery(FIRST),
        code: 2,
        note: None,
    };
    let answered = story.say(FIRST, &body);
    let view = story.view(FIRST);
    assert_eq!((view.recall_answer, view.last), (Some(2), answered));
    assert_eq!(story.of(SENDER).recalls.len(), 2);
}

#[test]
fn a_recall_from_one_unit_leaves_the_others() {
    let mut story = Story::dispatched();
    story.say(SENDER, &recall(&[SECOND]));
    assert_eq!(story.view(FIRST).delivery.state(), DeliveryState::Announced);
    assert_eq!(story.view(SECOND).delivery.state(), DeliveryState::Recalled);
    // What is recalled from another is nothing to a recipient.
    let other = story.of(FIRST);
    assert!(!other.deliveries.contains_key(&code(SECOND)));
    assert_eq!(other.state_of(&code(FIRST)), DeliveryState::Announced);
}

#[test]
fn more_time_moves_the_due_time_and_not_what_was_recorded_as_overdue() {
    let mut story = Story::dispatched();
    let manifest = manifest(&[FIRST, SECOND]);
    let request = ExtensionRequest {
        delivery: story.delivery(FIRST),
        until: at(24),
        note: some_attachment(),
    };
    let request = story.say(FIRST, &request);
    assert_eq!(story.view(FIRST).last, request);
    assert_eq!(story.view(FIRST).extension.unwrap().given, None);
    let overdue = Overdue {
        about: about(1),
        unit: unit(FIRST),
        due: at(8),
        size: 104,
        outage: None,
    };
    story.exchange(8, &overdue);
    let decided = |until| ExtensionDecision {
        about: about(1),
        unit: unit(FIRST),
        request,
        until,
    };
    story.say(SENDER, &decided(Some(at(20))));
    let view = story.view(FIRST);
    assert_eq!(view.last, request, "a decision is not the last");
    assert_eq!(view.extension.unwrap().given, Some(Given::Until(at(20))));
    let document = story.of(SENDER);
    assert_eq!(document.due_of(&code(FIRST), &manifest), Some(at(20)));
    let timing = document.timing_of(&code(FIRST), &manifest, at(10));
    assert!(timing.overdue && timing.late_ms.is_none(), "{timing:?}");
    let mut other = Story::dispatched();
    let request = ExtensionRequest {
        delivery: other.delivery(FIRST),
        until: at(24),
        note: some_attachment(),
    };
    let request = other.say(FIRST, &request);
    let refused = ExtensionDecision {
        request,
        ..decided(None)
    };
    other.say(SENDER, &refused);
    let view = other.view(FIRST);
    assert_eq!(view.extension.unwrap().given, Some(Given::Refused));
    assert_eq!(
        other.of(SENDER).due_of(&code(FIRST), &manifest),
        Some(at(8))
    );
}

#[test]
fn c6_late_is_late_by_how_much_from_the_due_instant_on() {
    let manifest = manifest(&[FIRST, SECOND]);
    let timing = |hours, now| {
        let mut story = Story::dispatched();
        story.fetch(FIRST);
        story.sign_for(FIRST, hours);
        let document = story.of(SENDER);
        document.timing_of(&code(FIRST), &manifest, at(now))
    };
    assert_eq!(timing(7, 30).late_ms, None);
    assert_eq!(timing(8, 30).late_ms, Some(0));
    assert_eq!(timing(11, 30).late_ms, Some(3 * HOUR));
    let story = Story::dispatched();
    let document = story.of(SENDER);
    for (now, late) in [(7, None), (8, Some(0)), (9, Some(HOUR))] {
        let timing = document.timing_of(&code(FIRST), &manifest, at(now));
        assert_eq!((timing.pending, timing.late_ms), (true, late), "{now}");
    }
}

#[test]
fn receipts_that_stand_leave_no_clock() {
    let mut story = Story { events: Vec::new() };
    let never = Timestamp::from_unix_ms(u64::MAX);
    story.exchange(0, &dispatch(about(1), vec![never, at(8)]));
    let document = story.of(FIRST);
    let manifest = manifest(&[FIRST, SECOND]);
    assert_eq!(document.due_of(&code(FIRST), &manifest), None);
    assert_eq!(document.due_of(&code(SECOND), &manifest), Some(at(8)));
    let timing = document.timing_of(&code(FIRST), &manifest, at(100));
    assert_eq!((timing.due, timing.late_ms), (None, None));
}

#[test]
fn looking_is_due_until_the_sender_has_looked() {
    let mut story = Story::dispatched();
    assert!(story.of(SENDER).look_is_due() && !story.of(FIRST).look_is_due());
    let due = InquiryDue {
        about: about(1),
        due: at(8),
        size: 104,
    };
    story.exchange(8, &due);
    assert_eq!(story.of(SENDER).look_missed, Some(at(8)));
    assert!(story.view(FIRST).has(Fact::InquiryDue));
    let look = Inquiry {
        about: about(1),
        size: 104,
        seen: some_attachment(),
    };
    story.say(SENDER, &look);
    let document = story.of(SENDER);
    assert!(!document.look_is_due() && document.looks.len() == 1);
    assert!(story.view(SECOND).has(Fact::Inquired));
    assert_eq!(story.view(SECOND).last, Digest::of(b"seal"));
}

#[test]
fn a_supplement_waits_for_the_approver_and_then_begins_deliveries() {
    let mut story = Story::dispatched();
    let supplement = Supplement {
        about: about(1),
        recipients: vec![Recipient {
            unit: unit(LATER),
            role: RecipientRole::Main,
            print_quota: 1,
        }],
        wraps: Digest::of(b"more"),
    };
    let supplement = story.say(SENDER, &supplement);
    assert_eq!(story.of(SENDER).open_supplements().count(), 1);
    let decided = |granted| SupplementApproval {
        about: about(1),
        supplement,
        granted,
    };
    let cause = story.say(SENDER, &decided(true));
    assert_eq!(story.of(SENDER).open_supplements().count(), 0);
    story.exchange(9, &begun(cause, &[LATER], 17));
    let manifest = manifest(&[FIRST, SECOND]);
    let document = story.of(SENDER);
    let all: Vec<&UnitCode> = document.all_deliveries(&manifest).into_keys().collect();
    assert_eq!(all, [&code(FIRST), &code(SECOND), &code(LATER)]);
    assert_eq!(document.due_of(&code(LATER), &manifest), Some(at(17)));
    assert_eq!(story.view(LATER).last, cause);
    // Who is added hears of the document only now.
    let added = folded(&story.events[4..], &code(LATER));
    let document = added.with_manifest(&about(1).manifest).unwrap();
    assert!(document.incoming && document.stage == Stage::Dispatched);
    assert_eq!(document.view_of(&code(LATER)).unwrap().last, cause);
    // And what is begun for another is nothing to an earlier recipient.
    assert!(!story.of(FIRST).deliveries.contains_key(&code(LATER)));
}

#[test]
fn a_replacing_document_ends_what_is_pending_and_both_name_each_other() {
    let mut story = Story::dispatched();
    story.fetch(FIRST);
    story.sign_for(FIRST, 3);
    let wraps = Digest::of(b"wraps");
    let second = about(2);
    story.say(
        SENDER,
        &Submission {
            about: second,
            wraps,
        },
    );
    let sent = story.exchange(5, &dispatch(second, vec![at(13)]));
    let supersession = Supersession {
        about: about(1),
        by: second,
        dispatch: sent,
        receipts_stand: false,
    };
    let superseded = story.exchange(5, &supersession);
    let document = story.of(SENDER);
    assert_eq!(document.replaced_by, Some(second));
    assert_eq!(document.state_of(&code(FIRST)), DeliveryState::SignedFor);
    assert_eq!(document.state_of(&code(SECOND)), DeliveryState::Superseded);
    assert_eq!(story.view(SECOND).last, superseded);
    let registers = folded(&story.events, &code(SENDER));
    let replacing = registers.with_manifest(&second.manifest).unwrap();
    assert_eq!(replacing.replaces, Some(about(1)));
}

#[test]
fn what_is_folded_bit_by_bit_is_what_is_folded_at_once() {
    let mut story = Story::dispatched();
    story.fetch(FIRST);
    story.give_back(FIRST);
    story.fetch(SECOND);
    story.say(SENDER, &recall(&[SECOND]));
    story.sign_for(SECOND, 9);
    let told = |registers: &Registers| {
        let document = registers.with_manifest(&about(1).manifest);
        format!("{document:?}")
    };
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Feed::load(folder.path(), &code(SENDER)).unwrap();
    let mut before = feed.registers();
    for (place, event) in story.events.iter().enumerate() {
        let stood = told(&before);
        feed.extend_for_test(vec![event.clone()]);
        let registers = feed.registers();
        assert_eq!(
            told(&registers),
            told(&folded(&story.events[..=place], &code(SENDER)))
        );
        assert_ne!(told(&registers), stood);
        // Who still holds what was made before sees it as it was.
        assert_eq!(told(&before), stood);
        before = registers;
    }
}

#[test]
fn c4_a_correction_of_time_takes_a_lapse_back_and_no_other() {
    let mut story = Story::dispatched();
    let overdue = |unit_code: &str| Overdue {
        about: about(1),
        unit: unit(unit_code),
        due: at(8),
        size: 1,
        outage: None,
    };
    story.exchange(8, &overdue(FIRST));
    let annulled = story.last_index();
    story.exchange(8, &overdue(SECOND));
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Feed::load(folder.path(), &code(SENDER)).unwrap();
    feed.extend_for_test(story.events.clone());
    let time = Time {
        epoch: 1,
        at: at(2),
        annulled: vec![IndexSpan {
            from: annulled,
            until: annulled + 1,
        }],
    };
    let overdue = |times: &[Time], unit: &str| {
        let registers = feed.registers().corrected(times);
        let document = registers.with_manifest(&about(1).manifest).unwrap();
        document.view_of(&code(unit)).unwrap().has(Fact::Overdue)
    };
    assert!(overdue(&[], FIRST) && overdue(&[], SECOND));
    let times = [time];
    assert!(!overdue(&times, FIRST) && overdue(&times, SECOND));
}

#[test]
fn a_unit_that_supervises_hears_of_a_delivery_that_is_neither_sent_nor_received() {
    let mut story = Story { events: Vec::new() };
    let reminder = Reminder {
        about: about(1),
        unit: unit(FIRST),
        due: at(8),
        percent: 150,
        to: Audience::Authority,
    };
    story.exchange(12, &reminder);
    let document = story.of("513200-zf");
    assert!(!document.incoming && !document.outgoing);
    let view = document.view_of(&code(FIRST)).unwrap();
    assert_eq!(view.reminder, Some((150, Audience::Authority)));
    assert_eq!(view.due, Some(at(8)));
}

/// Everything that can happen, once.
pub(in crate::office) fn everything() -> Story {
    let mut story = Story::dispatched();
    let about = about(1);
    story.fetch(FIRST);
    let request = ExtensionRequest {
        delivery: story.delivery(FIRST),
        until: at(24),
        note: some_attachment(),
    };
    let request = story.say(FIRST, &request);
    let reminder = Reminder {
        about,
        unit: unit(FIRST),
        due: at(8),
        percent: 50,
        to: Audience::Receivers,
    };
    story.exchange(4, &reminder);
    let contact = Contact {
        about,
        unit: unit(FIRST),
        at: at(5),
        outcome: 1,
        note: None,
    };
    story.say(SENDER, &contact);
    let decision = ExtensionDecision {
        about,
        unit: unit(FIRST),
        request,
        until: Some(at(20)),
    };
    story.say(SENDER, &decision);
    story.sign_for(FIRST, 21);
    let reply = MeetingReply {
        about,
        unit: unit(FIRST),
        form: some_attachment(),
    };
    story.say(FIRST, &reply);
    story.say(SENDER, &recall(&[]));
    let answer = RecallAnswer {
        delivery: story.delivery(FIRST),
        code: 1,
        note: None,
    };
    story.say(FIRST, &answer);
    let copies = MoreCopies {
        about,
        unit: unit(FIRST),
        copies: 3,
    };
    story.say(SENDER, &copies);
    story
}

#[test]
fn an_event_that_comes_twice_changes_nothing() {
    for story in [everything(), {
        let mut story = Story::dispatched();
        story.fetch(FIRST);
        story.give_back(FIRST);
        let (delivery, wraps) = (story.delivery(FIRST), Digest::of(b"new"));
        let cause = story.say(SENDER, &Rewrap { delivery, wraps });
        story.exchange(9, &begun(cause, &[FIRST], 17));
        story
    }] {
        let shown = |events: &[Event]| {
            let registers = folded(events, &code(SENDER));
            format!("{:?}", registers.documents().collect::<Vec<_>>())
        };
        let once = shown(&story.events);
        let each_twice: Vec<Event> = story
            .events
            .iter()
            .flat_map(|event| [event.clone(), event.clone()])
            .collect();
        assert_eq!(shown(&each_twice), once);
        let again = [story.events.clone(), story.events.clone()].concat();
        assert_eq!(shown(&again), once);
    }
    let view = everything().view(FIRST);
    assert_eq!((view.more_copies, view.round), (3, 1));
}

#[test]
fn a_redirected_delivery_goes_on_with_the_successor_and_keeps_its_clock() {
    let mut story = Story::dispatched();
    let overdue = Overdue {
        about: about(1),
        unit: unit(FIRST),
        due: at(8),
        size: 103,
        outage: None,
    };
    story.exchange(8, &overdue);
    let redirected = Redirection {
        about: about(1),
        from: unit(FIRST),
        to: unit(LATER),
        due: at(8),
        act: Digest::of(b"act"),
    };
    let last = story.exchange(9, &redirected);
    let (from, to) = (story.view(FIRST), story.view(LATER));
    assert_eq!(from.delivery.state(), DeliveryState::Redirected);
    assert_eq!(
        (to.delivery.state(), to.last),
        (DeliveryState::Announced, last)
    );
    assert!(to.has(Fact::Overdue) && to.due == Some(at(8)));
    let successor = folded(&story.events[3..], &code(LATER));
    let document = successor.with_manifest(&about(1).manifest).unwrap();
    assert!(document.incoming);
    assert_eq!(document.state_of(&code(LATER)), DeliveryState::Announced);
}
