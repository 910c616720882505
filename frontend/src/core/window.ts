// The arithmetic of the virtual list, without a DOM.
//
// A browser caps an element at about 33.5 million device pixels (16.7 million
// CSS pixels at 200 %), which 28 px rows pass at 600,000. So the scrolled
// element is never higher than `cap`, and the place in the list ("virtual", in
// row pixels) is kept apart from the element's scrollTop. Small steps (wheel,
// keys, touch) move both by the same distance, so nothing jitters; long jumps
// (dragging the thumb) are mapped linearly; and when scrolling rests, scrollTop
// is set to where the linear map wants it, which moves nothing on the screen.

export const rowHeight = 28;
export const cap = 8_000_000;

export interface Sizes {
  /** How many rows there are. */
  total: number;
  /** Height of the visible part in px. */
  viewport: number;
}

export interface Scroll {
  /** The element's scrollTop. */
  top: number;
  /** How far the visible part is below the first row's top, in row pixels. */
  virtual: number;
}

export interface Visible {
  /** First and last+1 row to render. */
  first: number;
  last: number;
  /** The y of row `first` in the scrolled element. */
  y: number;
}

export const origin: Scroll = { top: 0, virtual: 0 };

const clamp = (v: number, low: number, high: number) => Math.max(low, Math.min(high, v));

/** Height of the scrolled element. */
export function heightOf(total: number): number {
  return Math.min(total * rowHeight, cap);
}

const maxTop = (s: Sizes) => Math.max(0, heightOf(s.total) - s.viewport);
const maxVirtual = (s: Sizes) => Math.max(0, s.total * rowHeight - s.viewport);

/** Near both ends scrollTop and the distance to the end are equal, so that a wheel step reaches rows, not the end. */
const margin = (s: Sizes) => Math.min(4 * s.viewport, maxTop(s) / 4);

/** The place after the element was scrolled to `top`. */
export function scrolled(s: Sizes, from: Scroll, top: number): Scroll {
  const mt = maxTop(s);
  const mv = maxVirtual(s);
  if (mt === mv) return { top, virtual: clamp(top, 0, mv) };
  if (top <= 0) return { top, virtual: 0 };
  if (top >= mt - 1) return { top, virtual: mv };
  const step = top - from.top;
  if (Math.abs(step) <= 2 * s.viewport) return { top, virtual: clamp(from.virtual + step, 0, mv) };
  return { top, virtual: clamp(fromTop(s, top), 0, mv) };
}

function fromTop(s: Sizes, top: number): number {
  const m = margin(s);
  const mt = maxTop(s);
  const mv = maxVirtual(s);
  if (top <= m) return top;
  if (top >= mt - m) return mv - (mt - top);
  return m + ((top - m) * (mv - 2 * m)) / (mt - 2 * m);
}

/** The scrollTop that belongs to a place. */
export function topOf(s: Sizes, virtual: number): number {
  const m = margin(s);
  const mt = maxTop(s);
  const mv = maxVirtual(s);
  const v = clamp(virtual, 0, mv);
  if (mt === mv) return v;
  if (v <= m) return v;
  if (v >= mv - m) return mt - (mv - v);
  return m + ((v - m) * (mt - 2 * m)) / (mv - 2 * m);
}

/** The place with this virtual offset, its scrollTop included. */
export function placeAt(s: Sizes, virtual: number): Scroll {
  const v = clamp(virtual, 0, maxVirtual(s));
  return { top: topOf(s, v), virtual: v };
}

/** The rows to render. */
export function visible(s: Sizes, at: Scroll, overscan = 8): Visible {
  const v = clamp(at.virtual, 0, maxVirtual(s));
  const first = clamp(Math.floor(v / rowHeight) - overscan, 0, s.total);
  const last = clamp(Math.ceil((v + s.viewport) / rowHeight) + overscan, 0, s.total);
  return { first, last, y: at.top - v + first * rowHeight };
}

/** The virtual offset that shows a row, moved as little as possible. */
export function reveal(s: Sizes, virtual: number, row: number): number {
  const y = row * rowHeight;
  if (y < virtual) return y;
  if (y + rowHeight > virtual + s.viewport) return clamp(y + rowHeight - s.viewport, 0, maxVirtual(s));
  return virtual;
}
