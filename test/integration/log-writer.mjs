// Writes numbered lines to the log that is named, and rotates it six times: by a new name ("rename") or by a copy
// ("copy"). Its last line is "end" and the number of lines.
//
//   node log-writer.mjs FILE rename|copy
import { closeSync, copyFileSync, existsSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const [, , path, way] = process.argv;
let log = openSync(path, 'a');
let count = 0;
for (let rotation = 0; rotation <= 6; rotation += 1) {
  for (let batch = 0; batch < 100; batch += 1) {
    const lines = Array.from({ length: 1 + (batch % 13) }, () => `line ${++count}\n`).join('');
    // A line that comes in two pieces.
    const cut = (batch * 7) % lines.length;
    writeSync(log, lines.slice(0, cut));
    await setTimeout(4);
    writeSync(log, lines.slice(cut));
  }
  if (rotation === 6) break;
  for (let number = 8; number >= 1; number -= 1) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  if (way === 'copy') {
    copyFileSync(path, `${path}.1`);
    ftruncateSync(log, 0);
  } else {
    renameSync(path, `${path}.1`);
    // It takes a moment until a program opens the new file.
    writeSync(log, `line ${++count}\n`);
    closeSync(log);
    log = openSync(path, 'a');
  }
}
writeSync(log, `end ${count}\n`);
