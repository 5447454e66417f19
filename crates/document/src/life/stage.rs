//! The stages of a document, and what can happen to it.

use super::Fact;

/// Where a document stands before its deliveries begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Submitted; at least one issuer's approval is missing.
    Submitted,
    /// Every issuer has approved; at least one seal is missing.
    Approved,
    /// An issuer's approver refused it: terminal. The corrected one has an id of its own.
    RefusedByApprover,
    /// The sender took it back before the dispatch: terminal.
    Withdrawn,
    /// The last required seal is recorded.
    Sealed,
    /// On its way: terminal here, the deliveries go on.
    Dispatched,
}

impl Stage {
    /// Every stage, in the order of the numbers.
    pub const ALL: [Self; 6] = [
        Self::Submitted,
        Self::Approved,
        Self::RefusedByApprover,
        Self::Withdrawn,
        Self::Sealed,
        Self::Dispatched,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Submitted => (1, "待审核", "submitted"),
            Self::Approved => (2, "已批准", "approved"),
            Self::RefusedByApprover => (3, "审批未通过", "refused by the approver"),
            Self::Withdrawn => (4, "已撤稿", "withdrawn"),
            Self::Sealed => (5, "已用印", "sealed"),
            Self::Dispatched => (6, "已发出", "dispatched"),
        }
    }

    /// The stage's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The stage with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }

    /// The stage's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The stage's name in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether no event leads to another stage.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::RefusedByApprover | Self::Withdrawn | Self::Dispatched
        )
    }
}

/// What can happen to a document. Issuers are named by their position in the manifest; the lead
/// is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentEvent {
    /// Submitted again, before the dispatch: lawful, and changes nothing. (The first submission is
    /// no event: it begins the document.)
    Submitted,
    /// The issuer's approver approved it: once per issuer. That approver and submitter are
    /// different persons (Art. 9, protocol rule 16) is checked before it gets here.
    Approved {
        /// The position of the issuer.
        issuer: u16,
    },
    /// The issuer's approver refuses it: at any time before the dispatch, also after an approval
    /// or a seal of its own (protocol rule 21).
    Refused {
        /// The position of the issuer.
        issuer: u16,
    },
    /// The sender takes it back: at any time before the dispatch.
    Withdrawn,
    /// The issuer's seal: once, after every approval, and in the order of the ordinals.
    Sealed {
        /// The position of the issuer.
        issuer: u16,
    },
    /// It goes out to its recipients: only with every approval and every seal.
    Dispatched,
    /// Recipients are added later (补发): only after the dispatch, any number of times, not after
    /// the deletion or once a replacing document is out. The stage stays.
    Supplemented {
        /// How many recipients the supplement adds.
        recipients: u16,
    },
    /// A fact beside the stage; [`Fact`] says of each where it may stand.
    Fact(Fact),
}

impl DocumentEvent {
    /// Every event, in the order of the numbers, with `operand` as the issuer or the count of
    /// recipients; `Fact` with every fact.
    pub fn all(operand: u16) -> impl Iterator<Item = Self> {
        let moving = [
            Self::Submitted,
            Self::Approved { issuer: operand },
            Self::Refused { issuer: operand },
            Self::Withdrawn,
            Self::Sealed { issuer: operand },
            Self::Dispatched,
            Self::Supplemented {
                recipients: operand,
            },
        ];
        moving.into_iter().chain(Fact::ALL.map(Self::Fact))
    }

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Submitted => (1, "提交", "submitted"),
            Self::Approved { .. } => (2, "批准", "approved"),
            Self::Refused { .. } => (3, "审批不通过", "refused by the approver"),
            Self::Withdrawn => (4, "撤稿", "withdrawn"),
            Self::Sealed { .. } => (5, "用印", "sealed"),
            Self::Dispatched => (6, "发出", "dispatched"),
            Self::Supplemented { .. } => (7, "补发", "supplemented"),
            Self::Fact(fact) => (fact.code(), fact.zh(), fact.en()),
        }
    }

    /// The event's number, for ever: the first six have that of the stage they can lead to.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The issuer or the count of recipients in the event; 0 for an event that has neither.
    pub const fn operand(self) -> u16 {
        match self {
            Self::Approved { issuer } | Self::Refused { issuer } | Self::Sealed { issuer } => {
                issuer
            }
            Self::Supplemented { recipients } => recipients,
            _ => 0,
        }
    }

    /// The event with this number and operand; none if this build does not know it. An operand of
    /// an event that has none is not looked at.
    pub fn from_code(code: u64, operand: u16) -> Option<Self> {
        Self::all(operand).find(|event| event.code() == code)
    }

    /// The event's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The event's name in English, fit to follow "cannot be".
    pub const fn en(self) -> &'static str {
        self.row().2
    }
}
