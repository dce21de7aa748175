/** The unit of a tar archive, in bytes. */
export const BLOCK = 512;

/** The longest name that a header holds by itself (POSIX.1-2017, pax, "ustar Interchange Format"), in bytes. */
export const LONGEST_NAME = 100;

/** The header of a plain file in a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
export function tarHeader(name: Buffer, size: number, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0);
  const octal = (value: number, at: number, width: number): void => {
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  };
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  // The sum counts its own field as blanks, and ends with NUL and a blank.
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** What fills a file's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}
