/** What `JSON.stringify` leaves as it is and a terminal might obey, or a reader of lines take for a line's end. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON on one line that is safe to show: control characters in it are escaped, which reads back the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
