import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { storageSuite } from '../testing/suite.ts';
import { SqliteStorage } from './sqlite-storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-kube-sqlite-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}`, 'state.db');

storageSuite('sqlite', () => SqliteStorage.open(newFile()));
