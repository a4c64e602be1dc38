/** Judges what Juju's own search for agent binaries found in our agent metadata. */
import {
  at,
  type Check,
  type Complaint,
  every,
  has,
  isText,
  type Loose,
  list,
  mustFail,
  mustGoWell,
  same,
  text,
} from './judge.ts';

const METADATA = /streams\/v1\/.*\.s?json$/;

/** An era text of 3.6 (facts/juju-versions-and-upgrades 8). */
const NO_AGENTS = /^no agent binaries available$/;
const NO_MATCH = /^no matching agent binaries available$/;

/** Every binary found must be of this kind; what more there is to see is up to `look`. */
function finds(step: string, kind: RegExp, look: (found: Loose[]) => Complaint = () => undefined) {
  return mustGoWell(step, METADATA, (value) => {
    const found = list(value);
    const wrong = every(
      found,
      'agent binaries',
      (one) =>
        isText(at(one, 'version'), 'version', kind) ??
        isText(at(one, 'url'), 'address', /^https?:\/\/.+\.tgz$/) ??
        isText(at(one, 'sha256'), 'digest', /^[0-9a-f]{64}$/),
    );
    return wrong ?? look(found);
  });
}

function findsNothing(step: string, words: RegExp): Check {
  return mustFail(step, METADATA, (error) => has(error, words));
}

/** The distinct values of a part of the versions found. */
function distinct(found: readonly Loose[], part: RegExp): string[] {
  return [...new Set(found.map((one) => part.exec(text(one, 'version'))?.[1] ?? '?'))].sort();
}

export const AGENT_BINARIES_CHECKS: Readonly<Record<string, Check>> = {
  'streams.find.minor': finds('find-minor', /^3\.6\.\d+-ubuntu-amd64$/, (found) =>
    found.length > 1 ? undefined : 'only one agent binary, where more are published',
  ),
  'streams.find.major': finds('find-major', /^3\.\d+\.\d+-ubuntu-amd64$/, (found) =>
    same(distinct(found, /^(\d+\.\d+)\./), ['3.5', '3.6'], 'the list of minor versions'),
  ),
  'streams.find.every-system': finds('find-all-systems', /^3\.6\.\d+-/, (found) => {
    const systems = distinct(found, /-([a-z]+)-/);
    const lacking = ['centos', 'ubuntu'].find((one) => !systems.includes(one));
    return lacking && `no agent binary for ${lacking}`;
  }),
  'streams.find.centos': finds('find-centos', /^3\.6\.\d+-centos-amd64$/),
  'streams.find.arm64': finds('find-arm64', /^3\.6\.\d+-[a-z]+-arm64$/),
  'streams.find.exact': finds('find-exact', /^3\.6\.\d+-ubuntu-amd64$/, (found) =>
    same(found.length, 1, 'the number of agent binaries'),
  ),
  'streams.find.next-stream': finds('find-next-stream', /^3\.6\.\d+-ubuntu-amd64$/),
  'streams.find.second-source': finds('find-second-source', /^3\.6\.\d+-ubuntu-amd64$/),
  'streams.find.missing-number': findsNothing('find-missing-number', NO_MATCH),
  'streams.find.missing-arch': findsNothing('find-missing-arch', NO_MATCH),
  'streams.find.missing-minor': findsNothing('find-missing-minor', NO_MATCH),
  'streams.find.missing-stream': findsNothing('find-missing-stream', NO_AGENTS),
  'streams.find.empty-source': findsNothing('find-empty-source', NO_AGENTS),
  'streams.find.signed-only': findsNothing('find-signed-only', NO_AGENTS),
  'streams.find.download': mustGoWell(
    'download',
    /\.tgz$/,
    (value) =>
      same(at(value, 'status'), 200, 'the status') ??
      same(at(value, 'got'), at(value, 'listed'), 'what was downloaded'),
  ),
};
