/** `hako registry serve`: a registry on a folder; it needs no daemon. */
import { command, integer, text, toggle } from '../../args/flags.ts';

const flags = {
  root: text('', 'DIR', 'Folder of the registry', '/var/lib/hako-registry'),
  listen: text('', 'HOST:PORT', 'Address to listen on', '127.0.0.1:5000'),
  'tls-cert': text('', 'FILE', 'Certificate chain (PEM); used anew when it changes'),
  'tls-key': text('', 'FILE', 'Private key (PEM)'),
  htpasswd: text('', 'FILE', 'Users with bcrypt passwords (htpasswd -B)'),
  rules: text('', 'FILE', 'Rights by user and repository (YAML)'),
  tokens: toggle('', 'Give clients tokens for their password'),
  'external-url': text('', 'URL', 'Where clients reach the registry, behind a proxy'),
  'read-only': toggle('', 'Refuse pushes and deletes'),
  'access-log': text('', 'FILE', 'Log of requests; - is standard output'),
  quota: integer('', 'BYTES', 'Most that may be stored'),
  'repository-quota': integer('', 'BYTES', 'Most that a repository may have'),
  'gc-interval': integer('', 'SECONDS', 'How often to collect what nobody needs; 0 is never (default 3600)'),
  'gc-grace': integer('', 'SECONDS', 'How long new content is kept for its manifest (default 3600)'),
  'gc-untagged': toggle('', 'Collect manifests, too, that nothing leads to'),
  proxy: text('', 'URL', 'Be a cache of this registry; takes no pushes'),
  'proxy-config': text('', 'FILE', 'docker config.json with the credentials for it'),
  'proxy-tag-ttl': integer('', 'SECONDS', 'How long a tag is believed before it is asked about again (default 60)'),
  'proxy-max-age': integer('', 'SECONDS', 'What nobody asked for this long is let go (default 7 days)'),
};

export default command({
  usage: '[OPTIONS]',
  description:
    'Serves the OCI distribution API until SIGTERM or SIGINT. Also: /healthz, /metrics. SIGHUP reopens the access log.',
  flags,
  arity: [0, 0],
  examples: [
    'hako registry serve --root /srv/registry --listen :5000',
    'hako registry serve --listen :443 --tls-cert tls.crt --tls-key tls.key --htpasswd users --tokens',
    'hako registry serve --root /srv/cache --proxy https://registry-1.docker.io',
  ],
  async run({ flags: given }) {
    const { runRegistry } = await import('#daemon/registry');
    const settings = {
      listen: given.listen,
      tlsCert: given['tls-cert'],
      tlsKey: given['tls-key'],
      htpasswd: given.htpasswd,
      rules: given.rules,
      tokens: given.tokens,
      externalUrl: given['external-url'],
      readOnly: given['read-only'],
      accessLog: given['access-log'],
      quotaBytes: given.quota,
      repositoryQuotaBytes: given['repository-quota'],
      gcIntervalS: given['gc-interval'],
      gcGraceS: given['gc-grace'],
      gcUntagged: given['gc-untagged'],
      proxy: given.proxy,
      proxyConfig: given['proxy-config'],
      proxyTagTtlS: given['proxy-tag-ttl'],
      proxyMaxAgeS: given['proxy-max-age'],
    };
    const set = Object.entries(settings).filter(([, value]) => value !== undefined && value !== '');
    await runRegistry(given.root, { listen: given.listen, ...Object.fromEntries(set) });
    return 0;
  },
});
