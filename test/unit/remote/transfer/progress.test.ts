import { describe, expect, it } from 'vitest';
import { ProgressMeter, type TransferProgress } from '../../../../src/remote/transfer/progress.js';

describe('the progress of a transfer', () => {
  it('is told at once, then not at every step, and at the end', () => {
    const reports: TransferProgress[] = [];
    const meter = new ProgressMeter((p) => reports.push(p));
    meter.found(1000);
    for (let i = 0; i < 1000; i += 1) meter.moved('a', 1);
    meter.finished('a');
    meter.scanned();
    meter.end();
    expect(reports[0]).toMatchObject({
      bytes: 1,
      totalBytes: 1000,
      files: 0,
      totalFiles: 1,
      complete: false,
      path: 'a',
    });
    expect(reports.at(-1)).toMatchObject({ bytes: 1000, files: 1, complete: true, etaMs: 0 });
    expect(reports.length).toBeLessThan(1000);
  });

  it('counts what was there already as arrived, and not as speed', () => {
    const reports: TransferProgress[] = [];
    const meter = new ProgressMeter((p) => reports.push(p));
    meter.found(100);
    meter.resumed('a', 60);
    meter.end();
    expect(reports.at(-1)).toMatchObject({ bytes: 60, rate: 0, etaMs: undefined });
  });

  it('forgets a file that is not copied after all', () => {
    const reports: TransferProgress[] = [];
    const meter = new ProgressMeter((p) => reports.push(p));
    meter.found(100);
    meter.moved('a', 40);
    meter.corrected(-1, -100);
    meter.resumed('a', -40);
    meter.end();
    expect(reports.at(-1)).toMatchObject({ bytes: 0, totalBytes: 0, files: 0, totalFiles: 0 });
  });
});
