// XML in and out. Out: markup is only made by `x`, which escapes. In: the browser's DOMParser reads one
// complete element per WebSocket frame (RFC 7395 §3.3), so there is no parser of ours. Total: never throws.

/** Finished markup: only `x` makes it, so text can't be mistaken for it. */
export class Xml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

// Characters that XML 1.0 §2.2 forbids, lone surrogates included: one of them in a member's text would cost
// the whole stream.
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- these are the ones to strike
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function escape(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** One element. `undefined` attributes and children are left out. */
export function x(
  name: string,
  attributes: Attributes = {},
  ...content: readonly (Xml | string | undefined)[]
): Xml {
  let open = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) open += ` ${key}='${escape(String(value))}'`;
  }
  const inside = content
    .map((part) => (part instanceof Xml ? part.text : part === undefined ? '' : escape(part)))
    .join('');
  return new Xml(inside === '' ? `<${open}/>` : `<${open}>${inside}</${name}>`);
}

/** The one element of a frame, or undefined when the frame is not well-formed. */
export function parse(frame: string): Element | undefined {
  // RFC 6120 §11.1: no document types. The browser would expand their entities.
  if (frame.includes('<!DOCTYPE')) return undefined;
  let root: Element;
  try {
    root = new DOMParser().parseFromString(frame, 'application/xml').documentElement;
  } catch {
    return undefined;
  }
  const failed =
    root.localName === 'parsererror' || root.getElementsByTagName('parsererror').length > 0;
  return failed ? undefined : root;
}

export function is(element: Element, name: string, ns: string): boolean {
  return element.localName === name && element.namespaceURI === ns;
}

export function child(parent: Element | undefined, name: string, ns: string): Element | undefined {
  if (!parent) return undefined;
  for (const element of parent.children) if (is(element, name, ns)) return element;
  return undefined;
}

export function children(parent: Element | undefined, name: string, ns: string): Element[] {
  return parent ? [...parent.children].filter((element) => is(element, name, ns)) : [];
}

/** Walks down: `path(message, ['event', PUBSUB_EVENT], ['items', PUBSUB_EVENT])`. */
export function path(
  from: Element | undefined,
  ...steps: readonly (readonly [string, string])[]
): Element | undefined {
  let at = from;
  for (const [name, ns] of steps) at = child(at, name, ns);
  return at;
}

export function textOf(element: Element | undefined): string {
  return element?.textContent ?? '';
}

/** An element that was read, as markup again: what other clients have noted is handed back as it was. */
export function copy(element: Element): Xml {
  const attributes: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    if (!name.startsWith('xmlns') && (!name.includes(':') || name.startsWith('xml:'))) {
      attributes[name] = value;
    }
  }
  const content: (Xml | string)[] = [...element.childNodes].map((node) =>
    node instanceof Element ? copy(node) : node.nodeType === 3 ? (node.nodeValue ?? '') : '',
  );
  return x(element.localName, { xmlns: element.namespaceURI ?? '', ...attributes }, ...content);
}
