import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { diagnostics } from '../../../src/core/diagnostics.js';

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Loads the library anew with that variable, and runs a command; what came to stderr. */
async function stderrWith(value: string | undefined): Promise<string> {
  vi.stubEnv('HAWSER_DEBUG', value);
  let written = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  const { connect } = await import('../../../src/connection/create-connection.js');
  const connection = await connect('local:');
  await connection.execute('true');
  await connection.close();
  write.mockRestore();
  return written;
}

// The log runs for the life of the process: what must not start it comes first.
describe('HAWSER_DEBUG', () => {
  it.each([undefined, '', '0'])('that is %j starts nothing', async (value) => {
    expect(await stderrWith(value)).toBe('');
    for (const topic of Object.values(diagnostics)) expect(topic.active).toBe(false);
  });

  it('that is set has the library write to stderr, once, what it does', async () => {
    const lines = (await stderrWith('1')).split('\n').filter((line) => line !== '');
    expect(lines.map((line) => line.split(' ').slice(2, 5).join(' '))).toContain('local: execute ·');
    expect(lines.filter((line) => line.includes('state connected'))).toHaveLength(1);
    for (const line of lines) expect(line).toMatch(/^hawser \d\d:\d\d:\d\d\.\d{3} local: /);
  });
});
