/** Where a seal stands on a page. A page counts in millimetres from its upper left corner; a
 * picture of it in pixels. */

export interface Size {
  width: number
  height: number
}

export interface Place {
  x: number
  y: number
}

/** A tenth of a millimetre is what is signed. */
const STEP_MM = 0.1

export function round(mm: number): number {
  return Math.round(mm / STEP_MM) / (1 / STEP_MM)
}

/** Millimetres for a distance of `px` in a picture that shows `pageMm` in `shownPx`. */
export function toMm(px: number, pageMm: number, shownPx: number): number {
  return shownPx > 0 ? (px * pageMm) / shownPx : 0
}

export function toPx(mm: number, pageMm: number, shownPx: number): number {
  return pageMm > 0 ? (mm * shownPx) / pageMm : 0
}

/** The nearest place at which a seal of `seal` lies wholly on the page. */
export function within(place: Place, seal: Size, page: Size): Place {
  const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), Math.max(most, 0))
  return {
    x: round(clamp(place.x, page.width - seal.width)),
    y: round(clamp(place.y, page.height - seal.height)),
  }
}

/** Where the seal comes to when it is dragged by `dx`, `dy` pixels from where it was. */
export function dragged(
  from: Place,
  dx: number,
  dy: number,
  seal: Size,
  page: Size,
  shown: Size,
): Place {
  return within(
    {
      x: from.x + toMm(dx, page.width, shown.width),
      y: from.y + toMm(dy, page.height, shown.height),
    },
    seal,
    page,
  )
}

const KEYS: ReadonlyMap<string, Place> = new Map([
  ['ArrowLeft', { x: -1, y: 0 }],
  ['ArrowRight', { x: 1, y: 0 }],
  ['ArrowUp', { x: 0, y: -1 }],
  ['ArrowDown', { x: 0, y: 1 }],
])

/** Arrow keys move by a millimetre, with Shift by ten, with Alt by a tenth; others do nothing. */
export function moved(
  from: Place,
  key: string,
  pace: { shift: boolean; alt: boolean },
  seal: Size,
  page: Size,
): Place | null {
  const step = KEYS.get(key)
  if (!step) return null
  const by = pace.shift ? 10 : pace.alt ? STEP_MM : 1
  return within({ x: from.x + step.x * by, y: from.y + step.y * by }, seal, page)
}
