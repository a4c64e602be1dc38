/**
 * Laws of agent metadata: what is published is found, exactly; order never matters; damage is
 * always seen; and no path leaves a tree.
 */
import { posix, win32 } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgentVersion,
  compareVersions,
  parseVersion,
  printBinary,
} from '../versions/number.ts';
import { AgentFinder, findAgents, localSource } from './find.ts';
import { layoutOf } from './layout.ts';
import { type PublishAgent, publishAgents } from './publish.ts';
import { createSigner } from './sign.ts';
import { isInside, MemoryStore } from './store.ts';
import { verifyStore } from './verify.ts';

const DATE = new Date(Date.UTC(2015, 8, 1));
const ERAS = ['1.20.14', '1.21.3', '1.24.5', '2.0.4', '2.8.13', '2.9.53', '3.6.28'];
const RELEASES = {
  series: ['trusty', 'xenial', 'centos7', 'win2012r2'],
  os: ['ubuntu', 'centos', 'windows'],
};

const number: fc.Arbitrary<AgentVersion> = fc.record({
  major: fc.integer({ min: 1, max: 4 }),
  minor: fc.integer({ min: 0, max: 30 }),
  tag: fc.constantFrom('', '', 'alpha', 'beta', 'rc'),
  patch: fc.integer({ min: 0, max: 20 }),
  build: fc.constantFrom(0, 0, 1, 7),
});

/** An era's own agents in one stream, each once. */
const tree = fc.constantFrom(...ERAS).chain((text) => {
  const era = parseVersion(text);
  const binary = fc.record({
    number,
    release: fc.constantFrom(...RELEASES[layoutOf(era).key]),
    arch: fc.constantFrom('amd64', 'arm64'),
  });
  const agent = fc.record({ binary, stream: fc.constant('released') });
  const agents = fc.uniqueArray(agent, {
    minLength: 1,
    maxLength: 12,
    selector: (one) => printBinary(one.binary),
  });
  return fc.record({ era: fc.constant(era), agents });
});

async function publish(agents: readonly PublishAgent[], era: AgentVersion): Promise<MemoryStore> {
  const store = new MemoryStore();
  await publishAgents(store, agents, { era, updated: DATE });
  return store;
}

function source(name: string, store: MemoryStore) {
  return localSource({ name, url: `http://${name}.example`, store });
}

describe('agent metadata', () => {
  it('gives back exactly what was published, and each file as promised', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async ({ era, agents }) => {
        const store = await publish(agents, era);
        const finder = new AgentFinder([source('a', store)], era);
        for (const { binary } of agents) {
          // The stream is named, so that a development version does not widen the search.
          const query = { era, streams: ['released'], ...binary };
          const search = findAgents([source('a', store)], query);
          expect(search.found.map((record) => printBinary(record.binary))).toEqual([
            printBinary(binary),
          ]);
          expect(search.found[0]!.read().byteLength).toBe(search.found[0]!.size);
        }
        const majors = new Set(agents.map(({ binary }) => binary.number.major));
        for (const major of majors) {
          const found = finder.list('released', major, -1).found;
          for (const record of found) expect(record.binary.number.major).toBe(major);
        }
        expect((await verifyStore(store)).findings).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order in which agents came, nor on how many calls (S-23)', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree.chain(({ era, agents }) =>
          fc.record({
            era: fc.constant(era),
            agents: fc.constant(agents),
            shuffled: fc.shuffledSubarray(agents, { minLength: agents.length }),
            cut: fc.nat({ max: agents.length }),
          }),
        ),
        async ({ era, agents, shuffled, cut }) => {
          const one = await publish(agents, era);
          const other = await publish(shuffled.slice(0, cut), era);
          await publishAgents(other, shuffled.slice(cut), { era, updated: DATE });
          expect(other.paths()).toEqual(one.paths());
          for (const path of one.paths()) expect(other.read(path)).toEqual(one.read(path));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not changed by agents of other versions, systems or architectures (S-23)', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async ({ era, agents }, pick) => {
        const { binary } = agents[pick % agents.length]!;
        const wanted = { era, streams: ['released'], ...binary };
        const alone = findAgents(
          [source('a', await publish([agents[pick % agents.length]!], era))],
          wanted,
        );
        const crowd = findAgents([source('a', await publish(agents, era))], wanted);
        const facts = ({ found }: typeof alone) => found.map(({ read: _, ...record }) => record);
        expect(facts(crowd)).toEqual(facts(alone));
      }),
      { numRuns: 40 },
    );
  });

  it('comes from a source only when no source before it had a match (S-25)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
        async (patches, wanted) => {
          const era = parseVersion('3.6.28');
          const binaries = (list: number[]) =>
            list.map((patch) => ({
              binary: { number: { ...era, patch }, release: 'ubuntu', arch: 'amd64' },
              stream: 'released',
            }));
          const sources = await Promise.all(
            patches.map(async (list, i) =>
              source(
                `s${i}`,
                list.length === 0 ? new MemoryStore() : await publish(binaries(list), era),
              ),
            ),
          );
          const number = { ...era, patch: wanted };
          const search = findAgents(sources, { era, streams: ['released'], number });
          const first = patches.findIndex((list) => list.includes(wanted));
          expect(search.found.map((record) => record.source)).toEqual(
            first < 0 ? [] : [`s${first}`],
          );
          if (first >= 0) return;
          // The last source alone decides how "nothing" is told; what was there is never lost.
          expect(search.outcome).toBe(patches.at(-1)!.length === 0 ? 'no-agents' : 'no-matches');
          expect(search.offered).toHaveLength(new Set(patches.flat()).size);
          expect([...search.offered].sort((a, b) => compareVersions(a.number, b.number))).toEqual(
            search.offered,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows any flipped bit: in an agent file always, in metadata when it is signed', async () => {
    const era = parseVersion('3.6.28');
    const agents = [
      { binary: { number: era, release: 'ubuntu', arch: 'amd64' }, stream: 'released' },
    ];
    const signer = await createSigner(DATE);
    const store = new MemoryStore();
    await publishAgents(store, agents, { era, updated: DATE, signer });
    const files = store.paths().filter((path) => /\.(tgz|json)$/.test(path));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.nat({ max: 7 }),
        async (path, at, bit) => {
          const truth = store.read(path)!;
          const damaged = Uint8Array.from(truth);
          damaged[at % damaged.length]! ^= 1 << bit;
          store.write(path, damaged);
          const { findings } = await verifyStore(store, signer.publicKey);
          store.write(path, truth);
          expect(findings.filter(({ level }) => level === 'fault')).not.toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('never takes a path that leads out of a tree', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b.json', '\\', '\0', 'streams');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        if (!isInside(path)) return;
        expect(posix.resolve('/root/tree', path)).toBe(`/root/tree/${path}`);
        expect(win32.resolve('C:\\tree', path)).toBe(win32.join('C:\\tree', ...parts));
        expect(path).not.toContain('\0');
      }),
    );
  });
});
