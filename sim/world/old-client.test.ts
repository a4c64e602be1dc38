import { describe, expect, it } from 'vitest';
import { renderProblem } from '../problems/render.ts';
import { parseBinary, parseVersion } from '../versions/number.ts';
import { oldUpgrade } from './old-client.ts';

const looked = [{ place: 'default simplestreams (https://example.com)', outcome: '3 agents' }];

function ask(client: string, current: string, listed: string[], version?: string) {
  return oldUpgrade({
    client: parseVersion(client),
    model: 'maas',
    current: parseVersion(current),
    listed: listed.map((v) => parseBinary(`${v}-trusty-amd64`)),
    looked,
    ...(version ? { version: parseVersion(version) } : {}),
  });
}

const LISTED = ['1.20.14', '1.21.3', '1.22.1'];

describe('the upgrade command of the 1.2x client', () => {
  it('keeps the patch and finds itself up to date (lp#1447899)', () => {
    const answer = ask('1.22.1', '1.20.14', LISTED);
    expect(answer).toMatchObject({ exit: 0, says: 'no upgrades available' });
    expect(answer.chosen).toBeUndefined();
    expect(answer.problem?.wanted).toContain('1.21.14');
    expect(renderProblem(answer.problem!, 'long')).toContain('--version 1.21.3');
  });

  it('chooses the next minor once the patch is reset', () => {
    expect(ask('1.24.6', '1.20.14', LISTED).chosen).toEqual(parseVersion('1.21.3'));
  });

  it('chooses 1.24.5 from 1.23.3 in spite of the bug, so the bug is not what the post met', () => {
    expect(ask('1.24.5', '1.23.3', ['1.23.3', '1.24.5']).chosen).toEqual(parseVersion('1.24.5'));
  });

  it('takes the version that its own advice names', () => {
    expect(ask('1.22.1', '1.20.14', LISTED, '1.21.3').chosen).toEqual(parseVersion('1.21.3'));
  });

  it('says that nothing matches when the controller does not list the version', () => {
    const answer = ask('1.24.5', '1.23.3', ['1.23.3'], '1.24.5');
    expect(answer).toMatchObject({ exit: 1, says: 'ERROR no matching tools available' });
    expect(answer.problem).toMatchObject({ wanted: '1.24.5', found: ['1.23.3'] });
    expect(answer.problem?.looked[0]?.place).toMatch(/^the controller's default simplestreams/);
  });

  it('passes an empty list off as success unless a version was named', () => {
    expect(ask('1.22.1', '1.20.14', [])).toMatchObject({ exit: 0, says: 'no upgrades available' });
    expect(ask('1.22.1', '1.20.14', [], '1.21.3')).toMatchObject({ exit: 1 });
  });

  it('has another text when not even the present version is listed', () => {
    expect(ask('1.22.1', '1.20.14', ['1.22.1']).says).toBe(
      'ERROR no more recent supported versions available',
    );
  });

  it('refuses a lower minor by itself', () => {
    expect(ask('1.22.1', '1.21.3', LISTED, '1.20.14').says).toBe(
      'ERROR cannot change version from 1.21.3 to 1.20.14',
    );
  });
});
