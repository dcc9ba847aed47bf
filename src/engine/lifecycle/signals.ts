import { constants } from 'node:os';

export const SIGKILL = constants.signals.SIGKILL;
export const SIGTERM = constants.signals.SIGTERM;
