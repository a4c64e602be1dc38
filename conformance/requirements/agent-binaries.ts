/**
 * What Juju's own search for agent binaries must find in our agent metadata, and must not. The
 * oracle is the code that bootstrap, upgrade and the controller's cache all call, so a failure
 * indicts our layout, our index or our files.
 */
import { group } from './requirement.ts';

export const AGENT_BINARIES = [
  ...group({ profile: 'streams', oracle: 'released-client', subjects: ['agent-binary-finder'] }, [
    {
      id: 'streams.find.minor',
      title: 'All agent binaries of one minor version are found for a system and architecture.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.2',
      saboteur: 'metadata-index-404',
    },
    {
      id: 'streams.find.major',
      title: 'A search by major version finds those of each of its minor versions.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.2',
      saboteur: 'metadata-index-404',
    },
    {
      id: 'streams.find.every-system',
      title: 'A search without a system finds Ubuntu and CentOS agents.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 3.2',
      saboteur: 'metadata-without-centos',
    },
    {
      id: 'streams.find.centos',
      title: 'A CentOS agent is found for a CentOS machine.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 3.2',
      saboteur: 'metadata-without-centos',
    },
    {
      id: 'streams.find.arm64',
      title: 'An arm64 agent is found for an arm64 machine.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.2',
      saboteur: 'metadata-without-arm64',
    },
    {
      id: 'streams.find.exact',
      title: 'One exact version for one system and architecture is one agent binary.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.2',
      saboteur: 'metadata-index-404',
    },
    {
      id: 'streams.find.next-stream',
      title: 'Where the first streams have nothing, the next one is searched.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-index-404',
    },
    {
      id: 'streams.find.second-source',
      title: 'Where the first source has nothing, the second one is searched.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-index-404',
    },
    {
      id: 'streams.find.missing-number',
      title: 'A version that was never published does not match.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-lists-what-never-was',
    },
    {
      id: 'streams.find.missing-arch',
      title: 'An architecture without an agent does not match.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-riscv64-is-amd64',
    },
    {
      id: 'streams.find.missing-minor',
      title: 'A minor version without a release does not match.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-lists-what-never-was',
    },
    {
      id: 'streams.find.missing-stream',
      title: 'A stream without an entry in the index has no agent binaries.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-devel-is-released',
    },
    {
      id: 'streams.find.empty-source',
      title: 'A source without metadata has no agent binaries, and says so with 404.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-nothing-here-500',
    },
    {
      id: 'streams.find.signed-only',
      title: 'Unsigned metadata is not there for a search that wants a signature.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 5.3',
      saboteur: 'metadata-signed-by-nobody',
    },
    {
      id: 'streams.find.download',
      title: 'The agent binary behind a found address has the size and digest that were listed.',
      level: 'MUST',
      source: 'facts/juju-versions-and-upgrades 4.2',
      saboteur: 'files-truncated',
    },
  ]),
];
