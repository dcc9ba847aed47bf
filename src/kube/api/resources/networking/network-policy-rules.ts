import type { LabelSelector } from '../../selector/mod.ts';
import {
  cidrErrors,
  cidrFamily,
  type FieldErrors,
  type Path,
  portNameErrors,
  portNumberErrors,
  validateLabelSelector,
} from '../../values/mod.ts';
import { isStrictSubnet } from './subnet.ts';

/** An ingress rule has `from`, an egress rule `to`. */
export interface NetworkPolicyRule {
  ports?: NetworkPolicyPort[];
  from?: NetworkPolicyPeer[];
  to?: NetworkPolicyPeer[];
}

interface NetworkPolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

interface NetworkPolicyPeer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr?: string; except?: string[] };
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Complaints about rules of one direction. */
export function validateNetworkPolicyRules(
  rules: readonly NetworkPolicyRule[],
  peersField: 'from' | 'to',
  path: Path,
  errors: FieldErrors,
): void {
  rules.forEach((rule, i) => {
    const at = path.index(i);
    rule.ports?.forEach((port, n) => {
      validatePort(port, at.child('ports').index(n), errors);
    });
    rule[peersField]?.forEach((peer, n) => {
      validatePeer(peer, at.child(peersField).index(n), errors);
    });
  });
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: Path, errors: FieldErrors): void {
  if (protocol !== undefined && !PROTOCOLS.includes(protocol))
    errors.notSupported(path.child('protocol'), protocol, PROTOCOLS);
  if (typeof port === 'number') errors.invalidEach(path.child('port'), port, portNumberErrors(port));
  else if (port !== undefined) errors.invalidEach(path.child('port'), port, portNameErrors(port));
  if (endPort === undefined) return;
  const at = path.child('endPort');
  if (port === undefined) errors.invalid(at, endPort, 'may not be specified when `port` is not specified');
  else if (typeof port === 'string') errors.invalid(at, endPort, 'may not be specified when `port` is non-numeric');
  else {
    if (endPort < port) errors.invalid(at, endPort, 'must be greater than or equal to `port`');
    errors.invalidEach(at, endPort, portNumberErrors(endPort));
  }
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: Path, errors: FieldErrors) {
  validateLabelSelector(podSelector, path.child('podSelector'), errors);
  validateLabelSelector(namespaceSelector, path.child('namespaceSelector'), errors);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock !== undefined) validateBlock(ipBlock, path.child('ipBlock'), errors);
  if (!selects && ipBlock === undefined) errors.required(path, 'must specify a peer');
  else if (selects && ipBlock !== undefined) errors.forbidden(path, 'may not specify both ipBlock and another peer');
}

function validateBlock(
  { cidr = '', except = [] }: { cidr?: string; except?: string[] },
  path: Path,
  errors: FieldErrors,
) {
  if (cidr === '') {
    errors.required(path.child('cidr'));
    return;
  }
  errors.invalidEach(path.child('cidr'), cidr, cidrErrors(cidr));
  except.forEach((part, i) => {
    const at = path.child('except').index(i);
    errors.invalidEach(at, part, cidrErrors(part));
    if (cidrFamily(part) !== 0 && cidrFamily(cidr) !== 0 && !isStrictSubnet(part, cidr))
      errors.invalid(at, part, 'must be a strict subset of `cidr`');
  });
}
