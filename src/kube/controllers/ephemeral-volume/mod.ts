export { ephemeralVolumeController } from './ephemeral-volume.ts';
