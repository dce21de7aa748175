import { MultiConnection } from '../../src/fleet/multi-connection.js';
import { assignment, measured, report } from '../lib/measured.js';
import { peakOverIdle } from '../lib/peak-memory.js';
import { hawserTarget } from './hawser-target.js';
import type { OneToManyJob } from './one-to-many-job.js';

const { login, hosts, from, to } = assignment<OneToManyJob>();
const targets = hosts.map((host) => hawserTarget(login, host));
await using fleet = await MultiConnection.open(targets, { batchSize: hosts.length });
// What is loaded and opened with the first file is there already when the second one comes.
(await fleet.sftpWriteData('warm', to)).throwIfAnyFailed();
let cost = { cpuMs: Number.NaN, wallMs: Number.NaN };
const peakMiB = await peakOverIdle(async () => {
  cost = await measured(async () => {
    const results = await fleet.sftpWrite(from, to);
    results.throwIfAnyFailed();
  });
});
report({ ...cost, peakMiB });
