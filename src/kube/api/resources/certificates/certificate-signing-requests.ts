import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type HookContext, type ResourceDefinition, type Subresource } from '../../resource.ts';
import { type FieldErrors, formatTime, humanDuration, SPEC, STATUS } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { complaints, keepField, PART_VERBS } from '../strategies.ts';
import { isApproval, stampConditions, validateCsrConditions, validateFinalConditions } from './conditions.ts';
import { isDerSequence, pemBlocks } from './pem.ts';
import { validateSignerName } from './signer-name.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from './types.ts';

const MIN_EXPIRATION_SECONDS = 600;
const CONDITIONS = STATUS.child('conditions');
const CERTIFICATE = STATUS.child('certificate');
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

function asRequest(object: KubeObject): CertificateSigningRequest {
  return object as CertificateSigningRequest;
}

function validate({ spec, status = {} }: CertificateSigningRequest, errors: FieldErrors): void {
  const { request = '', signerName = '', usages = [], expirationSeconds } = spec;
  const blocks = pemBlocks(request, 'CERTIFICATE REQUEST');
  if (blocks?.length !== 1)
    errors.invalid(SPEC.child('request'), request, 'PEM block type must be CERTIFICATE REQUEST');
  else if (!blocks.every(isDerSequence))
    errors.invalid(SPEC.child('request'), request, 'asn1: structure error: malformed certificate request');
  validateUsages(usages, errors);
  validateSignerName(signerName, SPEC.child('signerName'), errors);
  if (expirationSeconds !== undefined && expirationSeconds < MIN_EXPIRATION_SECONDS) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.invalid(SPEC.child('expirationSeconds'), expirationSeconds, detail);
  }
  validateCsrConditions(status.conditions ?? [], CONDITIONS, errors);
  if ((status.certificate ?? '') !== '') validateCertificate(status.certificate ?? '', errors);
}

function validateUsages(usages: readonly string[], errors: FieldErrors): void {
  const path = SPEC.child('usages');
  if (usages.length === 0) errors.required(path);
  usages.forEach((usage, i) => {
    if (!USAGES.includes(usage)) errors.notSupported(path.index(i), usage, USAGES);
    if (usages.indexOf(usage) < i) errors.duplicate(path.index(i), usage);
  });
}

function validateCertificate(certificate: string, errors: FieldErrors): void {
  const shown = '<certificate data>';
  const blocks = pemBlocks(certificate, 'CERTIFICATE');
  if (blocks === undefined) errors.invalid(CERTIFICATE, shown, 'only CERTIFICATE PEM blocks are allowed');
  else if (blocks.length === 0) errors.invalid(CERTIFICATE, shown, 'must contain at least one CERTIFICATE PEM block');
  else if (!blocks.every(isDerSequence)) errors.invalid(CERTIFICATE, shown, 'must contain sound certificates');
}

function validateCertificateKept(object: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const before = asRequest(old).status?.certificate ?? '';
  if (before !== '' && asRequest(object).status?.certificate !== before)
    errors.forbidden(CERTIFICATE, 'updates may not modify existing certificate content');
}

function conditionsOf(object: KubeObject): CertificateSigningRequestCondition[] {
  return asRequest(object).status?.conditions ?? [];
}

function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  keepField(object, old, 'spec');
  object.status ??= {};
}

function validatePart(mayApprove: boolean) {
  return (object: KubeObject, old: KubeObject) =>
    complaints((errors) => {
      validate(asRequest(object), errors);
      validateFinalConditions(conditionsOf(object), conditionsOf(old), mayApprove, CONDITIONS, errors);
      validateCertificateKept(object, old, errors);
    });
}

/** Where approvers say yes or no: all else stays. */
const approval: Subresource = {
  verbs: PART_VERBS,
  strategy: {
    prepareForUpdate: (object: KubeObject, old: KubeObject, { nowMs }: HookContext) => {
      keepAllButStatus(object, old);
      const certificate = asRequest(old).status?.certificate;
      object.status = { conditions: conditionsOf(object), ...(certificate === undefined ? {} : { certificate }) };
      stampConditions(conditionsOf(object), conditionsOf(old), formatTime(nowMs));
    },
    validateUpdate: validatePart(true),
  },
};

/** Where signers put the certificate, or say that they failed: approvals stay what they were. */
const status: Subresource = {
  verbs: PART_VERBS,
  strategy: {
    prepareForUpdate: (object: KubeObject, old: KubeObject, { nowMs }: HookContext) => {
      keepAllButStatus(object, old);
      const others = conditionsOf(object).filter((condition) => !isApproval(condition));
      const conditions = [...structuredClone(conditionsOf(old).filter(isApproval)), ...others];
      stampConditions(conditions, conditionsOf(old), formatTime(nowMs));
      const { conditions: _sent, ...rest } = asRequest(object).status ?? {};
      object.status = conditions.length === 0 ? rest : { conditions, ...rest };
    },
    validateUpdate: validatePart(false),
  },
};

function condition(object: KubeObject): string {
  const conditions = conditionsOf(object);
  const parts: string[] = [];
  const has = (type: string) => conditions.some((one) => one.type === type);
  if (has('Denied')) parts.push('Denied');
  else if (has('Approved')) parts.push('Approved');
  else parts.push('Pending');
  if (has('Failed')) parts.push('Failed');
  if ((asRequest(object).status?.certificate ?? '') !== '') parts.push('Issued');
  return parts.join(',');
}

function requestedDuration(object: KubeObject): string {
  const seconds = asRequest(object).spec?.expirationSeconds;
  return seconds === undefined ? '<none>' : humanDuration(seconds * 1000);
}

/** Whoever asks, whatever the request says: signers decide by it. */
function setRequester(request: CertificateSigningRequest, { user }: HookContext): void {
  request.spec ??= {};
  const { spec } = request;
  for (const field of ['username', 'uid', 'groups', 'extra'] as const) delete spec[field];
  if (user === undefined) return;
  spec.username = user.name;
  if (user.uid !== undefined) spec.uid = user.uid;
  if (user.groups.length > 0) spec.groups = [...user.groups];
  if (user.extra !== undefined) spec.extra = structuredClone(user.extra) as Record<string, string[]>;
}

/** Somebody wants a certificate. The API server fills in who: `spec.username`, `uid`, `groups` and `extra`. */
export const certificateSigningRequests: ResourceDefinition = {
  group: 'certificates.k8s.io',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  kind: 'CertificateSigningRequest',
  shortNames: ['csr'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
      {
        columns: [
          AGE_COLUMN,
          textColumn('SignerName', 'Who is to sign it.', (object) => asRequest(object).spec?.signerName ?? '<none>'),
          textColumn('Requestor', 'Who wants it.', (object) => asRequest(object).spec?.username ?? ''),
          textColumn('RequestedDuration', 'How long it is to be good.', requestedDuration),
          textColumn('Condition', 'What has become of it.', condition),
        ],
        selectableFields: { 'spec.signerName': (object) => asRequest(object).spec?.signerName ?? '' },
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { approval, status },
  strategy: kindStrategy<CertificateSigningRequest>(
    {
      newStatus: () => ({}),
      setDefaults: (request) => {
        request.spec ??= {};
      },
      prepareForCreate: setRequester,
      prepareForUpdate: (request, old) => keepField(request, old, 'spec'),
      validate,
    },
    { hasGeneration: false, nameRule: 'path-segment' },
  ),
};
