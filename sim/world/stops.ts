/**
 * Why agents are still behind, told from what the controller knows of them: the status message that
 * no era ever showed (facts/juju-versions 4.5: "the operator sees nothing but the old version
 * number"; H-6 demands cause, place and what to do). Machines that stop for one reason share one
 * problem, so that a fleet of thousands gets a handful of messages (H-7).
 */
import { boundedList } from '../problems/list.ts';
import type { Problem } from '../problems/problem.ts';
import type { AgentSearch } from '../streams/index.ts';
import { type AgentVersion, compareVersions, printVersion } from '../versions/number.ts';

/** One agent that does not run what its model wants. */
export interface Behind {
  readonly tag: string;
  readonly os: string;
  readonly arch: string;
  /** What it reported last, for people. */
  readonly runs: string;
  readonly isController: boolean;
  readonly isLost: boolean;
  /** The controller's search for the binary that it needs. */
  readonly search: AgentSearch;
  /** Binaries that there are instead, when that found nothing. */
  readonly others: readonly string[];
  /** When the controller brought that binary to its cache, in simulated ms, if it is known. */
  readonly fetchedMs: number | undefined;
}

export interface Aim {
  readonly model: string;
  readonly wanted: AgentVersion;
  /** What the controller runs. */
  readonly server: AgentVersion;
  readonly nowMs: number;
}

const SHOWN = 10;

/**
 * How long after its binary was fetched an agent may take to come back, in simulated ms: a download
 * takes seconds, a restart half a minute, one round of upgrade steps little more [own choice].
 */
const PATIENCE_MS = 5 * 60_000;

/** One problem for each reason, the one that holds up the others first. */
export function stopsOf(aim: Aim, behind: readonly Behind[]): Problem[] {
  const capped = compareVersions(aim.wanted, aim.server) > 0;
  const without = behind.filter((one) => one.search.found.length === 0);
  const rest = behind.filter((one) => one.search.found.length > 0);
  const own = capped ? rest.find((one) => one.isController) : undefined;
  const others = rest.filter((one) => one !== own);
  const lost = capped ? [] : others.filter((one) => one.isLost);
  const under = capped && own ? [] : others.filter((one) => !one.isLost || capped);
  return [
    ...(own ? [controllerBehind(aim, own, others)] : []),
    ...byBinary(without).map((group) => noBinary(aim, group)),
    ...(lost.length > 0 ? [silent(aim, lost)] : []),
    ...(under.length > 0 ? [capped ? waitsForController(aim, under) : underWay(aim, under)] : []),
  ];
}

/** The controller's own agent has been told the version and still runs the old one. */
function controllerBehind(aim: Aim, own: Behind, waiting: readonly Behind[]): Problem {
  const wanted = printVersion(aim.wanted);
  const overdue = isOverdue(aim, own);
  return {
    ...speaking(aim),
    code: overdue ? 'controller-not-restarted' : 'controller-restarting',
    origin: 'controller',
    operation: `restart the controller into agent ${wanted}`,
    wanted: `${wanted}-${own.os}-${own.arch}`,
    looked: [
      ...own.search.looked,
      { place: 'controller cache', outcome: fetched(aim, own) },
      { place: own.tag, outcome: `its agent still reports ${own.runs}` },
    ],
    found: [
      `the controller itself runs ${printVersion(aim.server)}`,
      ...(waiting.length > 0
        ? [`waiting for it: ${names(waiting)} (an agent is never sent ahead of its controller)`]
        : []),
    ],
    why: 'A-1',
    scope: `${own.tag}, model ${aim.model}`,
    permanence: overdue ? 'permanent' : 'transient',
    next: [
      {
        say: `${overdue ? '' : 'wait; if it takes more than five minutes, '}end the agent's process on ${own.tag}; the init system starts the new version`,
        command: `juju ssh ${own.tag.replace('machine-', '')} sudo pkill -x jujud`,
      },
    ],
  };
}

/** There is no binary for the operating system and architecture of these machines. */
function noBinary(aim: Aim, group: readonly Behind[]): Problem {
  const { os, arch, search, others } = group[0]!;
  const version = printVersion(aim.wanted);
  return {
    ...speaking(aim),
    code: 'agent-binary-missing',
    origin: 'streams',
    operation: `give ${group.length === 1 ? group[0]!.tag : `${group.length} machines`} agent ${version}`,
    wanted: `${version}-${os}-${arch}`,
    looked: search.looked,
    found: boundedList(others, SHOWN),
    why: 'F-1',
    scope: `${names(group)}, model ${aim.model}`,
    permanence: 'permanent',
    next: [
      {
        say: `publish agent ${version} for ${os}/${arch} in one of the places above`,
        command: `maasquerade streams publish DIR --version ${version} --os ${os} --arch ${arch}`,
      },
    ],
  };
}

function silent(aim: Aim, lost: readonly Behind[]): Problem {
  return {
    ...speaking(aim),
    code: 'agent-silent',
    origin: 'machine',
    operation: `reach ${lost.length === 1 ? lost[0]!.tag : `${lost.length} machines`}`,
    wanted: printVersion(aim.wanted),
    looked: [{ place: names(lost), outcome: 'its agent is not communicating with the controller' }],
    found: runs(lost),
    why: 'F-5',
    scope: `model ${aim.model}`,
    permanence: 'unknown',
    next: [{ say: 'see whether the machine is on and on the network', command: 'juju status' }],
  };
}

/** The model's target is above what the controller runs; nothing is wrong with the machines. */
function waitsForController(aim: Aim, waiting: readonly Behind[]): Problem {
  return {
    ...speaking(aim),
    code: 'waits-for-controller',
    origin: 'controller',
    operation: `send model ${aim.model} to agent ${printVersion(aim.wanted)}`,
    wanted: printVersion(aim.wanted),
    looked: [{ place: 'controller', outcome: `runs ${printVersion(aim.server)}` }],
    found: runs(waiting),
    why: 'A-1',
    scope: `model ${aim.model}`,
    permanence: 'transient',
    next: [{ say: 'upgrade the controller first, or wait until it has restarted' }],
  };
}

function underWay(aim: Aim, under: readonly Behind[]): Problem {
  return {
    ...speaking(aim),
    code: 'upgrade-under-way',
    origin: 'agent',
    operation: `finish the upgrade of model ${aim.model}`,
    wanted: printVersion(aim.wanted),
    looked: [{ place: names(under), outcome: 'not yet restarted into the new version' }],
    found: runs(under),
    why: 'A-9',
    scope: `model ${aim.model}`,
    permanence: under.some((one) => isOverdue(aim, one)) ? 'unknown' : 'transient',
    next: [
      {
        say: 'wait a few minutes; a machine that stays tells why in its own agent log',
        command: `juju ssh ${under[0]!.tag.replace('machine-', '')} sudo tail -n 50 /var/log/juju/${under[0]!.tag}.log`,
      },
    ],
  };
}

function isOverdue(aim: Aim, one: Behind): boolean {
  return one.fetchedMs !== undefined && aim.nowMs - one.fetchedMs > PATIENCE_MS;
}

function fetched(aim: Aim, one: Behind): string {
  if (one.fetchedMs === undefined) return 'no agent has asked for it yet';
  const minutes = Math.floor((aim.nowMs - one.fetchedMs) / 60_000);
  return `fetched ${minutes} min ago for an agent that asked`;
}

function speaking(aim: Aim) {
  const componentVersion = printVersion(aim.server);
  return { component: 'controller', componentVersion, changed: true } as const;
}

function names(agents: readonly Behind[]): string {
  return boundedList(
    agents.map((one) => one.tag),
    SHOWN,
  ).join(', ');
}

function runs(agents: readonly Behind[]): string[] {
  const counts = new Map<string, number>();
  for (const one of agents) counts.set(one.runs, (counts.get(one.runs) ?? 0) + 1);
  return [...counts].map(([version, n]) => `${n} run${n === 1 ? 's' : ''} ${version}`);
}

function byBinary(agents: readonly Behind[]): Behind[][] {
  const groups = new Map<string, Behind[]>();
  for (const one of agents) {
    const key = `${one.os}-${one.arch}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
