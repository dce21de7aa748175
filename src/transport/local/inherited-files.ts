import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC`, as Linux has it in `/proc/self/fdinfo` (proc(5)). */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes the files above descriptor `last` that this process was given by the one that started it. Node hands on what it
 * was given itself under a high number, as by `exec 42>lock` in a shell: a process that lives on would hold that lock.
 *
 * What Node has opened itself is not handed on, and is told by that from what was given. Where there is no `/proc`, nothing
 * is closed.
 */
export function closeInheritedFiles(last: number): void {
  let names: readonly string[];
  try {
    names = readdirSync('/proc/self/fdinfo');
  } catch {
    return;
  }
  for (const descriptor of names.map(Number).filter((number) => number > last)) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0) closeSync(descriptor);
    } catch {
      // The one that the directory was read by is closed already.
    }
  }
}
