import { isUtf8 } from 'node:buffer';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { internalError } from '#kube/api';
import type { Value } from '../contract.ts';
import type { EncryptionKey, Provider } from './configuration.ts';

const ENCRYPTED = 'k8s:enc:';
const PROTOBUF = Buffer.from('k8s\0');
const GCM_NONCE_LENGTH = 12;
const GCM_TAG_LENGTH = 16;
const CBC_BLOCK_LENGTH = 16;

/** A provider with one of its keys, and how its values begin. */
interface Cipher {
  readonly kind: 'aesgcm' | 'aescbc';
  readonly key: EncryptionKey;
  readonly prefix: Buffer;
}

/** What reads and writes the values of one rule. Values are bound to their keys in storage: moved to another, they do not open. */
export class Transformer {
  readonly #ciphers: readonly Cipher[];
  readonly #writesPlain: boolean;
  readonly #readsPlain: boolean;

  constructor(providers: readonly Provider[]) {
    this.#ciphers = providers.flatMap((provider) =>
      provider.kind === 'identity' ? [] : provider.keys.map((key) => cipherOf(provider.kind, key)),
    );
    this.#writesPlain = providers[0]?.kind === 'identity';
    this.#readsPlain = providers.some((provider) => provider.kind === 'identity');
  }

  /** The value as it is to be stored below `path`. */
  seal(path: string, value: Value): Value {
    const [cipher] = this.#ciphers;
    if (this.#writesPlain || cipher === undefined) return value;
    const plain = bytesOf(value);
    return Buffer.concat([
      cipher.prefix,
      cipher.kind === 'aesgcm' ? sealGcm(cipher, path, plain) : sealCbc(cipher, plain),
    ]);
  }

  /** The value that was stored below `path`. Throws InternalError where no key opens it. */
  open(path: string, stored: Value): Value {
    const bytes = bytesOf(stored);
    if (bytes.subarray(0, ENCRYPTED.length).toString('latin1') !== ENCRYPTED) {
      if (this.#readsPlain) return stored;
      throw internalError(
        `${path} is not encrypted, and the encryption configuration has no identity provider to read it`,
      );
    }
    const cipher = this.#ciphers.find(({ prefix }) => bytes.subarray(0, prefix.length).equals(prefix));
    if (cipher === undefined)
      throw internalError(`${path} is encrypted with a key that the configuration does not have`);
    try {
      const sealed = bytes.subarray(cipher.prefix.length);
      return valueOfPlain(cipher.kind === 'aesgcm' ? openGcm(cipher, path, sealed) : openCbc(cipher, sealed));
    } catch (error) {
      throw internalError(`${path} cannot be decrypted with the key "${cipher.key.name}"`, error);
    }
  }

  /** True where `seal` would not write it like this: another key or provider, or none. */
  isStale(stored: Value): boolean {
    const bytes = bytesOf(stored);
    const isPlain = bytes.subarray(0, ENCRYPTED.length).toString('latin1') !== ENCRYPTED;
    const [cipher] = this.#ciphers;
    if (this.#writesPlain || cipher === undefined) return !isPlain;
    return !bytes.subarray(0, cipher.prefix.length).equals(cipher.prefix);
  }
}

function cipherOf(kind: 'aesgcm' | 'aescbc', key: EncryptionKey): Cipher {
  return { kind, key, prefix: Buffer.from(`${ENCRYPTED}${kind}:v1:${key.name}:`) };
}

/** nonce + ciphertext + tag, with the path in storage as additional data. */
function sealGcm({ key }: Cipher, path: string, plain: Buffer): Buffer {
  const nonce = randomBytes(GCM_NONCE_LENGTH);
  const cipher = createCipheriv(gcm(key), key.secret, nonce).setAAD(Buffer.from(path));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openGcm({ key }: Cipher, path: string, sealed: Buffer): Buffer {
  if (sealed.length < GCM_NONCE_LENGTH + GCM_TAG_LENGTH) throw new RangeError('it is cut off');
  const nonce = sealed.subarray(0, GCM_NONCE_LENGTH);
  const decipher = createDecipheriv(gcm(key), key.secret, nonce, { authTagLength: GCM_TAG_LENGTH });
  decipher.setAAD(Buffer.from(path)).setAuthTag(sealed.subarray(-GCM_TAG_LENGTH));
  return Buffer.concat([decipher.update(sealed.subarray(GCM_NONCE_LENGTH, -GCM_TAG_LENGTH)), decipher.final()]);
}

/** iv + ciphertext with PKCS#7 padding; nothing tells whether it was tampered with, as upstream warns. */
function sealCbc({ key }: Cipher, plain: Buffer): Buffer {
  const iv = randomBytes(CBC_BLOCK_LENGTH);
  const cipher = createCipheriv(cbc(key), key.secret, iv);
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
}

function openCbc({ key }: Cipher, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(cbc(key), key.secret, sealed.subarray(0, CBC_BLOCK_LENGTH));
  return Buffer.concat([decipher.update(sealed.subarray(CBC_BLOCK_LENGTH)), decipher.final()]);
}

function gcm({ secret }: EncryptionKey): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  if (secret.length === 16) return 'aes-128-gcm';
  return secret.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}

function cbc({ secret }: EncryptionKey): string {
  return `aes-${secret.length * 8}-cbc`;
}

/** What was sealed is text, but for protobuf of upstream and what is no text. */
function valueOfPlain(plain: Buffer): Value {
  const isBinary = plain.subarray(0, PROTOBUF.length).equals(PROTOBUF) || !isUtf8(plain);
  return isBinary ? Uint8Array.from(plain) : plain.toString('utf8');
}

function bytesOf(value: Value): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
}
