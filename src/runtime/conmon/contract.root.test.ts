import { findProgram } from '../detect.ts';
import { runtimeContractSuite } from '../fake/contract-suite.ts';
import { openFixture } from './test-fixture.ts';

for (const name of ['crun', 'runc']) {
  const path = findProgram(name);
  if (path !== undefined) {
    runtimeContractSuite(`conmon and ${name}`, { open: () => openFixture({ name, path, args: [] }) });
  }
}
