import { bytesFromName } from '../files/names.js';

/** A path with forward slashes as a `file:` URI (RFC 8089, appendix E.2 and E.3 for Windows); bytes stay what they are. */
export function pathUri(path: string, drive: string): string {
  if (/^.:$/su.test(drive)) return `file:///${drive}${encode(path.slice(drive.length))}`;
  return drive === '' ? `file://${encode(path)}` : `file:${encode(path)}`;
}

/** Percent-encodes all but the unreserved characters of RFC 3986 §2.3 and the slash. */
function encode(path: string): string {
  return Array.from(bytesFromName(path), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_.~/-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
