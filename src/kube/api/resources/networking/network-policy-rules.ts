import type { LabelSelector } from '../../selector/mod.ts';
import {
  cidrFamily,
  type FieldErrors,
  type Path,
  portNameErrors,
  portNumberErrors,
  validateCidr,
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

/** All ranges of addresses that rules name. */
export function rangesOf(rules: readonly NetworkPolicyRule[]): string[] {
  return rules.flatMap(({ from = [], to = [] }) =>
    [...from, ...to].flatMap(({ ipBlock }) => [ipBlock?.cidr ?? '', ...(ipBlock?.except ?? [])]),
  );
}

/** Complaints about rules of one direction. The `known` ranges may stay, though they be wrong. */
export function validateNetworkPolicyRules(
  rules: readonly NetworkPolicyRule[],
  peersField: 'from' | 'to',
  path: Path,
  errors: FieldErrors,
  known: readonly string[],
): void {
  rules.forEach((rule, i) => {
    const at = path.index(i);
    rule.ports?.forEach((port, n) => {
      validatePort(port, at.child('ports').index(n), errors);
    });
    rule[peersField]?.forEach((peer, n) => {
      validatePeer(peer, at.child(peersField).index(n), errors, known);
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

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: Path,
  errors: FieldErrors,
  known: readonly string[],
): void {
  validateLabelSelector(podSelector, path.child('podSelector'), errors);
  validateLabelSelector(namespaceSelector, path.child('namespaceSelector'), errors);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock !== undefined) validateBlock(ipBlock, path.child('ipBlock'), errors, known);
  if (!selects && ipBlock === undefined) errors.required(path, 'must specify a peer');
  else if (selects && ipBlock !== undefined) errors.forbidden(path, 'may not specify both ipBlock and another peer');
}

function validateBlock(
  { cidr = '', except = [] }: { cidr?: string; except?: string[] },
  path: Path,
  errors: FieldErrors,
  known: readonly string[],
): void {
  if (cidr === '') {
    errors.required(path.child('cidr'));
    return;
  }
  validateCidr(cidr, path.child('cidr'), errors, known);
  except.forEach((part, i) => {
    const at = path.child('except').index(i);
    validateCidr(part, at, errors, known);
    if (cidrFamily(part) !== 0 && cidrFamily(cidr) !== 0 && !isStrictSubnet(part, cidr))
      errors.invalid(at, part, 'must be a strict subset of `cidr`');
  });
}
