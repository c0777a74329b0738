// Threshold trustees as they are published (§4.6): certificates, commitments and verification keys.
//
// The form of 3.3.0 and that of 2.0 (without contexts and signatures) are read, a mixture is not.

import type { Group } from './group';
import { exactJson, isCount, isText, ordered, parseAll } from './json';
import { knows, parseProof, writeProof, type Proof } from './proof';

/** More trustees than any board has; protects a verifier against absurd work. */
const MOST_TRUSTEES = 100;

/** `trustee_public_key` of §4.5. */
export interface Key<P> {
  readonly point: P;
  readonly text: string;
  readonly pok: Proof;
  readonly signature: Proof | undefined;
}

interface Signed {
  readonly message: string;
  readonly signature: Proof;
}

/** `threshold_parameters` of §4.6.7. */
export interface Pedersen<P> {
  readonly threshold: number;
  readonly certs: readonly Signed[];
  readonly coefexps: readonly Signed[];
  readonly signatures: readonly Proof[] | undefined;
  readonly keys: readonly Key<P>[];
}

/** `cert_keys` of §4.6.2; the context is missing in the form of 2.0. */
interface Cert<P> {
  readonly hasContext: boolean;
  readonly verification: P;
}

export function parseKey<P>(group: Group<P>, value: unknown): Key<P> | undefined {
  const key = ordered(value, ['pok', 'public_key', 'signature?']);
  const text = key?.['public_key'];
  const point = isText(text) ? group.parse(text) : undefined;
  const pok = parseProof(group, key?.['pok']);
  const signature = parseProof(group, key?.['signature']);
  const lost = key !== undefined && 'signature' in key && signature === undefined;
  if (!isText(text) || point === undefined || pok === undefined || lost) {
    return undefined;
  }
  return { point, text, pok, signature };
}

function parseSigned<P>(group: Group<P>, value: unknown): Signed | undefined {
  const signed = ordered(value, ['message', 'signature']);
  const message = signed?.['message'];
  const signature = parseProof(group, signed?.['signature']);
  return isText(message) && signature !== undefined ? { message, signature } : undefined;
}

const isSmall = (value: unknown): value is number => isCount(value) && value < 2 ** 32;

export function parsePedersen<P>(group: Group<P>, value: unknown): Pedersen<P> | undefined {
  const order = ['threshold', 'certs', 'coefexps', 'signatures?', 'verification_keys'];
  const fields = ordered(value, order);
  const threshold = fields?.['threshold'];
  const signed = (item: unknown) => parseSigned(group, item);
  const certs = parseAll(fields?.['certs'], signed);
  const coefexps = parseAll(fields?.['coefexps'], signed);
  const signatures = parseAll(fields?.['signatures'], (item) => parseProof(group, item));
  const keys = parseAll(fields?.['verification_keys'], (item) => parseKey(group, item));
  const lost = fields !== undefined && 'signatures' in fields && signatures === undefined;
  if (!isSmall(threshold) || !certs || !coefexps || !keys || lost) {
    return undefined;
  }
  return { threshold, certs, coefexps, signatures, keys };
}

/** §4.6.1: the owner of `verification` signed `message`. */
function isSignedBy<P>(group: Group<P>, message: string, signature: Proof, verification: P) {
  return (
    group.isMember(verification) && knows(group, `sigmsg|${message}|`, signature, verification)
  );
}

/** A certificate: signed by its own key, and its context, if it has one, names its place. */
function readCert<P>(group: Group<P>, item: Pedersen<P>, place: number): Cert<P> | undefined {
  const cert = item.certs[place];
  const fields = ordered(exactJson(cert?.message ?? ''), [
    'context?',
    'verification',
    'encryption',
  ]);
  const [verification, encryption] = [fields?.['verification'], fields?.['encryption']].map((text) =>
    isText(text) ? group.parse(text) : undefined,
  );
  if (!cert || !fields || verification === undefined || encryption === undefined) {
    return undefined;
  }
  const hasContext = 'context' in fields;
  const context = ordered(fields['context'], ['group', 'size', 'threshold', 'index']);
  const named =
    !hasContext ||
    (context?.['group'] === group.name &&
      context['size'] === item.certs.length &&
      context['threshold'] === item.threshold &&
      context['index'] === place + 1);
  const sound =
    named &&
    isSignedBy(group, cert.message, cert.signature, verification) &&
    group.isMember(encryption);
  return sound ? { hasContext, verification } : undefined;
}

interface Commitments<P> {
  readonly texts: readonly string[];
  readonly points: readonly P[];
}

/** `raw_coefexps` of §4.6.4: g to the power of each coefficient. */
function readCoefexps<P>(group: Group<P>, signed: Signed | undefined): Commitments<P> | undefined {
  const texts = parseAll(
    ordered(exactJson(signed?.message ?? ''), ['coefexps'])?.['coefexps'],
    (text) => (isText(text) ? text : undefined),
  );
  const points = parseAll(texts, (text) => (isText(text) ? group.parse(text) : undefined));
  return texts === undefined || points === undefined ? undefined : { texts, points };
}

/** The commitments of one trustee: signed by it, alone and with all certificates. */
function checkedCoefexps<P>(
  group: Group<P>,
  item: Pedersen<P>,
  place: number,
  owner: P,
): readonly P[] | undefined {
  const signed = item.coefexps[place];
  const coefexps = readCoefexps(group, signed);
  if (signed === undefined || coefexps === undefined) {
    return undefined;
  }
  const certs = item.certs.map(({ message, signature }) => ({
    message,
    signature: writeProof(signature),
  }));
  const all = `certs_sig|${JSON.stringify({ certs, coefexps: coefexps.texts })}`;
  const signature = item.signatures?.[place];
  const sound =
    isSignedBy(group, signed.message, signed.signature, owner) &&
    (item.signatures === undefined ||
      (signature !== undefined && isSignedBy(group, all, signature, owner))) &&
    coefexps.points.length === item.threshold &&
    coefexps.points.every((a) => group.isMember(a));
  return sound ? coefexps.points : undefined;
}

/** Π A_k^(j^k): g to the power of the polynomial's value at j. */
function valueAt<P>(group: Group<P>, coefexps: readonly P[], j: bigint): P {
  let power = 1n;
  return coefexps.reduce((product, a) => {
    const factor = group.pow(a, power);
    power = (power * j) % group.q;
    return group.mul(product, factor);
  }, group.one);
}

/** The key of this item: Π A_z0; undefined when the commitments cannot be read. */
export function publicKey<P>(group: Group<P>, item: Pedersen<P>): P | undefined {
  return item.coefexps.reduce<P | undefined>((product, signed) => {
    const first = readCoefexps(group, signed)?.points[0];
    return product === undefined || first === undefined ? undefined : group.mul(product, first);
  }, group.one);
}

/** Every reason to refuse these parameters (§4.6.6, §4.6.7). */
export function pedersenFaults<P>(group: Group<P>, item: Pedersen<P>): string[] {
  const size = item.certs.length;
  const certs = item.certs.map((_, place) => readCert(group, item, place));
  const owners = certs.flatMap((cert) => (cert === undefined ? [] : [cert]));
  if (size === 0 || size > MOST_TRUSTEES || owners.length < size) {
    return ['setup.certificate'];
  }
  // all or nothing: a mixture of the old and the new form is neither
  const contexts = owners.filter((cert) => cert.hasContext).length;
  const signed = item.keys.filter((key) => key.signature !== undefined).length;
  const expected = item.signatures === undefined ? 0 : size;
  if (contexts !== expected || signed !== expected) {
    return ['setup.certificate'];
  }
  if (item.threshold < 1 || item.threshold > size || item.keys.length !== size) {
    return ['setup.threshold'];
  }
  const complete =
    item.coefexps.length === size && (item.signatures?.length ?? size) === item.certs.length;
  const coefexps = owners.flatMap((owner, place) => {
    const own = complete ? checkedCoefexps(group, item, place, owner.verification) : undefined;
    return own === undefined ? [] : [own];
  });
  if (coefexps.length < size) {
    return ['setup.certificate'];
  }
  return item.keys.flatMap((key, place) => {
    // §4.6.6: the key is Π over all trustees of Π A_ik^(j^k)
    const wanted = coefexps.reduce(
      (product, own) => group.mul(product, valueAt(group, own, BigInt(place + 1))),
      group.one,
    );
    const owner = owners[place]?.verification;
    const byOwner =
      key.signature === undefined ||
      (owner !== undefined && isSignedBy(group, key.text, key.signature, owner));
    return [
      ...(group.equals(key.point, wanted) ? [] : ['setup.threshold']),
      ...(byOwner ? [] : ['setup.certificate']),
    ];
  });
}
