import { KnownHosts } from '../../src/inventory/known-hosts/known-hosts.js';
import { assignment, measured, report } from '../lib/measured.js';
import type { LookupJob } from './lookup-job.js';

const { knownHosts, hosts } = assignment<LookupJob>();
const keys = hosts.map(({ name, key }) => ({ name, key: Buffer.from(key, 'base64') }));
// What each connect asks: which types to offer first, then whether the key that came is the right one.
const cost = await measured(async () => {
  const known = await KnownHosts.load(knownHosts);
  for (const { name, key } of keys) {
    known.keyTypes(name, 22);
    const { status } = known.verify(name, 22, key);
    if (status !== 'trusted') throw new Error(`${name} is ${status}`);
  }
});
report(cost);
