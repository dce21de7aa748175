import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CliConnectionOptions } from '../../../src/connection/cli-connection.js';
import { TelnetConnection } from '../../../src/connection/telnet-connection.js';

describe('a device that behaves like no other', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server?.close();
  });

  /** A device that is a script: `talk` is given each connection. */
  async function device(
    talk: (socket: Socket) => void,
    o: Omit<CliConnectionOptions, 'target'> & { connectTimeout?: number } = {},
  ): Promise<TelnetConnection> {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      talk(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { connectTimeout = 10_000, ...rest } = o;
    const target = { host: '127.0.0.1', port, username: 'admin', password: 's3cret-pw', connectTimeout };
    return new TelnetConnection({ ...rest, target });
  }

  /** Says `prompt` to each line, after what `answer` makes of it. */
  function prompting(prompt: string, answer: (line: string, socket: Socket) => void): (socket: Socket) => void {
    return (socket) => {
      socket.write(prompt);
      let typed = '';
      socket.on('data', (chunk) => {
        for (const key of chunk.toString('latin1').replaceAll('\r\0', '\r')) {
          if (key !== '\r') {
            typed += key;
            socket.write(key);
            continue;
          }
          socket.write('\r\n');
          answer(typed, socket);
          socket.write(prompt);
          typed = '';
        }
      });
    };
  }

  it('shows no prompt: the login takes too long, and what it said is told', async () => {
    await using mute = await device((socket) => socket.write('Booting, please wait...\r\n'), { connectTimeout: 2000 });
    await expect(mute.connect()).rejects.toMatchObject({
      code: 'ERR_HAWSER_TIMEOUT',
      phase: 'login',
      ms: 2000,
      message: expect.stringContaining('Booting, please wait...'),
    });
    expect(mute.state).toBe('disconnected');
  });

  it('never stops to say something', async () => {
    await using chatty = await device(
      (socket) => {
        const go = (): void => void (socket.writable && socket.write(`${'chatter '.repeat(500)}\r\n`, go));
        go();
      },
      { connectTimeout: 500 },
    );
    await expect(chatty.connect()).rejects.toMatchObject({ phase: 'login' });
  });

  it('hangs up before it shows a prompt', async () => {
    await using busy = await device((socket) => socket.end('All lines are busy.\r\n'));
    await expect(busy.connect()).rejects.toMatchObject({
      code: 'ERR_HAWSER_CONNECT',
      phase: 'session',
      message: expect.stringContaining('All lines are busy.'),
    });
  });

  it('asks for the password again and again: it is given once', async () => {
    let given = 0;
    await using strict = await device((socket) => {
      socket.write('Password: ');
      socket.on('data', (chunk) => {
        given += chunk.toString().match(/s3cret-pw/g)?.length ?? 0;
        if (chunk.includes('\r')) socket.write('\r\nPassword: ');
      });
    });
    const error: unknown = await strict.connect().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_HAWSER_AUTH', tried: [{ outcome: 'refused' }] });
    expect(String(error)).not.toContain('s3cret-pw');
    expect(given).toBe(1);
  });

  it('has a prompt of no known platform, and a platform of its own', async () => {
    const talk = prompting('{menu 7}? ', (line, socket) => socket.write(line === 'time' ? 'noon\r\n' : ''));
    await using unknown = await device(talk, { connectTimeout: 1500 });
    await expect(unknown.connect()).rejects.toMatchObject({
      phase: 'login',
      message: expect.stringContaining('{menu 7}?'),
    });
    server?.close();
    const platform = { name: 'menu', modes: { menu: { prompt: /^\{(?<host>menu) \d+\}\? $/ } } };
    await using known = await device(talk, { platform });
    expect(String(await known.execute('time'))).toBe('noon\n');
    expect(known.mode).toBe('menu');
  });

  it('sends 10 MB, with what looks like its prompt in them', async () => {
    const row = `${'x'.repeat(60)} r1> r1#\r\n`;
    const rows = Math.ceil(10_000_000 / row.length);
    await using large = await device(
      prompting('r1>', (line, socket) => void (line === 'show all' && socket.write(row.repeat(rows)))),
    );
    const { stdout } = await large.execute('show all');
    expect(stdout.length).toBe((row.length - 1) * rows);
    const cut = await large.execute('show all', { maxBuffer: 100 });
    expect({ length: cut.stdout.length, truncated: cut.truncated.stdout }).toEqual({ length: 100, truncated: true });
    expect(String(await large.execute('show nothing'))).toBe('');
  });

  it('takes the platform and the enable password from what is known of the device', async () => {
    let privileged = false;
    const talk = (socket: Socket): void => {
      prompting('', (line) => {
        if (line === 'enable') socket.write('Password: ');
        else {
          privileged ||= line === 'en-pw';
          socket.write(privileged ? 'r1#' : 'r1>');
        }
      })(socket);
      socket.write('r1>');
    };
    await using router = await device(talk, {
      device: { name: 'r1', os: 'iosxe', credentials: { enable: { password: 'en-pw' } } },
    });
    expect(router.platform?.name).toBe('ios-like');
    await router.enable();
    expect(router.mode).toBe('enable');
  });
});
