import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contender } from './contender.js';
import { isOnPath, nodeWorkload } from './workload.js';

const MIB = 1024 * 1024;
/** Every call by which the bytes of a file come into a program. */
const READS = 'read,pread64,readv,preadv,preadv2,sendfile,splice,copy_file_range,mmap';

/** As `nodeWorkload`, with strace(1) looking on: its sample is how many MiB of `file` were read. */
export function readsCounted(
  name: string,
  file: string,
  program: string,
  job: object,
  nodeOptions: readonly string[],
): Contender {
  const run: Contender['run'] = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
    try {
      const log = join(directory, 'reads');
      const under = ['strace', '-f', '-qq', '-e', `trace=${READS}`, '-P', file, '-o', log];
      await nodeWorkload(name, program, job, { nodeOptions, under }).run();
      return { readMiB: bytesRead(await readFile(log, 'utf8')) / MIB };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  return { name, run, missing: isOnPath('strace') ? undefined : 'there is no strace; run bench/setup' };
}

/** What each call gave back; a mapped file would count as its address, so that nobody misses it. */
function bytesRead(log: string): number {
  const given = [...log.matchAll(/ = (0x[0-9a-f]+|\d+)$/gm)].map(([, value]) => Number(value));
  return given.reduce((sum, value) => sum + value, 0);
}
