//! What the verification looks at, and how each check went.

use super::fault::Fault;

/// Something that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The digest at the end is that of the whole file.
    File,
    /// The genesis is the one that the verifier trusts.
    Anchor,
    /// The roster entries fold, each signed by whom the roster lets, none left out.
    Roster,
    /// The checkpoint is signed by the log's certified key.
    Checkpoint,
    /// Every entry stands under the checkpoint.
    Inclusion,
    /// Indexes rise, times never decrease, nobody has seen what was not yet there.
    Order,
    /// The exchange's signed list names exactly these entries, at exactly this size.
    Extract,
    /// Every statement is of this installation, for its purpose, said once.
    Statements,
    /// Every statement is signed by an account and a computer in standing, with the right role.
    Signatures,
    /// The manifest is the one that was signed, well-formed, between open units.
    Manifest,
    /// The level may be transmitted (Art. 15).
    Level,
    /// The wraps are those that were signed, one per holder.
    Wraps,
    /// Everything attached is named by an entry.
    Attachments,
    /// Every event follows from those before it.
    Life,
    /// Approver and submitter are different persons (Art. 9).
    FourEyes,
    /// The approvals are of this submission and these wraps.
    Approvals,
    /// Every seal is its custodian's, on a bound computer, and rests on the approvals.
    Seals,
    /// The exchange dispatched to the recipients of the manifest, with the due times of the policy.
    Dispatch,
    /// Fetches, receipts and returns are the recipient's own, each on the one before it.
    Deliveries,
    /// Receipts and returns list the mandatory checks (Art. 11).
    Inspections,
    /// The leaf list is that of the manifest.
    Leaves,
    /// The content key is the one that the manifest commits to.
    Commitment,
    /// The inner header agrees with the manifest.
    Header,
    /// The body is the one that was signed.
    Body,
    /// Every receipt proves that the header was opened.
    Openings,
    /// The seal records are those that were signed and say what they must.
    SealRecords,
    /// There is no statement of a kind that this release does not know.
    KnownKinds,
    /// What is overdue was recorded as such, and neither that nor a reminder before its time.
    Clock,
    /// What the sender saw when it looked is what stood (Art. 10).
    Inquiries,
}

impl Check {
    /// Every check, in the order of the report.
    pub const ALL: [Self; 29] = [
        Self::File,
        Self::Anchor,
        Self::Roster,
        Self::Checkpoint,
        Self::Inclusion,
        Self::Order,
        Self::Extract,
        Self::Statements,
        Self::Signatures,
        Self::Manifest,
        Self::Level,
        Self::Wraps,
        Self::Attachments,
        Self::Life,
        Self::FourEyes,
        Self::Approvals,
        Self::Seals,
        Self::Dispatch,
        Self::Deliveries,
        Self::Inspections,
        Self::Leaves,
        Self::Commitment,
        Self::Header,
        Self::Body,
        Self::Openings,
        Self::SealRecords,
        Self::KnownKinds,
        Self::Clock,
        Self::Inquiries,
    ];

    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::File => (1, "文件摘要", "file"),
            Self::Anchor => (2, "信任根", "anchor"),
            Self::Roster => (3, "名册", "roster"),
            Self::Checkpoint => (4, "检查点", "checkpoint"),
            Self::Inclusion => (5, "日志包含", "inclusion"),
            Self::Order => (6, "时间与次序", "order"),
            Self::Extract => (7, "摘录清单", "extract"),
            Self::Statements => (8, "陈述", "statements"),
            Self::Signatures => (9, "签名与权限", "signatures"),
            Self::Manifest => (10, "清单", "manifest"),
            Self::Level => (11, "密级", "level"),
            Self::Wraps => (12, "密钥封装", "wraps"),
            Self::Attachments => (13, "附属数据", "attachments"),
            Self::Life => (14, "流程", "life"),
            Self::FourEyes => (15, "拟稿与审批分离", "four eyes"),
            Self::Approvals => (16, "审批", "approvals"),
            Self::Seals => (17, "用印", "seals"),
            Self::Dispatch => (18, "发出", "dispatch"),
            Self::Deliveries => (19, "收文", "deliveries"),
            Self::Inspections => (20, "查验", "inspections"),
            Self::Leaves => (21, "分段清单", "leaves"),
            Self::Commitment => (22, "密钥承诺", "commitment"),
            Self::Header => (23, "内层文件头", "header"),
            Self::Body => (24, "正文", "body"),
            Self::Openings => (25, "开启证明", "openings"),
            Self::SealRecords => (26, "用印记录", "seal records"),
            Self::KnownKinds => (27, "未知种类", "known kinds"),
            Self::Clock => (28, "时限", "clock"),
            Self::Inquiries => (29, "查询", "inquiries"),
        }
    }

    /// The check's number, for ever.
    pub const fn code(self) -> u16 {
        self.row().0
    }

    /// The check's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The check's name in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether a bundle can be valid without it: where there is nothing to look at, or where the
    /// reader may not have what is needed.
    pub const fn may_be_left_out(self) -> bool {
        matches!(
            self,
            Self::Wraps
                | Self::FourEyes
                | Self::Approvals
                | Self::Seals
                | Self::Dispatch
                | Self::Deliveries
                | Self::Inspections
                | Self::Commitment
                | Self::Header
                | Self::Openings
                | Self::SealRecords
                | Self::KnownKinds
                | Self::Clock
                | Self::Inquiries
        )
    }
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was looked at and is as it should be.
    Passed,
    /// It was looked at and is not.
    Failed(Fault),
    /// It was not looked at, or there is nothing to look at.
    NotChecked(Gap),
}

/// What came of one check; a check that failed in several places has a finding for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
    /// The index of the entry that it is about, where it is about one.
    pub index: Option<u64>,
}

/// Why something was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The document's life has no such event.
    NothingThere,
    /// The bundle has not what it takes: the key, the wrap list, an attachment.
    NotInBundle,
    /// What it rests on did not stand.
    RestsOnFailed,
    /// A kind of a later release.
    UnknownKind,
    /// This release does not look at it.
    NotInThisRelease,
}

impl Gap {
    /// Every gap.
    pub const ALL: [Self; 5] = [
        Self::NothingThere,
        Self::NotInBundle,
        Self::RestsOnFailed,
        Self::UnknownKind,
        Self::NotInThisRelease,
    ];

    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NothingThere => (1, "无此环节", "there is nothing of the kind"),
            Self::NotInBundle => (2, "证据包未含所需数据", "the bundle lacks what it takes"),
            Self::RestsOnFailed => (3, "所依据的检查未通过", "what it rests on does not stand"),
            Self::UnknownKind => (4, "本版本不识别的种类", "of a kind of a later release"),
            Self::NotInThisRelease => (5, "本版本不检查", "this release does not look at it"),
        }
    }

    /// The gap's number, for ever.
    pub const fn code(self) -> u16 {
        self.row().0
    }

    /// The gap in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The gap in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }
}

/// The findings while they are made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    failed: Vec<Finding>,
    left_out: Vec<Finding>,
    passed: Vec<Check>,
}

/// The most failures that are kept; a bundle with more is as invalid as one with these.
const FAILURES_MAX: usize = 1_000;

impl Findings {
    /// The check failed, at the entry with this index.
    pub(super) fn fail(&mut self, check: Check, fault: Fault, index: Option<u64>) {
        if self.failed.len() < FAILURES_MAX {
            self.failed.push(Finding {
                check,
                outcome: Outcome::Failed(fault),
                index,
            });
        }
    }

    /// The check could not be made.
    pub(super) fn leave_out(&mut self, check: Check, gap: Gap, index: Option<u64>) {
        if self.left_out.len() < FAILURES_MAX {
            self.left_out.push(Finding {
                check,
                outcome: Outcome::NotChecked(gap),
                index,
            });
        }
    }

    /// The check was made once and nothing was wrong; a failure elsewhere outweighs it.
    pub(super) fn pass(&mut self, check: Check) {
        if !self.passed.contains(&check) {
            self.passed.push(check);
        }
    }

    /// Makes the check: passed, or failed for the reason given.
    pub(super) fn note(&mut self, check: Check, outcome: Result<(), Fault>, index: Option<u64>) {
        match outcome {
            Ok(()) => self.pass(check),
            Err(fault) => self.fail(check, fault, index),
        }
    }

    /// Whether the check was made and has not failed.
    pub(super) fn stands(&self, check: Check) -> bool {
        self.passed.contains(&check) && !self.failed.iter().any(|finding| finding.check == check)
    }

    /// Whether nothing has failed so far.
    pub(super) const fn none_failed(&self) -> bool {
        self.failed.is_empty()
    }

    /// One finding or more for every check, in their order. What nobody looked at was not passed.
    pub(super) fn close(self) -> Vec<Finding> {
        let mut all = Vec::new();
        for check in Check::ALL {
            let of = |list: &[Finding]| -> Vec<Finding> {
                list.iter()
                    .filter(|finding| finding.check == check)
                    .copied()
                    .collect()
            };
            let (failed, left_out) = (of(&self.failed), of(&self.left_out));
            let silent = failed.is_empty() && left_out.is_empty();
            all.extend(failed);
            all.extend(left_out);
            if silent {
                let outcome = if self.passed.contains(&check) {
                    Outcome::Passed
                } else if self.none_failed() {
                    Outcome::NotChecked(Gap::NothingThere)
                } else {
                    Outcome::NotChecked(Gap::RestsOnFailed)
                };
                all.push(Finding {
                    check,
                    outcome,
                    index: None,
                });
            }
        }
        all
    }
}

/// Whether findings make a valid bundle: nothing failed, and nothing left out that must be there.
pub(super) fn is_valid(findings: &[Finding]) -> bool {
    let nothing_failed = !findings
        .iter()
        .any(|finding| matches!(finding.outcome, Outcome::Failed(_)));
    let all_there = Check::ALL
        .into_iter()
        .filter(|check| !check.may_be_left_out())
        .all(|check| {
            let mut of = findings
                .iter()
                .filter(|finding| finding.check == check)
                .peekable();
            of.peek().is_some() && of.all(|finding| finding.outcome == Outcome::Passed)
        });
    nothing_failed && all_there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_looked_at_is_never_passed() {
        let mut findings = Findings::default();
        findings.pass(Check::File);
        findings.fail(Check::Life, Fault::TooEarly, Some(3));
        findings.pass(Check::Life);
        let all = findings.close();
        for check in Check::ALL {
            let of: Vec<_> = all
                .iter()
                .filter(|finding| finding.check == check)
                .collect();
            let expected = match check {
                Check::File => Outcome::Passed,
                Check::Life => Outcome::Failed(Fault::TooEarly),
                _ => Outcome::NotChecked(Gap::RestsOnFailed),
            };
            assert_eq!(of.len(), 1, "{check:?}");
            assert_eq!(of[0].outcome, expected, "{check:?}");
        }
        assert!(!is_valid(&all));
    }

    #[test]
    fn one_check_that_must_be_there_and_is_not_makes_it_invalid() {
        let passing = |but: Option<Check>| {
            let mut findings = Findings::default();
            for check in Check::ALL.into_iter().filter(|check| Some(*check) != but) {
                findings.pass(check);
            }
            is_valid(&findings.close())
        };
        assert!(passing(None));
        for check in Check::ALL {
            assert_eq!(passing(Some(check)), check.may_be_left_out(), "{check:?}");
        }
    }

    #[test]
    fn numbers_are_used_once() {
        for (place, check) in (1..).zip(Check::ALL) {
            assert_eq!(check.code(), place, "{check:?}");
        }
        for (place, gap) in (1..).zip(Gap::ALL) {
            assert_eq!(gap.code(), place, "{gap:?}");
        }
    }
}
