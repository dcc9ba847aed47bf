/** The image of every measurement: busybox and nothing else, the same tar for each engine. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { run } from '../lib/command.ts';
import type { Peer } from '../peers/mod.ts';

const REPOSITORY = 'docker.io/library/hako-bench';
export const IMAGE = `${REPOSITORY}:latest`;

const FOLDERS = ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'];
const APPLETS = ['true', 'sleep', 'sh'];

/** Builds the root file system in `folder` and answers its tar archive. */
export async function buildRootfs(folder: string): Promise<Buffer> {
  for (const name of FOLDERS) mkdirSync(`${folder}/rootfs/${name}`, { recursive: true });
  copyFileSync('/bin/busybox', `${folder}/rootfs/bin/busybox`);
  for (const applet of APPLETS) symlinkSync('busybox', `${folder}/rootfs/bin/${applet}`);
  await run(['tar', '-C', `${folder}/rootfs`, '-cf', `${folder}/rootfs.tar`, '.']);
  return readFileSync(`${folder}/rootfs.tar`);
}

/** Gives the image to an engine (`POST /images/create?fromSrc=-`, "docker import"). */
export async function importImage(peer: Peer, tar: Buffer): Promise<void> {
  const query = new URLSearchParams({ fromSrc: '-', repo: REPOSITORY, tag: 'latest' });
  const answer = await peer.api.send('POST', `/images/create?${query}`, tar);
  const failure = /"error":"([^"]*)"/.exec(answer.body.toString());
  if (answer.status >= 400 || failure) throw new Error(`${peer.name} cannot import: ${answer.body}`);
}
