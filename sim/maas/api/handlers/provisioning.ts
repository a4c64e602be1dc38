/**
 * Package repositories, DHCP snippets and what was seen on the network (facts/maas-api 3.10, 3.13). No
 * traffic passes here, so nothing is ever seen; the lists are there for clients that look.
 */
import type { MaasCore } from '../../core/core.ts';
import {
  createSnippet,
  type DhcpSnippet,
  revertSnippet,
  snippetOf,
  updateSnippet,
} from '../../core/dhcp-snippets.ts';
import { notFound, refusal } from '../../core/refusal.ts';
import {
  createRepository,
  deleteRepository,
  type PackageRepository,
  repositoryOf,
  updateRepository,
} from '../../core/repositories.ts';
import { DELETED } from '../answers.ts';
import { subnetObject } from '../render/network.ts';
import { type Action, API_ROOT, type Resource } from '../routes.ts';
import { get, post, put, remove, resource } from './crud.ts';

function repositoryObject(one: PackageRepository) {
  return {
    id: one.id,
    name: one.name,
    url: one.url,
    distributions: one.distributions,
    disabled_pockets: one.disabledPockets,
    disabled_components: one.disabledComponents,
    disable_sources: one.disableSources,
    components: one.components,
    arches: one.arches,
    key: one.key,
    enabled: one.enabled,
    resource_uri: `${API_ROOT}package-repositories/${one.id}/`,
  };
}

function snippetObject(core: MaasCore, one: DhcpSnippet) {
  const subnet = one.subnetId === null ? undefined : core.network.subnets.get(one.subnetId);
  const zone = core.features.zonedDates ? '+0000' : '-0000';
  return {
    id: one.id,
    name: one.name,
    value: one.history.at(-1)!.value,
    description: one.description,
    enabled: one.enabled,
    node: one.node === null ? null : { system_id: one.node, __incomplete__: true },
    subnet: subnet ? subnetObject(core, subnet) : null,
    global_snippet: one.node === null && one.subnetId === null && one.ipRangeId === null,
    history: [...one.history].reverse().map(({ id, value, atMs }) => ({
      id,
      value,
      created: core.dateAt(atMs).toUTCString().replace('GMT', zone),
    })),
    resource_uri: `${API_ROOT}dhcp-snippets/${one.id}/`,
  };
}

const SEEN_LISTS = ['by_unknown_mac', 'by_unknown_ip', 'by_unknown_ip_and_mac'];

const clear: Action = {
  method: 'POST',
  op: 'clear',
  doc: 'Forget what was seen.',
  admin: true,
  run: ({ params }) => {
    const flags = ['mdns', 'neighbours', 'all'].filter((name) => params.flag(name));
    if (flags.length === 0) {
      throw refusal('invalid', 'You must specify at least one of "mdns", "neighbours" and "all".');
    }
    return DELETED;
  },
};

const clearOne: Action = {
  method: 'POST',
  op: 'clear_by_mac_and_ip',
  doc: 'Forget one thing that was seen.',
  admin: true,
  run: ({ params }) => {
    const wanted = `${params.mandatory('ip')} ${params.mandatory('mac')}`;
    throw notFound('Discovery', wanted);
  },
};

export const provisioningResources: readonly Resource[] = [
  resource(
    'package-repositories/',
    'PackageRepositoriesHandler',
    get('List the package repositories.', ({ core }) =>
      [...core.repositories.values()].map(repositoryObject),
    ),
    post('Add a package repository.', ({ core, params }) =>
      repositoryObject(createRepository(core, params)),
    ),
  ),
  resource(
    'package-repositories/{id}/',
    'PackageRepositoryHandler',
    get('Read one package repository.', ({ core, path }) =>
      repositoryObject(repositoryOf(core, path.id!)),
    ),
    put('Change a package repository.', ({ core, path, params }) =>
      repositoryObject(updateRepository(core, repositoryOf(core, path.id!), params)),
    ),
    remove('Remove a package repository.', ({ core, path }) =>
      deleteRepository(core, repositoryOf(core, path.id!)),
    ),
  ),
  resource(
    'dhcp-snippets/',
    'DHCPSnippetsHandler',
    get('List the DHCP snippets.', ({ core }) =>
      [...core.dhcpSnippets.values()].map((one) => snippetObject(core, one)),
    ),
    post('Add a DHCP snippet.', ({ core, params }) =>
      snippetObject(core, createSnippet(core, params)),
    ),
  ),
  resource(
    'dhcp-snippets/{id}/',
    'DHCPSnippetHandler',
    get('Read one DHCP snippet.', ({ core, path }) =>
      snippetObject(core, snippetOf(core, path.id!)),
    ),
    put('Change a DHCP snippet.', ({ core, path, params }) =>
      snippetObject(core, updateSnippet(core, snippetOf(core, path.id!), params)),
    ),
    remove('Remove a DHCP snippet.', ({ core, path }) => {
      core.dhcpSnippets.delete(snippetOf(core, path.id!).id);
    }),
    post(
      'Go back to a former text.',
      ({ core, path, params }) => {
        const before = snippetOf(core, path.id!);
        return snippetObject(core, revertSnippet(core, before, params.mandatory('to')));
      },
      { op: 'revert' },
    ),
  ),
  resource(
    'discovery/',
    'DiscoveriesHandler',
    get('List what was seen.', () => []),
    ...SEEN_LISTS.map((op) => get('List what was seen and is not known.', () => [], op)),
    clear,
    clearOne,
    post(
      'Look around now.',
      ({ core }) => {
        const racks = core.rackControllers.map(({ systemId }) => systemId);
        return {
          result: `Scanning is in-progress on the following rack controllers: ${racks.join(', ')}`,
          scan_attempted_on: racks,
          failed_to_connect_to: [],
          scan_started_on: racks,
          scan_failed_on: [],
          rpc_call_timed_out_on: [],
        };
      },
      { op: 'scan' },
    ),
  ),
  resource(
    'discovery/{discovery_id}/',
    'DiscoveryHandler',
    get('Read one thing that was seen.', ({ path }) => {
      throw notFound('Discovery', path.discovery_id!);
    }),
  ),
];
