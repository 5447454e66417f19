//! The C2SP signed note: a text, an empty line, signature lines. Ed25519 (type 0x01) only.

use core::fmt;
use core::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use yichuan_document::key::{self, PublicKey, SigningSecret};
use yichuan_document::{Digest, Origin};

/// The largest note that is read, in bytes: 16 signatures, which every verifier must accept,
/// still fit when they are the largest kind that C2SP assigns.
pub const LARGEST_NOTE: usize = 64 << 10;

/// The most signature lines in one note: twice what C2SP asks a verifier to accept.
pub const MOST_SIGNATURES: usize = 32;

/// The longest name of a key, in bytes: what C2SP's length-prefixed forms can hold.
pub const LONGEST_KEY_NAME: usize = 255;

/// The key that verifies a signature in a note, with the name it signs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: Box<str>,
    id: [u8; 4],
    key: PublicKey,
}

impl NoteKey {
    /// Names a key. Refuses an empty or over-long name, one with a space, a plus sign or a
    /// control character, and a key that is not Ed25519, of small order or not in its canonical
    /// encoding.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, NoteKeyRefused> {
        if !is_key_name(name) {
            return Err(NoteKeyRefused::Name);
        }
        if key.algorithm() != key::ED25519 || key.check().is_err() {
            return Err(NoteKeyRefused::Key);
        }
        Ok(Self {
            name: name.into(),
            id: key_id(name, &key),
            key,
        })
    }

    /// The key of a log, which signs under the log's origin. Refuses a weak key.
    pub fn of_log(origin: &Origin, key: PublicKey) -> Result<Self, NoteKeyRefused> {
        Self::new(origin.as_str(), key)
    }

    /// The name that the key signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id: the first four bytes of SHA-256 over name, newline, 0x01 and the key.
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The key itself.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Display for NoteKey {
    /// Writes the verifier key line of C2SP: `name+id+base64(type ‖ key)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = BASE64.encode(&[&[TYPE_ED25519], self.key.bytes()].concat());
        write!(f, "{}+{}+{typed}", self.name, HEXLOWER.encode(&self.id))
    }
}

impl FromStr for NoteKey {
    type Err = NoteKeyRefused;

    fn from_str(line: &str) -> Result<Self, NoteKeyRefused> {
        // Base64 may contain a plus sign too, so only the first two divide.
        let mut parts = line.splitn(3, '+');
        let (Some(name), Some(id), Some(typed)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteKeyRefused::Line);
        };
        let typed = decode_exactly::<33>(typed).ok_or(NoteKeyRefused::Line)?;
        let [kind, bytes @ ..] = typed;
        if kind != TYPE_ED25519 {
            return Err(NoteKeyRefused::UnknownType(kind));
        }
        let key = PublicKey::ed25519(bytes).map_err(|_| NoteKeyRefused::Key)?;
        let key = Self::new(name, key)?;
        if id != HEXLOWER.encode(&key.id) {
            return Err(NoteKeyRefused::Id { expected: key.id });
        }
        Ok(key)
    }
}

/// Why a verifier key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKeyRefused {
    /// The line is not `name+id+base64` of 33 bytes.
    Line,
    /// The name is empty, too long, or has a space, plus sign or control character.
    Name,
    /// The key is of a type that this build does not verify.
    UnknownType(u8),
    /// The key is no point of the curve, of small order, or not canonically encoded.
    Key,
    /// The id is not that of name and key.
    Id {
        /// The id of name and key.
        expected: [u8; 4],
    },
}

impl fmt::Display for NoteKeyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line => f.write_str("not a verifier key line"),
            Self::Name => f.write_str("the key's name is not allowed in a note"),
            Self::UnknownType(kind) => write!(f, "unknown type of key {kind:#04x}"),
            Self::Key => f.write_str("the Ed25519 key is invalid or weak"),
            Self::Id { expected } => {
                write!(
                    f,
                    "the key's id is {}, not what the line says",
                    HEXLOWER.encode(expected)
                )
            }
        }
    }
}

impl core::error::Error for NoteKeyRefused {}

/// A verified signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignatureLine {
    pub(super) key_id: [u8; 4],
    signature: [u8; 64],
}

impl SignatureLine {
    /// Writes the line with its newline.
    pub(super) fn write(&self, name: &str, note: &mut String) {
        let signature = BASE64.encode(&[self.key_id.as_slice(), &self.signature].concat());
        for part in [LINE_START, name, " ", &signature, "\n"] {
            note.push_str(part);
        }
    }
}

/// A note in which every signature by a known key stands, and at least one does.
pub(super) struct Opened<'n, 'k> {
    /// The text that was signed, with its last newline.
    pub(super) text: &'n str,
    pub(super) lines: Vec<SignatureLine>,
    pub(super) unknown_lines: usize,
    keys: Vec<&'k NoteKey>,
}

impl Opened<'_, '_> {
    /// The names of the keys that signed.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name())
    }
}

/// Signs a text, which ends in a newline.
pub(super) fn sign_text(name: &str, text: &str, key: &SigningSecret) -> SignatureLine {
    let key_id = key_id(name, &key.public());
    SignatureLine {
        key_id,
        signature: key.sign(text.as_bytes()),
    }
}

/// Reads a note and verifies what known keys signed.
pub(super) fn open<'n, 'k>(
    note: &'n [u8],
    keys: &'k [NoteKey],
) -> Result<Opened<'n, 'k>, NoteRefused> {
    let (text, lines) = divide(note)?;
    let mut opened = Opened {
        text,
        lines: Vec::new(),
        unknown_lines: 0,
        keys: Vec::new(),
    };
    for (count, line) in lines.split_terminator('\n').enumerate() {
        if count == MOST_SIGNATURES {
            return Err(NoteRefused::TooManySignatures);
        }
        let (name, key_id, signature) = read_line(line).ok_or(NoteRefused::Line { count })?;
        let Some(key) = keys
            .iter()
            .find(|key| key.id == key_id && key.name() == name)
        else {
            opened.unknown_lines += 1;
            continue;
        };
        if opened.keys.contains(&key) {
            return Err(NoteRefused::Repeated { key_id });
        }
        let signature: [u8; 64] = signature
            .try_into()
            .map_err(|_| NoteRefused::Signature { key_id })?;
        key.key
            .verify(text.as_bytes(), &signature)
            .map_err(|_| NoteRefused::Signature { key_id })?;
        opened.keys.push(key);
        opened.lines.push(SignatureLine { key_id, signature });
    }
    if opened.keys.is_empty() {
        Err(NoteRefused::NoKnownSignature)
    } else {
        Ok(opened)
    }
}

/// Divides a note at its last empty line into text and signature lines, both with their newline.
fn divide(note: &[u8]) -> Result<(&str, &str), NoteRefused> {
    if note.len() > LARGEST_NOTE {
        return Err(NoteRefused::TooLong { bytes: note.len() });
    }
    let note = core::str::from_utf8(note).map_err(|_| NoteRefused::NotText)?;
    if note
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\n')
    {
        return Err(NoteRefused::NotText);
    }
    let at = note.rfind("\n\n").ok_or(NoteRefused::NoSignatures)?;
    let (text, lines) = (&note[..=at], &note[at + 2..]);
    if lines.is_empty() {
        return Err(NoteRefused::NoSignatures);
    }
    if !lines.ends_with('\n') {
        return Err(NoteRefused::NoLastNewline);
    }
    Ok((text, lines))
}

/// Reads `— name base64(id ‖ signature)`.
fn read_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, signature) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    if !is_key_name(name) {
        return None;
    }
    let signature = BASE64.decode(signature.as_bytes()).ok()?;
    let (id, signature) = signature.split_first_chunk::<4>()?;
    (!signature.is_empty()).then(|| (name, *id, signature.to_vec()))
}

fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    !name.is_empty() && name.len() <= LONGEST_KEY_NAME && !name.chars().any(forbidden)
}

fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let digest = Digest::of_parts(&[name.as_bytes(), b"\n", &[TYPE_ED25519], key.bytes()]);
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

fn decode_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Measured first, so that a long text is not decoded to be refused.
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Why a note was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteRefused {
    /// The note is larger than [`LARGEST_NOTE`].
    TooLong {
        /// The note's length.
        bytes: usize,
    },
    /// The note is not UTF-8, or has a control character other than the newline.
    NotText,
    /// There is no empty line with signatures after it.
    NoSignatures,
    /// The last line has no newline.
    NoLastNewline,
    /// A signature line is not `— name base64`.
    Line {
        /// Which of the signature lines, from 0.
        count: usize,
    },
    /// There are more signature lines than [`MOST_SIGNATURES`].
    TooManySignatures,
    /// A known key signed twice.
    Repeated {
        /// The key's id.
        key_id: [u8; 4],
    },
    /// The signature of a known key does not stand.
    Signature {
        /// The key's id.
        key_id: [u8; 4],
    },
    /// No known key signed.
    NoKnownSignature,
    /// A key signed that is not a key of this origin.
    ForeignKey,
    /// The text has not the three lines of a checkpoint, or not in their one form.
    Body,
    /// The text has extension lines.
    Extension,
    /// The first line is not an origin.
    Origin,
    /// The second line is not the size of a tree.
    Size,
    /// The third line is not 32 bytes in base64.
    Root,
}

impl fmt::Display for NoteRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(f, "a note of {bytes} bytes is larger than {LARGEST_NOTE}")
            }
            Self::NotText => f.write_str("the note is not plain text in UTF-8"),
            Self::NoSignatures => f.write_str("the note has no signatures"),
            Self::NoLastNewline => f.write_str("the note does not end in a newline"),
            Self::Line { count } => write!(f, "signature line {count} of the note is malformed"),
            Self::TooManySignatures => {
                write!(
                    f,
                    "the note has more than {MOST_SIGNATURES} signature lines"
                )
            }
            Self::Repeated { key_id } => {
                write!(f, "key {} signed the note twice", HEXLOWER.encode(key_id))
            }
            Self::Signature { key_id } => {
                write!(
                    f,
                    "the signature of key {} does not stand",
                    HEXLOWER.encode(key_id)
                )
            }
            Self::NoKnownSignature => f.write_str("no known key signed the note"),
            Self::ForeignKey => f.write_str("a key of another log signed the checkpoint"),
            Self::Body => f.write_str("the note is not a checkpoint"),
            Self::Extension => f.write_str("the checkpoint has extension lines"),
            Self::Origin => f.write_str("the checkpoint names no valid origin"),
            Self::Size => f.write_str("the checkpoint's size is not the size of a tree"),
            Self::Root => f.write_str("the checkpoint's root is not 32 bytes in base64"),
        }
    }
}

impl core::error::Error for NoteRefused {}

/// The type byte of a plain Ed25519 signature in a note (C2SP signed-note).
const TYPE_ED25519: u8 = 0x01;

/// What a signature line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

#[cfg(test)]
mod tests;
