// Addresses (RFC 7622), as far as a client needs to take them apart. It never judges whether one is valid:
// the server does.

export function bare(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

export function resource(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? '' : jid.slice(slash + 1);
}

export function domain(jid: string): string {
  const address = bare(jid);
  return address.slice(address.indexOf('@') + 1);
}

export function localpart(jid: string): string {
  const at = bare(jid).indexOf('@');
  return at < 0 ? '' : jid.slice(0, at);
}

/** A readable name out of an address, when nobody told us one: `anna.meier@…` → "Anna Meier". */
export function readable(jid: string): string {
  const words = (localpart(jid) || domain(jid)).split(/[._-]+/).filter(Boolean);
  return words.map((word) => word.charAt(0).toLocaleUpperCase() + word.slice(1)).join(' ');
}
