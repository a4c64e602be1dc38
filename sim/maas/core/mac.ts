/** MAC addresses as clients write them and as MAAS keeps them. */

export function isMac(text: string): boolean {
  return /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text);
}

/** In lower case with colons. */
export function normalMac(mac: string): string {
  return mac.toLowerCase().replaceAll('-', ':');
}
