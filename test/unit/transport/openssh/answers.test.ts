import { expect, it } from 'vitest';
import { Answers } from '../../../../src/transport/openssh/answers.js';

const ask = (answers: Answers, prompt: string, kind = ''): Promise<string> => answers.to({ prompt, kind });

it('a question of ssh’s own gets what it asks for, fetched once', async () => {
  let fetched = 0;
  const password = (): string => {
    fetched += 1;
    return 'word';
  };
  const answers = new Answers({ host: 'web1', password, passphrase: 'phrase' });
  expect(await ask(answers, "me@web1's password: ")).toBe('word');
  expect(await ask(answers, "Enter passphrase for key '/home/me/key': ")).toBe('phrase');
  expect(await ask(answers, 'Enter PIN for ED25519-SK key /home/me/key: ')).toBe('phrase');
  expect(await ask(answers, "me@web1's password: ")).toBe('word');
  expect(fetched).toBe(1);
});

it('a passphrase is fetched for each key, by its name', async () => {
  const asked: string[] = [];
  const passphrase = (key: string): string => {
    asked.push(key);
    return `phrase of ${key}`;
  };
  const answers = new Answers({ host: 'web1', passphrase });
  expect(await ask(answers, "Enter passphrase for key '/home/me/my key': ")).toBe('phrase of /home/me/my key');
  expect(await ask(answers, 'Enter PIN for ED25519-SK key /home/me/other: ')).toBe('phrase of /home/me/other');
  expect(await ask(answers, "Enter passphrase for key '/home/me/my key': ")).toBe('phrase of /home/me/my key');
  expect(asked).toEqual(['/home/me/my key', '/home/me/other']);
});

it('a password answers one question of a server that asks for a password, and no other', async () => {
  const answers = new Answers({ host: 'web1', password: 'word' });
  await expect(ask(answers, '(me@web1) Verification code: ')).rejects.toThrow('keyboardInteractive');
  expect(await ask(answers, '(me@web1) Password: ')).toBe('word');
  await expect(ask(answers, '(me@web1) Password: ')).rejects.toThrow('keyboardInteractive');
});

it('a server that writes like ssh itself gets no passphrase', async () => {
  const answers = new Answers({ host: 'web1', passphrase: 'phrase' });
  await expect(ask(answers, "(me@web1) Enter passphrase for key '/home/me/key': ")).rejects.toThrow();
});

it('nobody agrees to a host key, whoever answers questions', async () => {
  const answers = new Answers({ host: 'web1', password: 'yes', keyboardInteractive: async () => ['yes'] });
  const prompt = 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ';
  await expect(ask(answers, prompt)).rejects.toThrow();
  await expect(ask(answers, 'Allow use of key?', 'confirm')).rejects.toThrow();
});

it('a key that waits to be touched needs no words', async () => {
  expect(await ask(new Answers({ host: 'web1' }), 'Confirm user presence for key', 'none')).toBe('');
});
