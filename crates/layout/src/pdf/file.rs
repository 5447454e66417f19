//! The objects of a PDF by number: cross-references, object streams, streams.
//!
//! Nothing is repaired. A file whose cross-references do not lead to its objects is damaged, and
//! says so: what a lenient reader finds in it is that reader's guess.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::filter;
use super::object::{Dict, Lexer, Object};
use crate::Unreadable;
use crate::limits::Budget;

/// Generations of cross-references: a file may be changed by appending so often.
const GENERATIONS_MAX: usize = 256;
/// References that lead to references.
const CHAIN_MAX: usize = 32;
/// How far from the end the last word of a file may stand.
const TAIL: usize = 2_048;

/// Where an object is.
#[derive(Clone, Copy)]
enum Slot {
    /// At this place of the file.
    At(usize),
    /// In the object stream of this number.
    In(u32),
    /// Nowhere: the number is free.
    Free,
}

/// Numbers of objects, and where each begins in its object stream.
type Offsets = Vec<(u32, usize)>;

/// One generation of cross-references.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    /// Where it begins: what `startxref` says.
    pub(super) at: usize,
    /// Before the dictionary of its trailer, or of its stream.
    pub(super) trailer: usize,
    /// Whether it is a stream.
    pub(super) is_stream: bool,
}

/// A PDF whose cross-references were read.
pub(super) struct File<'b> {
    pub(super) bytes: &'b [u8],
    slots: HashMap<u32, Slot>,
    known: HashMap<u32, Object>,
    /// Object streams that were taken apart.
    apart: BTreeSet<u32>,
    pub(super) trailer: Rc<Dict>,
    /// The generations of cross-references, the newest first.
    pub(super) sections: Vec<Section>,
    /// Objects that are being read for the sake of others.
    open: usize,
}

impl<'b> File<'b> {
    pub(super) fn open(bytes: &'b [u8], budget: &mut Budget) -> Result<Self, Unreadable> {
        let mut file = Self {
            bytes,
            slots: HashMap::new(),
            known: HashMap::new(),
            apart: BTreeSet::new(),
            trailer: Rc::default(),
            sections: Vec::new(),
            open: 0,
        };
        let mut next = Some(last_references(bytes, budget)?);
        let mut seen = BTreeSet::new();
        while let Some(at) = next {
            if !seen.insert(at) || seen.len() > GENERATIONS_MAX {
                return Err(Unreadable::Damaged("xref"));
            }
            let (section, trailer) = file.references(at, budget)?;
            if let Some(hybrid) = trailer.get("XRefStm").index() {
                file.references(hybrid, budget)?;
            }
            next = match trailer.get("Prev") {
                Object::Null => None,
                prev => Some(prev.index().ok_or(Unreadable::Damaged("xref"))?),
            };
            if file.sections.is_empty() {
                file.trailer = trailer;
            }
            file.sections.push(section);
        }
        if file.trailer.has("Encrypt") {
            return Err(Unreadable::Encrypted);
        }
        Ok(file)
    }

    /// Reads one table or stream of cross-references; what was read before stands.
    fn references(
        &mut self,
        at: usize,
        budget: &mut Budget,
    ) -> Result<(Section, Rc<Dict>), Unreadable> {
        let bad = Unreadable::Damaged("xref");
        let mut lexer = Lexer::new(self.bytes, at.min(self.bytes.len()));
        let section = |trailer, is_stream| Section {
            at,
            trailer,
            is_stream,
        };
        match lexer.expect(budget)? {
            Object::Word(word) if &*word == "xref" => {
                let (trailer, dict) = self.table(lexer, budget)?;
                Ok((section(trailer, false), dict))
            }
            Object::Number(_) => {
                lexer.expect(budget)?;
                lexer.word("obj", budget)?;
                let object = self.object_at(at, None, budget)?;
                let dict = object.dict().ok_or(bad.clone())?.clone();
                let bytes = self.decoded(&object, budget)?;
                self.stream_of_references(&dict, &bytes, budget)?;
                Ok((section(lexer.at, true), dict))
            }
            _ => Err(bad),
        }
    }

    /// Reads a table: where its trailer stands, and the trailer.
    fn table(
        &mut self,
        mut lexer: Lexer,
        budget: &mut Budget,
    ) -> Result<(usize, Rc<Dict>), Unreadable> {
        let bad = || Unreadable::Damaged("xref");
        loop {
            let first = match lexer.expect(budget)? {
                Object::Word(word) if &*word == "trailer" => break,
                number => number.index().ok_or_else(bad)?,
            };
            let count = lexer.expect(budget)?.index().ok_or_else(bad)?;
            for number in first..first.saturating_add(count) {
                budget.keep(1)?;
                let at = lexer.expect(budget)?.index().ok_or_else(bad)?;
                lexer.expect(budget)?.index().ok_or_else(bad)?;
                let slot = match lexer.expect(budget)? {
                    Object::Word(word) if &*word == "n" => Slot::At(at),
                    Object::Word(word) if &*word == "f" => Slot::Free,
                    _ => return Err(bad()),
                };
                let number = u32::try_from(number).map_err(|_| bad())?;
                self.slots.entry(number).or_insert(slot);
            }
        }
        let at = lexer.at;
        let trailer = lexer.expect(budget)?;
        Ok((at, trailer.dict().cloned().ok_or_else(bad)?))
    }

    fn stream_of_references(
        &mut self,
        dict: &Dict,
        bytes: &[u8],
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let bad = || Unreadable::Damaged("xref");
        let whole = |object: &Object| object.index().ok_or_else(bad);
        let widths = dict.get("W").array().ok_or_else(bad)?;
        let widths: Vec<usize> = widths.iter().map(whole).collect::<Result<_, _>>()?;
        let [kind, second, third] = widths[..] else {
            return Err(bad());
        };
        let length = kind + second + third;
        if length == 0 || length > 24 {
            return Err(bad());
        }
        let size = whole(dict.get("Size"))?;
        let index: Vec<usize> = match dict.get("Index").array() {
            Some(list) => list.iter().map(whole).collect::<Result<_, _>>()?,
            None => vec![0, size],
        };
        let mut records = bytes.chunks_exact(length);
        for part in index.chunks_exact(2) {
            for number in part[0]..part[0].saturating_add(part[1]) {
                budget.keep(1)?;
                let record = records.next().ok_or_else(bad)?;
                let field = |from: usize, width: usize| {
                    let digits = record[from..from + width].iter();
                    digits.fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit))
                };
                let place = usize::try_from(field(kind, second)).map_err(|_| bad())?;
                let slot = match if kind == 0 { 1 } else { field(0, kind) } {
                    0 => Slot::Free,
                    1 => Slot::At(place),
                    2 => Slot::In(u32::try_from(place).map_err(|_| bad())?),
                    _ => continue,
                };
                let number = u32::try_from(number).map_err(|_| bad())?;
                self.slots.entry(number).or_insert(slot);
            }
        }
        Ok(())
    }

    /// The object that `object` is or refers to; null where a reference leads nowhere.
    pub(super) fn resolve(
        &mut self,
        object: &Object,
        budget: &mut Budget,
    ) -> Result<Object, Unreadable> {
        let mut object = object.clone();
        for _ in 0..CHAIN_MAX {
            let Object::Ref(number) = object else {
                return Ok(object);
            };
            budget.work(1)?;
            object = self.numbered(number, budget)?;
        }
        Err(Unreadable::Damaged("PDF"))
    }

    /// The value of a key, references followed.
    pub(super) fn get(
        &mut self,
        dict: &Dict,
        key: &str,
        budget: &mut Budget,
    ) -> Result<Object, Unreadable> {
        self.resolve(dict.get(key), budget)
    }

    fn numbered(&mut self, number: u32, budget: &mut Budget) -> Result<Object, Unreadable> {
        if let Some(known) = self.known.get(&number) {
            return Ok(known.clone());
        }
        // Whoever needs this object to read it finds nothing.
        self.known.insert(number, Object::Null);
        self.open += 1;
        if self.open > CHAIN_MAX {
            return Err(Unreadable::Damaged("PDF"));
        }
        let before = budget.left();
        let object = match self.slots.get(&number) {
            None | Some(Slot::Free) => Object::Null,
            Some(Slot::At(at)) => {
                let at = *at;
                self.object_at(at, Some(number), budget)?
            }
            Some(Slot::In(stream)) => {
                let stream = *stream;
                self.take_apart(stream, budget)?;
                self.known.get(&number).cloned().unwrap_or(Object::Null)
            }
        };
        self.open -= 1;
        // What it took to read an object is about what it takes to keep it.
        budget.keep(before - budget.left())?;
        self.known.insert(number, object.clone());
        Ok(object)
    }

    /// The object that begins at a place with its number.
    fn object_at(
        &mut self,
        at: usize,
        number: Option<u32>,
        budget: &mut Budget,
    ) -> Result<Object, Unreadable> {
        let bad = || Unreadable::Damaged("PDF");
        if at >= self.bytes.len() {
            return Err(bad());
        }
        let mut lexer = Lexer::new(self.bytes, at);
        let own = lexer.expect(budget)?.index();
        let generation = lexer.expect(budget)?.index();
        if own.is_none() || generation.is_none() || number.is_some_and(|n| own != Some(n as usize))
        {
            return Err(bad());
        }
        lexer.word("obj", budget)?;
        let object = lexer.expect(budget)?;
        let Object::Dict(dict) = &object else {
            return Ok(object);
        };
        match lexer.object(budget)? {
            Some(Object::Word(word)) if &*word == "stream" => {}
            _ => return Ok(object),
        }
        let start = match &self.bytes[lexer.at..] {
            [b'\r', b'\n', ..] => lexer.at + 2,
            [b'\n' | b'\r', ..] => lexer.at + 1,
            _ => return Err(bad()),
        };
        // A length that is an object of its own is read without this one being known.
        let length = self.resolve(dict.get("Length"), budget)?.index();
        let end = length
            .and_then(|length| start.checked_add(length))
            .filter(|end| self.ends_stream(*end));
        let end = match end {
            Some(end) => end,
            None => self.find_end(start, budget)?,
        };
        Ok(Object::Stream(dict.clone(), start..end))
    }

    fn ends_stream(&self, end: usize) -> bool {
        let Some(rest) = self.bytes.get(end..) else {
            return false;
        };
        let blanks = rest
            .iter()
            .take(4)
            .take_while(|byte| byte.is_ascii_whitespace());
        rest[blanks.count()..].starts_with(b"endstream")
    }

    /// The end of a stream whose length is wrong, as many producers write it.
    fn find_end(&self, start: usize, budget: &mut Budget) -> Result<usize, Unreadable> {
        const END: &[u8] = b"endstream";
        let rest = &self.bytes[start..];
        let length = rest.windows(END.len()).position(|window| window == END);
        budget.work(length.unwrap_or(rest.len()) / 16)?;
        length
            .map(|length| start + length)
            .ok_or(Unreadable::Damaged("PDF"))
    }

    /// The bytes of a stream, unpacked.
    pub(super) fn decoded(
        &mut self,
        object: &Object,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Unreadable> {
        let Object::Stream(dict, range) = object else {
            return Err(Unreadable::Damaged("PDF"));
        };
        if dict.has("F") {
            // The stream's bytes lie in another file.
            return Err(Unreadable::Method);
        }
        let filters = self.list(dict.get("Filter"), budget)?;
        let parameters = self.list(dict.get("DecodeParms"), budget)?;
        let mut named = Vec::new();
        for (place, filter) in filters.iter().enumerate() {
            let name = filter.name().ok_or(Unreadable::Damaged("Filter"))?;
            let given = parameters.get(place).and_then(Object::dict).cloned();
            named.push((name.to_owned(), given));
        }
        filter::decode(&self.bytes[range.clone()], &named, budget)
    }

    /// The elements of an array, or the one object that stands in its place.
    pub(super) fn list(
        &mut self,
        object: &Object,
        budget: &mut Budget,
    ) -> Result<Vec<Object>, Unreadable> {
        match self.resolve(object, budget)? {
            Object::Null => Ok(Vec::new()),
            Object::Array(list) => list
                .iter()
                .map(|object| self.resolve(object, budget))
                .collect(),
            one => Ok(vec![one]),
        }
    }

    /// The highest number that the cross-references have.
    pub(super) fn highest(&self) -> u32 {
        self.slots.keys().copied().max().unwrap_or(0)
    }

    /// Where the value of an object begins that lies in the file itself and has generation 0.
    pub(super) fn value_at(
        &self,
        number: u32,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Unreadable> {
        let Some(Slot::At(at)) = self.slots.get(&number).copied() else {
            return Ok(None);
        };
        let mut lexer = Lexer::new(self.bytes, at.min(self.bytes.len()));
        let own = lexer.expect(budget)?.index();
        let generation = lexer.expect(budget)?.index();
        if own != usize::try_from(number).ok() || generation != Some(0) {
            return Ok(None);
        }
        lexer.word("obj", budget)?;
        lexer.blanks();
        Ok(Some(lexer.at))
    }

    /// How an object is written that is no stream; none where there is no such object, or one of
    /// another generation than 0.
    pub(super) fn written(
        &mut self,
        number: u32,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Unreadable> {
        if let Some(Slot::In(stream)) = self.slots.get(&number).copied() {
            let (bytes, offsets) = self.object_stream(stream, budget)?;
            let own = offsets.iter().rfind(|(own, _)| *own == number);
            let Some((_, at)) = own else {
                return Ok(None);
            };
            let mut lexer = Lexer::new(&bytes, *at);
            lexer.blanks();
            let at = lexer.at;
            lexer.expect(budget)?;
            return Ok(Some(bytes[at..lexer.at].to_vec()));
        }
        let Some(at) = self.value_at(number, budget)? else {
            return Ok(None);
        };
        let mut lexer = Lexer::new(self.bytes, at);
        lexer.expect(budget)?;
        let end = lexer.at;
        let is_whole = lexer.word("endobj", budget).is_ok();
        Ok(is_whole.then(|| self.bytes[at..end].to_vec()))
    }

    /// Reads all objects of an object stream (7.5.7).
    fn take_apart(&mut self, number: u32, budget: &mut Budget) -> Result<(), Unreadable> {
        if !self.apart.insert(number) {
            return Ok(());
        }
        let (bytes, offsets) = self.object_stream(number, budget)?;
        for (own, at) in offsets {
            let object = Lexer::new(&bytes, at).expect(budget)?;
            // A newer generation may have the object elsewhere.
            if matches!(self.slots.get(&own), Some(Slot::In(stream)) if *stream == number) {
                self.known.insert(own, object);
            }
        }
        Ok(())
    }

    /// The bytes of an object stream, and which object begins where in them.
    fn object_stream(
        &mut self,
        number: u32,
        budget: &mut Budget,
    ) -> Result<(Vec<u8>, Offsets), Unreadable> {
        let bad = || Unreadable::Damaged("ObjStm");
        // An object stream lies in the file itself and never in another.
        let Some(Slot::At(at)) = self.slots.get(&number).copied() else {
            return Err(bad());
        };
        let stream = self.object_at(at, Some(number), budget)?;
        let dict = stream.dict().ok_or_else(bad)?.clone();
        let bytes = self.decoded(&stream, budget)?;
        let count = dict.get("N").index().ok_or_else(bad)?;
        let first = dict.get("First").index().ok_or_else(bad)?;
        let mut head = Lexer::new(&bytes, 0);
        let mut offsets = Vec::new();
        for _ in 0..count {
            let own = head.expect(budget)?.index().ok_or_else(bad)?;
            let offset = head.expect(budget)?.index().ok_or_else(bad)?;
            let at = first.checked_add(offset).filter(|at| *at < bytes.len());
            let own = u32::try_from(own).map_err(|_| bad())?;
            offsets.push((own, at.ok_or_else(bad)?));
        }
        Ok((bytes, offsets))
    }
}

/// Where the last cross-references begin: after `startxref` at the end, before `%%EOF`.
pub(super) fn last_references(bytes: &[u8], budget: &mut Budget) -> Result<usize, Unreadable> {
    const WORD: &[u8] = b"startxref";
    let bad = Unreadable::Damaged("startxref");
    let from = bytes.len().saturating_sub(TAIL);
    let tail = &bytes[from..];
    let at = tail.windows(WORD.len()).rposition(|window| window == WORD);
    let at = from + at.ok_or(bad.clone())? + WORD.len();
    let mut lexer = Lexer::new(bytes, at);
    let place = lexer.expect(budget)?.index().ok_or(bad.clone())?;
    let rest = &bytes[lexer.at..];
    if rest.windows(5).any(|window| window == b"%%EOF") {
        Ok(place)
    } else {
        Err(bad)
    }
}
