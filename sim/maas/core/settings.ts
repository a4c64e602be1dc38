/**
 * The settings of an installation and their defaults (facts/maas-api 9.6). A setting keeps the type of
 * its default: a text sent by a client becomes a number or a truth value where the default is one.
 */
import type { MaasFeatures } from './features.ts';
import { fieldRefusal } from './refusal.ts';

export type Setting = string | number | boolean | null;

const DEFAULTS: Readonly<Record<string, Setting>> = {
  maas_name: 'maasquerade',
  theme: '',
  kernel_opts: null,
  enable_http_proxy: true,
  maas_proxy_port: 8000,
  use_peer_proxy: false,
  prefer_v4_proxy: false,
  http_proxy: null,
  default_dns_ttl: 30,
  upstream_dns: null,
  dnssec_validation: 'auto',
  maas_internal_domain: 'maas-internal',
  dns_trusted_acl: null,
  ntp_servers: 'ntp.ubuntu.com',
  ntp_external_only: false,
  allow_only_trusted_transfers: false,
  remote_syslog: null,
  maas_syslog_port: 5247,
  network_discovery: 'enabled',
  active_discovery_interval: 10_800,
  default_boot_interface_link_type: 'auto',
  default_osystem: 'ubuntu',
  default_distro_series: 'noble',
  default_min_hwe_kernel: '',
  enable_kernel_crash_dump: false,
  default_storage_layout: 'flat',
  commissioning_distro_series: 'noble',
  enable_third_party_drivers: true,
  windows_kms_host: null,
  enable_disk_erasing_on_release: false,
  disk_erase_with_secure_erase: true,
  disk_erase_with_quick_erase: false,
  boot_images_auto_import: true,
  boot_images_no_proxy: false,
  curtin_verbose: true,
  force_v1_network_yaml: false,
  enable_analytics: true,
  completed_intro: true,
  max_node_commissioning_results: 10,
  max_node_testing_results: 10,
  max_node_installation_results: 3,
  max_node_release_results: 3,
  subnet_ip_exhaustion_threshold_count: 16,
  release_notifications: true,
  use_rack_proxy: true,
  node_timeout: 30,
  prometheus_enabled: false,
  prometheus_push_gateway: null,
  prometheus_push_interval: 60,
  promtail_enabled: false,
  promtail_port: 5238,
  enlist_commissioning: true,
  maas_auto_ipmi_user: 'maas',
  maas_auto_ipmi_user_privilege_level: 'ADMIN',
  maas_auto_ipmi_k_g_bmc_key: '',
  maas_auto_ipmi_cipher_suite_id: '3',
  maas_auto_ipmi_workaround_flags: null,
  vcenter_server: '',
  vcenter_username: '',
  vcenter_password: '',
  vcenter_datacenter: '',
  hardware_sync_interval: '15m',
  tls_cert_expiration_notification_enabled: false,
  tls_cert_expiration_notification_interval: 30,
  session_length: 1_209_600,
  auto_vlan_creation: true,
  main_archive: 'http://archive.ubuntu.com/ubuntu',
  ports_archive: 'http://ports.ubuntu.com/ubuntu-ports',
};

/** An old name of a setting, still read and written (facts/maas-api 9.6). */
const ALIASES: Readonly<Record<string, string>> = { ntp_server: 'ntp_servers' };

/** The settings of a fresh installation; `completed_intro` is set, as a client would leave it. */
export function defaultSettings(features: MaasFeatures): Map<string, unknown> {
  const { defaultSeries } = features;
  return new Map<string, unknown>([
    ...Object.entries(DEFAULTS),
    ['default_distro_series', defaultSeries],
    ['commissioning_distro_series', defaultSeries],
  ]);
}

/** The name under which a setting is kept. @throws Refusal 400 that lists the names there are */
export function settingName(settings: ReadonlyMap<string, unknown>, name: string): string {
  const kept = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (settings.has(kept)) return kept;
  const valid = [...settings.keys(), ...Object.keys(ALIASES)].sort().join(', ');
  throw fieldRefusal(
    name,
    `${name} is not a valid config setting (valid settings are: ${valid}).`,
    { wanted: name },
  );
}

/** The value that a text means for a setting. @throws Refusal 400 when it means none */
export function settingValue(settings: ReadonlyMap<string, unknown>, name: string, text: string) {
  const present = settings.get(name);
  if (typeof present === 'boolean') return text.toLowerCase() === 'true';
  if (typeof present === 'number') {
    if (!/^\d{1,9}$/.test(text)) throw fieldRefusal(name, 'Enter a whole number.');
    return Number(text);
  }
  const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
  if (choices && !choices.includes(text)) {
    const list = choices.map((choice) => `'${choice}'`).join(', ');
    throw fieldRefusal(name, `'${text}' is not a valid ${name}.  It should be one of: ${list}.`, {
      wanted: text,
      found: choices,
    });
  }
  return text;
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  default_storage_layout: ['bcache', 'blank', 'custom', 'flat', 'lvm', 'vmfs6', 'vmfs7'],
  default_boot_interface_link_type: ['auto', 'static', 'dhcp'],
  network_discovery: ['enabled', 'disabled'],
  dnssec_validation: ['auto', 'yes', 'no'],
};
