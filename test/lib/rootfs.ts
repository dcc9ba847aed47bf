import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

const FOLDERS = ['bin', 'etc', 'dev', 'proc', 'sys', 'tmp', 'root', 'data'];

/** A root file system of busybox and nothing else, as a tar in `folder`; answers its path. */
export function makeRootfsTar(folder: string): string {
  const root = `${folder}/rootfs`;
  for (const name of FOLDERS) mkdirSync(`${root}/${name}`, { recursive: true });
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  cpSync(busybox, `${root}/bin/busybox`, { dereference: true });
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', `${root}/bin/${applet}`);
  writeFileSync(`${root}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  writeFileSync(`${root}/etc/group`, 'root:x:0:\nnogroup:x:65534:\n');
  writeFileSync(`${root}/data/seed`, 'from the image\n');
  const tar = `${folder}/rootfs.tar`;
  execFileSync('tar', ['-C', root, '--numeric-owner', '--owner=0', '--group=0', '-cf', tar, '.']);
  return tar;
}
