import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { errorMessage, log } from '#base';
import { isStatusError, type KubeObject } from '#kube/api';
import type { Pki } from '#kube/auth';
import type { Client } from '#kube/client';
import { FRONT_PROXIES } from './access/authentication.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const WHERE = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
/** Servers of one cluster that start together take turns. */
const TURNS = 10;

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** Publishes how extension servers know who asks: whose certificates and whose `X-Remote-*` headers to believe. */
export async function publishAuthentication(client: Client, pki: Pki, nowMs = Date.now()): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      return await publish(client, pki, nowMs);
    } catch (error) {
      const isTaken = isStatusError(error, 'Conflict') || isStatusError(error, 'AlreadyExists');
      if (!isTaken || turn === TURNS) throw error;
    }
  }
}

async function publish(client: Client, pki: Pki, nowMs: number): Promise<void> {
  const found = await read(client);
  const data = { ...found?.data, ...authenticationData(pki, found?.data ?? {}, nowMs) };
  if (found === undefined) {
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: WHERE, data } as ConfigMap);
  } else if (!isDeepStrictEqual(found.data, data)) {
    await client.update(CONFIG_MAPS, { ...found, data } as ConfigMap);
  }
}

async function read(client: Client): Promise<ConfigMap | undefined> {
  try {
    return await client.get<ConfigMap>(CONFIG_MAPS, WHERE);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function authenticationData(
  { clientCa, frontProxyCa }: Pki,
  old: Readonly<Record<string, string>>,
  nowMs: number,
): Record<string, string> {
  const together = (key: string, ca: string) => joinCertificates(old[key] ?? '', ca, nowMs);
  return {
    'client-ca-file': together('client-ca-file', clientCa.cert),
    'requestheader-client-ca-file': together('requestheader-client-ca-file', frontProxyCa.cert),
    'requestheader-allowed-names': JSON.stringify(FRONT_PROXIES),
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  };
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What other servers of the cluster trust stays until it has run out; nothing stands twice. */
function joinCertificates(old: string, own: string, nowMs: number): string {
  const all = [...(old.match(PEM) ?? []), ...(own.match(PEM) ?? [])];
  const lasting = all.filter((pem) => endMs(pem) > nowMs);
  return [...new Set(lasting)].map((pem) => `${pem}\n`).join('');
}

/** When a certificate runs out; what is none, whoever wrote it there, is over. */
function endMs(pem: string): number {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch (error) {
    log.warn('what should be a certificate is none, and is left out', { ...WHERE, error: errorMessage(error) });
    return Number.NEGATIVE_INFINITY;
  }
}
