// Through a jump host, each hop checked under its own name; trust given by fingerprint or on first sight.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, HostKeyError } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['bastion', 'inner'] });
const [bastion, inner] = fleet.targets;
if (bastion === undefined || inner === undefined) throw new Error('the fleet has two hosts');

await using connection = await connect({ ...inner, proxyJump: bastion });
console.log((await connection.execute('echo through')).stdout.trim());
console.log(connection.connectSteps.filter((step) => step.phase === 'hostkey').length, 'host keys checked');

// An open connection serves as a hop too: it is borrowed and stays open.
await using open = await connect(bastion);
await (await connect({ ...inner, proxyJump: open })).close();
console.log(open.connected);

// A host whose key came by another way is known by its fingerprint.
const unknown = await connect({ ...inner, knownHosts: '/dev/null' }).catch((error: HostKeyError) => error);
if (!(unknown instanceof HostKeyError)) throw new Error('its key is not on record there');
const byFingerprint = { ...inner, hostKey: { fingerprints: [unknown.fingerprint] } };
await (await connect(byFingerprint)).close();

// Or it is trusted on first sight, and held to that key from then on.
const directory = await mkdtemp(join(tmpdir(), 'known-'));
const knownHosts = join(directory, 'known_hosts');
await (await connect({ ...inner, knownHosts, hostKey: 'accept-new' })).close();
await (await connect({ ...inner, knownHosts, hostKey: 'strict' })).close();
await rm(directory, { recursive: true });
console.log('known by now');
