import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { apiServices } from './api-services.ts';

const MINIMAL = {
  metadata: { name: 'v1.example.com' },
  spec: {
    group: 'example.com',
    version: 'v1',
    groupPriorityMinimum: 100,
    versionPriority: 10,
    service: { namespace: 'shop', name: 'api' },
  },
};

checkKind(apiServices, {
  minimal: MINIMAL,
  created: { spec: { service: { port: 443 } }, status: {} },
  invalid: [
    [
      'another name',
      { metadata: { name: 'v2.example.com' } },
      'metadata.name: Invalid value: "v2.example.com": must be `spec.version+"."+spec.group`: "v1.example.com"',
    ],
    [
      'priorities out of range',
      { spec: { groupPriorityMinimum: 0, versionPriority: 1001 } },
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
    ],
    [
      'certificates for nobody',
      { spec: { service: null, caBundle: 'AAAA', insecureSkipTLSVerify: true } },
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
    [
      'certificates that nobody looks at',
      { spec: { caBundle: 'AAAA', insecureSkipTLSVerify: true } },
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
    [
      'a service without names',
      { spec: { service: { name: '', namespace: '', port: 0 } } },
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
    ],
  ],
});

test('APIService: prints whom it asks, and whether they answer', () => {
  assert.equal(apiServices.storagePrefix, 'apiregistration.k8s.io/apiservices');
  const { object } = createIn(apiServices, MINIMAL);
  object.status = { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] };
  const cells = () => apiServices.versions[0]?.columns?.slice(0, 2).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells(), ['shop/api', 'False (MissingEndpoints)']);
  const { object: local } = createIn(apiServices, { ...MINIMAL, spec: { ...MINIMAL.spec, service: null } });
  assert.equal(apiServices.versions[0]?.columns?.[0]?.cell(local, NOW_MS), 'Local');
});
