import { describe, expect, it } from 'vitest';
import { CHECKS } from './checks/index.ts';
import { REQUIREMENTS } from './requirements/index.ts';
import { SABOTEURS } from './saboteurs/index.ts';
import { findSubject } from './subjects.ts';

describe('requirements', () => {
  it('have ids of their own', () => {
    const ids = REQUIREMENTS.map((one) => one.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('are shown by one check each, and every check shows one', () => {
    expect(Object.keys(CHECKS).sort()).toEqual(REQUIREMENTS.map((one) => one.id).sort());
  });

  it('name a saboteur that exists, and every saboteur is named', () => {
    const named = new Set(REQUIREMENTS.map((one) => one.saboteur));
    expect([...named].sort()).toEqual([...SABOTEURS.keys()].sort());
  });

  it('are asked of subjects that know their profile', () => {
    const wrong = REQUIREMENTS.flatMap((one) =>
      one.subjects
        .filter((id) => !findSubject(id)?.profiles.includes(one.profile))
        .map((id) => `${one.id} of ${id}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are at least sixty besides those that only the suite’s own clients meet', () => {
    const others = REQUIREMENTS.filter((one) => one.subjects.some((id) => id !== 'reference'));
    expect(others.length).toBeGreaterThanOrEqual(60);
  });

  it('say why when they are less than a MUST', () => {
    const silent = REQUIREMENTS.filter((one) => one.level !== 'MUST' && !one.source.includes(': '));
    expect(silent.map((one) => one.id)).toEqual([]);
  });
});
