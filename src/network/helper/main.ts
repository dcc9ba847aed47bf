/**
 * The network helper: one small process per daemon instance, which serves DNS to containers in user networks and passes
 * on connections that the kernel cannot. It outlives the daemon, and the next daemon finds it by its socket.
 *
 *     node main.ts <state folder> <namespace folder> <resolv.conf>
 *
 * It closes descriptor 3 when it is ready, and ends by itself half a minute after it has nothing left to do.
 */
import { closeSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { errorMessage, log } from '#base';
import { processStartTime } from './identity.ts';
import { HELPER_VERSION, helperPaths } from './protocol.ts';
import { HelperService } from './service.ts';

const UPKEEP_MS = 5000;
const IDLE_ROUNDS = 6;
const READY_FD = 3;

const [stateDir = '', namespaceDir = '', resolvConf = '/etc/resolv.conf'] = process.argv.slice(2);
const paths = helperPaths(stateDir);
const service = new HelperService({ stateDir, namespaceDir, resolvConf });
let queue: Promise<unknown> = Promise.resolve();
let idleRounds = 0;

function stop(): void {
  service.close();
  process.exit(0);
}

/** Syncs run one after the other, each on the files as they are when it starts. */
function sync(): Promise<string> {
  const run = queue.then(async () => {
    const report = await service.sync();
    return JSON.stringify({ version: HELPER_VERSION, pid: process.pid, ...report });
  });
  queue = run.catch(() => {});
  return run;
}

async function obey(command: string, connection: Socket): Promise<void> {
  idleRounds = 0;
  if (command === 'exit') stop();
  if (command !== 'sync') return;
  try {
    connection.write(`${await sync()}\n`);
  } catch (error) {
    log.error('the network helper cannot follow its files', { error: errorMessage(error) });
    connection.destroy();
  }
}

function serve(connection: Socket): void {
  let text = '';
  connection.setEncoding('utf8').on('error', () => connection.destroy());
  connection.on('data', (chunk) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) void obey(line, connection);
  });
}

function upkeep(): void {
  idleRounds = service.isIdle ? idleRounds + 1 : 0;
  if (idleRounds >= IDLE_ROUNDS || !service.hasHome) stop();
}

process.on('SIGTERM', stop);
process.on('SIGHUP', () => {});
process.on('unhandledRejection', (error) => log.error('unexpected', { error: errorMessage(error) }));
writeFileSync(paths.identity, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }));
rmSync(paths.socket, { force: true });
await sync();
createServer(serve).listen(paths.socket, () => closeSync(READY_FD));
setImmediate(flushCompileCache);
setInterval(upkeep, UPKEEP_MS);
