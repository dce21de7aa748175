import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { direct } from '../../../../src/jobs/kinds/direct.js';
import type { Answer, QueueAnswer } from '../../../../src/jobs/kinds/scheduler-kind.js';
import { sge } from '../../../../src/jobs/kinds/sge.js';
import { slurm } from '../../../../src/jobs/kinds/slurm.js';
import { parseXml } from '../../../../src/jobs/kinds/xml.js';
import { QSTAT, QSTAT_J, qacct, SACCT, SCONTROL, SQUEUE } from './answers.js';

const ID = '4711:12345:7c4e2f6a:node1';
const RECORDED = [
  SQUEUE,
  SACCT,
  SCONTROL,
  QSTAT,
  QSTAT_J,
  `${qacct(1)}${qacct(2)}`,
  `hawser-direct ${ID} running\n`,
  '12\n',
];

/** Pieces of what schedulers say, and of what they do not. */
const PIECES = [
  ...RECORDED.flatMap((text) => text.split('\n')),
  ...[
    '\n',
    '|',
    ' ',
    '<',
    '>',
    '&#0;',
    '&#x110000;',
    '\0',
    '\u001b[31m',
    '\ud800',
    '1',
    '12',
    '-1',
    '99999999999999999999',
  ],
  ...[
    'COMPLETED',
    'done',
    'JobState=',
    'failed       0',
    'exit_status  0',
    'JobId=1',
    'scontrol:',
    '====',
    '<job_info>',
  ],
];

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...PIECES)).map((pieces) => pieces.join('')),
  fc.array(fc.constantFrom(...PIECES)).map((pieces) => pieces.join('\n')),
  fc.tuple(fc.constantFrom(...RECORDED), fc.nat(), fc.nat(), fc.string()).map(([recorded, at, length, instead]) => {
    const from = at % recorded.length;
    return recorded.slice(0, from) + instead + recorded.slice(from + (length % 40));
  }),
);

const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(0, 0, 0, 1, 25, 127, 255, null),
  stdout: text,
  stderr: fc.oneof(fc.constant(''), text),
});

function doneIn(read: QueueAnswer | undefined): string[] {
  if (read === undefined || 'failed' in read) return [];
  return [...read.jobs].filter(([, { state }]) => state === 'done').map(([id]) => id);
}

describe.each([direct, slurm, sge])('$name, told rubbish', (kind) => {
  it('never throws, and says something of what failed', () => {
    fc.assert(
      fc.property(answer, (said) => {
        for (const read of [
          kind.readQueue(said),
          kind.readHistory?.(said),
          kind.readFind(said, 'hawser-0123456789-1'),
        ]) {
          if (read !== undefined && 'failed' in read) expect(read.failed).not.toBe('');
        }
        kind.readCancel(said);
        kind.readProbe(said);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ' ',
    '=',
    'a=',
    '   a=b=c d=e=f',
    'a-',
    'AssocMax',
    '<',
    '<a ',
    '<a b="',
    '1|',
    '_[',
    '\n ',
    '&#',
  ])('does not get stuck in %j', (piece) => {
    const long = piece.repeat(100_000 / piece.length);
    for (const stdout of [
      long,
      `scontrol:\nJobId=1 JobName=a\n   JobState=RUNNING Reason=None\n${long}`,
      `<?xml?>${long}`,
    ]) {
      for (const status of [0, 1]) {
        const said = { status, stdout, stderr: long };
        kind.readQueue(said);
        kind.readHistory?.(said);
        kind.readHistory?.({ ...said, stderr: '' });
        kind.readFind(said, 'x');
        kind.readSubmit(said);
        kind.readProbe(said);
      }
    }
  });

  it('takes no failure for an id, and no id for a refusal', () => {
    fc.assert(
      fc.property(answer, (said) => {
        const read = kind.readSubmit(said);
        if ('id' in read) {
          expect(said.status).toBe(0);
          expect(said.stdout).toContain(read.id);
        }
        if ('refused' in read) {
          expect(said.status).not.toBe(0);
          expect(said.status).not.toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says that a job went well only where a word for it was said', () => {
    fc.assert(
      fc.property(answer, (said) => {
        const done = [...doneIn(kind.readQueue(said)), ...doneIn(kind.readHistory?.(said))];
        if (done.length === 0) return;
        expect(kind.name).not.toBe('direct');
        expect(said.stdout).toMatch(kind.name === 'slurm' ? /COMPLETED/ : /^failed +0[\s\S]*^exit_status +0/m);
      }),
      { numRuns: 500 },
    );
  });

  it('says of half an answer nothing but what the whole one says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RECORDED), fc.nat(), (recorded, at) => {
        const whole: Answer = { status: 0, stdout: recorded, stderr: '' };
        const half = { ...whole, stdout: recorded.slice(0, at % (recorded.length + 1)) };
        expect(doneIn(kind.readQueue(whole))).toEqual(expect.arrayContaining(doneIn(kind.readQueue(half))));
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseXml', () => {
  it('reads text, elements in each other, and what stands for characters', () => {
    expect(
      parseXml('<?xml version="1.0"?><!-- a --><a x="1">t&lt;&#65;&#x42;&no;<b/>u<c y=\'2\' >v</c></a>\n'),
    ).toEqual({
      name: 'a',
      text: 't<AB&no;u',
      children: [
        { name: 'b', text: '', children: [] },
        { name: 'c', text: 'v', children: [] },
      ],
    });
  });

  it.each([
    [
      '',
      '<a>',
      '<a></b>',
      '</a>',
      '<a/><b/>',
      'x<a/>',
      '<a><b></a></b>',
      '<a',
      '<a b></a>',
      '<a/ >',
      '<!DOCTYPE a><a/>',
    ],
  ])('takes nothing that is not well formed: %s', (document) => {
    expect(parseXml(document)).toBeUndefined();
  });

  it('takes nothing that is too deep', () => {
    expect(parseXml('<a>'.repeat(1000) + '</a>'.repeat(1000))).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(text, (document) => void parseXml(document)));
  });
});
