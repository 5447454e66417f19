//! What is in a file, whatever its format.

mod signature;

use crate::Unreadable;
use crate::limits::Budget;
use crate::marks::{self, Marks, Obstacle, Scan};
use crate::page::{Page, Sheet, Sight};

pub(crate) use signature::Proof;
pub use signature::{Signature, SignatureKind};

/// What kind of file it is, by its bytes and never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// OFD, GB/T 33190.
    Ofd,
    /// PDF, ISO 32000.
    Pdf,
    /// A text document as XML in a package (DOCX).
    Docx,
    /// A spreadsheet as XML in a package (XLSX).
    Xlsx,
    /// Slides as XML in a package (PPTX).
    Pptx,
    /// A binary office file (DOC, XLS, PPT, WPS, ET): a compound file of streams.
    OldOffice,
    /// A package of files (ZIP).
    Zip,
    /// Text, in UTF-8 or GB 18030.
    Text,
    /// A picture.
    Picture,
    /// Something else.
    Unknown,
}

impl Kind {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::OldOffice => "old_office",
            Self::Zip => "zip",
            Self::Text => "text",
            Self::Picture => "picture",
            Self::Unknown => "unknown",
        }
    }

    /// Whether its pages have a fixed layout, as an official document's have.
    pub const fn is_laid_out(self) -> bool {
        matches!(self, Self::Ofd | Self::Pdf)
    }
}

/// An element of an official document that the file points out (GB/T 33476): its name with those
/// around it, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Names from the outermost to its own, a slash between.
    pub path: String,
    /// The text of the objects that it points at.
    pub text: String,
}

impl Tag {
    /// The element's own name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A file in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Bytes after expanding.
    pub bytes: u64,
    /// What it is.
    pub kind: Kind,
    /// What was found in it.
    pub marks: Marks,
    /// Whether it, or a file in it, runs, opens or plays something.
    pub active: bool,
}

/// Something about the file's form that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Notice {
    /// A path names an entry in another letter case.
    CaseDiffers(Box<str>),
    /// Something that the file names is not there; pages must be.
    PartMissing(Box<str>),
    /// Parts of a signature lie in the package, and nothing leads to them.
    SignatureUnreached(Box<str>),
    /// The package has a signature over all its entries (GM/T 0099), which is not verified.
    PackageIntegrity,
    /// Older versions of the document lie in the package.
    OlderVersions,
    /// The file runs, opens or plays something when it is clicked or opened.
    ActiveContent,
    /// Text that nobody sees, on this page from 1.
    HiddenText {
        /// The page, from 1.
        page: usize,
        /// Its beginning.
        text: Box<str>,
    },
    /// The file is of another kind than its name or declared type says.
    TypeDiffers,
    /// The PDF was changed by appending to it after a signature was made.
    ChangedAfterSigning,
}

/// Characters of one page: a full one has a thousand.
const GLYPHS_MAX: usize = 300_000;

/// Notices that are kept of one kind; a hostile file could give millions.
const NOTICES_MAX: usize = 200;

/// What was read of one file.
#[derive(Clone, Debug)]
pub struct Contents {
    /// What kind of file it is.
    pub kind: Kind,
    /// The version of the format that the file claims.
    pub version: String,
    /// Documents in the file; an official document's file has one.
    pub documents: usize,
    /// The pages.
    pub pages: Vec<Page>,
    /// Names and values of what the file says about itself.
    pub metadata: Vec<(String, String)>,
    /// Elements that the file points out.
    pub tags: Vec<Tag>,
    /// Files in the file.
    pub attachments: Vec<Attachment>,
    /// Signatures in the file.
    pub signatures: Vec<Signature>,
    /// What a person should know of the file's form.
    pub notices: Vec<Notice>,
    /// What was found of classification marks, and what could not be looked at.
    pub marks: Marks,
    /// The lower edge, in millimetres, of the red line on page 1, if there is one.
    pub red_line: Option<f64>,
}

/// What of a file has been read so far.
pub(crate) struct Gathered {
    pub(crate) version: String,
    pub(crate) documents: usize,
    contents: Contents,
    scan: Scan,
}

impl Gathered {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            version: String::new(),
            documents: 0,
            contents: Contents {
                kind,
                version: String::new(),
                documents: 0,
                pages: Vec::new(),
                metadata: Vec::new(),
                tags: Vec::new(),
                attachments: Vec::new(),
                signatures: Vec::new(),
                notices: Vec::new(),
                marks: Marks::default(),
                red_line: None,
            },
            scan: Scan::default(),
        }
    }

    /// How many pages there are so far.
    pub(crate) const fn pages(&self) -> usize {
        self.contents.pages.len()
    }

    /// Takes a page: searches it and lays out its lines. `first` is the first of a document.
    pub(crate) fn page(
        &mut self,
        mut sheet: Sheet,
        first: bool,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        // Laying out and searching costs about as much as reading did.
        budget.work(sheet.glyphs.len() * 2)?;
        if sheet.glyphs.len() > GLYPHS_MAX {
            return Err(Unreadable::TooMuch);
        }
        sheet.hide_what_is_beside();
        let number = self.contents.pages.len() + 1;
        let looked = self.scan.page(number, first, &sheet);
        if let Some(text) = looked.hidden {
            self.notice(Notice::HiddenText { page: number, text });
        }
        if number == 1 {
            self.contents.red_line = looked.red_line;
        }
        budget.keep(looked.page.lines.len() as u64 * 4)?;
        self.contents.pages.push(looked.page);
        Ok(())
    }

    pub(crate) fn metadata(&mut self, name: &str, value: &str) {
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            return;
        }
        self.scan.metadata(name, value);
        if self.contents.metadata.len() < 1_000 {
            self.contents.metadata.push((name.into(), value.into()));
        }
    }

    pub(crate) fn tag(&mut self, tag: Tag) {
        self.scan.tag(&tag);
        if self.contents.tags.len() < 10_000 {
            self.contents.tags.push(tag);
        }
    }

    /// Text without a place, as of office files, notes and outlines.
    pub(crate) fn loose(&mut self, place: &marks::Place, text: &str, order: marks::Order) {
        self.scan.loose(place, text, order);
    }

    pub(crate) fn obstacle(&mut self, obstacle: Obstacle) {
        self.scan.obstacle(obstacle);
    }

    pub(crate) fn attachment(&mut self, attachment: Attachment) {
        self.scan.attachment(&attachment);
        if attachment.active {
            self.notice(Notice::ActiveContent);
        }
        self.contents.attachments.push(attachment);
    }

    pub(crate) fn signature(&mut self, signature: Signature) {
        self.contents.signatures.push(signature);
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        let notices = &mut self.contents.notices;
        if notices.len() < NOTICES_MAX && !notices.contains(&notice) {
            notices.push(notice);
        }
    }

    pub(crate) fn finish(mut self) -> Contents {
        let pages = &self.contents.pages;
        let seen = |page: &Page| page.lines.iter().any(|line| line.sight == Sight::Seen);
        if !pages.is_empty() && !pages.iter().any(seen) {
            self.scan.obstacle(Obstacle::NoTextAtAll);
        }
        self.contents.marks = self.scan.finish();
        self.contents.version = self.version.trim().to_owned();
        self.contents.documents = self.documents;
        self.contents
    }
}
