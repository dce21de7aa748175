import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Pty } from '../../../src/transport/contract.js';
import { describeReal, type Frr, startFrr } from '../../rigs/rigs.js';
import { type OpenTelnet, openTelnet } from './open-telnet.js';

/** A terminal on which little fits. */
const small: Pty = { columns: 80, rows: 6, term: 'xterm' };

/** The pager of zebra, with the NUL that it ends in. */
const MORE = ' --More-- \0';

describeReal(['frr'], 'a shell on a router', () => {
  let frr: Frr;
  beforeAll(async () => {
    frr = await startFrr();
  });
  afterAll(() => frr.stop());

  async function logIn(terminal: Pty | undefined): Promise<OpenTelnet> {
    const open = await openTelnet(frr, terminal);
    await open.reader.until('Password: ');
    open.shell.stdin.write(`${frr.vtyPassword}\r`);
    await open.reader.until('Router> ');
    return open;
  }

  it('goes by password, and has one line for each CR', async () => {
    await using open = await logIn(small);
    open.shell.stdin.write('one\rtwo\r');
    const unknown = (word: string): string => `${word}\r\n% [ZEBRA] Unknown command: ${word}\r\nRouter> `;
    expect(await open.reader.until('two\r\nRouter> ')).toBe(`${unknown('one')}${unknown('two')}`);
  });

  it('pages once the size of the terminal is known, and as the size is then', async () => {
    await using open = await logIn(small);
    const { shell, reader } = open;
    shell.stdin.write('list\r');
    // The echo, five lines, the pager.
    expect((await reader.until(MORE)).split('\r\n')).toHaveLength(7);
    shell.stdin.write('q');
    await reader.until('Router> ');
    shell.resize({ columns: 80, rows: 10 });
    shell.stdin.write('list\r');
    expect((await reader.until(MORE)).split('\r\n')).toHaveLength(11);
  });

  it('does not page where there is no terminal', async () => {
    await using open = await logIn(undefined);
    open.shell.stdin.write('list\r');
    expect(await open.reader.until('Router> ')).not.toContain(MORE);
  });

  it('ends in the middle of a command when the power goes, and comes back to a new connection', async () => {
    await using open = await logIn(small);
    const { shell, reader, transport } = open;
    const closed = once(transport, 'close');
    shell.stdin.write('list\r');
    await reader.until(MORE);
    await frr.restart();
    expect(await shell.exited.catch((error: unknown) => error)).toEqual({ missing: true });
    expect(await closed).toEqual([expect.objectContaining({ code: 'ERR_HAWSER_DISCONNECTED' })]);
    expect(reader.ended).toBe(true);
    await using again = await logIn(small);
    expect(again.reader.ended).toBe(false);
  });
});
