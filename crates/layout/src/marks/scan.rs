//! Looking for marks on pages and in everything else that a file has.

use std::collections::{BTreeMap, BTreeSet};

use yichuan_document::Classification;

use super::words::{Hit, hits, is_telling, normal};
use super::{Finding, Marks, Obstacle, Place, Reason};
use crate::contents::{Attachment, Tag};
use crate::geometry::Area;
use crate::page::{Glyph, Line, Page, Reading, Sheet, Sight, Source, lay_out};

/// The head of a page ends here on A4, in millimetres, where no red line stands lower.
const HEAD: f64 = 110.0;
/// A red line lower than this is no head's.
const RED_LINE_MAX: f64 = 150.0;
/// The height and width of A4 in millimetres.
const A4: (f64, f64) = (210.0, 297.0);
/// Where marks stand on A4: the upper left, above the name of the issuer.
const MARK_PLACE: Area = Area {
    left: 12.0,
    top: 20.0,
    right: 105.0,
    bottom: 71.0,
};
/// So much of a picture in the place of marks could show one, in square millimetres.
const PICTURE_MM2: f64 = 15.0;
/// So many steps of outlines in the place of marks could be two characters.
const DRAWING_STEPS: usize = 30;
/// A stroke or letter of a mark is no longer than this, in millimetres.
const STROKE_MAX: f64 = 15.0;
/// So many steps of outlines on a page without text could be a text.
const OUTLINED_STEPS: usize = 400;
/// A title's characters are at least so high, in millimetres: 2号 is 7.76, 小二号 6.35.
const TITLE_SIZE: f64 = 6.2;
/// Findings kept of one reason and level.
const KEPT: usize = 60;
const EXCERPT_MAX: usize = 40;

/// Where in a text without pages something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// At its beginning, where an official document has its head.
    Head,
    /// Anywhere else.
    Body,
}

/// What came of looking at a page.
pub(crate) struct Looked {
    pub(crate) page: Page,
    /// The beginning of text that nobody sees.
    pub(crate) hidden: Option<Box<str>>,
    /// The lower edge of the red line under the head.
    pub(crate) red_line: Option<f64>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    findings: Vec<Finding>,
    kept: BTreeMap<(Reason, Option<Classification>), usize>,
    seen: BTreeSet<(Reason, Option<Classification>, Place)>,
    obstacles: BTreeSet<Obstacle>,
}

/// What a page tells about where things stand on it.
struct Ground {
    number: usize,
    first: bool,
    head: f64,
    middle: f64,
    title_until: f64,
}

/// Which levels in a piece of text are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    /// All.
    Any,
    /// Those with a star.
    Starred,
    /// Those with which a column begins or that it holds nothing beside.
    Down,
}

impl Scan {
    /// Looks at a page, numbered from 1; `first` is the first of a document.
    pub(crate) fn page(&mut self, number: usize, first: bool, sheet: &Sheet) -> Looked {
        let red_line = first.then(|| red_line(sheet)).flatten();
        let scale = if sheet.height > 1.0 {
            sheet.height / A4.1
        } else {
            4.0
        };
        let ground = Ground {
            number,
            first,
            head: (HEAD * scale).max(red_line.unwrap_or(0.0)),
            middle: if sheet.width > 1.0 {
                sheet.width / 2.0
            } else {
                A4.0
            },
            title_until: 0.75 * scale * A4.1,
        };
        let seen = |glyph: &&Glyph| glyph.sight == Sight::Seen;
        let mut lines = lay_out(sheet.glyphs.iter().filter(seen), Reading::Rows);
        let hidden = lay_out(
            sheet.glyphs.iter().filter(|glyph| !seen(glyph)),
            Reading::Rows,
        );
        self.readable(number, sheet);
        if first {
            self.pictures(number, sheet, scale);
        }
        if sheet.glyphs.iter().any(|glyph| is_telling(glyph.sign)) {
            self.text(&ground, sheet, &lines, &hidden);
        }
        let unseen = hidden.first().map(|line| excerpt(&line.text));
        lines.extend(hidden);
        Looked {
            page: Page {
                width: sheet.width,
                height: sheet.height,
                lines,
            },
            hidden: unseen.filter(|text| !text.trim().is_empty()),
            red_line,
        }
    }

    /// What of the page could not be read at all.
    fn readable(&mut self, page: usize, sheet: &Sheet) {
        let letters = sheet
            .glyphs
            .iter()
            .filter(|glyph| !glyph.sign.is_whitespace());
        let letters = letters.filter(|glyph| glyph.sight == Sight::Seen);
        let (mut all, mut unknown) = (0_usize, 0_usize);
        for glyph in letters {
            all += 1;
            unknown += usize::from(is_unknown(glyph.sign));
        }
        let area = (sheet.width * sheet.height).max(1.0);
        let pictured: f64 = sheet.images.iter().map(|at| at.width() * at.height()).sum();
        let outlined: usize = sheet.drawings.iter().map(|drawing| drawing.steps).sum();
        let bare = all == 0 && (pictured > 0.03 * area || outlined > OUTLINED_STEPS);
        // A page number over a scan is no text of the page.
        if bare || all < 30 && pictured > 0.5 * area {
            self.obstacles.insert(Obstacle::NoText { page });
        }
        if unknown >= 3 || unknown * 20 > all || sheet.doubtful > 0 {
            self.obstacles.insert(Obstacle::UnknownLetters { page });
        }
    }

    /// Pictures and drawings where marks stand.
    fn pictures(&mut self, page: usize, sheet: &Sheet, scale: f64) {
        if self.obstacles.contains(&Obstacle::NoText { page }) {
            return;
        }
        let place = Area {
            left: MARK_PLACE.left * scale,
            top: MARK_PLACE.top * scale,
            right: MARK_PLACE.right * scale,
            bottom: MARK_PLACE.bottom * scale,
        };
        let shows = |at: &Area| place.common(at) > PICTURE_MM2;
        if sheet.images.iter().any(shows) {
            self.add(Reason::Picture, None, Place::Page { page }, "");
        }
        let within = sheet.drawings.iter().filter(|drawing| {
            let at = drawing.area;
            // The lines of a table are long; the strokes of letters are not.
            at.width().max(at.height()) <= STROKE_MAX
                && at.left >= place.left - 3.0
                && at.right <= place.right + 30.0
                && at.top >= place.top - 3.0
                && at.bottom <= place.bottom + 3.0
        });
        let steps: usize = within.map(|drawing| drawing.steps).sum();
        if steps >= DRAWING_STEPS {
            self.add(Reason::Drawing, None, Place::Page { page }, "");
        }
    }

    /// The page's text: by rows and by columns, all together and each source alone, and each text
    /// object in its own order.
    fn text(&mut self, ground: &Ground, sheet: &Sheet, lines: &[Line], hidden: &[Line]) {
        for line in lines.iter().chain(hidden) {
            self.line(ground, line, Reading::Rows);
        }
        let glyphs = &sheet.glyphs;
        let several = |source| {
            let mut sources = glyphs.iter().map(|glyph| glyph.source);
            sources.any(|one| one == source) && glyphs.iter().any(|glyph| glyph.source != source)
        };
        for source in [Source::Body, Source::Template, Source::Annotation] {
            if several(source) {
                let own = glyphs.iter().filter(|glyph| glyph.source == source);
                for line in lay_out(own, Reading::Rows) {
                    self.line(ground, &line, Reading::Rows);
                }
            }
        }
        if !hidden.is_empty() {
            for line in lay_out(glyphs.iter(), Reading::Rows) {
                self.line(ground, &line, Reading::Rows);
            }
        }
        for line in lay_out(glyphs.iter(), Reading::Columns) {
            self.line(ground, &line, Reading::Columns);
        }
        self.objects(ground, glyphs);
        // A mark that is broken over two lines, or drawn piece by piece.
        let joined: String = lines.iter().map(|line| line.text.as_str()).collect();
        let drawn: String = glyphs.iter().map(|glyph| glyph.sign).collect();
        for text in [joined, drawn] {
            self.starred(ground, &text);
        }
    }

    fn line(&mut self, ground: &Ground, line: &Line, reading: Reading) {
        let text = normal(&line.text);
        if !text.iter().any(|sign| is_telling(*sign)) {
            return;
        }
        // Down the page, the characters of a text make words by chance; a mark stands alone.
        let only = match reading {
            Reading::Rows => Only::Any,
            Reading::Columns => Only::Down,
        };
        let unseen = line.sight != Sight::Seen;
        let place = (&line.area, line.size, unseen);
        self.candidate(ground, (&text, &line.text), place, only);
        if line.runs.len() > 1 {
            for (range, area) in &line.runs {
                let run = &line.text[range.clone()];
                let place = (area, line.size, unseen);
                self.candidate(ground, (&normal(run), run), place, only);
            }
        }
    }

    /// Each text object in the order in which it was written, wherever its characters stand.
    fn objects(&mut self, ground: &Ground, glyphs: &[Glyph]) {
        for object in glyphs.chunk_by(|one, other| one.object == other.object) {
            if !object.iter().any(|glyph| is_telling(glyph.sign)) {
                continue;
            }
            let raw: String = object.iter().map(|glyph| glyph.sign).collect();
            let at = object[0].at;
            let area = object
                .iter()
                .fold(Area::between(at, at), |area, glyph| Area {
                    left: area.left.min(glyph.at.x),
                    top: area.top.min(glyph.at.y - glyph.size),
                    right: area.right.max(glyph.at.x),
                    bottom: area.bottom.max(glyph.at.y),
                });
            let unseen = object.iter().any(|glyph| glyph.sight != Sight::Seen);
            let place = (&area, object[0].size, unseen);
            self.candidate(ground, (&normal(&raw), &raw), place, Only::Starred);
        }
    }

    /// Judges the levels that a piece of text names by where and how they stand.
    fn candidate(
        &mut self,
        ground: &Ground,
        (text, shown): (&[char], &str),
        (area, size, unseen): (&Area, f64, bool),
        only: Only,
    ) {
        for hit in hits(text) {
            let counts = match only {
                Only::Any => true,
                Only::Starred => hit.star,
                Only::Down => {
                    hit.star && (hit.whole || hit.start == 0) || hit.whole && ground.first
                }
            };
            let place = Place::Page {
                page: ground.number,
            };
            if unseen && !hit.other {
                self.add(Reason::HiddenWord, Some(hit.level), place.clone(), shown);
            }
            if !counts {
                continue;
            }
            let up = area.top < ground.head;
            let in_head = ground.first && up;
            let left = area.left < ground.middle;
            let in_title =
                ground.first && size >= TITLE_SIZE && area.top < ground.title_until && hit.grade;
            if let Some(reason) = judge(&hit, in_head, up && left, in_title) {
                self.add(reason, Some(hit.level), place, shown);
            }
        }
    }

    /// Marks that only show when lines or pieces are put together.
    fn starred(&mut self, ground: &Ground, text: &str) {
        for hit in hits(&normal(text)).into_iter().filter(|hit| hit.star) {
            let place = Place::Page {
                page: ground.number,
            };
            let known = [Reason::MarkInHead, Reason::MarkAlone, Reason::MarkInText];
            let known = known.iter().any(|reason| {
                let known = (*reason, Some(hit.level), place.clone());
                self.seen.contains(&known)
            });
            if !known {
                let level = hit.level.zh();
                self.add(Reason::MarkInText, Some(hit.level), place, level);
            }
        }
    }

    /// Text without a place: of an office file, a note, an outline.
    pub(crate) fn loose(&mut self, place: &Place, text: &str, order: Order) {
        for line in text.lines().filter(|line| line.chars().any(is_telling)) {
            for hit in hits(&normal(line)) {
                let head = order == Order::Head;
                if let Some(reason) = judge(&hit, head, head, false) {
                    self.add(reason, Some(hit.level), place.clone(), line);
                }
            }
        }
    }

    /// What the file says about itself.
    pub(crate) fn metadata(&mut self, name: &str, value: &str) {
        let key: String = normal(name).into_iter().collect();
        let key = key.to_lowercase();
        let keys = ["密级", "保密", "classification", "security", "secrecy"];
        let about = keys.iter().any(|word| key.contains(word));
        for hit in hits(&normal(value)) {
            let reason = if hit.star || about || hit.label {
                Reason::Metadata
            } else if hit.whole {
                Reason::MetadataWord
            } else {
                continue;
            };
            let place = Place::Metadata(excerpt(name));
            self.add(reason, Some(hit.level), place, value);
        }
    }

    /// An element that the file points out.
    pub(crate) fn tag(&mut self, tag: &Tag) {
        let about = tag.name().contains("密级");
        for hit in hits(&normal(&tag.text)) {
            if about || hit.star && hit.whole {
                let place = Place::Tag(excerpt(tag.name()));
                self.add(Reason::Tag, Some(hit.level), place, &tag.text);
            }
        }
    }

    /// The name of the file.
    pub(crate) fn file_name(&mut self, name: &str) {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let text = normal(stem);
        for hit in hits(&text) {
            let bracket = |at: Option<usize>, signs: &str| {
                at.and_then(|at| text.get(at))
                    .is_some_and(|sign| signs.contains(*sign))
            };
            let ends = hit.end == text.len() || bracket(Some(hit.end), "】］])）》-_—–.、★ ");
            let begins = hit.start == 0 || bracket(hit.start.checked_sub(1), "【［[(（《-_—–.、 ");
            let reason = if hit.star || hit.label {
                Reason::FileName
            } else if hit.whole || begins && ends {
                Reason::FileNameWord
            } else {
                continue;
            };
            self.add(reason, Some(hit.level), Place::FileName, name);
        }
    }

    /// What was found in a file in the file.
    pub(crate) fn attachment(&mut self, attachment: &Attachment) {
        let name = excerpt(&attachment.name);
        for finding in &attachment.marks.findings {
            let place = Place::Within(name.clone(), Box::new(finding.place.clone()));
            self.add(finding.reason, finding.level, place, &finding.excerpt);
        }
        for obstacle in &attachment.marks.obstacles {
            self.obstacle(Obstacle::Within(name.clone(), Box::new(obstacle.clone())));
        }
    }

    pub(crate) fn obstacle(&mut self, obstacle: Obstacle) {
        if self.obstacles.len() < KEPT * 4 {
            self.obstacles.insert(obstacle);
        }
    }

    fn add(&mut self, reason: Reason, level: Option<Classification>, place: Place, text: &str) {
        let kept = self.kept.entry((reason, level)).or_default();
        if *kept >= KEPT || !self.seen.insert((reason, level, place.clone())) {
            return;
        }
        *kept += 1;
        self.findings.push(Finding {
            weight: reason.weight(),
            reason,
            level,
            place,
            excerpt: excerpt(text),
        });
    }

    pub(crate) fn finish(mut self) -> Marks {
        self.findings
            .sort_by(|one, other| (one.weight, &one.place).cmp(&(other.weight, &other.place)));
        Marks {
            findings: self.findings,
            obstacles: self.obstacles.into_iter().collect(),
        }
    }
}

/// What a level is that stands like this; none for ordinary prose.
fn judge(hit: &Hit, in_head: bool, in_mark_place: bool, in_title: bool) -> Option<Reason> {
    if hit.star {
        return Some(if hit.other {
            Reason::MarkInText
        } else if in_head {
            Reason::MarkInHead
        } else if hit.whole {
            Reason::MarkAlone
        } else {
            Reason::MarkInText
        });
    }
    if hit.other {
        return None;
    }
    if hit.label {
        return Some(if in_head {
            Reason::LabelInHead
        } else {
            Reason::LabelInText
        });
    }
    if hit.whole {
        return match (in_head, in_mark_place) {
            (true, true) => Some(Reason::WordInMarkPlace),
            (true, false) | (false, true) => Some(Reason::WordAlone),
            (false, false) => None,
        };
    }
    in_title.then_some(Reason::LevelInTitle)
}

/// The lower edge of the line under the head: red, flat and almost as wide as the text.
fn red_line(sheet: &Sheet) -> Option<f64> {
    let lines = sheet.drawings.iter().filter(|drawing| {
        let at = drawing.area;
        drawing.red && at.width() > 100.0 && at.height() < 4.0 && at.bottom < RED_LINE_MAX
    });
    let lowest = lines.map(|drawing| drawing.area.bottom);
    lowest.fold(None, |lowest: Option<f64>, bottom| {
        Some(lowest.map_or(bottom, |lowest| lowest.max(bottom)))
    })
}

/// Characters that say nothing about the letter that is shown.
const fn is_unknown(sign: char) -> bool {
    matches!(sign, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

fn excerpt(text: &str) -> Box<str> {
    let text = text.trim();
    match text.char_indices().nth(EXCERPT_MAX) {
        Some((end, _)) => text[..end].into(),
        None => text.into(),
    }
}
