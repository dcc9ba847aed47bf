/** gVisor: in systrap mode where the version knows it, else ptrace. Its `delete` alone takes up to two seconds. */
import { DEFAULT_RUNTIMES, findProgram } from '../detect.ts';
import { runtimeContractSuite } from '../fake/contract-suite.ts';
import { openFixture } from './test-fixture.ts';

const registered = DEFAULT_RUNTIMES.find(({ name }) => name === 'runsc');
const path = findProgram('runsc');
if (registered !== undefined && path !== undefined) {
  runtimeContractSuite('conmon and runsc', { open: () => openFixture({ ...registered, path }) });
}
