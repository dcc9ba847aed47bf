/** The unit that systemd starts the daemon by. */
import { join } from 'node:path';
import { packageDir } from '../version.ts';

/**
 * The text of hako.service. KillMode=process: containers and their monitors are in the unit's control group until the
 * runtime moves them, and must outlive the daemon. Delegate: the daemon makes control groups below its own.
 */
export function systemdUnit(launcher = join(packageDir, 'hako')): string {
  return `[Unit]
Description=Hakobune container daemon
After=network-online.target local-fs.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${launcher} daemon
Restart=always
RestartSec=1
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
TasksMax=infinity
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;
}
