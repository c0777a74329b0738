// The archive (XEP-0313): asking for a page of a conversation and reading it.

import { forwarded, type Said } from './chat';
import { FORMS, MAM } from './ns';
import { page, type Page } from './rsm';
import { iq } from './stanza';
import { child, is, x, type Xml } from './xml';

export interface Archived {
  readonly queryId: string;
  readonly id: string;
  readonly said: Said;
}

/** Asks `archive` (a room, or undefined for my own) for a page; `peer` narrows my own archive to one person. */
export function query(
  id: string,
  archive: string | undefined,
  peer: string | undefined,
  wanted: Page,
): Xml {
  const field = (name: string, value: string, type?: string) =>
    x('field', { var: name, type }, x('value', {}, value));
  const form = x(
    'x',
    { xmlns: FORMS, type: 'submit' },
    field('FORM_TYPE', MAM, 'hidden'),
    peer === undefined ? undefined : field('with', peer),
  );
  return iq(
    { type: 'set', id, to: archive },
    x('query', { xmlns: MAM, queryid: id }, form, page(wanted)),
  );
}

/** One row of the answer; undefined for anything that is none, or that has no words. */
export function row(result: Element | undefined): Archived | undefined {
  if (!result || !is(result, 'result', MAM)) return undefined;
  const words = forwarded(result);
  const id = result.getAttribute('id');
  return words && id
    ? { queryId: result.getAttribute('queryid') ?? '', id, said: words }
    : undefined;
}

/** Whether the answer's page reaches the end of the archive in the direction asked for. */
export function fin(
  answer: Element,
): { readonly complete: boolean; readonly element: Element } | undefined {
  const element = child(answer, 'fin', MAM);
  if (!element) return undefined;
  const complete = element.getAttribute('complete');
  return { complete: complete === 'true' || complete === '1', element };
}
