import { dnsSubdomainErrors, type FieldErrors, type Path } from '../../../../values/mod.ts';
import type { WindowsOptions } from '../types.ts';

const MAX_SPEC_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
const NETBIOS_NAME = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

/** Complaints about what Windows alone knows. */
export function validateWindowsOptions(options: WindowsOptions, path: Path, errors: FieldErrors): void {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name !== undefined) errors.invalidEach(path.child('gmsaCredentialSpecName'), name, dnsSubdomainErrors(name));
  if (spec !== undefined) {
    const at = path.child('gmsaCredentialSpec');
    if (spec === '') errors.invalid(at, spec, 'gmsaCredentialSpec cannot be an empty string');
    else if (Buffer.byteLength(spec) > MAX_SPEC_KIB * 1024)
      errors.invalid(at, spec, `gmsaCredentialSpec size must be under ${MAX_SPEC_KIB} KiB`);
  }
  if (runAsUserName === undefined) return;
  for (const problem of userNameProblems(runAsUserName))
    errors.invalid(path.child('runAsUserName'), runAsUserName, problem);
}

/** `DOMAIN\USER`, or `USER`. */
function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length === 2) problems.push(...domainProblems(parts[0] ?? ''));
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (user.length > MAX_USER)
    problems.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

function domainProblems(domain: string): string[] {
  const problems: string[] = [];
  if (domain.length >= MAX_DOMAIN)
    problems.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`);
  if (!NETBIOS_NAME.test(domain) && !DNS_NAME.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  return problems;
}
