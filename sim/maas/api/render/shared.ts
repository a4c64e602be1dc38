/** Small objects that many others nest, and what they have in common (facts/maas-api 6.8). */
import type { MaasCore } from '../../core/core.ts';
import type {
  BootResource,
  Domain,
  Pool,
  StoredFile,
  Tag,
  User,
  Zone,
} from '../../core/objects.ts';
import { API_ROOT } from '../routes.ts';

/** The object without the keys that a release lacks. */
export function without<T extends Readonly<Record<string, unknown>>>(
  lacking: ReadonlySet<string>,
  object: T,
): Partial<T> {
  if (lacking.size === 0) return object;
  const kept = Object.entries(object).filter(([key]) => !lacking.has(key));
  return Object.fromEntries(kept) as Partial<T>;
}

/** A model's timestamp: ISO with milliseconds, from 3.6 on with its zone (facts/maas-api 8.2). */
export function isoDate(core: MaasCore, ms: number): string {
  const text = core.dateAt(ms).toISOString();
  return core.features.zonedDates ? text : text.slice(0, -1);
}

export function zoneObject(zone: Zone) {
  return {
    id: zone.id,
    name: zone.name,
    description: zone.description,
    resource_uri: `${API_ROOT}zones/${encodeURIComponent(zone.name)}/`,
  };
}

export function poolObject(pool: Pool) {
  return {
    id: pool.id,
    name: pool.name,
    description: pool.description,
    resource_uri: `${API_ROOT}resourcepool/${pool.id}/`,
  };
}

/** @param records how many names live in it */
export function domainObject(core: MaasCore, domain: Domain, records: number) {
  return {
    authoritative: domain.authoritative,
    ttl: domain.ttl,
    id: domain.id,
    name: domain.name,
    is_default: domain.id === core.dns.defaultDomainId,
    resource_record_count: records,
    resource_uri: `${API_ROOT}domains/${domain.id}/`,
  };
}

export function tagObject(tag: Tag) {
  return {
    name: tag.name,
    definition: tag.definition,
    comment: tag.comment,
    kernel_opts: tag.kernelOpts,
    resource_uri: `${API_ROOT}tags/${tag.name}/`,
  };
}

export function userObject(user: User) {
  return {
    username: user.username,
    email: user.email,
    is_local: true,
    is_superuser: user.isSuperuser,
    resource_uri: `${API_ROOT}users/${encodeURIComponent(user.username)}/`,
  };
}

export function fileObject(file: StoredFile) {
  return {
    filename: file.filename,
    anon_resource_uri: `${API_ROOT}files/?op=get_by_key&key=${file.key}`,
    resource_uri: `${API_ROOT}files/${encodeURIComponent(file.filename)}/`,
  };
}

/** `subarches` and `kflavor` are left out when empty: gomaasapi takes no null (facts 6.9). */
export function bootResourceObject(resource: BootResource) {
  return {
    id: resource.id,
    type: resource.type,
    name: resource.name,
    architecture: resource.architecture,
    subarches: resource.subarches,
    ...(resource.title === null ? {} : { title: resource.title }),
    ...(resource.kflavor === null ? {} : { kflavor: resource.kflavor }),
    last_deployed: null,
    ...(resource.baseImage === undefined ? {} : { base_image: resource.baseImage }),
    resource_uri: `${API_ROOT}boot-resources/${resource.id}/`,
  };
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function clockParts(core: MaasCore, ms: number) {
  const date = core.dateAt(ms);
  return {
    day: DAYS[date.getUTCDay()]!,
    date: String(date.getUTCDate()).padStart(2, '0'),
    month: MONTHS[date.getUTCMonth()]!,
    year: date.getUTCFullYear(),
    time: date.toISOString().slice(11, 19),
  };
}

/** As events show it: `Fri, 07 Dec. 2018 20:11:08` (facts/maas-api 8.2). */
export function eventDate(core: MaasCore, ms: number): string {
  const { day, date, month, year, time } = clockParts(core, ms);
  return `${day}, ${date} ${month}. ${year} ${time}`;
}

/** As script results and histories show it: `Thu, 06 Dec 2018 21:26:18 -0000` (facts 8.2). */
export function scriptDate(core: MaasCore, ms: number): string {
  const { day, date, month, year, time } = clockParts(core, ms);
  return `${day}, ${date} ${month} ${year} ${time} ${core.features.zonedDates ? '+0000' : '-0000'}`;
}

/** As runtimes and timeouts show it: `0:05:00`. */
export function duration(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
