/**
 * `Spaces` and `Subnets`: the space that every model has, and the networks that its machines' addresses
 * lie in, as far as the controller knows them from those addresses (facts/juju-api 8).
 */
import type { Model } from '../../core/model.ts';
import { type Call, type Facade, method, modelOf } from '../facade.ts';
import { nothing, struct, text } from '../params.ts';
import { REGION } from '../shapes.ts';

const SPACE = 'alpha';

interface Subnet {
  readonly cidr: string;
  readonly zones: readonly string[];
}

/** The networks of 256 addresses that machines of the model have an IPv4 address in. */
function subnetsOf({ host }: Call, model: Model): Subnet[] {
  const { machines } = host.core;
  const zones = new Map<string, Set<string>>();
  machines.forEachOf(model.index, (i) => {
    if (machines.isRetired(i)) return;
    const { addresses, hardware } = machines.instance(i);
    const zone = /availability-zone=(\S+)/.exec(hardware)?.[1] ?? REGION;
    for (const address of addresses) {
      const net = /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1];
      if (!net) continue;
      const known = zones.get(`${net}.0/24`) ?? new Set<string>();
      zones.set(`${net}.0/24`, known.add(zone));
    }
  });
  return [...zones].map(([cidr, all]) => ({ cidr, zones: [...all].sort() }));
}

function wireSubnet({ cidr, zones }: Subnet): object {
  return {
    cidr,
    'provider-id': '',
    'provider-network-id': '',
    'provider-space-id': '',
    'vlan-tag': 0,
    life: 'alive',
    'space-tag': `space-${SPACE}`,
    zones,
  };
}

export const spaces: Facade = {
  name: 'Spaces',
  place: 'model',
  role: 'user',
  methods: {
    ListSpaces: method(nothing(), (_, call) => ({
      results: [{ id: '0', name: SPACE, subnets: subnetsOf(call, modelOf(call)).map(wireSubnet) }],
    })),
    ReloadSpaces: method(nothing(), () => ({})),
  },
};

export const subnets: Facade = {
  name: 'Subnets',
  place: 'model',
  role: 'user',
  methods: {
    ListSubnets: method(struct({ 'space-tag': text(), zone: text() }), (params, call) => ({
      results: subnetsOf(call, modelOf(call))
        .filter(() => ['', `space-${SPACE}`].includes(params['space-tag']))
        .filter(({ zones }) => params.zone === '' || zones.includes(params.zone))
        .map(wireSubnet),
    })),
    AllZones: method(nothing(), (_, call) => ({
      results: [...new Set(subnetsOf(call, modelOf(call)).flatMap(({ zones }) => zones))].map(
        (name) => ({ name, available: true }),
      ),
    })),
  },
};
