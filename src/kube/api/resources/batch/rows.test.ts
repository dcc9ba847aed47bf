import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTEXT, changeIn, checkKind, createIn, NOW_MS, UID, updateIn } from '../testing/check-kind.ts';
import { POD_SPEC } from '../testing/pods.ts';
import { cronJobs } from './cron-jobs.ts';
import { jobs } from './jobs.ts';

const TEMPLATE = { spec: { ...POD_SPEC, restartPolicy: 'Never' } };
const MINIMAL = { spec: { template: TEMPLATE } };
const INDEXED = { completionMode: 'Indexed', completions: 3, parallelism: 3 };
const LABELS = 'spec.template.metadata.labels';
const IN_ORDER = { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } };

checkKind(jobs, {
  minimal: MINIMAL,
  created: {
    metadata: { labels: { 'job-name': 'web' } },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': UID } },
      template: {
        metadata: {
          labels: {
            'batch.kubernetes.io/controller-uid': UID,
            'batch.kubernetes.io/job-name': 'web',
            'controller-uid': UID,
            'job-name': 'web',
          },
        },
      },
    },
    status: {},
  },
  invalid: [
    [
      'pods that run for ever',
      { spec: { template: { spec: { restartPolicy: null } } } },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      'an unknown restart policy',
      { spec: { template: { spec: { restartPolicy: 'Sometimes' } } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "OnFailure", "Never"',
    ],
    [
      'counts below zero',
      { spec: { parallelism: -1, backoffLimit: -2 } },
      'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0',
    ],
    [
      "a label that is not the job's",
      { spec: { template: { metadata: { labels: { 'job-name': 'other' } } } } },
      `${LABELS}[job-name]: Invalid value: ${JSON.stringify({
        'batch.kubernetes.io/job-name': 'web',
        'job-name': 'other',
        'batch.kubernetes.io/controller-uid': UID,
        'controller-uid': UID,
      })}: must be 'web'`,
    ],
    [
      'a selector of other pods',
      { spec: { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'other' } } } },
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"other"}}: `selector` not auto-generated',
      `${LABELS}: Invalid value: ${JSON.stringify({
        'batch.kubernetes.io/job-name': 'web',
        'job-name': 'web',
        'batch.kubernetes.io/controller-uid': UID,
        'controller-uid': UID,
      })}: \`selector\` does not match template \`labels\``,
    ],
    ['a manual selector that is missing', { spec: { manualSelector: true } }, 'spec.selector: Required value'],
    [
      'indexes without their number',
      { spec: { completionMode: 'Indexed', parallelism: 1 } },
      'spec.completions: Required value: when completion mode is Indexed',
    ],
    [
      'a limit for each index without indexes',
      { spec: { backoffLimitPerIndex: 1 } },
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ],
    [
      'an unknown mode',
      { spec: { completionMode: 'Odd' } },
      'spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"',
    ],
    [
      'exit codes out of order, twice, and zero',
      {
        spec: {
          podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3, 0, 3] } }] },
        },
      },
      'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
    ],
    [
      'a failure policy for pods that restart',
      { spec: { podFailurePolicy: { rules: [IN_ORDER] }, template: { spec: { restartPolicy: 'OnFailure' } } } },
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ],
    [
      'a success policy without indexes',
      { spec: { successPolicy: { rules: [{ succeededCount: 1 }] } } },
      'spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode',
    ],
    [
      'more successes than pods',
      { spec: { ...INDEXED, successPolicy: { rules: [{ succeededCount: 4 }] } } },
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
    ],
    [
      'a manager without a domain',
      { spec: { managedBy: 'me' } },
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
  ],
  refused: [
    ['another number of pods', { spec: { completions: 2 } }, 'spec.completions: Invalid value: 2: field is immutable'],
    [
      'another mode',
      { spec: { completionMode: 'Indexed' } },
      'spec.completionMode: Invalid value: "Indexed": field is immutable',
    ],
    [
      'a failure policy that comes late',
      { spec: { podFailurePolicy: { rules: [IN_ORDER] }, podReplacementPolicy: 'Failed' } },
      'spec.podFailurePolicy: Invalid value: {"rules":[{"action":"FailJob","onExitCodes":{"operator":"In","values":[1,42]}}]}: field is immutable',
    ],
  ],
  accepted: [
    ['more at once', { spec: { parallelism: 5, backoffLimit: 1, suspend: true } }],
    ['a life after the end', { spec: { ttlSecondsAfterFinished: 60, activeDeadlineSeconds: 9 } }],
  ],
});

test('Job: the template stays, but where pods run may change while the job has not started', () => {
  const nodeSelector = { spec: { template: { spec: { nodeSelector: { zone: 'a' } } } } };
  assert.match(
    updateIn(jobs, MINIMAL, nodeSelector).complaints.join(),
    /^spec\.template: Invalid value: .*: field is immutable$/,
  );
  const suspended = { spec: { ...MINIMAL.spec, suspend: true } };
  assert.deepEqual(updateIn(jobs, suspended, nodeSelector).complaints, []);
  const image = { spec: { template: { spec: { containers: [{ name: 'main', image: 'other' }] } } } };
  assert.match(updateIn(jobs, suspended, image).complaints.join(), /field is immutable/);
  const { object } = createIn(jobs, suspended);
  const inState = (status: object) => changeIn(jobs, { ...object, status }, nodeSelector).complaints.join();
  const startTime = '2026-01-01T00:00:00Z';
  const conditions = [{ type: 'Suspended', status: 'True' }];
  assert.match(inState({ startTime }), /field is immutable/);
  assert.equal(inState({ startTime, conditions }), '', 'stopped again');
  assert.match(inState({ conditions, active: 1 }), /field is immutable/, 'a pod still runs');
});

test('Job: what the containers of a suspended job get may change', () => {
  const give = (cpu: string, containers: string) => ({
    spec: {
      template: { spec: { [containers]: [{ name: 'i', image: 'busybox', resources: { requests: { cpu } } }] } },
    },
  });
  const withInit = { spec: { ...MINIMAL.spec, suspend: true, template: structuredClone(MINIMAL.spec.template) } };
  Object.assign(withInit.spec.template.spec, give('1', 'initContainers').spec.template.spec);
  assert.deepEqual(updateIn(jobs, withInit, give('2', 'initContainers')).complaints, []);
});

test('Job: an indexed job grows together with its parallelism', () => {
  const indexed = { spec: { ...MINIMAL.spec, ...INDEXED } };
  assert.deepEqual(updateIn(jobs, indexed, { spec: { completions: 5, parallelism: 5 } }).complaints, []);
  assert.deepEqual(updateIn(jobs, indexed, { spec: { completions: 5 } }).complaints, [
    'spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism',
  ]);
});

test("Job: labels of the template become the job's, and a failure policy changes two defaults", () => {
  const { object } = createIn(jobs, {
    spec: { template: { ...TEMPLATE, metadata: { labels: { app: 'a' } } }, podFailurePolicy: { rules: [IN_ORDER] } },
  });
  assert.deepEqual(object.metadata.labels, { app: 'a' });
  assert.equal((object.spec as { podReplacementPolicy: string }).podReplacementPolicy, 'Failed');
});

test('Job: prints its state, how far it is and how long it took', () => {
  const { object } = createIn(jobs, MINIMAL);
  const cells = () => jobs.versions[0]?.columns?.slice(0, 3).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells(), ['Running', '0/1', '']);
  object.status = {
    succeeded: 1,
    startTime: '2026-01-02T03:00:00Z',
    completionTime: '2026-01-02T03:01:00Z',
    conditions: [{ type: 'Complete', status: 'True' }],
  };
  assert.deepEqual(cells(), ['Complete', '1/1', '60s']);
  assert.equal(jobs.versions[0]?.selectableFields?.['status.successful']?.(object), '1');
});

test('Job: what is finished stays finished', () => {
  const { object } = createIn(jobs, MINIMAL);
  object.status = { conditions: [{ type: 'Failed', status: 'True' }] };
  assert.deepEqual(changeIn(jobs, object, { status: { conditions: [] } }, 'status').complaints, [
    'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
  ]);
});

test('Job: a status that contradicts itself is refused', () => {
  const { object } = createIn(jobs, MINIMAL);
  object.status = { startTime: '2026-01-02T00:00:00Z', failed: 2 };
  const condition = (type: string) => ({ type, status: 'True' });
  const after = (status: object) => changeIn(jobs, structuredClone(object), { status }, 'status').complaints;
  assert.deepEqual(
    after({
      conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      completionTime: '2026-01-02T01:00:00Z',
      succeeded: 1,
    }),
    [],
  );
  assert.deepEqual(after({ conditions: [condition('Complete')], active: 1, failed: 1 }), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.failed: Invalid value: 1: cannot decrease the failed counter',
  ]);
  assert.deepEqual(after({ startTime: '2026-01-02T00:00:01Z', completionTime: '2026-01-01T00:00:00Z', ready: 1 }), [
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition',
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set before startTime',
    'status.startTime: Invalid value: "2026-01-02T00:00:01Z": startTime cannot be modified for unsuspended job',
    'status.ready: Invalid value: 1: cannot set more ready pods than active',
  ]);
});

test('Job: a name that is too long for its indexes', () => {
  const name = 'x'.repeat(62);
  const { complaints } = createIn(jobs, { metadata: { name }, spec: { ...MINIMAL.spec, ...INDEXED } });
  assert.deepEqual(complaints, [
    `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-2`,
  ]);
});

const CRON = { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: TEMPLATE } } } };

checkKind(cronJobs, {
  minimal: CRON,
  created: {
    spec: {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
    },
    status: {},
  },
  invalid: [
    ['no schedule', { spec: { schedule: null } }, 'spec.schedule: Required value'],
    [
      'a schedule of four fields',
      { spec: { schedule: '* * * *' } },
      'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]',
    ],
    [
      'a zone in the schedule',
      { spec: { schedule: 'TZ=UTC 0 * * * *' } },
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      'a zone in both places',
      { spec: { schedule: 'CRON_TZ=UTC 0 * * * *', timeZone: 'UTC' } },
      'spec.schedule: Invalid value: "CRON_TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      'no zone',
      { spec: { timeZone: '' } },
      'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string',
    ],
    [
      'a zone of nowhere',
      { spec: { timeZone: 'Mars/Olympus' } },
      'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
    ],
    [
      'whatever zone it is here',
      { spec: { timeZone: 'local' } },
      'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      'an unknown policy',
      { spec: { concurrencyPolicy: 'Queue' } },
      'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      'a selector for its jobs',
      { spec: { jobTemplate: { spec: { selector: { matchLabels: { a: 'b' } } } } } },
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    ],
    [
      'pods that run for ever',
      { spec: { jobTemplate: { spec: { template: { spec: { restartPolicy: 'Always' } } } } } },
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      "a name too long for its jobs'",
      { metadata: { name: 'x'.repeat(53) } },
      `metadata.name: Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`,
    ],
  ],
  refused: [
    [
      'a history of less than nothing',
      { spec: { failedJobsHistoryLimit: -1 } },
      'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  accepted: [['another time', { spec: { schedule: '@daily', timeZone: 'Europe/Berlin' } }]],
});

test('CronJob: prints its schedule and its last job', () => {
  const { object } = createIn(cronJobs, CRON);
  object.status = { active: [{}], lastScheduleTime: '2026-01-02T03:04:00Z' };
  object.metadata.creationTimestamp = '2026-01-02T00:04:05Z';
  const cells = cronJobs.versions[0]?.columns?.slice(0, 6).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, ['*/5 * * * *', '<none>', 'False', 1, '5s', '3h']);
});

test('CronJob: what was wrong already is let be', () => {
  const spec = { jobTemplate: { spec: { template: TEMPLATE } } };
  const { object: old } = createIn(cronJobs, { spec: { ...spec, schedule: 'TZ=UTC 0 * * * *' } });
  old.metadata.name = 'n'.repeat(60);
  const complaintsOf = (change: object, before = old) => {
    const next = structuredClone(before);
    Object.assign(next.spec as object, change);
    return cronJobs.strategy
      .validateUpdate?.(next, before, CONTEXT)
      .map(({ field, message }) => `${field}: ${message}`);
  };
  assert.deepEqual(complaintsOf({ schedule: 'CRON_TZ=UTC 1 * * * *' }), []);
  assert.deepEqual(complaintsOf({ timeZone: 'UTC' }), [
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
  const zoned = structuredClone(old);
  Object.assign(zoned.spec as object, { schedule: '0 * * * *', timeZone: 'Mars/Olympus' });
  assert.deepEqual(complaintsOf({ suspend: true }, zoned), []);
  assert.equal(complaintsOf({ timeZone: 'Mars/Tharsis' }, zoned)?.length, 1);
  assert.equal(complaintsOf({ schedule: 'TZ=UTC 0 * * * *' }, zoned)?.length, 1);
});
