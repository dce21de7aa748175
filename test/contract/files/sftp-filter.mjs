// Stands between sshd and sftp-server, as `Subsystem sftp node sftp-filter.mjs …`, and changes what the client hears:
//   swallow TYPE N   loses the N-th answer of that packet type, and nothing else
//   rename FROM TO   shows one name for another of the same length
import { spawn } from 'node:child_process';

const [what, first = '', second = ''] = process.argv.slice(2);
const server = spawn('/usr/lib/openssh/sftp-server', { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(server.stdin);
server.on('close', (code) => process.exit(code ?? 0));

let pending = Buffer.alloc(0);
let seen = 0;
server.stdout.on('data', (chunk) => {
  pending = Buffer.concat([pending, chunk]);
  for (;;) {
    if (pending.length < 4) return;
    const length = 4 + pending.readUInt32BE(0);
    if (pending.length < length) return;
    const packet = pending.subarray(0, length);
    pending = pending.subarray(length);
    if (!swallowed(packet)) process.stdout.write(what === 'rename' ? renamed(packet) : packet);
  }
});

function swallowed(packet) {
  if (what !== 'swallow' || packet[4] !== Number(first)) return false;
  seen += 1;
  return seen === Number(second);
}

function renamed(packet) {
  const text = packet.toString('latin1').replaceAll(counted(first), counted(second));
  return Buffer.from(text, 'latin1');
}

// As it stands in a packet: what merely looks like the name, in a handle or a number, is left alone.
function counted(name) {
  return `\0\0\0${String.fromCharCode(name.length)}${name}`;
}
