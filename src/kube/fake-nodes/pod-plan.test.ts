import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE_ANNOTATION, type Pod, pinnedNodes, planPod } from './pod-plan.ts';

const NOW = '2026-01-01T00:00:00Z';

function pod(spec: Pod['spec'], metadata: Pod['metadata'] = {}, status?: Pod['status']): Pod {
  const containers = [{ name: 'c', image: 'i' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', ...metadata },
    spec: { containers, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

function plan(one: Pod, isOurs = true) {
  return planPod(one, isOurs, '10.244.0.1', NOW);
}

describe('planPod', () => {
  it('binds what may be scheduled by us', () => {
    assert.equal(plan(pod({})).do, 'bind');
    assert.equal(plan(pod({ schedulerName: 'another' })).do, 'nothing');
    assert.equal(plan(pod({ schedulingGates: [{ name: 'g' }] })).do, 'nothing');
    assert.equal(plan(pod({}, { deletionTimestamp: NOW })).do, 'nothing');
  });

  it('runs pods of our nodes and leaves those of others alone', () => {
    const running = plan(pod({ nodeName: 'fake-1', initContainers: [{ name: 'init' }] }));
    assert.ok(running.do === 'status');
    assert.equal(running.status.phase, 'Running');
    assert.equal(running.status.podIP, '10.244.0.1');
    const [init] = running.status.initContainerStatuses as { state: { terminated: { exitCode: number } } }[];
    assert.equal(init?.state.terminated.exitCode, 0);
    assert.equal(plan(pod({ nodeName: 'real' }), false).do, 'nothing');
  });

  it('finishes pods of jobs, and what an annotation wants', () => {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'u', controller: true };
    const ofJob = plan(pod({ nodeName: 'fake-1', restartPolicy: 'Never' }, { ownerReferences: [owner] }));
    assert.ok(ofJob.do === 'status');
    assert.equal(ofJob.status.phase, 'Succeeded');
    const failed = plan(pod({ nodeName: 'fake-1' }, { annotations: { [PHASE_ANNOTATION]: 'Failed' } }));
    assert.ok(failed.do === 'status');
    const [container] = failed.status.containerStatuses as { state: { terminated: { exitCode: number } } }[];
    assert.equal(container?.state.terminated.exitCode, 1);
    assert.equal(plan(pod({ nodeName: 'fake-1' }, { annotations: { [PHASE_ANNOTATION]: 'Pending' } })).do, 'nothing');
  });

  it('does nothing twice, and takes away what is deleted', () => {
    assert.equal(plan(pod({ nodeName: 'fake-1' }, {}, { phase: 'Running' })).do, 'nothing');
    assert.equal(plan(pod({ nodeName: 'fake-1' }, {}, { phase: 'Failed' })).do, 'nothing');
    assert.equal(plan(pod({ nodeName: 'fake-1' }, { deletionTimestamp: NOW }, { phase: 'Running' })).do, 'remove');
  });
});

describe('pinnedNodes', () => {
  it('names the nodes of a DaemonSet pod, and none of others', () => {
    const matchFields = [{ key: 'metadata.name', values: ['fake-2'] }];
    const required = { nodeSelectorTerms: [{ matchFields }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    assert.deepEqual(pinnedNodes(pod({ affinity })), ['fake-2']);
    assert.equal(pinnedNodes(pod({})), undefined);
  });
});
