/** The programs that `hako image bootstrap` needs on the daemon's machine. */
import { busyboxPackages, debootstrapPackages, missing, provide } from './packages.ts';

/** Installs what is missing for a base image of this name. Throws CliError. */
export async function provideBootstrapTools(reference: string): Promise<void> {
  const needed = /^busybox(:|$)/.test(reference) ? busyboxPackages : debootstrapPackages;
  // Whoever is not root may still ask a daemon that has them elsewhere: it says so itself.
  if (missing(needed).length > 0 && process.getuid?.() === 0)
    await provide(needed, `hako image bootstrap ${reference}`);
}
