import { DEFAULT_RUNTIMES, findProgram } from '../detect.ts';
import { runtimeContractSuite } from '../fake/contract-suite.ts';
import { openFixture } from './test-fixture.ts';

for (const registered of DEFAULT_RUNTIMES) {
  const path = findProgram(registered.path);
  if (path === undefined) continue;
  runtimeContractSuite(`conmon and ${registered.name}`, {
    open: () => openFixture({ ...registered, path }),
  });
}
