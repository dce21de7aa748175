// Writes numbered lines to the log that is named, and rotates it as quickly as it can: `rename` (log, log.1, log.2, …),
// `copy` (copytruncate), or `date` (log-20261122T100000.000001). `KEEP` rotated files are kept, as with logrotate's
// `rotate`. Its last line is "end" and the number of lines.
//
// PAUSE milliseconds lie between two rotations.
//
//   node rotating-writer.mjs FILE rename|copy|date KEEP ROTATIONS PAUSE
import { closeSync, copyFileSync, existsSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';

const [, , path, way, keep, rotations, pause] = process.argv;
let log = openSync(path, 'a');
// The first line is there already.
let count = 1;

function shift() {
  rmSync(`${path}.${keep}`, { force: true });
  for (let number = Number(keep) - 1; number >= 1; number -= 1) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
}

const dated = (rotation) => `${path}-20261122T100000.${String(rotation).padStart(6, '0')}`;

for (let rotation = 0; rotation < Number(rotations); rotation += 1) {
  const lines = 1 + (rotation % 7);
  for (let line = 0; line < lines; line += 1) writeSync(log, `line ${++count}\n`);
  if (way === 'copy') {
    shift();
    copyFileSync(path, `${path}.1`);
    ftruncateSync(log, 0);
  } else {
    if (way === 'date') {
      renameSync(path, dated(rotation));
      rmSync(dated(rotation - Number(keep)), { force: true });
    } else {
      shift();
      renameSync(path, `${path}.1`);
    }
    // A line that comes to the old file when it has its new name.
    writeSync(log, `line ${++count}\n`);
    closeSync(log);
    log = openSync(path, 'a');
  }
  await (pause === '0' ? setImmediate() : setTimeout(Number(pause)));
}
writeSync(log, `end ${count}\n`);
