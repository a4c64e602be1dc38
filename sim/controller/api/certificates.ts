/**
 * The controller's certificates: a CA of its own and a leaf that Go clients accept, who look for the
 * name `juju-apiserver` whatever they dialled (golden rule G12, facts/juju-api 1.1). The CA carries
 * what OpenSSL 3 insists on: basic constraints, key usage, subject and authority key identifiers.
 * The polyfill must come before the library, which asks for it when it is loaded.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Certificates {
  /** PEM of the CA: what clients are given to trust. */
  readonly caCert: string;
  /** PEM of the leaf followed by the CA, as it is sent in the handshake. */
  readonly chain: string;
  /** PEM of the leaf's private key; never leaves the server. */
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/**
 * Makes a new CA and a leaf for the names and addresses that may be dialled.
 * @param today the real date, since real clients check validity against their own clock
 */
export async function makeCertificates(
  today: Date,
  hosts: readonly string[],
): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = {
    notBefore: new Date(today.getTime() - 7 * DAY_MS),
    notAfter: new Date(today.getTime() + 365 * DAY_MS),
  };
  const issuer = 'CN=maasquerade CA, O=maasquerade';
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: issuer,
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys: caKeys as x509.Pkcs10CertificateRequestCreateParams['keys'],
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey as CryptoKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey as CryptoKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=juju-apiserver, O=maasquerade',
    issuer,
    ...validity,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey as CryptoKey,
    signingKey: caKeys.privateKey as CryptoKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names(hosts)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey as CryptoKey),
    ],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const caCert = `${ca.toString('pem')}\n`;
  return {
    caCert,
    chain: `${leaf.toString('pem')}\n${caCert}`,
    key: x509.PemConverter.encode(exported, 'PRIVATE KEY'),
  };
}

function names(hosts: readonly string[]): x509.JsonGeneralNames {
  const all = new Set(['juju-apiserver', 'localhost', '127.0.0.1', '::1', ...hosts]);
  return [...all].map((host) => ({
    type: /^[\d.]+$|:/.test(host) ? ('ip' as const) : ('dns' as const),
    value: host,
  }));
}
