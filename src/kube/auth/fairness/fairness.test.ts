import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError, type KubeObject } from '#kube/api';
import type { UserInfo } from '../contract.ts';
import { RESOURCES } from '../objects.ts';
import { requestInfo } from '../request-info.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { defaultFlowSchemas, defaultPriorityLevels } from './defaults.ts';
import { Fairness, type FairnessOptions, isLongRunning, type Seat } from './fairness.ts';
import { dealHand } from './shuffle-shard.ts';

function person(name: string, ...groups: string[]): UserInfo {
  return { name, groups: [...groups, 'system:authenticated'] };
}

/** With the default objects; uids are the names. */
function world(options: Partial<FairnessOptions> = {}) {
  const objects = new MemoryObjects();
  const withUid = (object: KubeObject) => ({
    ...object,
    metadata: { ...object.metadata, uid: object.metadata.name ?? '' },
  });
  for (const level of defaultPriorityLevels()) objects.put(RESOURCES.priorityLevels, withUid(level));
  for (const schema of defaultFlowSchemas()) objects.put(RESOURCES.flowSchemas, withUid(schema));
  const fairness = new Fairness({ objects, ...options });
  const admit = (user: UserInfo, method = 'GET', url = '/api/v1/namespaces/a/pods', signal?: AbortSignal) =>
    fairness.admit(requestInfo(method, url), user, signal && (() => signal));
  return { objects, fairness, admit };
}

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
const NODE = person('system:node:n', 'system:nodes');
const SYSTEM_ACCOUNT = person('system:serviceaccount:kube-system:x', 'system:serviceaccounts');

const FLOWS: readonly [UserInfo, string, string, string, string][] = [
  [person('root', 'system:masters'), 'DELETE', '/api/v1/nodes', 'exempt', 'exempt'],
  [person('jane'), 'GET', '/livez', 'probes', 'exempt'],
  [person('jane'), 'GET', '/livez/etcd', 'global-default', 'global-default'],
  [person('system:kube-scheduler'), 'PUT', LEASE, 'system-leader-election', 'leader-election'],
  [person('system:kube-scheduler'), 'GET', '/api/v1/pods', 'kube-scheduler', 'workload-high'],
  [SYSTEM_ACCOUNT, 'PUT', LEASE, 'workload-leader-election', 'leader-election'],
  [SYSTEM_ACCOUNT, 'GET', '/api/v1/pods', 'kube-system-service-accounts', 'workload-high'],
  [NODE, 'PATCH', '/api/v1/nodes/n/status', 'system-node-high', 'node-high'],
  [NODE, 'GET', '/api/v1/pods', 'system-nodes', 'system'],
  [person('system:serviceaccount:a:x', 'system:serviceaccounts'), 'GET', '/api', 'service-accounts', 'workload-low'],
  [person('jane'), 'GET', '/api/v1/pods', 'global-default', 'global-default'],
  [{ name: 'system:anonymous', groups: ['system:unauthenticated'] }, 'GET', '/api', 'global-default', 'global-default'],
  [{ name: '__proto__', groups: [] }, '__proto__', '/', 'catch-all', 'catch-all'],
];

test('requests belong to the flows of upstream', async () => {
  const { admit } = world();
  for (const [user, method, url, schema, level] of FLOWS) {
    const seat = await admit(user, method, url);
    assert.deepEqual([seat.flowSchemaUid, seat.priorityLevelUid], [schema, level], `${user.name} ${method} ${url}`);
    seat.release();
  }
});

test('without any objects the mandatory ones hold', async () => {
  const fairness = new Fairness({ objects: new MemoryObjects(), concurrency: 1 });
  const info = requestInfo('GET', '/api');
  await fairness.admit(info, person('root', 'system:masters'));
  await fairness.admit(info, person('root', 'system:masters'));
  const seat = await fairness.admit(info, person('jane'));
  assert.throws(
    () => fairness.admit(info, person('joe')),
    (error) => isStatusError(error, 'TooManyRequests'),
  );
  seat.release();
  seat.release();
  await fairness.admit(info, person('joe'));
  assert.throws(() => fairness.admit(info, person('jim')), /too many requests/, 'a seat is given back once');
});

/** Seats for nobody but the global-default level, `count` of them, with these queues. */
function narrow(count: number, queuing: object = {}, options: Partial<FairnessOptions> = {}) {
  const made = world({ concurrency: count, ...options });
  for (const level of defaultPriorityLevels()) {
    const limited = {
      nominalConcurrencyShares: level.metadata.name === 'global-default' ? 100 : 0,
      limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 6, queueLengthLimit: 50, ...queuing } },
    };
    if (level.metadata.name !== 'exempt')
      made.objects.put(RESOURCES.priorityLevels, { ...level, spec: { type: 'Limited', limited } });
  }
  return made;
}

test('a request waits while all seats are taken, and starts when one is given back', async () => {
  const { admit, fairness } = narrow(2);
  const seats = [await admit(person('a')), await admit(person('b'))];
  const order: string[] = [];
  const third = Promise.resolve(admit(person('c'))).then((seat) => {
    order.push('started');
    return seat;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(order.length, 0);
  assert.equal(fairness.levels().find(({ priorityLevel }) => priorityLevel === 'global-default')?.waiting, 1);
  order.push('released');
  seats[0]?.release();
  (await third).release();
  assert.deepEqual(order, ['released', 'started']);
  seats[1]?.release();
  const state = fairness.levels().find(({ priorityLevel }) => priorityLevel === 'global-default');
  assert.deepEqual([state?.executing, state?.waiting], [0, 0]);
});

test('a full queue, a long wait and a client that goes away end in a 429 with Retry-After', async () => {
  const { admit, fairness } = narrow(1, { queues: 1, handSize: 1, queueLengthLimit: 2 }, { maxWaitMs: 30 });
  const seat = await admit(person('a'));
  const controller = new AbortController();
  const late = admit(person('b'));
  const gone = admit(person('c'), 'GET', '/api', controller.signal);
  assert.throws(
    () => admit(person('d')),
    (error) => isStatusError(error, 'TooManyRequests') && error.details?.retryAfterSeconds === 1,
  );
  controller.abort();
  await assert.rejects(async () => gone, /too many requests/);
  await assert.rejects(async () => late, /too many requests/);
  assert.throws(() => admit(person('e'), 'GET', '/api', AbortSignal.abort()), /too many requests/);
  seat.release();
  const counters = fairness.counters().find(({ flowSchema }) => flowSchema === 'global-default');
  assert.deepEqual(counters?.rejected, { 'concurrency-limit': 0, 'queue-full': 1, 'time-out': 1, cancelled: 2 });
  assert.equal(counters?.dispatched, 1);
});

test('a flow that floods its queues does not keep a small one waiting', async () => {
  let nowMs = 0;
  const { admit } = narrow(1, { queues: 128 }, { monotonicMs: () => nowMs });
  const running: Seat[] = [await admit(person('flood'))];
  const order: string[] = [];
  const over = new AbortController();
  const enter = async (name: string) => {
    const seat = await admit(person(name), 'GET', '/api', over.signal);
    order.push(name);
    running.push(seat);
  };
  const all = Array.from({ length: 200 }, () => enter('flood'));
  all.push(enter('small'), enter('small'));
  for (let count = 0; count < 12; count++) {
    nowMs += 50;
    running.shift()?.release();
    await new Promise((resolve) => setImmediate(resolve));
  }
  over.abort();
  await Promise.allSettled(all);
  assert.equal(order.filter((name) => name === 'small').length, 2, order.join(' '));
});

test('a level lends what it does not need and has it back when it does', async () => {
  const { admit, fairness } = world({ concurrency: 245 });
  const nominal = (name: string) =>
    fairness.levels().find(({ priorityLevel }) => priorityLevel === name)?.nominalSeats ?? 0;
  assert.equal(nominal('global-default'), 20);
  const seats: Seat[] = [];
  const over = new AbortController();
  for (;;) {
    const found = admit(person(`user-${seats.length}`), 'GET', '/api', over.signal);
    if (found instanceof Promise) {
      over.abort();
      await assert.rejects(found, /too many requests/);
      break;
    }
    seats.push(found);
  }
  assert.ok(seats.length > 100, `${seats.length} seats, its own and lent ones`);
  assert.ok(!(admit(person('system:kube-scheduler')) instanceof Promise), 'others have what they keep');
  const waiting = Array.from({ length: 20 }, () => admit(NODE, 'PATCH', '/api/v1/nodes/n/status'));
  assert.ok(
    waiting.every((one) => !(one instanceof Promise)),
    'nodes keep three quarters of theirs',
  );
});

test('changes of the configuration count at once, and who waits is not forgotten', async () => {
  const { admit, objects } = narrow(1);
  const seat = await admit(person('a'));
  const waiting = admit(person('b'));
  assert.ok(waiting instanceof Promise);
  const spec = { type: 'Limited', limited: { nominalConcurrencyShares: 100, limitResponse: { type: 'Reject' } } };
  objects.put(RESOURCES.priorityLevels, {
    apiVersion: 'x',
    kind: 'X',
    metadata: { name: 'global-default', uid: 'new' },
    spec,
  });
  assert.throws(() => admit(person('c')), /too many requests/);
  (await waiting).release();
  seat.release();
  const next = await admit(person('d'));
  assert.equal(next.priorityLevelUid, 'new');
});

test('a schema of a level that is not there is passed over', async () => {
  const { admit, objects } = world();
  const [any] = defaultFlowSchemas().slice(-1);
  const spec = { ...(any?.spec as object), matchingPrecedence: 1, priorityLevelConfiguration: { name: 'lost' } };
  objects.put(RESOURCES.flowSchemas, { ...(any as KubeObject), metadata: { name: 'dangling' }, spec });
  assert.equal((await admit(person('jane'))).flowSchemaUid, 'global-default');
});

test('what runs long takes no seat, and a level that is exempt has as many as are wanted', async () => {
  const { admit } = narrow(1);
  for (let count = 0; count < 10; count++) await admit(person('a'), 'GET', '/api/v1/namespaces/a/pods/x/log');
  for (let count = 0; count < 10; count++) await admit(person('root', 'system:masters'));
  assert.ok(!(admit(person('b')) instanceof Promise));
});

test('isLongRunning tells what takes no seat', () => {
  const long = (method: string, url: string) => isLongRunning(requestInfo(method, url));
  assert.ok(long('GET', '/api/v1/namespaces/a/pods/x/log'));
  assert.ok(long('POST', '/api/v1/namespaces/a/pods/x/exec'));
  assert.ok(long('GET', '/api/v1/proxy/namespaces/a/pods/x'));
  assert.ok(!long('GET', '/api/v1/pods?watch=1'), 'watches take one until they have begun');
  assert.ok(!long('GET', '/api/v1/pods'));
});

test('dealHand deals different queues, the same to the same flow, and others to others', () => {
  const hands = Array.from({ length: 500 }, (_, index) => dealHand(`flow-${index}`, 64, 6));
  for (const hand of hands) {
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((queue) => queue >= 0 && queue < 64));
  }
  assert.deepEqual(dealHand('flow-7', 64, 6), hands[7]);
  const used = new Set(hands.flat());
  assert.equal(used.size, 64, 'no queue is left out');
  const elephant = new Set(hands[0]);
  assert.ok(hands.slice(1).filter((hand) => hand.every((queue) => elephant.has(queue))).length === 0);
  assert.deepEqual(dealHand('x', 1, 8), [0]);
});
