import { expect, test } from 'vitest';
import { readObservations } from './observations.ts';

const ended = { stderr: '', exitCode: 0 };

test('reads one step a line, with a value, an error, both or neither', () => {
  const stdout = [
    '{"step":"a","ok":true,"value":[1]}',
    '',
    '{"step":"b","ok":false,"value":{"class":"NoMatch"},"error":"none"}',
    '{"step":"c","ok":true}',
  ].join('\n');
  expect(readObservations({ ...ended, stdout })).toEqual([
    { step: 'a', ok: true, value: [1] },
    { step: 'b', ok: false, value: { class: 'NoMatch' }, error: 'none' },
    { step: 'c', ok: true },
  ]);
});

test.each([
  ['not json', 'printed 1 lines that are no steps'],
  ['{"step":"","ok":true}\n{"ok":true}\n7', 'printed 3 lines that are no steps'],
])('a line that is no step is no observation: %j', (stdout, error) => {
  expect(readObservations({ ...ended, stdout })).toEqual([{ step: 'driver', ok: false, error }]);
});

test('a driver that was stopped or failed says so, with the end of what it said', () => {
  const end = { stdout: '', stderr: `${'x'.repeat(600)} at last\n` };
  expect(readObservations({ ...end, exitCode: undefined })).toEqual([
    {
      step: 'driver',
      ok: false,
      error: expect.stringMatching(/^did not end within 300 s.* at last$/),
    },
  ]);
  const [failed] = readObservations({ ...end, exitCode: 2 });
  expect(failed!.error).toMatch(/^ended with exit code 2: x+ at last$/);
  expect(failed!.error!.length).toBeLessThan(600);
});
