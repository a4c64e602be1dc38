import { describe, expect, it } from 'vitest';
import { checkOptions, optionsOf, replayCommand, tokenOf } from './token.ts';

const OPTIONS = checkOptions({ seed: 7, machines: 10, agents: '1.24.5', to: '1.25.2' });

describe('a replay token', () => {
  it('holds every option', () => {
    const all = checkOptions({
      ...OPTIONS,
      era: 'straw-man',
      faults: 'dead-machine,disk-full',
      strategy: 'waves',
      models: 3,
      stragglers: 2.5,
      ignoreAgentVersions: true,
    });
    expect(optionsOf(tokenOf(all))).toEqual(all);
    expect(optionsOf(tokenOf(OPTIONS))).toEqual(OPTIONS);
  });

  it('is found in a saved result and in a whole command line', () => {
    expect(optionsOf(JSON.stringify({ replay: replayCommand(OPTIONS) }))).toEqual(OPTIONS);
    expect(optionsOf(`  ${replayCommand(OPTIONS)}\n`)).toEqual(OPTIONS);
  });

  it('that is damaged, missing or holds nonsense is refused with a reason', () => {
    expect(() => optionsOf('nothing here')).toThrow(/no replay token/);
    expect(() => optionsOf(tokenOf(OPTIONS).slice(0, -7))).toThrow(/damaged/);
    const forged = `mq1.${Buffer.from('{"seed":7,"machines":1e9}').toString('base64url')}`;
    expect(() => optionsOf(forged)).toThrow(/--machines.*--agents/);
  });
});

it('options are named as on the command line when they cannot be', () => {
  expect(() => checkOptions({ ...OPTIONS, ignoreAgentVersions: 3 })).toThrow(
    /--ignore-agent-versions/,
  );
  expect(() => checkOptions({ ...OPTIONS, stragglers: Number.NaN })).toThrow(/--stragglers/);
});
