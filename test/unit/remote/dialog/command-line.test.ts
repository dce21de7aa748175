import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neverAborted } from '../../../../src/core/abort.js';
import { pause } from '../../../../src/core/deadline.js';
import { type DialogError, DisconnectedError } from '../../../../src/core/errors.js';
import { FakeDevice, openFake, type Reaction, run } from './fake-device.js';

/** A device in the manner of IOS; `answer` says what else it knows. */
function ios(answer: Reaction = () => {}, greeting = '\r\nr1>'): FakeDevice {
  let name = 'r1';
  let end = '>';
  let asks = false;
  return new FakeDevice(greeting, async (line, device) => {
    if (asks) {
      asks = false;
      device.echoes = true;
      if (line === 'enable-pw') end = '#';
      else device.say('% Access denied\n');
    } else if (line === 'enable') {
      asks = true;
      device.echoes = false;
      device.say('Password: ');
      return;
    } else if (line === 'disable') end = '>';
    else if (line === 'configure terminal') {
      device.say('Enter configuration commands, one per line.\n');
      end = '(config)#';
    } else if (line === 'end') end = '#';
    else if (line.startsWith('hostname ')) name = line.slice(9);
    else await answer(line, device);
    device.say(`${name}${end}`);
  });
}

describe('the command line of a device like IOS', () => {
  it('is set up with settings of its terminal alone, and gives the text of a command', async () => {
    const device = ios((line, { say }) => (line === 'show clock' ? say.call(device, '12:00\n') : undefined));
    const line = await openFake(device);
    expect(device.heard).toEqual(['terminal length 0', 'terminal width 511']);
    expect({ platform: line.platform.name, mode: line.mode, host: line.hostname }).toEqual({
      platform: 'ios-like',
      mode: 'exec',
      host: 'r1',
    });
    expect(await run(line, 'show clock')).toBe('12:00\n');
    expect(await run(line, 'show nothing')).toBe('');
  });

  it('goes to modes by the shortest way, and knows a prompt whose name has changed', async () => {
    const device = ios();
    const line = await openFake(device);
    await line.goTo('config', neverAborted);
    expect(line.mode).toBe('config');
    await run(line, 'hostname other');
    expect({ mode: line.mode, host: line.hostname }).toEqual({ mode: 'config', host: 'other' });
    await line.goTo('exec', neverAborted);
    expect(device.heard.slice(2)).toEqual([
      'enable',
      'enable-pw',
      'configure terminal',
      'hostname other',
      'end',
      'disable',
    ]);
  });

  it('says that a password was refused, whether it is asked for again or denied', async () => {
    const line = await openFake(ios(), { credentials: { enable: 'wrong' } });
    const error: unknown = await line.goTo('enable', neverAborted).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: 'login' });
    expect(String(error)).not.toContain('wrong');
  });

  it('knows no way to a mode that nobody has heard of', async () => {
    const line = await openFake(ios());
    await expect(line.goTo('rommon', neverAborted)).rejects.toMatchObject({ reason: 'mode' });
  });

  it('is not misled by a prompt in the output that goes on', async () => {
    const device = ios(async (line, self) => {
      if (line !== 'show banner') return;
      for (const piece of ['r1', '>', ' is no prompt\n', 'r2>', '', ' nor this\n', 'r1>', '\nend\n']) {
        self.say(piece);
        await pause(5);
      }
    });
    const line = await openFake(device);
    expect(await run(line, 'show banner')).toBe('r1> is no prompt\nr2> nor this\nr1>\nend\n');
    expect(await run(line, 'show clock')).toBe('');
  });

  it('drops what belongs to something earlier', async () => {
    const device = ios((line, self) => (line === 'show clock' ? self.say('12:00\n') : undefined));
    const line = await openFake(device);
    device.say('\n%LINK-3-UPDOWN: late message\nr1>');
    expect(await run(line, 'show clock')).toBe('12:00\n');
  });

  it('asks for a prompt again that a message was written over', async () => {
    const device = ios((line, self) => (line === 'clear counters' ? self.say('r1>\n%SYS-5: cleared\n') : undefined));
    let silent = true;
    const say = device.say.bind(device);
    device.say = (text) => {
      // The prompt that comes after the message is the one that a console does not repeat.
      if (text === 'r1>' && device.heard.at(-1) === 'clear counters' && silent) silent = false;
      else say(text);
    };
    const line = await openFake(device);
    expect(await run(line, 'clear counters')).toContain('%SYS-5: cleared');
    expect(device.heard.at(-1)).toBe('');
    expect(await run(line, 'show clock')).toBe('');
  });

  it('takes the echo off, also where it is wrapped', async () => {
    const long = `show ${'very '.repeat(120)}long`;
    const device = new FakeDevice('r1>', (_, self) => self.say('text\nr1>'));
    device.echoes = false;
    const say = device.say.bind(device);
    const write = device.stdin.write.bind(device.stdin);
    device.stdin.write = ((text: string) => {
      say(text.slice(0, -1).replace(/.{80}/g, '$& \r\n'));
      return write(text);
    }) as typeof device.stdin.write;
    const line = await openFake(device);
    expect(await run(line, long)).toBe('text\n');
  });

  it('gives any text as it is, in whichever pieces it comes', async () => {
    let text = '';
    const device = ios((line, self) => {
      if (line === 'show text') for (const piece of text.match(/[\s\S]{1,7}/gu) ?? []) self.say(piece);
    });
    const line = await openFake(device);
    const character = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('r1>', 'r1# ', '\n', 'show text', '%', ' '),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(character, { maxLength: 20 }), async (parts) => {
        text = `${parts.join('').replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, '')}\n`;
        expect(await run(line, 'show text')).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it('finds its place after a command that was cut short, and drops what that one says', async () => {
    const device = new FakeDevice('r1>', (line, self) => {
      if (line === 'ping') return;
      if (line === '^C') self.say('late answer of ping\nr1>');
      else if (line.startsWith('!')) self.say('r1>');
      else self.say(`answer of ${line}\nr1>`);
    });
    const line = await openFake(device);
    const stop = new AbortController();
    const cut = run(line, 'ping', stop.signal);
    stop.abort(new Error('enough'));
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    expect(await line.recover()).toBe(true);
    expect(await run(line, 'show clock')).toBe('answer of show clock\n');
  });

  it('gives up a session that asks for a password and nothing else', async () => {
    const device = ios();
    const reasons: DialogError[] = [];
    const line = await openFake(device, { giveUp: (reason) => reasons.push(reason) });
    const stop = new AbortController();
    const stuck = run(line, 'enable', stop.signal);
    stop.abort();
    await expect(stuck).rejects.toMatchObject({ name: 'AbortError' });
    device.say = () => {};
    device.stdout.push('Password: ');
    expect(await line.recover()).toBe(false);
    expect(reasons).toMatchObject([{ reason: 'unsynchronised' }]);
  });

  it('tells that the device has hung up, with what it wrote last', async () => {
    const device = ios((line, self) => {
      if (line !== 'reload') return;
      self.say('reloading\n');
      self.hangUp();
    });
    const line = await openFake(device);
    const error: unknown = await run(line, 'reload').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DisconnectedError);
    expect(String(error)).toContain('reloading');
  });

  it('tells that the device has hung up, and wrote nothing', async () => {
    const device = new FakeDevice('', () => {});
    device.hangUp();
    await expect(openFake(device)).rejects.toThrow(/; it wrote nothing\.$/u);
  });
});

describe('a login', () => {
  const asking: Reaction = (line, device) => {
    if (line === 'admin') {
      device.echoes = false;
      device.say('Password: ');
    } else if (line === 'login-pw') {
      device.echoes = true;
      device.say('Welcome\nr1#');
    } else device.say(device.echoes ? 'r1#' : 'Login incorrect\n\nUsername: ');
  };

  it('answers each question once', async () => {
    const device = new FakeDevice('Last login: today\nUser Access Verification\nUsername: ', asking);
    const line = await openFake(device);
    expect(device.heard.slice(0, 2)).toEqual(['admin', 'login-pw']);
    expect(line.mode).toBe('enable');
  });

  it('is refused once', async () => {
    const device = new FakeDevice('Username: ', asking);
    const error: unknown = await openFake(device, { credentials: { password: 'other-pw' } }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_HAWSER_AUTH', phase: 'auth' });
    expect(device.heard).toEqual(['admin', 'other-pw']);
    expect(String(error)).not.toContain('other-pw');
  });

  it('presses Enter on a console that waits for it', async () => {
    const device = new FakeDevice('Press RETURN to get started.\n\nPress RETURN to get started.', (_, self) =>
      self.say('r1>'),
    );
    await expect(openFake(device)).resolves.toMatchObject({ mode: 'exec' });
  });

  it('says what it saw where no platform has such a prompt', async () => {
    const device = new FakeDevice('1) Exit\n{menu}>', () => {});
    await expect(openFake(device)).rejects.toMatchObject({
      reason: 'mode',
      message: expect.stringMatching(/\{menu\}>.*`platform`: frr, ios-like, linux/s),
    });
  });
});
