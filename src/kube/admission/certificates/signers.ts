import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Shared } from '#kube/api';
import { type Authorizer, parseSigningRequest, resourceQuestion } from '#kube/auth';
import { refuse } from '../common/refuse.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

const GROUP = 'certificates.k8s.io';

interface SigningRequestObject extends KubeObject {
  spec?: { signerName?: string; request?: string };
  status?: { certificate?: string; conditions?: unknown[] };
}

function isAboutRequests({ resource }: AdmissionAttributes, subresource: string, actual: string): boolean {
  return resource.group === GROUP && resource.resource === 'certificatesigningrequests' && subresource === actual;
}

/** CertificateApproval: who approves or denies a request has to be allowed to `approve` for its signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (attributes) =>
      attributes.operation === 'UPDATE' && isAboutRequests(attributes, attributes.subresource, 'approval'),
    validate: (attributes) => checkSigner(attributes, 'approve', authorizer),
  };
}

/** CertificateSigning: who writes a certificate or conditions has to be allowed to `sign` for the signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (attributes) =>
      attributes.operation === 'UPDATE' && isAboutRequests(attributes, attributes.subresource, 'status'),
    validate(attributes) {
      const [now, old] = [
        attributes.object as SigningRequestObject,
        attributes.oldObject as Shared<SigningRequestObject>,
      ];
      const isSame =
        now.status?.certificate === old.status?.certificate &&
        isDeepStrictEqual(now.status?.conditions ?? [], old.status?.conditions ?? []);
      return isSame ? undefined : checkSigner(attributes, 'sign', authorizer);
    },
  };
}

async function checkSigner(attributes: AdmissionAttributes, verb: string, authorizer: Authorizer): Promise<void> {
  const signer = (attributes.oldObject as Shared<SigningRequestObject>).spec?.signerName ?? '';
  const domain = `${signer.split('/')[0]}/*`;
  for (const name of [signer, domain]) {
    const what = { verb, apiGroup: GROUP, resource: 'signers', name };
    if ((await authorizer.authorize(resourceQuestion(attributes.user, what))).decision === 'allow') return;
  }
  throw refuse(attributes, `user not permitted to ${verb} requests with signerName "${signer}"`);
}

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** CertificateSubjectRestriction: nobody becomes an administrator for ever by a certificate. */
export const certificateSubjects: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (attributes) => attributes.operation === 'CREATE' && isAboutRequests(attributes, attributes.subresource, ''),
  validate(attributes) {
    const { signerName, request = '' } = (attributes.object as SigningRequestObject).spec ?? {};
    if (signerName !== CLIENT_SIGNER) return;
    const { organizations } = readRequest(attributes, request);
    if (organizations.includes(MASTERS)) {
      throw refuse(attributes, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
    }
  },
};

function readRequest(attributes: AdmissionAttributes, request: string) {
  try {
    return parseSigningRequest(Buffer.from(request, 'base64').toString());
  } catch (error) {
    throw refuse(
      attributes,
      `unable to read the certificate request: ${error instanceof Error ? error.message : error}`,
    );
  }
}
