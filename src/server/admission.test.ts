import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServer } from './server.ts';

it('a plugin that does not exist is refused at the start, to be switched on as to be switched off', async () => {
  const options = { listen: '127.0.0.1:0', controllers: false };
  for (const which of ['enableAdmissionPlugins', 'disableAdmissionPlugins'] as const) {
    const starting = startServer({ ...options, [which]: ['PodSecurity', 'Podsecurity'] });
    await assert.rejects(starting, /no admission plugin is called Podsecurity; there are .*PodSecurity/);
  }
});
