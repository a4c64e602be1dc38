/**
 * A machine's life after allocation: deploy, release, commission, test, rescue, power, locks and
 * annotations (facts/maas-api 3.2, 4.3 to 4.11). Each operation first checks everything that can be
 * refused, in the real order where facts tell one, and only then changes the machine; what takes
 * time is left to `MaasCore.later`.
 */
import type { MaasCore } from './core.ts';
import type { Link, Machine, MachineState, NetworkInterface, User } from './objects.ts';
import { fieldRefusal, refusal } from './refusal.ts';
import {
  mayFollow,
  RELEASABLE,
  STATUS,
  type Status,
  statusAfterTest,
  statusName,
  TESTABLE,
} from './status.ts';

const S = STATUS;

/** Gives a Ready machine to a user (facts/maas-api 4.3, allocate). */
export function acquire(core: MaasCore, user: User, machine: Machine, agentName: string): void {
  core.moveTo(machine, S.ALLOCATED, {
    owner: user.username,
    agentName,
    ownerData: {},
    statusMessage: machine.state.statusMessage,
  });
}

export interface DeployRequest {
  readonly distroSeries: string;
  readonly userData: string;
  readonly hweKernel: string;
  readonly agentName: string;
  readonly bridgeType: string;
  readonly installRackd: boolean;
  readonly vmHost: boolean;
  readonly ephemeral: boolean;
  readonly enableHwSync: boolean;
  readonly enableKernelCrashDump: boolean;
}

/** Starts a deployment. @throws Refusal in the order of facts/maas-api 4.4 */
export function deploy(core: MaasCore, user: User, machine: Machine, request: DeployRequest): void {
  if (!['', 'standard', 'ovs'].includes(request.bridgeType)) {
    throw fieldRefusal(
      'bridge_type',
      `'${request.bridgeType}' is not a valid bridge_type.  It should be one of: 'standard', 'ovs'.`,
    );
  }
  if (request.installRackd && refusesRackd(core)) {
    throw refusal(
      'invalid',
      "Deploying a machine as a rackd has been disabled and it's not supported anymore.",
    );
  }
  if (request.vmHost && !user.isSuperuser) {
    throw refusal('forbidden', 'Only administratros can deploy VM hosts');
  }
  if (request.vmHost && request.ephemeral) {
    throw refusal(
      'invalid',
      core.features.release === '3.4'
        ? 'Cannot deploy as a VM host for ephemeral deployments.'
        : 'A machine can not be a VM host if it is deployed to memory.',
    );
  }
  const before = machine.state;
  if (before.status !== S.READY && before.status !== S.ALLOCATED) {
    throw refusal(
      'conflict',
      `Can't deploy a machine that is in the '${statusName(before.status)}' state`,
      {
        code: 'maas-transition-illegal',
        operation: 'deploy a machine',
        wanted: statusName(S.DEPLOYING),
        found: [statusName(before.status)],
        why: 'maas.status.transition',
        scope: scope(machine),
      },
    );
  }
  const image = chooseImage(core, machine, request);
  const hasDisk = before.blockDevices.length > 0;
  checkNetwork(machine);
  if (hasDisk && !request.ephemeral) checkStorage(machine);
  const addresses = findAddresses(core, machine);

  if (before.status === S.READY) acquire(core, user, machine, request.agentName);
  core.moveTo(machine, S.DEPLOYING, {
    osystem: image.osystem,
    distroSeries: image.series,
    hweKernel: image.kernel,
    userData: request.userData || null,
    ephemeralDeploy: request.ephemeral || !hasDisk,
    enableHwSync: request.enableHwSync,
    enableKernelCrashDump: request.enableKernelCrashDump,
    installationResultId: core.newResultId(),
    powerState: machine.state.powerType === 'manual' ? machine.state.powerState : 'on',
    errorDescription: '',
    // The claimed addresses are already in the answer, as Juju hopes (facts/maas-api 0.13).
    interfaces: withAddresses(core, machine.state.interfaces, addresses),
  });
  progressDeployment(core, machine, 0);
}

const DEPLOY_STAGES = ['Performing PXE boot', 'Configuring storage', 'Installing OS', 'Rebooting'];

function progressDeployment(core: MaasCore, machine: Machine, stage: number): void {
  const part = core.durations.deploy / (DEPLOY_STAGES.length + 1);
  if (stage === DEPLOY_STAGES.length) {
    core.later(machine, 'deploy', part, () => {
      core.moveTo(machine, S.DEPLOYED, { netboot: false });
    });
    return;
  }
  core.during(machine, part, () => {
    core.change(machine, { statusMessage: DEPLOY_STAGES[stage]! });
    progressDeployment(core, machine, stage + 1);
  });
}

function refusesRackd(core: MaasCore): boolean {
  // Refused from 3.4.10, 3.6.5 and 3.7.3 on (facts/maas-api 1.6).
  const patch = Number(core.features.version.split('.')[2]);
  const from = { '2.9': 99, '3.4': 10, '3.5': 99, '3.6': 5, '3.7': 3 }[core.features.release];
  return patch >= from;
}

interface Image {
  readonly osystem: string;
  readonly series: string;
  readonly kernel: string;
}

/** The image for a series and kernel as clients write them. @throws Refusal 400 */
function chooseImage(core: MaasCore, machine: Machine, request: DeployRequest): Image {
  const arch = machine.state.architecture.split('/')[0]!;
  const resources = [...core.bootResources.values()];
  const names = [...new Set(resources.map((resource) => resource.name))].sort();
  const wanted =
    request.distroSeries ||
    `${core.config.get('default_osystem')}/${core.config.get('default_distro_series')}`;
  const name = names.find(
    (candidate) =>
      candidate === wanted ||
      candidate.split('/')[1] === wanted ||
      resources.some((r) => r.name === candidate && r.title?.split(' ')[0] === wanted),
  );
  if (!name) {
    const choices = ['', ...names].map((choice) => `'${choice}'`).join(', ');
    throw fieldRefusal(
      'distro_series',
      `'${wanted}' is not a valid distro_series.  It should be one of: ${choices}.`,
      {
        code: 'maas-image-missing',
        operation: 'deploy a machine',
        wanted,
        looked: [{ place: 'boot-resources/', outcome: `${resources.length} images` }],
        found: names,
        scope: scope(machine),
      },
    );
  }
  const [osystem, series] = name.split('/') as [string, string];
  const ofArch = resources.filter((r) => r.name === name && r.architecture.startsWith(`${arch}/`));
  if (ofArch.length === 0) {
    throw refusal(
      'invalid',
      `Deployment operating system ${name} is unavailable for ${machine.state.architecture}.`,
      {
        code: 'maas-image-missing',
        operation: 'deploy a machine',
        wanted: `${name} for ${arch}`,
        found: resources.filter((r) => r.name === name).map((r) => r.architecture),
        scope: scope(machine),
      },
    );
  }
  const kernels = ofArch.map((r) => r.architecture.split('/')[1]!);
  const kernel = request.hweKernel || kernels[0]!;
  if (!kernels.includes(kernel)) {
    throw fieldRefusal(
      'hwe_kernel',
      `${kernel} is not available for ${name} on ${machine.state.architecture}.`,
      { code: 'maas-kernel-missing', wanted: kernel, found: kernels, scope: scope(machine) },
    );
  }
  return { osystem, series, kernel };
}

function checkNetwork(machine: Machine): void {
  const linked = machine.state.interfaces.some((iface) =>
    iface.links.some((link) => link.mode !== 'link_up' && link.subnetId !== null),
  );
  if (linked) return;
  throw fieldRefusal('network', 'Node must be configured to use a network', {
    operation: 'deploy a machine',
    wanted: 'an interface with a subnet',
    scope: scope(machine),
  });
}

function checkStorage(machine: Machine): void {
  const rooted = machine.state.blockDevices.some(
    (disk) =>
      disk.filesystem?.mountPoint === '/' ||
      disk.partitions.some((partition) => partition.filesystem?.mountPoint === '/'),
  );
  if (rooted) return;
  throw fieldRefusal('storage', "Mount the root '/' filesystem to be able to deploy this node.", {
    operation: 'deploy a machine',
    wanted: "a mounted '/'",
    scope: scope(machine),
  });
}

/** A free address for each AUTO link without one; nothing is taken yet. @throws Refusal 503 */
function findAddresses(core: MaasCore, machine: Machine): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const besides = new Set<string>();
  for (const link of machine.state.interfaces.flatMap((iface) => iface.links)) {
    if (link.mode !== 'auto' || link.ip !== null || link.subnetId === null) continue;
    const subnet = core.network.subnets.get(link.subnetId)!;
    const address = core.network.findFreeAddress(subnet, besides);
    if (address === undefined) {
      throw refusal(
        'unavailable',
        `${machine.systemId}: Unable to allocate static IP due to address exhaustion.`,
        {
          code: 'maas-addresses-exhausted',
          operation: 'deploy a machine',
          wanted: 'a free address',
          looked: [{ place: `subnet ${subnet.cidr}`, outcome: 'no free address' }],
          scope: scope(machine),
        },
      );
    }
    besides.add(address);
    found.set(link.id, address);
  }
  return found;
}

function withAddresses(
  core: MaasCore,
  interfaces: readonly NetworkInterface[],
  addresses: ReadonlyMap<number, string>,
): NetworkInterface[] {
  const claim = (link: Link) => {
    const address = addresses.get(link.id);
    return address === undefined ? link : core.network.withAddress(link, address);
  };
  return interfaces.map((iface) => ({ ...iface, links: iface.links.map(claim) }));
}

/** What {@link release} does when the machine is not in a status to release from. */
export function releaseRefusal(machine: Machine) {
  return refusal(
    'conflict',
    `Machine cannot be released in its current state ('${statusName(machine.state.status)}').`,
    {
      code: 'maas-transition-illegal',
      operation: 'release a machine',
      wanted: statusName(S.RELEASING),
      found: [statusName(machine.state.status)],
      why: 'maas.status.releasable',
      scope: scope(machine),
    },
  );
}

/**
 * Releases a machine (facts/maas-api 4.6). Ready and Releasing are left as they are.
 * @throws Refusal 409 from a status that is not releasable
 */
export function release(core: MaasCore, machine: Machine, options: { erase: boolean }): void {
  const { status } = machine.state;
  if (status === S.READY || status === S.RELEASING) return;
  if (!RELEASABLE.has(status)) throw releaseRefusal(machine);
  const erase = options.erase || core.config.get('enable_disk_erasing_on_release') === true;
  core.cancelStep(machine);
  core.removeChildDevices(machine);
  const cleared: Partial<MachineState> = {
    osystem: '',
    distroSeries: '',
    hweKernel: null,
    netboot: true,
    enableHwSync: false,
    userData: null,
  };
  if (erase) {
    core.moveTo(machine, S.DISK_ERASING, { ...cleared, powerState: 'on' });
    core.later(machine, 'erase', core.durations.erase, () => {
      core.moveTo(machine, S.RELEASING);
      finishRelease(core, machine);
    });
    return;
  }
  core.moveTo(machine, S.RELEASING, cleared);
  const unqueryable = machine.state.powerType === 'manual';
  if (machine.state.powerState === 'off' || unqueryable) finishRelease(core, machine);
  else core.later(machine, 'release', core.durations.release, () => finishRelease(core, machine));
}

function finishRelease(core: MaasCore, machine: Machine): void {
  const { interfaces } = machine.state;
  const automatic = interfaces.flatMap((i) => i.links.filter((link) => link.mode === 'auto'));
  core.network.release(automatic);
  const commissioned = machine.state.commissioningStatus === 2 || !core.features.releaseToNew;
  core.moveTo(machine, commissioned ? S.READY : S.NEW, {
    owner: null,
    ownerData: {},
    agentName: '',
    powerState: machine.state.powerType === 'manual' ? machine.state.powerState : 'off',
    errorDescription: '',
    interfaces: interfaces.map((iface) => ({
      ...iface,
      links: iface.links.map((link) => (link.mode === 'auto' ? { ...link, ip: null } : link)),
    })),
  });
}

/** @throws Refusal 400 or 500 when the machine cannot be commissioned now (facts/maas-api 4.5) */
export function checkCommissionable(machine: Machine): void {
  const { status, powerType, interfaces } = machine.state;
  const allowed: readonly Status[] = [S.NEW, S.FAILED_COMMISSIONING, S.READY, S.BROKEN];
  if (!allowed.includes(status) || (interfaces.length === 0 && powerType !== 'ipmi')) {
    throw unavailableAction('Commission', machine);
  }
  if (powerType === '') {
    throw refusal(
      'broken',
      'Unconfigured power type. Please configure the power type and try again.',
      { scope: scope(machine) },
    );
  }
}

/** Starts commissioning (facts/maas-api 4.5). `tests` false is `testing_scripts=none`. */
export function commission(
  core: MaasCore,
  user: User,
  machine: Machine,
  options: { tests: boolean },
): void {
  checkCommissionable(machine);
  core.moveTo(machine, S.COMMISSIONING, {
    owner: user.username,
    powerState: 'on',
    commissioningStatus: 1,
    commissioningResultId: core.newResultId(),
    errorDescription: '',
  });
  core.later(machine, 'commission', core.durations.commission, () => {
    if (options.tests) {
      core.moveTo(machine, S.TESTING, {
        commissioningStatus: 2,
        testingStatus: 1,
        testingResultId: core.newResultId(),
      });
      core.later(machine, 'test', core.durations.test, () => becomeReady(core, machine));
    } else {
      core.change(machine, { commissioningStatus: 2 });
      becomeReady(core, machine);
    }
  });
}

function becomeReady(core: MaasCore, machine: Machine): void {
  const tested = machine.state.status === S.TESTING;
  core.moveTo(machine, S.READY, {
    owner: null,
    powerState: 'off',
    ...(tested ? { testingStatus: 2 } : {}),
  });
}

function unavailableAction(action: string, machine: Machine) {
  return fieldRefusal(
    '__all__',
    `${action} is not available because of the current state of the node.`,
    {
      code: 'maas-transition-illegal',
      operation: `${action.toLowerCase()} a machine`,
      wanted: action,
      found: [statusName(machine.state.status)],
      scope: scope(machine),
    },
  );
}

/** Starts hardware tests (facts/maas-api 4.8). */
export function test(core: MaasCore, user: User, machine: Machine): void {
  const before = machine.state;
  if (!TESTABLE.has(before.status)) throw unavailableAction('Test', machine);
  const powerBefore = before.powerState;
  core.moveTo(machine, S.TESTING, {
    owner: before.owner ?? user.username,
    powerState: 'on',
    testingStatus: 1,
    testingResultId: core.newResultId(),
  });
  core.later(machine, 'test', core.durations.test, () => {
    core.moveTo(machine, settled(machine, statusAfterTest(before.status)), {
      owner: before.owner,
      powerState: powerBefore,
      testingStatus: 2,
    });
  });
}

export function overrideFailedTesting(core: MaasCore, machine: Machine): void {
  if (machine.state.status !== S.FAILED_TESTING) {
    throw refusal(
      'conflict',
      "Unable to override node status. Node is not in 'Failed testing' status.",
      { found: [statusName(machine.state.status)], scope: scope(machine) },
    );
  }
  core.moveTo(machine, machine.state.osystem === '' ? S.READY : S.DEPLOYED, {
    errorDescription: '',
  });
}

/** Breaks off what is going on (facts/maas-api 4.11). */
export function abort(core: MaasCore, machine: Machine): void {
  const { status, previousStatus } = machine.state;
  const target = abortTarget(status, previousStatus);
  if (target === undefined) {
    throw refusal(
      'conflict',
      `Cannot abort in current state: node ${machine.systemId} is in state ${statusName(status)}.`,
      {
        code: 'maas-transition-illegal',
        operation: 'abort what a machine does',
        wanted: 'a machine that does something',
        found: [statusName(status)],
        scope: scope(machine),
      },
    );
  }
  core.checkTransition(machine, target);
  core.cancelStep(machine);
  core.moveTo(machine, target, {
    powerState: 'off',
    statusMessage: `Aborted ${statusName(status).toLowerCase()}`,
    ...(status === S.COMMISSIONING ? { owner: null, commissioningStatus: 5 } : {}),
    ...(status === S.TESTING ? { testingStatus: 5 } : {}),
  });
}

function abortTarget(status: Status, previous: Status): Status | undefined {
  switch (status) {
    case S.COMMISSIONING:
      return S.NEW;
    case S.DEPLOYING:
      return S.ALLOCATED;
    case S.TESTING:
      return previous === S.COMMISSIONING ? S.READY : previous;
    case S.DISK_ERASING:
      return S.FAILED_DISK_ERASING;
    default:
      return undefined;
  }
}

/** The caller must be the owner; releasable machines are released first (facts/maas-api 4.7). */
export function markBroken(core: MaasCore, user: User, machine: Machine, comment: string): void {
  if (machine.state.owner !== user.username) {
    throw refusal('forbidden', '', {
      operation: 'mark a machine broken',
      wanted: `machine ${machine.systemId} owned by ${user.username}`,
      found: [`owner ${machine.state.owner ?? 'nobody'}`],
      scope: scope(machine),
    });
  }
  core.checkTransition(machine, S.BROKEN);
  const wasDeployed = machine.state.status === S.DEPLOYED;
  const automatic = machine.state.interfaces.flatMap((iface) =>
    iface.links.filter((link) => link.mode === 'auto'),
  );
  core.cancelStep(machine);
  if (!wasDeployed) core.network.release(automatic);
  core.moveTo(machine, S.BROKEN, {
    errorDescription: comment,
    ...(wasDeployed
      ? {}
      : {
          owner: null,
          ownerData: {},
          agentName: '',
          interfaces: machine.state.interfaces.map((iface) => ({
            ...iface,
            links: iface.links.map((link) => (link.mode === 'auto' ? { ...link, ip: null } : link)),
          })),
        }),
  });
}

export function markFixed(core: MaasCore, machine: Machine): void {
  if (machine.state.status !== S.BROKEN) {
    throw refusal('conflict', "Can't mark a non-broken node as 'Ready'.", {
      code: 'maas-transition-illegal',
      operation: 'mark a machine fixed',
      wanted: statusName(S.READY),
      found: [statusName(machine.state.status)],
      scope: scope(machine),
    });
  }
  const deployed = machine.state.previousStatus === S.DEPLOYED;
  core.moveTo(machine, deployed ? S.DEPLOYED : S.READY, {
    errorDescription: '',
    ...(deployed
      ? {}
      : { osystem: '', distroSeries: '', hweKernel: null, owner: null, ownerData: {} }),
  });
}

/** facts/maas-api 4.9. */
export function rescueMode(core: MaasCore, user: User, machine: Machine): void {
  core.checkTransition(machine, S.ENTERING_RESCUE_MODE);
  const before = machine.state;
  core.moveTo(machine, S.ENTERING_RESCUE_MODE, { owner: user.username, powerState: 'on' });
  core.later(machine, 'rescue', core.durations.rescue, () => {
    // Leaving goes back to where the machine came from, so that must survive this change.
    core.moveTo(machine, S.RESCUE_MODE);
    core.change(machine, { previousStatus: before.status });
  });
}

export function exitRescueMode(core: MaasCore, machine: Machine): void {
  core.checkTransition(machine, S.EXITING_RESCUE_MODE);
  const cameFrom = machine.state.previousStatus;
  core.moveTo(machine, S.EXITING_RESCUE_MODE);
  const target = settled(machine, cameFrom);
  core.later(machine, 'rescue', core.durations.rescue, () => {
    const deployed = target === S.DEPLOYED;
    core.moveTo(machine, target, {
      powerState: deployed ? 'on' : 'off',
      ...(deployed ? {} : { owner: null }),
    });
  });
}

/** Where a step leads: back to `wanted`, or where a machine rests when the table forbids that. */
function settled(machine: Machine, wanted: Status): Status {
  if (wanted !== machine.state.status && mayFollow(machine.state.status, wanted)) return wanted;
  return machine.state.osystem === '' ? S.READY : S.DEPLOYED;
}

/** facts/maas-api 4.10. */
export function lock(core: MaasCore, machine: Machine, locked: boolean): void {
  const { status } = machine.state;
  if (locked && status !== S.DEPLOYED && status !== S.DEPLOYING) {
    throw refusal('conflict', "Can't lock, node is not deployed or deploying", {
      found: [statusName(status)],
      scope: scope(machine),
    });
  }
  if (machine.state.locked === locked) {
    throw refusal('conflict', locked ? 'Machine is already locked' : 'Machine is not locked', {
      scope: scope(machine),
    });
  }
  core.change(machine, { locked });
}

export function powerOn(core: MaasCore, machine: Machine): void {
  if (machine.state.owner === null) {
    throw refusal('conflict', "Can't start node: it hasn't been allocated.", {
      found: [statusName(machine.state.status)],
      scope: scope(machine),
    });
  }
  core.change(machine, { powerState: 'on' });
}

/** Adds, replaces and (by an empty value) removes annotations; others stay (facts/maas-api 3.2). */
export function annotate(
  core: MaasCore,
  user: User,
  machine: Machine,
  values: ReadonlyMap<string, string>,
): void {
  if (machine.state.owner === null) {
    const what = core.features.workloadAnnotations
      ? "Cannot set workload annotation: it hasn't been acquired."
      : "Cannot set owner data: it hasn't been allocated.";
    throw refusal('conflict', what, {
      found: [statusName(machine.state.status)],
      scope: scope(machine),
    });
  }
  if (machine.state.owner !== user.username) {
    throw refusal('forbidden', '', {
      found: [`owner ${machine.state.owner}`],
      scope: scope(machine),
    });
  }
  core.change(machine, { ownerData: annotated(machine.state.ownerData, values) });
}

/** The annotations with the changes applied. */
export function annotated(
  present: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const merged = new Map([...Object.entries(present), ...values]);
  for (const [key, value] of merged) if (value === '') merged.delete(key);
  return Object.fromEntries(merged);
}

function scope(machine: Machine): string {
  return `machine ${machine.systemId} (${machine.state.hostname})`;
}
