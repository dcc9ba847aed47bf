/** What pull, push and copy need from the place where blobs are kept, and tell about themselves. */
import type { ImageProgress } from '../contract.ts';

export type OnProgress = (progress: ImageProgress) => void;
