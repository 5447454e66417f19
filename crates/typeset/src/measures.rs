//! The measures of GB/T 9704-2012, in millimetres from the upper left corner of the paper.
//!
//! The standard gives the type area as 156 × 225 mm, filled by 22 lines of 28 characters (5.2.1 to
//! 5.2.3). So the first line begins at the upper edge and the last one ends at the lower, and the
//! same across: lines are 10.45 mm apart, characters 5.57 mm.

/// Millimetres of a point.
const POINT: f64 = 25.4 / 72.0;

/// A4.
pub(crate) const PAPER: (f64, f64) = (210.0, 297.0);
/// 订口: the left edge of the type area.
pub(crate) const LEFT: f64 = 28.0;
/// The right edge of the type area.
pub(crate) const RIGHT: f64 = LEFT + WIDTH;
/// 天头: the upper edge of the type area.
pub(crate) const TOP: f64 = 37.0;
/// The lower edge of the type area.
pub(crate) const BOTTOM: f64 = TOP + 225.0;
/// How wide the type area is.
pub(crate) const WIDTH: f64 = 156.0;

/// 2号, 22 points: the title.
pub(crate) const SIZE_2: f64 = 22.0 * POINT;
/// 3号, 16 points: the text.
pub(crate) const SIZE_3: f64 = 16.0 * POINT;
/// 4号, 14 points: the foot and the page's number.
pub(crate) const SIZE_4: f64 = 14.0 * POINT;

/// Lines of a page.
pub(crate) const LINES: usize = 22;
/// Characters of a line.
pub(crate) const CELLS: f64 = 28.0;
/// From one line to the next.
pub(crate) const LINE: f64 = (BOTTOM - TOP - SIZE_3) / (LINES as f64 - 1.0);
/// From one character to the next.
pub(crate) const CELL: f64 = (WIDTH - SIZE_3) / (CELLS - 1.0);
/// The gap that 字高的 7/8 is.
pub(crate) const SEVEN_EIGHTHS: f64 = SIZE_3 * 7.0 / 8.0;

/// How much of an em lies above the base line in fonts of Chinese.
pub(crate) const ASCENT: f64 = 0.88;

/// From the upper edge of the type area to that of the issuer's name (7.2.4).
pub(crate) const ISSUER: f64 = 35.0;
/// The same in an order (10.2).
pub(crate) const ISSUER_OF_ORDER: f64 = 20.0;
/// From the upper edge of the paper to the issuer's name in a letter (10.1).
pub(crate) const ISSUER_OF_LETTER: f64 = 30.0;
/// From the document number to the red line, and from a letter's name to its line.
pub(crate) const TO_RED_LINE: f64 = 4.0;
/// How wide the lines of a letter are.
pub(crate) const LETTER_LINE: f64 = 170.0;
/// From the lower edge of the paper to a letter's second line.
pub(crate) const LETTER_LINE_BELOW: f64 = 20.0;
/// From the lower edge of the type area to the dashes of the page's number (7.5).
pub(crate) const TO_NUMBER: f64 = 7.0;

/// The height of an issuer's name with which a first page stands on the lines of all others: its
/// name, two lines, the number, the red line and two lines more end where a line begins.
pub(crate) const ISSUER_SIZE: f64 = 6.0 * LINE + TOP - (TOP + ISSUER) - SIZE_3 - TO_RED_LINE;
/// The widest a letter of the issuer's name is (older practice: 22 × 15 mm at most).
pub(crate) const ISSUER_WIDTH_MAX: f64 = 15.0;
/// The narrowest, as a part of its height.
pub(crate) const ISSUER_STRETCH_MIN: f64 = 0.55;

/// Thick and thin lines of the foot (7.4.1); the red line.
pub(crate) const THICK: f64 = 0.35;
pub(crate) const THIN: f64 = 0.25;
pub(crate) const RED_LINE: f64 = 0.5;
