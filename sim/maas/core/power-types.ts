/**
 * How MAAS can switch machines on and off, and what it must be told for that (facts/maas-api 9.7).
 * A field is marked `*` when a machine cannot be added without it.
 */
import { fieldRefusal } from './refusal.ts';

interface PowerField {
  readonly name: string;
  readonly label: string;
  readonly required: boolean;
  readonly secret: boolean;
}

export interface PowerType {
  readonly name: string;
  readonly description: string;
  readonly chassis: boolean;
  /** Whether the power state can be asked for. */
  readonly queryable: boolean;
  readonly fields: readonly PowerField[];
}

const TABLE: readonly (readonly [name: string, description: string, fields: string])[] = [
  ['amt', 'Intel AMT', 'power_address* port power_user power_pass'],
  [
    'apc',
    'American Power Conversion (APC) PDU',
    'power_address* node_outlet* power_on_delay pdu_type',
  ],
  ['dli', 'Digital Loggers, Inc. PDU', 'outlet_id* power_address* power_user power_pass'],
  ['eaton', 'Eaton PDU', 'power_address* node_outlet* power_on_delay'],
  [
    'hmc',
    'IBM Hardware Management Console',
    'power_address* power_user power_pass server_name* lpar*',
  ],
  [
    'hmcz',
    'IBM Hardware Management Console for Z',
    'power_address* power_user power_pass power_partition_name* power_verify_ssl',
  ],
  [
    'ipmi',
    'IPMI',
    'power_driver power_boot_type power_address* power_user power_pass k_g cipher_suite_id privilege_level workaround_flags mac_address power_off_mode',
  ],
  [
    'lxd',
    'LXD (virtual systems)',
    'power_address* instance_name* project password certificate key',
  ],
  ['manual', 'Manual', ''],
  ['moonshot', 'HP Moonshot - iLO4', 'power_address* power_user power_pass power_hwaddress*'],
  ['mscm', 'HP Moonshot - iLO Chassis Manager', 'power_address* power_user power_pass node_id*'],
  [
    'msftocs',
    'Microsoft OCS - Chassis Manager',
    'power_address* power_port power_user power_pass blade_id*',
  ],
  ['nova', 'OpenStack Nova', 'nova_id* os_tenantname* os_username* os_password* os_authurl*'],
  ['openbmc', 'OpenBMC Power Driver', 'power_address* power_user* power_pass*'],
  [
    'proxmox',
    'Proxmox',
    'power_address* power_user* power_pass power_token_name power_token_secret power_vm_name* power_verify_ssl',
  ],
  ['raritan', 'Raritan PDU', 'power_address* node_outlet* power_on_delay'],
  [
    'recs_box',
    'Christmann RECS|Box Power Driver',
    'node_id* power_address* power_port power_user power_pass',
  ],
  ['redfish', 'Redfish', 'power_address* power_user* power_pass* node_id'],
  ['sm15k', 'SeaMicro 15000', 'system_id* power_address* power_user power_pass power_control'],
  ['ucsm', 'Cisco UCS Manager', 'uuid* power_address* power_user power_pass'],
  ['virsh', 'Virsh (virtual systems)', 'power_address* power_pass power_id*'],
  [
    'vmware',
    'VMware',
    'power_vm_name power_uuid power_address* power_user* power_pass* power_port power_protocol',
  ],
  [
    'webhook',
    'Webhook',
    'power_on_uri* power_off_uri* power_query_uri* power_on_regex power_off_regex power_user power_pass power_token power_verify_ssl',
  ],
  ['wedge', 'Facebook Wedge', 'power_address* power_user power_pass'],
];

const CHASSIS = new Set(['lxd', 'virsh', 'vmware', 'proxmox', 'recs_box', 'ucsm', 'hmcz']);
const UNQUERYABLE = new Set(['manual']);
const SECRETS = new Set([
  'power_pass',
  'password',
  'os_password',
  'key',
  'power_token_secret',
  'k_g',
]);

export const POWER_TYPES: ReadonlyMap<string, PowerType> = new Map(
  TABLE.map(([name, description, fields]) => [
    name,
    {
      name,
      description,
      chassis: CHASSIS.has(name),
      queryable: !UNQUERYABLE.has(name),
      fields: fields.split(' ').flatMap((field) => (field === '' ? [] : [fieldOf(field)])),
    },
  ]),
);

function fieldOf(text: string): PowerField {
  const name = text.replace('*', '');
  const words = name.replaceAll('_', ' ').replace(/\b(id|uri|mac)\b/g, (w) => w.toUpperCase());
  return {
    name,
    label: words[0]!.toUpperCase() + words.slice(1),
    required: text.endsWith('*'),
    secret: SECRETS.has(name),
  };
}

/** @throws Refusal 400 for a type that there is not, or without what it needs */
export function checkPower(
  type: string,
  parameters: Readonly<Record<string, string>>,
  skipCheck: boolean,
): void {
  if (type === '') return;
  const known = POWER_TYPES.get(type);
  if (!known) {
    throw fieldRefusal(
      'power_type',
      `Select a valid choice. ${type} is not one of the available choices.`,
      { wanted: type, found: [...POWER_TYPES.keys()] },
    );
  }
  if (skipCheck) return;
  const missing = known.fields.filter(({ name, required }) => required && !parameters[name]);
  if (missing.length === 0) return;
  throw fieldRefusal(
    'power_parameters',
    missing.map(({ label }) => `${label}: This field is required.`),
    { wanted: missing.map(({ name }) => name).join(', ') },
  );
}
