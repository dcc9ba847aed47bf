/** `hako version`, and `hako --version`. */
import { command, text, toggle } from '../../args/flags.ts';
import type { ApiClient } from '../../client/api.ts';
import { CliError } from '../../errors.ts';
import { renderValue } from '../../format/list.ts';
import { note, print } from '../../output.ts';
import { packageVersion } from '../../version.ts';

interface ServerVersion {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
  GitCommit?: string;
  Os: string;
  Arch: string;
  KernelVersion?: string;
}

export default command({
  usage: '[OPTIONS]',
  flags: {
    format: text('f', 'FORMAT', "json, or a Go template such as '{{.Server.Version}}'"),
    short: { ...toggle('', ''), hidden: true },
  },
  arity: [0, 0],
  examples: ['hako version', "hako version --format '{{.Client.Version}}'"],
  async run({ api, flags }) {
    const version = packageVersion();
    if (flags.short) {
      print(`hako version ${version}\n`);
      return undefined;
    }
    const Client = { Version: version, ApiVersion: '1.51', Node: process.version, Os: 'linux', Arch: goArch() };
    const Server = await serverVersion(api);
    if (flags.format !== '') print(renderValue({ Client, Server: Server ?? null }, flags.format));
    else print(`${section('Client', Client)}${Server === undefined ? '' : `\n${section('Server', known(Server))}`}`);
    return Server === undefined ? 1 : 0;
  },
});

async function serverVersion(api: ApiClient): Promise<ServerVersion | undefined> {
  try {
    return await api.get<ServerVersion>('/version');
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    note(error.message);
    return undefined;
  }
}

function known({ Version, ApiVersion, MinAPIVersion, GitCommit, Os, Arch, KernelVersion }: ServerVersion) {
  return { Version, ApiVersion, MinAPIVersion, GitCommit, Os, Arch, KernelVersion };
}

function section(title: string, values: Record<string, string | undefined>): string {
  const lines = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return `${title}:\n${lines.map(([name, value]) => ` ${`${name}:`.padEnd(16)}${value}\n`).join('')}`;
}

function goArch(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
