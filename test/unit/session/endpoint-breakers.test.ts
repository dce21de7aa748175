import { describe, expect, it } from 'vitest';
import { AbortError, AuthError, ConnectError, TimeoutError } from '../../../src/core/errors.js';
import { EndpointBreakers } from '../../../src/session/endpoint-breakers.js';

const bastion = { name: 'bastion:22', place: 'bastion:22' };
const web = { name: 'web:22', place: 'web:22 via bastion:22' };
const db = { name: 'db:22', place: 'db:22 via bastion:22' };
const refused = new ConnectError('tcp', 'Refused.', { retryable: true, hop: web.name });

function breakers(o = {}): EndpointBreakers {
  return new EndpointBreakers({ failures: 1, delay: 60_000, maxDelay: 60_000, ...o });
}

describe('EndpointBreakers', () => {
  it('leaves alone the machine that failed, and no other on its way', () => {
    const all = breakers();
    all.enter([bastion, web], 'web').failed(refused, web.name);
    expect(() => all.enter([bastion, web], 'web')).toThrow(
      /^Not connecting to web: 1 attempt has failed at web:22, and the next is made in [\d.]+ s at the earliest\. The last one: Refused\.$/,
    );
    all.enter([bastion, db], 'db').succeeded();
    all.enter([bastion], 'bastion').succeeded();
  });

  it('leaves alone all that lies behind a jump host that failed', () => {
    const all = breakers();
    all.enter([bastion, web], 'web').failed(refused, bastion.name);
    expect(() => all.enter([bastion, db], 'db')).toThrow('Not connecting to db: 1 attempt has failed at bastion:22');
    all.enter([web], 'web').succeeded();
  });

  it('holds the last machine to account where nobody knows which it was', () => {
    const all = breakers();
    all.enter([bastion, web], 'web').failed(new TimeoutError('Late.', { phase: 'tcp', ms: 1 }), undefined);
    expect(() => all.enter([bastion, web], 'web')).toThrow(ConnectError);
    all.enter([bastion], 'bastion').succeeded();
  });

  it('counts who refuses a login as one who is there', () => {
    const all = breakers({ failures: 2 });
    all.enter([web], 'web').failed(refused, web.name);
    all.enter([web], 'web').failed(new AuthError('No.', []), web.name);
    all.enter([web], 'web').failed(refused, web.name);
    all.enter([web], 'web').succeeded();
  });

  it('takes nothing from an attempt that was given up, and hands the trial on', () => {
    const all = breakers({ delay: 0.001, maxDelay: 0.001 });
    all.enter([web], 'web').failed(refused, web.name);
    const trial = all.enter([web], 'web');
    expect(() => all.enter([web], 'web')).toThrow('and one more is under way');
    trial.failed(new AbortError('Enough.'), undefined);
    trial.failed(refused, web.name);
    all.enter([web], 'web').succeeded();
  });

  it('gives the trial of a jump host back where what lies behind it is left alone', () => {
    const all = breakers({ delay: 0.001, maxDelay: 0.001 });
    all.enter([bastion, web], 'web').failed(refused, bastion.name);
    all.enter([web], 'web').failed(refused, web.name);
    const trial = all.enter([web], 'web');
    expect(() => all.enter([bastion, web], 'web')).toThrow('failed at web:22');
    all.enter([bastion, db], 'db').succeeded();
    trial.succeeded();
  });

  it('forgets what failed once a lost link was made again', () => {
    const all = breakers();
    all.enter([web], 'web').failed(refused, web.name);
    all.reached([web]);
    all.enter([web], 'web').succeeded();
  });
});
