/** A registry as a program, for tests that kill it: `node serve.ts DIR` prints its URL. */
import { openRegistry } from '../registry.ts';
import { openFolderStorage } from '../storage/mod.ts';

const storage = openFolderStorage({ dir: process.argv[2] ?? '' });
const { address } = await openRegistry({ host: '127.0.0.1', port: 0, storage });
console.log(`http://127.0.0.1:${address.port}`);
