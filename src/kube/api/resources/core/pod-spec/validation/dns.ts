import { dnsSubdomainWithUnderscoreErrors, type FieldErrors, ipErrors, type Path } from '../../../../values/mod.ts';
import type { PodDnsConfig, PodSpec } from '../types.ts';

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LENGTH = 2048;

/** Complaints about how a pod resolves names. Limits are those of the C library. */
export function validateDns(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const { dnsConfig, dnsPolicy } = spec;
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) {
      errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
      return;
    }
    if ((dnsConfig.nameservers?.length ?? 0) === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.required(path.child('nameservers'), detail);
      return;
    }
  }
  if (dnsConfig !== undefined) validateConfig(dnsConfig, path, errors);
}

function validateConfig(
  { nameservers = [], searches = [], options = [] }: PodDnsConfig,
  path: Path,
  errors: FieldErrors,
): void {
  const servers = path.child('nameservers');
  if (nameservers.length > MAX_NAMESERVERS)
    errors.invalid(servers, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`);
  nameservers.forEach((address, i) => {
    errors.invalidEach(servers.index(i), address, ipErrors(address));
  });
  validateSearches(searches, path.child('searches'), errors);
  options.forEach(({ name = '' }, i) => {
    if (name === '') errors.required(path.child('options').index(i), 'must not be empty');
  });
}

function validateSearches(searches: readonly string[], path: Path, errors: FieldErrors): void {
  if (searches.length > MAX_SEARCHES)
    errors.invalid(path, searches, `must not have more than ${MAX_SEARCHES} search paths`);
  if (searches.join(' ').length > MAX_SEARCH_LENGTH) {
    const detail = `must not have more than ${MAX_SEARCH_LENGTH} characters (including spaces) in the search list`;
    errors.invalid(path, searches, detail);
  }
  searches.forEach((search, i) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    errors.invalidEach(path.index(i), name, dnsSubdomainWithUnderscoreErrors(name));
  });
}
