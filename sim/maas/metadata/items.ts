/**
 * What a machine can read of itself: the tree of facts/maas-api 10. Reading `user-data` is how MAAS
 * learns that a deployed machine has come up: it makes a Deploying machine Deployed.
 */
import { stringify } from 'yaml';
import { type Answer, text } from '../api/answers.ts';
import type { MaasCore } from '../core/core.ts';
import { finishDeployment } from '../core/deploy.ts';
import type { Machine } from '../core/objects.ts';
import { STATUS } from '../core/status.ts';

/** Who reads: a machine that is known by its key, or one that is being enlisted. */
export type Asker =
  | { readonly kind: 'machine'; readonly machine: Machine }
  | { readonly kind: 'enlisting' };

/** @param path without slashes at its ends, e.g. `meta-data/instance-id`; undefined: there is none */
export function itemAt(core: MaasCore, asker: Asker, path: string): Answer | undefined {
  return asker.kind === 'machine' ? itemOf(core, asker.machine, path) : itemOfEnlisting(path);
}

function itemOfEnlisting(path: string): Answer | undefined {
  switch (path) {
    case '':
      return listing(['meta-data', 'user-data']);
    case 'meta-data':
      return listing(['instance-id', 'local-hostname']);
    case 'meta-data/instance-id':
      return text('i-maas-enlistment');
    case 'meta-data/local-hostname':
      return text('maas-enlisting-node');
    case 'user-data':
      return bytes(Buffer.from('#cloud-config\n{}\n'));
    default:
      return undefined;
  }
}

function itemOf(core: MaasCore, machine: Machine, path: string): Answer | undefined {
  const { state } = machine;
  const keys = keysOf(core, machine, 'ssh');
  switch (path) {
    case '':
      return listing([
        'maas-commissioning-scripts',
        'meta-data',
        ...(state.userData === null ? [] : ['user-data']),
      ]);
    case 'meta-data':
      return listing([
        'instance-id',
        'local-hostname',
        ...(keys.length === 0 ? [] : ['public-keys']),
        'vendor-data',
        'x509',
      ]);
    case 'meta-data/instance-id':
      return text(machine.systemId);
    case 'meta-data/local-hostname':
      return text(core.fqdn(state));
    case 'meta-data/public-keys':
      return text(keys.join('\n'));
    case 'meta-data/x509':
      return text(keysOf(core, machine, 'ssl').join('\n'));
    case 'meta-data/vendor-data':
      return {
        status: 200,
        contentType: 'application/x-yaml; charset=utf-8',
        body: stringify({ 'cloud-init': vendorData(core) }),
      };
    case 'user-data':
      return userData(core, machine);
    case 'maas-scripts':
      // The scripts of a simulated machine run in the simulation; a real one is told of none.
      return { status: 204, body: null };
    default:
      return undefined;
  }
}

/** A map with one key whose value is text: cloud-init reads nothing else (facts/maas-api 0.25). */
function vendorData(core: MaasCore): string {
  const servers = String(core.config.get('ntp_servers') ?? '')
    .split(/[\s,]+/)
    .filter((one) => one !== '');
  const config = {
    system_info: { default_user: { name: 'ubuntu' } },
    ...(servers.length > 0 ? { ntp: { servers: [], pools: servers } } : {}),
  };
  return `#cloud-config\n${stringify(config)}`;
}

function userData(core: MaasCore, machine: Machine): Answer {
  if (machine.state.status === STATUS.DEPLOYING) finishDeployment(core, machine);
  const stored = machine.state.userData;
  if (stored === null) return text('User data is not available for this node.', 404);
  return bytes(decoded(stored));
}

/** What was base64 becomes what it stands for; line breaks in it are fine, all else stays as it is. */
function decoded(stored: string): Buffer {
  const packed = stored.replace(/\s+/g, '');
  const isBase64 = packed.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(packed);
  return isBase64 ? Buffer.from(packed, 'base64') : Buffer.from(stored, 'utf8');
}

/** The installer's instructions for a machine, which simulated ones follow without reading them. */
export function preseed(core: MaasCore, machine: Machine): string {
  return `#cloud-config\n${stringify({ hostname: core.fqdn(machine.state) })}`;
}

export function enlistPreseed(): string {
  return `#cloud-config\n${stringify({ datasource: { MAAS: {} } })}`;
}

function keysOf(core: MaasCore, machine: Machine, kind: 'ssh' | 'ssl'): string[] {
  const { sshKeys, sslKeys } = core.accounts;
  const keys = kind === 'ssh' ? sshKeys : sslKeys;
  const owned = [...keys.values()].filter((one) => one.username === machine.state.owner);
  return owned.map((one) => one.key);
}

const listing = (names: readonly string[]): Answer => text(names.join('\n'));

function bytes(body: Buffer): Answer {
  return { status: 200, contentType: 'application/octet-stream', body: new Uint8Array(body) };
}
