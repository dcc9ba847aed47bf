/**
 * The nftables table of one instance, as text. Pure: the same state gives the same text.
 *
 * Rules never change while the daemon runs; what changes are elements of sets and maps, so an update is small and atomic:
 *
 * - `bridges`: every bridge of ours; `internal`: those without a way out; `together`: pairs of the same bridge twice,
 *   where containers may talk to each other.
 * - `inside4`, `inside6`: the subnets of all networks; `hidden4`, `hidden6`: those whose containers leave with the host's
 *   address. By address, because bridged packets have no input interface in the postrouting hook.
 * - `published4`, `published6`: (host address, protocol, host port) → (container address, port); the `any` maps: on every
 *   address of the host.
 */
export interface NamedElements {
  bridges: string[];
  internal: string[];
  together: string[];
  inside4: string[];
  inside6: string[];
  hidden4: string[];
  hidden6: string[];
  published4: string[];
  published4any: string[];
  published6: string[];
  published6any: string[];
}

export type ElementSetName = keyof NamedElements;

const TYPES: Record<ElementSetName, string> = {
  bridges: 'type ifname',
  internal: 'type ifname',
  together: 'type ifname . ifname',
  inside4: 'type ipv4_addr; flags interval',
  inside6: 'type ipv6_addr; flags interval',
  hidden4: 'type ipv4_addr; flags interval',
  hidden6: 'type ipv6_addr; flags interval',
  published4: 'type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service',
  published4any: 'type inet_proto . inet_service : ipv4_addr . inet_service',
  published6: 'type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service',
  published6any: 'type inet_proto . inet_service : ipv6_addr . inet_service',
};

/** The chains. Priorities are numbers, because nft's names for them depend on the hook in old versions. */
const CHAINS = `
  # With route_localnet a container could otherwise reach services on the host's loopback addresses.
  chain guard {
    type filter hook prerouting priority -300; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip saddr 127.0.0.0/8 drop
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    fib daddr type local jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump publish
  }
  chain publish {
    dnat ip to ip daddr . meta l4proto . th dport map @published4
    dnat ip to meta l4proto . th dport map @published4any
    # ::1 cannot leave the host: the helper's proxy serves it. Link-local addresses are not forwarded.
    ip6 daddr { ::1, fe80::/10 } return
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6
    dnat ip6 to meta l4proto . th dport map @published6any
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname != @bridges oifname != @bridges accept
    iifname . oifname @together accept
    iifname @internal drop
    oifname @internal drop
    ct state established,related accept
    oifname @bridges ct status dnat accept
    oifname @bridges drop
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr @hidden4 oifname != @bridges masquerade
    ip6 saddr @hidden6 oifname != @bridges masquerade
    ip saddr @inside4 oifname @bridges ct status dnat masquerade
    ip6 saddr @inside6 oifname @bridges ct status dnat masquerade
    ip saddr 127.0.0.0/8 oifname @bridges ct status dnat masquerade
  }
`;

/** No elements at all. */
export function noElements(): NamedElements {
  return Object.fromEntries(Object.keys(TYPES).map((name) => [name, []])) as unknown as NamedElements;
}

/** One transaction that puts the table in place of whatever is there under its name. */
export function renderTable(table: string, elements: NamedElements): string {
  const sets = (Object.keys(TYPES) as ElementSetName[]).map((name) => renderSet(name, elements[name]));
  return `table inet ${table}\ndelete table inet ${table}\ntable inet ${table} {\n${sets.join('')}${CHAINS}}\n`;
}

function renderSet(name: ElementSetName, elements: readonly string[]): string {
  const type = TYPES[name];
  const kind = type.includes(' : ') ? 'map' : 'set';
  const content = elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} }`;
  return `  ${kind} ${name} { ${type};${content} }\n`;
}
