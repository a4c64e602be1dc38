/**
 * From Ready to Deployed: a user takes a machine and MAAS installs it (facts/maas-api 4.3, 4.4).
 * Everything that can be refused is checked first, in the real order where facts tell one: options,
 * status, image, network, storage, addresses. Then the machine changes at once, its addresses
 * included, and the stages of the installation are left to the clock.
 */
import { type BridgeOptions, bridgeAll, checkBridgeType } from './acquired-bridges.ts';
import type { MaasCore } from './core.ts';
import { hasConfiguredLink } from './discovery.ts';
import type { Link, Machine, NetworkInterface, User } from './objects.ts';
import { fieldRefusal, refusal, scopeOf } from './refusal.ts';
import { RESULT_TYPE } from './script-results.ts';
import { SCRIPT, STATUS, statusName } from './status.ts';
import { failStep } from './steps.ts';
import { filesystemOf, storageOf } from './storage/editor.ts';
import { becomeVmHost } from './vm-hosts.ts';

const S = STATUS;

/** Gives a Ready machine to a user (facts/maas-api 4.3, allocate). */
export function acquire(
  core: MaasCore,
  user: User,
  machine: Machine,
  agentName: string,
  bridges?: BridgeOptions,
): void {
  core.moveTo(machine, S.ALLOCATED, { owner: user.username, agentName, ownerData: {} });
  if (bridges?.all) bridgeAll(core, machine, bridges);
}

export interface DeployRequest {
  readonly distroSeries: string;
  readonly userData: string;
  readonly hweKernel: string;
  readonly agentName: string;
  readonly bridges: BridgeOptions;
  readonly installRackd: boolean;
  /** What the machine is to be a host of virtual machines with, if it is to be one. */
  readonly vmHost: 'lxd' | 'virsh' | null;
  readonly ephemeral: boolean;
  readonly enableHwSync: boolean;
  readonly enableKernelCrashDump: boolean;
}

/** Starts a deployment. @throws Refusal in the order of facts/maas-api 4.4 */
export function deploy(core: MaasCore, user: User, machine: Machine, request: DeployRequest): void {
  checkBridgeType(request.bridges.type);
  if (request.installRackd && core.features.refusesRackd) {
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
      core.features.oldVmHostText
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
        scope: scopeOf(machine),
      },
    );
  }
  const image = chooseImage(core, machine, request);
  const hasDisk = before.blockDevices.length > 0;
  checkNetwork(machine);
  if (hasDisk && !request.ephemeral) checkStorage(machine, image.osystem);
  const addresses = findAddresses(core, machine);

  if (before.status === S.READY) acquire(core, user, machine, request.agentName, request.bridges);
  core.moveTo(machine, S.DEPLOYING, {
    osystem: image.osystem,
    distroSeries: image.series,
    hweKernel: image.kernel,
    userData: request.userData || null,
    ephemeralDeploy: request.ephemeral || !hasDisk,
    enableHwSync: request.enableHwSync,
    enableKernelCrashDump: request.enableKernelCrashDump,
    powerState: machine.state.powerType === 'manual' ? machine.state.powerState : 'on',
    errorDescription: '',
    // The claimed addresses are already in the answer, as Juju hopes (facts/maas-api 0.13).
    interfaces: withAddresses(core, machine.state.interfaces, addresses),
  });
  if (request.vmHost) core.comingVmHosts.set(machine, request.vmHost);
  else core.comingVmHosts.delete(machine);
  const setId = core.results.begin(machine, RESULT_TYPE.INSTALLATION, [INSTALL_LOG]);
  core.change(machine, { installationResultId: setId });
  progressDeployment(core, machine, 0);
}

/** The one result of an installation that always is there (facts/maas-api 9.5). */
const INSTALL_LOG = '/tmp/install.log';

const DEPLOY_STAGES = [
  'Performing PXE boot',
  'Loading ephemeral',
  'Configuring storage',
  'Installing OS',
  'Configuring OS',
  'Rebooting',
];

function progressDeployment(core: MaasCore, machine: Machine, stage: number): void {
  const whole = core.durations.deploy;
  const part = Math.floor(whole / (DEPLOY_STAGES.length + 1));
  if (stage === DEPLOY_STAGES.length && core.deployBy === 'signal') {
    core.steps.untilGivenUp(machine, (ending) => {
      if (ending.failed) failDeployment(core, machine, ending.why);
    });
    return;
  }
  if (stage === DEPLOY_STAGES.length) {
    // What rounding left over is spent at the end, so that the whole takes as long as it should.
    core.steps.later(machine, 'deploy', whole - part * stage, (ending) => {
      if (ending.failed) failDeployment(core, machine, ending.why);
      else finishDeployment(core, machine);
    });
    return;
  }
  core.steps.during(machine, part, () => {
    core.event(machine, DEPLOY_STAGES[stage]!);
    progressDeployment(core, machine, stage + 1);
  });
}

/** Deploying -> Deployed (facts/maas-api 4.3). */
export function finishDeployment(core: MaasCore, machine: Machine): void {
  core.steps.cancel(machine);
  core.results.finish(machine, machine.state.installationResultId, SCRIPT.PASSED);
  core.moveTo(machine, S.DEPLOYED, {
    netboot: false,
    ...(machine.state.enableHwSync ? { lastSyncMs: core.clock.nowMs() } : {}),
  });
  const type = core.comingVmHosts.get(machine);
  if (type) becomeVmHost(core, machine, type);
  core.comingVmHosts.delete(machine);
}

/** Deploying -> Failed deployment; the owner keeps the machine (facts/maas-api 4.3). */
export function failDeployment(core: MaasCore, machine: Machine, why: string): void {
  core.results.finish(machine, machine.state.installationResultId, SCRIPT.FAILED);
  failStep(core, machine, why);
}

interface Image {
  readonly osystem: string;
  readonly series: string;
  readonly kernel: string;
}

/** The image for a series and kernel as clients write them. @throws Refusal 400 */
function chooseImage(core: MaasCore, machine: Machine, request: DeployRequest): Image {
  const arch = machine.state.architecture.split('/')[0]!;
  const resources = [...core.bootResources.values()].filter((r) => core.images.isComplete(r));
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
        scope: scopeOf(machine),
      },
    );
  }
  // An uploaded image without a system in its name is of the system `custom`.
  const [osystem, series] = (name.includes('/') ? name.split('/') : ['custom', name]) as [
    string,
    string,
  ];
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
        scope: scopeOf(machine),
      },
    );
  }
  const kernels = ofArch.map((r) => r.architecture.split('/')[1]!);
  const kernel = request.hweKernel || kernels[0]!;
  if (!kernels.includes(kernel)) {
    throw fieldRefusal(
      'hwe_kernel',
      `${kernel} is not available for ${name} on ${machine.state.architecture}.`,
      { code: 'maas-kernel-missing', wanted: kernel, found: kernels, scope: scopeOf(machine) },
    );
  }
  return { osystem, series, kernel };
}

function checkNetwork(machine: Machine): void {
  if (hasConfiguredLink(machine.state)) return;
  throw fieldRefusal('network', 'Node must be configured to use a network', {
    operation: 'deploy a machine',
    wanted: 'an interface with a subnet',
    scope: scopeOf(machine),
  });
}

/** Which systems must have a root to be put on; others bring their own (facts/maas-api 4.4). */
const NEEDS_ROOT: ReadonlySet<string> = new Set(['ubuntu', 'centos', 'rhel']);

function checkStorage(machine: Machine, osystem: string): void {
  if (!NEEDS_ROOT.has(osystem)) return;
  const storage = storageOf(machine);
  const mountedAt = (place: string) =>
    storage.targets().find((target) => filesystemOf(target)?.mountPoint === place);
  const root = mountedAt('/');
  if (!root) {
    throw cannotStore(machine, "Mount the root '/' filesystem to be able to deploy this node.");
  }
  const bcaches = new Set(storage.groupsOf('bcache').map(({ id }) => id));
  if (bcaches.has(root.device.virtual?.groupId ?? -1) && !mountedAt('/boot')) {
    throw cannotStore(
      machine,
      'This node cannot be deployed because it cannot boot from a bcache volume. Mount /boot on a non-bcache device to be able to deploy this node.',
    );
  }
}

function cannotStore(machine: Machine, text: string) {
  return fieldRefusal('storage', text, {
    operation: 'deploy a machine',
    wanted: "a mounted '/'",
    scope: scopeOf(machine),
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
          scope: scopeOf(machine),
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
