type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies that the daemon goes by; small letters count where the large ones say nothing. */
export function presentProxies(env: Environment = process.env) {
  const named = (name: string) => env[name] || env[name.toLowerCase()] || '';
  return {
    HttpProxy: withoutPassword(named('HTTP_PROXY')),
    HttpsProxy: withoutPassword(named('HTTPS_PROXY')),
    NoProxy: named('NO_PROXY'),
  };
}

/** As docker masks it: whoever may ask for this may not know the proxy's password, which may have any characters. */
function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, '$1xxxxx:xxxxx@');
}
