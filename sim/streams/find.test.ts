import { describe, expect, it } from 'vitest';
import { parseVersion, printBinary } from '../versions/number.ts';
import { AgentFinder, findAgents, findAgentsOverHttp, localSource } from './find.ts';
import { preferredStreams } from './layout.ts';
import { StreamsPoints } from './points.ts';
import { agentMatrix, publishAgents } from './publish.ts';
import { createSigner } from './sign.ts';
import { MemoryStore } from './store.ts';
import type { AgentSearch } from './types.ts';

const DATE = new Date(Date.UTC(2015, 8, 1));
const v = parseVersion;

async function published(
  era: string,
  versions: readonly string[],
  releases: readonly string[],
  more: Partial<Parameters<typeof publishAgents>[2]> & { stream?: string } = {},
): Promise<MemoryStore> {
  const store = new MemoryStore();
  const { stream = 'released', ...options } = more;
  const agents = agentMatrix({ versions: versions.map(v), releases, arches: ['amd64'], stream });
  await publishAgents(store, agents, { era: v(era), updated: DATE, ...options });
  return store;
}

const names = (search: AgentSearch) => search.found.map((record) => printBinary(record.binary));
const url = 'http://streams.example/agents';

describe('searching sources in memory', () => {
  it('finds the exact agent and gives its true bytes', async () => {
    const store = await published('3.6.0', ['3.6.1', '3.6.2'], ['ubuntu', 'centos', 'windows']);
    const finder = new AgentFinder([localSource({ name: 'default', url, store })], v('3.6.2'));
    const search = finder.find('released', v('3.6.1'), 'centos', 'amd64');
    expect(search.outcome).toBe('found');
    expect(names(search)).toEqual(['3.6.1-centos-amd64']);
    expect(search.found[0]!.read().byteLength).toBe(search.found[0]!.size);
    // A search for any system looks for those that 3.6 runs workloads on: Windows is not one.
    expect(finder.list('released', 3, 6).found).toHaveLength(4);
    expect(finder.find('', v('3.6.2'), 'windows', 'amd64').outcome).toBe('found');
    expect(finder.list('released', 3, 5).outcome).toBe('no-matches');
  });

  it('files agents under series before 2.9 and lets a system stand for its series', async () => {
    const store = await published('1.24.5', ['1.24.5'], ['trusty', 'centos7', 'win2012r2']);
    const finder = new AgentFinder([localSource({ name: 'default', url, store })], v('1.24.5'));
    expect(names(finder.find('released', v('1.24.5'), 'centos', 'amd64'))).toEqual([
      '1.24.5-centos7-amd64',
    ]);
    expect(names(finder.find('released', v('1.24.5'), 'win2012r2', 'amd64'))).toHaveLength(1);
    expect(store.paths()).toContain('streams/v1/com.ubuntu.juju-released-tools.json');
  });

  it('reads as the version that the program runs by then, as an upgraded controller does', async () => {
    const store = await published('3.6.0', ['2.9.53'], ['ubuntu']);
    let running = v('2.8.13');
    const finder = new AgentFinder([localSource({ name: 'default', url, store })], () => running);
    expect(finder.find('released', v('2.9.53'), 'ubuntu', 'amd64').outcome).not.toBe('found');
    running = v('2.9.53');
    expect(names(finder.find('released', v('2.9.53'), 'ubuntu', 'amd64'))).toHaveLength(1);
  });

  it('s4: says that the metadata lists trusty only when a centos7 machine asks', async () => {
    const store = await published('1.24.5', ['1.24.5'], ['trusty']);
    const finder = new AgentFinder([localSource({ name: 'default', url, store })], v('1.24.5'));
    const search = finder.find('released', v('1.24.5'), 'centos7', 'amd64');
    expect(search.outcome).toBe('no-matches');
    expect(search.looked).toEqual([
      {
        place: `default (${url})`,
        outcome: 'stream released: nothing for 1.24.5 for centos7/amd64; it lists trusty/amd64',
      },
    ]);
  });

  it('s5: falls through an empty first source, and says so', async () => {
    const store = await published('1.24.5', ['1.24.5'], ['trusty']);
    const search = findAgents(
      [
        localSource({ name: 'agent-metadata-url', url: 'http://own/', store: new MemoryStore() }),
        localSource({ name: 'default simplestreams', url, store }),
      ],
      { era: v('1.24.5'), streams: ['released'], major: 1, release: 'trusty' },
    );
    expect(search.found[0]!.source).toBe('default simplestreams');
    expect(search.looked).toEqual([
      {
        place: 'agent-metadata-url (http://own/)',
        outcome: 'stream released: no agent metadata there (404)',
      },
      {
        place: `default simplestreams (${url})`,
        outcome: 'stream released: 1 agent binary (not signed)',
      },
    ]);
    expect(search.files[0]).toEqual({
      place: 'http://own/streams/v1/index2.sjson',
      outcome: '404',
    });
  });

  it('does not ask the second source when the first has a match (S-25)', async () => {
    const first = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const second = await published('3.6.0', ['3.6.1', '3.6.2'], ['ubuntu']);
    const sources = [
      localSource({ name: 'first', url, store: first }),
      localSource({ name: 'second', url, store: second }),
    ];
    const search = new AgentFinder(sources, v('3.6.0')).list('released', 3, 6);
    expect(names(search)).toEqual(['3.6.1-ubuntu-amd64']);
    expect(search.looked[1]!.outcome).toBe('not asked');
  });

  it('tells nothing at all from nothing that fits, by the last source (5.4)', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const empty = localSource({ name: 'empty', url, store: new MemoryStore() });
    const full = localSource({ name: 'full', url, store });
    const query = { era: v('3.6.0'), streams: ['released'], number: v('3.6.9') };
    expect(findAgents([empty], query).outcome).toBe('no-agents');
    expect(findAgents([empty, full], query).outcome).toBe('no-matches');
    // The candidates of the first source are lost in the verdict, as upstream, but not in what was
    // looked at.
    const lost = findAgents([full, empty], query);
    expect(lost.outcome).toBe('no-agents');
    expect(lost.offered.map(printBinary)).toEqual(['3.6.1-ubuntu-amd64']);
    expect(findAgents([], query).outcome).toBe('no-matches');
  });

  it('ends before any file is asked for when version and major contradict', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const search = findAgents([localSource({ name: 'full', url, store })], {
      era: v('3.6.0'),
      streams: ['released'],
      number: v('3.6.1'),
      major: 2,
    });
    expect(search.outcome).toBe('no-matches');
    expect(search.files).toEqual([]);
  });

  it('merges the streams of a row, the preferred one first', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const proposed = agentMatrix({
      versions: [v('3.6.1'), v('3.6.2')],
      releases: ['ubuntu'],
      arches: ['amd64'],
      stream: 'proposed',
    });
    await publishAgents(store, proposed, { era: v('3.6.0'), updated: DATE });
    const search = new AgentFinder([localSource({ name: 'full', url, store })], v('3.6.0')).list(
      'proposed',
      3,
      6,
    );
    expect(search.found.map((record) => `${record.stream} ${printBinary(record.binary)}`)).toEqual([
      'proposed 3.6.1-ubuntu-amd64',
      'proposed 3.6.2-ubuntu-amd64',
    ]);
  });
});

describe('several streams', () => {
  async function twoStreams() {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const agents = agentMatrix({
      versions: [v('3.6.2')],
      releases: ['ubuntu'],
      arches: ['amd64'],
      stream: 'proposed',
    });
    await publishAgents(store, agents, { era: v('3.6.0'), updated: DATE });
    const points = new StreamsPoints();
    return { points, source: localSource({ name: 'a', url, store, points }) };
  }
  const query = { era: v('3.6.0'), streams: ['devel', 'proposed', 'released'] };

  it('are "nothing at all" only when every one is', async () => {
    const { source } = await twoStreams();
    expect(findAgents([source], { ...query, number: v('3.6.9') }).outcome).toBe('no-matches');
    expect(findAgents([source], { ...query, streams: ['devel'] }).outcome).toBe('no-agents');
  });

  it('are lost together when one cannot be read', async () => {
    const { source, points } = await twoStreams();
    expect(findAgents([source], query).found).toHaveLength(2);
    points.request.bind(({ path }) => (/released/.test(path) ? { kind: 'drop' } : undefined));
    expect(findAgents([source], query)).toMatchObject({ outcome: 'unreadable', found: [] });
  });

  it('end with a broken list of mirrors, though mirrors are never followed', async () => {
    const { source, points } = await twoStreams();
    points.request.bind(({ path }) => (/mirrors/.test(path) ? { kind: 'drop' } : undefined));
    expect(findAgents([source], query).outcome).toBe('unreadable');
  });
});

describe('what people are told of a place', () => {
  async function outcome(store: MemoryStore, stream: string, number: string): Promise<string> {
    const source = localSource({ name: 'own', url, store });
    const search = findAgents([source], { era: v('3.6.0'), streams: [stream], number: v(number) });
    return search.looked[0]!.outcome;
  }

  it('names the versions that are there instead, newest first', async () => {
    const versions = ['1', '2', '3', '4', '5', '6', '10'].map((patch) => `3.6.${patch}`);
    const store = await published('3.6.0', versions, ['ubuntu']);
    expect(await outcome(store, 'released', '3.6.9')).toBe(
      'stream released: none is 3.6.9; it has 3.6.10, 3.6.6, 3.6.5, 3.6.4, 3.6.3, 3.6.2 and 1 older',
    );
  });

  it('names the streams that are there instead, and those of another era by their whole id', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu'], { stream: 'proposed' });
    expect(await outcome(store, 'released', '3.6.1')).toBe(
      'stream released: no stream released; it lists proposed; ' +
        'not searched: stream proposed, which has agents for such machines',
    );
    const old = await published('1.24.5', ['1.24.5'], ['trusty']);
    expect(await outcome(old, 'released', '3.6.1')).toBe(
      `stream released: no stream released; it lists com.ubuntu.juju:released:${'tools'}`,
    );
  });

  it('tells of an agent in the stream next door', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const next = agentMatrix({
      versions: [v('3.6.1')],
      releases: ['centos'],
      arches: ['amd64'],
      stream: 'proposed',
    });
    await publishAgents(store, next, { era: v('3.6.0'), updated: DATE });
    const finder = new AgentFinder([localSource({ name: 'own', url, store })], v('3.6.0'));
    const told = (release: string) =>
      finder.find('released', v('3.6.1'), release, 'amd64').looked[0]!.outcome;
    expect(told('centos')).toBe(
      'stream released: nothing for 3.6.1 for centos/amd64; it lists ubuntu/amd64; ' +
        'not searched: stream proposed, which has agents for such machines',
    );
    expect(told('windows')).toBe(
      'stream released: nothing for 3.6.1 for windows/amd64; it lists ubuntu/amd64',
    );
  });

  it('says that a file is named and not there', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    store.remove('streams/v1/com.ubuntu.juju-released-agents.json');
    expect(await outcome(store, 'released', '3.6.1')).toBe(
      'stream released: com.ubuntu.juju-released-agents.json: the index names this file, which is missing (404)',
    );
  });

  it('keeps two sources of one name apart', async () => {
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
    const search = findAgents(
      [
        localSource({ name: 'own', url: 'http://a', store: new MemoryStore() }),
        localSource({ name: 'own', url: 'http://b', store }),
      ],
      { era: v('3.6.0'), streams: ['released'], number: v('3.6.1') },
    );
    expect(search.looked.map((one) => one.outcome)).toEqual([
      'stream released: no agent metadata there (404)',
      'stream released: 1 agent binary (not signed)',
    ]);
  });
});

describe('signatures', () => {
  it('prefers signed metadata, and a source that insists takes nothing else', async () => {
    const signer = await createSigner(DATE);
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu'], { signer });
    const query = { era: v('3.6.0'), streams: ['released'], number: v('3.6.1') };
    const trusted = localSource({ name: 'a', url, store, trust: signer, requireSigned: true });
    expect(findAgents([trusted], query).found[0]!.signed).toBe(true);
    const stranger = localSource({ name: 'a', url, store });
    const fallen = findAgents([stranger], query);
    expect(fallen.found[0]!.signed).toBe(false);
    expect(fallen.looked[0]!.outcome).toContain('signature');
    const strict = localSource({ name: 'a', url, store, requireSigned: true });
    expect(findAgents([strict], query).outcome).toBe('unreadable');
  });

  it('checks real signatures over HTTP, by key', async () => {
    const [signer, other] = [await createSigner(DATE), await createSigner(DATE)];
    const store = await published('3.6.0', ['3.6.1'], ['ubuntu'], { signer });
    const fetch = async (asked: string) => {
      const bytes = store.read(asked.slice(url.length + 1));
      return new Response(Buffer.from(bytes ?? ''), { status: bytes ? 200 : 404 });
    };
    const query = { era: v('3.6.0'), streams: ['released'], number: v('3.6.1') };
    const source = { name: 'a', url, requireSigned: true };
    const good = { ...source, publicKey: signer.publicKey };
    const search = await findAgentsOverHttp([good], query, { fetch });
    expect(search.found[0]).toMatchObject({ signed: true, url: `${url}/${search.found[0]!.path}` });
    const bad = { ...source, publicKey: other.publicKey };
    const refused = await findAgentsOverHttp([bad], query, { fetch });
    expect(refused.outcome).toBe('unreadable');
    expect(refused.visits[0]!.outcome).toBe('bad-signature');
  });
});

describe('faults between store and reader', () => {
  const cases = [
    [{ kind: 'respond', status: 200, contentType: 'text/html', body: '<html>' }, 'not-json', 0],
    [{ kind: 'respond', status: 503, contentType: 'text/plain', body: '' }, 'unreachable', 3_000],
    [{ kind: 'respond', status: 401, contentType: 'text/plain', body: '' }, 'unauthorized', 0],
    [{ kind: 'truncate', bytes: 40 }, 'not-json', 0],
    [{ kind: 'drop' }, 'unreachable', 0],
  ] as const;
  it.each(cases)(
    '%j ends the attempt as %s, having waited %i ms',
    async (effect, outcome, waited) => {
      const store = await published('3.6.0', ['3.6.1'], ['ubuntu']);
      const points = new StreamsPoints();
      points.request.bind(({ path }) => (path.endsWith('.json') ? effect : undefined));
      const source = localSource({ name: 'mirror', url, store, points });
      const search = new AgentFinder([source], v('3.6.0')).find(
        'released',
        v('3.6.1'),
        'ubuntu',
        'amd64',
      );
      expect(search.outcome).toBe('unreadable');
      expect(search.visits.at(-1)!.outcome).toBe(outcome);
      expect(search.waitedMs).toBe(waited);
    },
  );
});

describe('the streams that are searched (5.2)', () => {
  const rows = [
    ['3.6.1', '', undefined, 'released'],
    ['3.6.1', 'released', undefined, 'released'],
    ['3.6-beta1', 'released', undefined, 'devel, proposed, released'],
    ['3.6.1', '', '3.7-rc1', 'devel, proposed, released'],
    ['3.6.1', 'proposed', undefined, 'proposed, released'],
    ['3.6.1', 'devel', undefined, 'devel, proposed, released'],
    ['3.6.1', 'testing', undefined, 'testing, devel, proposed, released'],
    ['3.6.1', 'own', undefined, 'own'],
    ['2.2.9', 'proposed', undefined, 'proposed'],
    ['2.2-beta1', '', undefined, 'devel'],
    ['4.0.0', '', '4.0.0.1', 'devel, proposed, released'],
    ['4.0.1', '', '4.0.1.1', 'released'],
  ] as const;
  it.each(rows)('%s with "%s" looking for %s: %s', (era, stream, version, expected) => {
    const streams = preferredStreams({
      era: v(era),
      stream,
      ...(version ? { version: v(version) } : {}),
    });
    expect(streams.join(', ')).toBe(expected);
  });
});
