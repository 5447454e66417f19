//! The elements of an official document that a file points out (GB/T 33476).

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Element {
    Copy,
    Level,
    Urgency,
    Issuer,
    Reference,
    Signer,
    Title,
    Recipient,
    Body,
    AttachmentNote,
    Name,
    Date,
    Note,
    Annex,
    CopyTo,
    IssuedBy,
    IssuedOn,
}

/// The three parts of a document, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Head,
    Body,
    Foot,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Head, Self::Body, Self::Foot];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Head => "版头",
            Self::Body => "主体",
            Self::Foot => "版记",
        }
    }
}

impl Element {
    /// All, in the order in which a document has them.
    pub(crate) const ALL: [Self; 17] = [
        Self::Copy,
        Self::Level,
        Self::Urgency,
        Self::Issuer,
        Self::Reference,
        Self::Signer,
        Self::Title,
        Self::Recipient,
        Self::Body,
        Self::AttachmentNote,
        Self::Name,
        Self::Date,
        Self::Note,
        Self::Annex,
        Self::CopyTo,
        Self::IssuedBy,
        Self::IssuedOn,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Copy => "份号",
            Self::Level => "密级和保密期限",
            Self::Urgency => "紧急程度",
            Self::Issuer => "发文机关标志",
            Self::Reference => "发文字号",
            Self::Signer => "签发人",
            Self::Title => "标题",
            Self::Recipient => "主送机关",
            Self::Body => "正文",
            Self::AttachmentNote => "附件说明",
            Self::Name => "发文机关署名",
            Self::Date => "成文日期",
            Self::Note => "附注",
            Self::Annex => "附件",
            Self::CopyTo => "抄送机关",
            Self::IssuedBy => "印发机关",
            Self::IssuedOn => "印发日期",
        }
    }

    pub(crate) const fn part(self) -> Part {
        match self {
            Self::Copy
            | Self::Level
            | Self::Urgency
            | Self::Issuer
            | Self::Reference
            | Self::Signer => Part::Head,
            Self::CopyTo | Self::IssuedBy | Self::IssuedOn => Part::Foot,
            _ => Part::Body,
        }
    }
}
