/**
 * Long on purpose: one table of signature cases, each with the keys and envelopes that it needs, read best in one place.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Digest, isHakoError, sha256 } from '#base';
import { migrate, openDatabase } from '#state';
import { MIGRATIONS } from '../layout/schema.ts';
import type { SignatureFetchers } from './evidence.ts';
import { EvidenceTable, POLICY_MIGRATIONS } from './evidence-table.ts';
import { type Policy, parsePolicy } from './policy.ts';
import { ImageVerifier } from './verifier.ts';

const REPOSITORY = 'registry.example.org/team/app';
const REFERENCE = `${REPOSITORY}:1`;
const IMAGE = sha256('the image');
const publicPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

/** A registry with signatures, and nothing else. */
class Signatures {
  readonly manifests = new Map<string, Buffer>();
  readonly blobs = new Map<string, Buffer>();
  readonly referrersOf = new Map<string, { mediaType: string; artifactType: string; digest: Digest; size: number }[]>();

  blob(bytes: Buffer): Digest {
    const digest = sha256(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  manifest(layers: object[], place: { tag: string } | { artifactType: string; subject: Digest }): void {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
    if ('tag' in place) return void this.manifests.set(place.tag, bytes);
    const digest = sha256(bytes);
    this.manifests.set(digest, bytes);
    const { artifactType, subject } = place;
    const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType, digest, size: bytes.length };
    this.referrersOf.set(subject, [...(this.referrersOf.get(subject) ?? []), entry]);
  }

  readonly fetchers: SignatureFetchers = {
    manifest: async (reference) => this.manifests.get(reference),
    blob: async (digest) => this.blobs.get(digest) ?? Buffer.alloc(0),
    referrers: async (digest) => this.referrersOf.get(digest) ?? [],
  };
}

interface SimpleSigning {
  key: KeyObject;
  digest?: Digest;
  repository?: string;
  type?: string;
  tamper?: boolean;
}

function simpleSigning({
  key,
  digest = IMAGE,
  repository = REPOSITORY,
  type = 'cosign container image signature',
  tamper,
}: SimpleSigning) {
  const critical = { identity: { 'docker-reference': repository }, image: { 'docker-manifest-digest': digest }, type };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', payload, key);
  return { payload: tamper ? Buffer.concat([payload, Buffer.from(' ')]) : payload, signature };
}

function addCosign(registry: Signatures, options: SimpleSigning & { viaReferrers?: boolean }): void {
  const { payload, signature } = simpleSigning(options);
  const layer = {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    digest: registry.blob(payload),
    size: payload.length,
    annotations: { 'dev.cosignproject.cosign/signature': signature.toString('base64') },
  };
  const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  registry.manifest(
    [layer],
    options.viaReferrers ? { artifactType, subject: IMAGE } : { tag: `${IMAGE.replace(':', '-')}.sig` },
  );
}

function addBundle(
  registry: Signatures,
  key: KeyObject,
  digest = IMAGE,
  predicateType = 'https://sigstore.dev/cosign/sign/v1',
) {
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType,
      subject: [{ name: '', digest: { sha256: digest.slice(7) } }],
    }),
  );
  const payloadType = 'application/vnd.in-toto+json';
  const pae = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
  const sig = sign('sha256', pae, key).toString('base64');
  const dsseEnvelope = { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] };
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const bundle = Buffer.from(JSON.stringify({ mediaType, verificationMaterial: {}, dsseEnvelope }));
  registry.manifest([{ mediaType, digest: registry.blob(bundle), size: bundle.length }], {
    artifactType: mediaType,
    subject: IMAGE,
  });
}

describe('image verification', () => {
  const database = openDatabase(':memory:');
  const dir = mkdtempSync(join(tmpdir(), 'hako-notation-'));
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  before(() => {
    migrate(database, MIGRATIONS);
    migrate(database, POLICY_MIGRATIONS);
    makeCertificates(dir);
  });
  after(() => {
    database.close();
    rmSync(dir, { recursive: true });
  });

  function verifierOf(rules: object): ImageVerifier {
    const policy: Policy = parsePolicy({ rules });
    return new ImageVerifier(() => policy, new EvidenceTable(database));
  }
  const bySigstore = (...keys: KeyObject[]) =>
    verifierOf({ [REPOSITORY]: { signedBy: { sigstoreKeys: keys.map(publicPem) } } });
  const accepts = (verifier: ImageVerifier, registry: Signatures) =>
    verifier.verifyManifest(REFERENCE, IMAGE, registry.fetchers);
  const refuses = (verifier: ImageVerifier, registry: Signatures, reason: RegExp) =>
    assert.rejects(
      accepts(verifier, registry),
      (error) => isHakoError(error, 'forbidden') && reason.test(error.message),
    );

  it('asks nothing where nothing is wanted', async () => {
    const nobody: SignatureFetchers = {
      manifest: () => assert.fail('asked'),
      blob: () => assert.fail('asked'),
      referrers: () => assert.fail('asked'),
    };
    await verifierOf({}).verifyManifest(REFERENCE, IMAGE, nobody);
    await assert.rejects(
      verifierOf({ 'registry.example.org': 'reject' }).verifyManifest(REFERENCE, IMAGE, nobody),
      /rejected by policy/,
    );
  });

  it('takes sigstore signatures of every kind of key, by tag and by referrers', async () => {
    for (const { privateKey, publicKey } of [ec, rsa, ed]) {
      for (const viaReferrers of [false, true]) {
        const registry = new Signatures();
        addCosign(registry, { key: privateKey, viaReferrers });
        await accepts(bySigstore(publicKey), registry);
        await accepts(bySigstore(stranger.publicKey, publicKey), registry);
        await refuses(bySigstore(stranger.publicKey), registry, /signed with another key/);
      }
    }
  });

  it('takes one good signature among bad ones', async () => {
    const registry = new Signatures();
    addCosign(registry, { key: stranger.privateKey, viaReferrers: true });
    addCosign(registry, { key: ec.privateKey });
    await accepts(bySigstore(ec.publicKey), registry);
  });

  it('refuses what is unsigned, tampered with, meant for another image or repository, or no signature', async () => {
    const verifier = bySigstore(ec.publicKey);
    await refuses(verifier, new Signatures(), /it has no signature/);
    const key = ec.privateKey;
    for (const [options, reason] of [
      [{ key, tamper: true }, /another key/],
      [{ key, digest: sha256('other') }, /signature of another image/],
      [{ key, repository: 'registry.example.org/team/other' }, /signed for registry.example.org\/team\/other/],
      [{ key, repository: 'not a name' }, /signed for/],
      [{ key, type: 'something' }, /no image signature/],
    ] as const) {
      const registry = new Signatures();
      addCosign(registry, options);
      await refuses(verifier, registry, reason);
    }
  });

  it('does not believe a registry that sends other bytes', async () => {
    const registry = new Signatures();
    addCosign(registry, { key: ec.privateKey });
    for (const digest of registry.blobs.keys()) registry.blobs.set(digest, Buffer.from('{}'));
    await assert.rejects(accepts(bySigstore(ec.publicKey), registry), /something else than the signature/);
  });

  it('takes sigstore bundles, and no attestations in their place', async () => {
    const good = new Signatures();
    addBundle(good, ec.privateKey);
    await accepts(bySigstore(ec.publicKey), good);
    await refuses(bySigstore(stranger.publicKey), good, /another key/);
    const other = new Signatures();
    addBundle(other, ec.privateKey, sha256('other'));
    await refuses(bySigstore(ec.publicKey), other, /another image/);
    const attestation = new Signatures();
    addBundle(attestation, ec.privateKey, IMAGE, 'https://slsa.dev/provenance/v1');
    await refuses(bySigstore(ec.publicKey), attestation, /an attestation/);
  });

  const notation = (identities: string[] = [], root = 'ca') =>
    verifierOf({
      [REPOSITORY]: { signedBy: { notationCertificates: [join(dir, `${root}.pem`)], notationIdentities: identities } },
    });
  const signed = (options: Partial<NotationOptions> = {}) => {
    const registry = new Signatures();
    addNotation(registry, dir, { leaf: 'leaf', chain: ['leaf', 'ca'], ...options });
    return registry;
  };

  it('takes notation signatures with EC and RSA certificates', async () => {
    await accepts(notation(), signed());
    await accepts(notation(), signed({ chain: ['leaf'] }));
    await accepts(notation(), signed({ leaf: 'rsa', chain: ['rsa', 'ca'], alg: 'PS256' }));
    await accepts(notation(['CN=release,O=Example']), signed());
    await accepts(notation([], 'leaf'), signed({ chain: ['leaf'] }));
    await accepts(notation(), signed({ expiry: new Date(Date.now() + 60_000).toISOString() }));
  });

  it('refuses notation signatures that do not hold', async () => {
    await refuses(notation(['O=Other']), signed(), /signed by .*CN=release/);
    await refuses(notation([], 'other'), signed(), /leads to none that is trusted/);
    await refuses(notation(), signed({ leaf: 'mail', chain: ['mail', 'ca'] }), /not for code signing/);
    await refuses(notation(), signed({ leaf: 'old', chain: ['old', 'ca'] }), /not valid now/);
    await refuses(notation(), signed({ chain: ['rsa', 'ca'] }), /signature is wrong/);
    await refuses(notation(), signed({ alg: 'ES384' }), /signature is wrong/);
    await refuses(notation(), signed({ alg: 'none' }), /signature is wrong/);
    await refuses(notation(), signed({ digest: sha256('other') }), /another image/);
    await refuses(notation(), signed({ expiry: '2020-01-01T00:00:00Z' }), /expired/);
    await refuses(notation(), signed({ scheme: 'notary.x509.signingAuthority' }), /signing scheme/);
    await refuses(notation(), signed({ critical: ['future.extension'] }), /critical/);
    await refuses(notation(), signed({ mediaType: 'application/cose' }), /only JWS is read/);
    await refuses(
      notation(),
      signed({ leaf: 'below', chain: ['below', 'leaf', 'ca'] }),
      /leads to none that is trusted/,
    );
  });

  it('verifies again when the image is run, by the policy of then and without the registry', async () => {
    const registry = new Signatures();
    addCosign(registry, { key: ec.privateKey });
    await accepts(bySigstore(ec.publicKey), registry);
    const image = { id: sha256('config'), repoDigests: [`${REPOSITORY}@${IMAGE}`] };
    const isForbidden = (error: unknown) => isHakoError(error, 'forbidden');
    bySigstore(ec.publicKey).verifyImage(image, REFERENCE);
    bySigstore(ec.publicKey).verifyImage(image, image.id.slice(7, 19));
    assert.throws(() => bySigstore(stranger.publicKey).verifyImage(image, REFERENCE), isForbidden);
    assert.throws(() => verifierOf({ 'registry.example.org': 'reject' }).verifyImage(image, image.id), isForbidden);
    assert.throws(
      () => verifierOf({ 'registry.example.org': 'reject' }).verifyImage(image, 'washed:clean'),
      isForbidden,
    );
    const local = { id: sha256('local'), repoDigests: [] };
    assert.throws(() => bySigstore(ec.publicKey).verifyImage(local, REFERENCE), /did not come from there/);
    bySigstore(ec.publicKey).verifyImage(local, 'local');
    bySigstore(ec.publicKey).verifyImage(local);
  });
});

/** `NAME.pem` and `NAME.key`, made by openssl. */
function makeCertificates(dir: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = (name: string, rsa = false) =>
    openssl(
      'genpkey',
      '-algorithm',
      rsa ? 'RSA' : 'EC',
      '-pkeyopt',
      rsa ? 'rsa_keygen_bits:2048' : 'ec_paramgen_curve:P-256',
      '-out',
      `${name}.key`,
    );
  for (const name of ['ca', 'other']) {
    key(name);
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '30',
      '-out',
      `${name}.pem`,
    );
  }
  const issue = (name: string, options: { by?: string; usage?: string; rsa?: boolean } = {}) => {
    const { by = 'ca', usage = 'codeSigning', rsa = false } = options;
    key(name, rsa);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', '/O=Example/CN=release', '-out', `${name}.csr`);
    writeFileSync(
      join(dir, 'ext'),
      `basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=${usage}\n`,
    );
    const days = ['-days', '30'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${by}.pem`,
      '-CAkey',
      `${by}.key`,
      '-CAcreateserial',
      '-extfile',
      'ext',
      ...days,
      '-out',
      `${name}.pem`,
    );
  };
  issue('leaf');
  issue('rsa', { rsa: true });
  issue('mail', { usage: 'emailProtection' });
  issue('below', { by: 'leaf' });
  issueOld(dir, key, openssl);
}

/** `openssl x509` of Debian 12 makes nothing that has expired; `openssl ca` does. */
function issueOld(dir: string, key: (name: string) => void, openssl: (...args: string[]) => void): void {
  key('old');
  openssl('req', '-new', '-key', 'old.key', '-subj', '/O=Example/CN=release', '-out', 'old.csr');
  const section = 'database=index\nserial=ser\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\nx509_extensions=ext\n';
  const extensions = 'basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning\n';
  writeFileSync(
    join(dir, 'ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\n${section}[any]\norganizationName=optional\ncommonName=optional\n[ext]\n${extensions}`,
  );
  writeFileSync(join(dir, 'index'), '');
  writeFileSync(join(dir, 'ser'), '01');
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'];
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-cert',
    'ca.pem',
    '-keyfile',
    'ca.key',
    '-in',
    'old.csr',
    '-notext',
    ...dates,
    '-out',
    'old.pem',
  );
}

interface NotationOptions {
  leaf: string;
  chain: string[];
  alg: string;
  digest: Digest;
  expiry: string;
  scheme: string;
  critical: string[];
  mediaType: string;
}

/** Signs as notation does. */
function addNotation(
  registry: Signatures,
  dir: string,
  options: Partial<NotationOptions> & Pick<NotationOptions, 'leaf' | 'chain'>,
): void {
  const {
    leaf,
    chain,
    alg = 'ES256',
    digest = IMAGE,
    expiry,
    scheme = 'notary.x509',
    critical = [],
    mediaType = 'application/jose+json',
  } = options;
  const header = {
    alg,
    cty: 'application/vnd.cncf.notary.payload.v1+json',
    crit: ['io.cncf.notary.signingScheme', ...(expiry === undefined ? [] : ['io.cncf.notary.expiry']), ...critical],
    'io.cncf.notary.signingScheme': scheme,
    'io.cncf.notary.signingTime': new Date().toISOString(),
    ...(expiry === undefined ? {} : { 'io.cncf.notary.expiry': expiry }),
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const protectedHeader = encode(header);
  const payload = encode({
    targetArtifact: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 9 },
  });
  const key = createPrivateKey(readFileSync(join(dir, `${leaf}.key`)));
  const input = Buffer.from(`${protectedHeader}.${payload}`);
  const signature = alg.startsWith('PS')
    ? sign('sha256', input, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    : sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
  const x5c = chain.map((name) => readFileSync(join(dir, `${name}.pem`), 'utf8').replace(/-----[^-]+-----|\s/g, ''));
  const envelope = Buffer.from(
    JSON.stringify({
      payload,
      protected: protectedHeader,
      header: { x5c },
      signature: signature.toString('base64url'),
    }),
  );
  const layer = { mediaType, digest: registry.blob(envelope), size: envelope.length };
  registry.manifest([layer], { artifactType: 'application/vnd.cncf.notary.signature', subject: IMAGE });
}
