/** Control characters (C0 without tab and newline, DEL, C1), and the characters that turn the direction of text. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Untrusted text made safe to print on a terminal: control characters show as `\x1b` and the like. Tabs and newlines
 * stay. Banners, remote output and file names go through here before they reach a message or a screen.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
