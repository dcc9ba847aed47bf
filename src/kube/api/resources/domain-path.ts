import { dnsSubdomainErrors, patternRule } from '../values/mod.ts';

const pathRule = patternRule({
  expression: "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+",
  message: 'Invalid path',
});

/** What is wrong with a path under a domain: `example.com/ingress-controller`. */
export function domainPathErrors(text: string): readonly string[] {
  const slash = text.indexOf('/');
  const [domain, path] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)];
  if (domain === '' || path === '') return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const errors = dnsSubdomainErrors(domain);
  return errors.length > 0 ? errors : pathRule(path);
}
