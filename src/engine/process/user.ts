import { HakoError } from '#base';

/** Numeric identity of a process in its container. */
export interface ProcessUser {
  uid: number;
  gid: number;
  additionalGids: number[];
  home: string;
}

/** The texts of the container's own /etc/passwd and /etc/group; empty where it has none. */
export interface AccountFiles {
  passwd: string;
  group: string;
}

interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface Group {
  name: string;
  gid: number;
  members: string[];
}

/**
 * Resolves docker's `USER[:GROUP]`, names or numbers, with the container's account files.
 * A name must exist there; a number need not. Without a group the account's groups apply.
 */
export function resolveUser(spec: string, groupAdd: readonly string[], files: AccountFiles): ProcessUser {
  const [userText = '', groupText] = spec.split(':');
  const groups = parseGroups(files.group);
  const account = findAccount(userText === '' ? '0' : userText, parseAccounts(files.passwd));
  const gid = groupText ? findGroup(groupText, groups) : account.gid;
  const memberOf = groupText
    ? []
    : groups.filter((group) => group.members.includes(account.name)).map((group) => group.gid);
  const added = groupAdd.map((group) => findGroup(group, groups));
  return { uid: account.uid, gid, additionalGids: [...new Set([...memberOf, ...added])], home: account.home };
}

function parseAccounts(passwd: string): Account[] {
  return fieldsOf(passwd).map(([name = '', , uid, gid, , home]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home || '/',
  }));
}

function parseGroups(group: string): Group[] {
  return fieldsOf(group).map(([name = '', , gid, members]) => ({
    name,
    gid: Number(gid),
    members: (members ?? '').split(',').filter(Boolean),
  }));
}

function fieldsOf(text: string): string[][] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':'));
}

const MAX_ID = 2 ** 31 - 1;

function numericId(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > MAX_ID) throw new HakoError('invalid', `uids and gids must be in range 0-${MAX_ID}: ${text} is not`);
  return id;
}

function findAccount(text: string, accounts: readonly Account[]): Account {
  const id = numericId(text);
  const found = accounts.find((account) => account.name === text) ?? accounts.find((account) => account.uid === id);
  if (found !== undefined) return found;
  if (id !== undefined) return { name: '', uid: id, gid: 0, home: '/' };
  throw new HakoError('invalid', `unable to find user ${text}: no matching entries in passwd file of the image`);
}

function findGroup(text: string, groups: readonly Group[]): number {
  const found = groups.find((group) => group.name === text)?.gid ?? numericId(text);
  if (found !== undefined) return found;
  throw new HakoError('invalid', `Unable to find group ${text}: no matching entries in group file of the image`);
}
