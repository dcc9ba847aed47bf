/**
 * A process that uses the networks of a folder and is killed at a failpoint on the way (HAKO_FAILPOINTS):
 *
 *     node victim.ts <folder> <instance>
 */
import { join } from 'node:path';
import { openDatabase } from '#state';
import { openNetworks } from '../open.ts';

const [dir = '', instance = ''] = process.argv.slice(2);
const networks = await openNetworks({
  runDir: join(dir, 'run'),
  rootDir: join(dir, 'root'),
  instance,
  database: openDatabase(join(dir, 'root', 'state.db')),
  namespacePoolSize: 1,
});
const containerId = 'e'.repeat(64);
const request = { containerId, containerName: 'victim', aliases: [] };
const port = { containerPort: 80, protocol: 'tcp', hostIp: '', hostPortStart: 8080, hostPortEnd: 8080 } as const;

await networks.create({ name: 'fresh' });
const sandbox = await networks.createSandbox(containerId);
await networks.connect(sandbox, { ...request, network: 'app' });
await networks.connect(sandbox, { ...request, network: 'bridge' });
await networks.publish(containerId, [port]);
await networks.release(containerId);
await networks.settled();
await networks.remove('fresh');
console.log('survived');
