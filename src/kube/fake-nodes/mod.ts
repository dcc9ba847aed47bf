/** Nodes on paper, for tests of what lives above nodes. */
export { FakeNodes, type FakeNodesOptions } from './fake-nodes.ts';
export { FAKE_NODE_LABEL, fakeNodeName } from './nodes.ts';
export { PHASE_ANNOTATION } from './pod-plan.ts';
