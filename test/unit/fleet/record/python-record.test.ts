import { describe, expect, it } from 'vitest';
import { LocalConnection } from '../../../../src/connection/local-connection.js';
import { ParseError } from '../../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../../src/fleet/multi-connection.js';

const remote = {
  connection_name: 'SSHConnection',
  server_name: 'web1',
  user_name: 'me',
  ssh_key: '/home/me/.ssh/id_rsa',
  address: '10.0.0.1',
  thread_safe: true,
};
const local = {
  connection_name: 'LocalConnection',
  server_name: 'laptop',
  user_name: 'me',
  ssh_key: null,
  address: null,
  thread_safe: true,
};

/** Reads a record as ssh_utilities writes it. */
const read = (record: object): MultiConnection => MultiConnection.fromString(JSON.stringify(record));

describe('the record that ssh_utilities (Python) makes', () => {
  it('is read as the fleet that it was', () => {
    const fleet = read({ 0: remote, 1: remote, 2: { ...remote, server_name: 'web2', thread_safe: false }, 3: local });
    expect([...fleet.keysAll()]).toEqual(['web1', 'web1', 'web2', 'laptop']);
    expect(fleet.get('web1')?.target).toMatchObject({
      host: '10.0.0.1',
      username: 'me',
      privateKey: '/home/me/.ssh/id_rsa',
      threadSafe: true,
    });
    expect(fleet.get('web2')?.target.threadSafe).toBe(false);
    expect(fleet.get('laptop')).toBeInstanceOf(LocalConnection);
    expect(fleet.get('laptop')?.key).toBe('laptop');
  });

  it('is read as its release 0.15.2 prints it', () => {
    const [laptop, web1] = [
      '{"connection_name": "LocalConnection", "server_name": "laptop", "user_name": "me", "ssh_key": null, "address": null, "thread_safe": true, "allow_agent": false}',
      '{"connection_name": "SSHConnection", "server_name": "web1", "user_name": "me", "ssh_key": "/tmp/key", "address": "10.0.0.1", "thread_safe": true, "allow_agent": true}',
    ];
    expect(MultiConnection.fromString(`{"0": ${laptop}, "1": ${web1}}`).toJSON().entries).toEqual([
      { key: 'laptop', kind: 'local', host: 'localhost', threadSafe: true },
      {
        key: 'web1',
        kind: 'ssh',
        host: '10.0.0.1',
        username: 'me',
        identityFiles: ['/tmp/key'],
        threadSafe: true,
      },
    ]);
  });

  it('is read in the order of its numbers', () => {
    const entries = Array.from({ length: 12 }, (_, index) => [index, { ...remote, server_name: `h${index}` }] as const);
    const text = `{${entries
      .reverse()
      .map(([index, entry]) => `"${index}":${JSON.stringify(entry)}`)
      .join()}}`;
    expect([...MultiConnection.fromString(text).keys()]).toEqual(Array.from({ length: 12 }, (_, index) => `h${index}`));
  });

  it('asks for the password that ssh_utilities would ask for, and keeps away from an agent where it does', () => {
    const missingOf = (fields: object): unknown => read({ 0: { ...remote, ...fields } }).toJSON().entries[0]?.missing;
    expect(missingOf({})).toBeUndefined();
    expect(missingOf({ ssh_key: null })).toEqual(['password']);
    expect(missingOf({ ssh_key: null, allow_agent: false })).toEqual(['password']);
    expect(missingOf({ ssh_key: null, allow_agent: true })).toBeUndefined();
    expect(read({ 0: { ...remote, allow_agent: false } }).get('web1')?.target.agent).toBe(false);
    expect(read({ 0: { ...remote, allow_agent: true } }).get('web1')?.target.agent).toBeUndefined();
  });

  it('becomes a record of this library when it is written again', () => {
    const fleet = read({ 0: remote, 1: local });
    expect(MultiConnection.fromJSON(fleet.toJSON()).toJSON()).toEqual(fleet.toJSON());
    expect(fleet.toJSON()).toMatchObject({ format: 'hawser/fleet', version: 1 });
  });

  it.each([
    ['a field is unknown', '$["0"].password', { ...remote, password: 'hunter2' }],
    ['a field is not there', '$["0"]:', { ...remote, thread_safe: undefined }],
    ['the class is unknown', '$["0"].connection_name', { ...remote, connection_name: 'TelnetConnection' }],
    ['an address is no host', '$["0"]:', { ...remote, address: 'a b' }],
    ['there is no address', '$["0"].address', { ...remote, address: null }],
    ['this machine has an address', '$["0"].address', { ...local, address: '10.0.0.1' }],
    ['a name is a number', '$["0"].server_name', { ...remote, server_name: 1 }],
    ['a key is no text', '$["0"].ssh_key', { ...remote, ssh_key: ['/key'] }],
    ['a key is a key', '$["0"].ssh_key', { ...remote, ssh_key: '-----BEGIN hunter2' }],
    ['an answer is a text', '$["0"].thread_safe', { ...remote, thread_safe: 'False' }],
    ['a connection is null', '$["0"]:', null],
  ])('is refused where %s, with the path', (_what, path, entry) => {
    const refused = (): unknown => read({ 0: entry });
    expect(refused).toThrow(ParseError);
    expect(refused).toThrow(path);
    expect(refused).not.toThrow('hunter2');
  });
});
