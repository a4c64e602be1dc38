/** The ideal texts, word for word where an operator depends on them. */
import { describe, expect, it } from 'vitest';
import { boundedList } from './list.ts';
import type { Problem } from './problem.ts';
import { decidingToken, renderProblem } from './render.ts';

const MISSING: Problem = {
  code: 'agent-binary-missing',
  component: 'client',
  componentVersion: '1.25.2',
  origin: 'streams',
  operation: 'bootstrap a controller',
  wanted: 'agent binary 1.25.9 for ubuntu on amd64',
  looked: [
    { place: 'agent-metadata-url http://10.0.0.1/agents', outcome: '404' },
    { place: 'default simplestreams', outcome: '3 agent binaries, none is 1.25.9' },
  ],
  found: ['1.25.2', '1.25.1'],
  why: 'straw-man.bootstrap.exists',
  scope: 'a new controller',
  permanence: 'permanent',
  changed: false,
  next: [{ say: 'take the newest that exists:', command: 'maasquerade client bootstrap' }],
};

describe('renderProblem', () => {
  it('puts every fact on a line that an operator can find', () => {
    expect(renderProblem(MISSING, 'long')).toBe(
      [
        'client 1.25.2 cannot bootstrap a controller (a new controller)',
        '  problem:   agent-binary-missing',
        '  wanted:    agent binary 1.25.9 for ubuntu on amd64',
        '  looked in: agent-metadata-url http://10.0.0.1/agents: 404',
        '             default simplestreams: 3 agent binaries, none is 1.25.9',
        '  found:     1.25.2, 1.25.1',
        '  why:       rule straw-man.bootstrap.exists; cause lies with the agent metadata (streams)',
        '  changed:   nothing',
        '  again:     permanent: the same request fails again until somebody changes something',
        '  next:      take the newest that exists:',
        '               maasquerade client bootstrap',
      ].join('\n'),
    );
  });

  it('says nothing was found and nowhere was looked instead of leaving a line out', () => {
    const text = renderProblem({ ...MISSING, looked: [], found: [], next: [] }, 'long');
    expect(text).toContain('looked in: nowhere');
    expect(text).toContain('found:     nothing');
    expect(text).toContain('next:      nothing can be advised');
  });

  it('keeps the wanted version in the short form and drops the rest first', () => {
    expect(renderProblem(MISSING, 'short')).toBe(
      'client: cannot bootstrap a controller: 1.25.9: agent binary missing',
    );
    const wordy = { ...MISSING, operation: 'bootstrap a controller on the machine in rack nine' };
    expect(renderProblem(wordy, 'short')).toBe(
      'client: agent binary 1.25.9 for ubuntu on amd64: agent binary missing',
    );
  });

  it('finds the version token of every written form', () => {
    for (const version of ['1.24.5', '3.0-rc1', '1.25-alpha1.1', '2.9.42.1']) {
      expect(decidingToken({ ...MISSING, wanted: `agent ${version} on centos` })).toBe(version);
    }
    expect(decidingToken({ ...MISSING, wanted: 'a machine with 8 cores' })).toBe(
      'a machine with 8 cores',
    );
  });

  it('shows control characters instead of sending them to the terminal', () => {
    const evil = { ...MISSING, looked: [{ place: 'mirror', outcome: '\u001b[2Jgone\n' }] };
    expect(renderProblem(evil, 'long')).toContain('mirror: \\u001b[2Jgone\\u000a');
  });
});

describe('boundedList', () => {
  it('is in natural order and says how many are hidden', () => {
    const machines = Array.from({ length: 12 }, (_, i) => `machine-${11 - i}`);
    expect(boundedList(machines, 3)).toEqual(['machine-0', 'machine-1', 'machine-2', 'and 9 more']);
    expect(boundedList(['machine-10', 'machine-2'])).toEqual(['machine-2', 'machine-10']);
  });
});
