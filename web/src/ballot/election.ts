// Elections and ballots as the protocol writes them, with total parsers: whatever arrives, the
// answer is a value or undefined, never an exception.

import { has, isCount, isRecord, isText, isTexts, parseJson } from './json';

export interface Marks {
  readonly kind: 'marks';
  readonly question: string;
  readonly answers: readonly string[];
  readonly blank: boolean;
  readonly min: number;
  readonly max: number;
}

export interface Values {
  readonly kind: 'values';
  readonly question: string;
  readonly answers: readonly string[];
}

export type Question = Marks | Values;

export interface ElectionText {
  readonly group: string;
  readonly uuid: string;
  readonly name: string;
  readonly publicKey: string;
  readonly questions: readonly Question[];
}

function question(value: unknown): Question | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  if (has(value, ['type', 'value'], ['extra'])) {
    const inner = value['value'];
    const sound =
      value['type'] === 'NonHomomorphic' && isRecord(inner) && has(inner, ['answers', 'question']);
    if (!sound || !isTexts(inner['answers']) || !isText(inner['question'])) {
      return undefined;
    }
    return { kind: 'values', question: inner['question'], answers: inner['answers'] };
  }
  const { answers, blank, min, max, question: text } = value;
  const sound =
    has(value, ['answers', 'min', 'max', 'question'], ['blank']) &&
    (blank === undefined || typeof blank === 'boolean');
  if (!sound || !isTexts(answers) || !isCount(min) || !isCount(max) || !isText(text)) {
    return undefined;
  }
  if (min > max || max > answers.length) {
    return undefined;
  }
  return { kind: 'marks', question: text, answers, blank: blank === true, min, max };
}

/** Reads `election` of §4.10. */
export function parseElection(text: string): ElectionText | undefined {
  const value = parseJson(text);
  const members = ['version', 'description', 'name', 'group', 'public_key', 'questions', 'uuid'];
  const optional = ['administrator', 'credential_authority'];
  if (!isRecord(value) || !has(value, members, optional) || value['version'] !== 1) {
    return undefined;
  }
  const { description, name, group, public_key: publicKey, uuid, questions } = value;
  if (!isTexts([description, name, group, publicKey, uuid]) || !Array.isArray(questions)) {
    return undefined;
  }
  const parsed = questions.map(question);
  const sound = parsed.filter((q) => q !== undefined);
  if (sound.length !== parsed.length || sound.length === 0) {
    return undefined;
  }
  if (!isText(uuid) || !/^[1-9A-HJ-NP-Za-km-z]{14,}$/u.test(uuid)) {
    return undefined;
  }
  if (!isText(name) || !isText(group) || !isText(publicKey)) {
    return undefined;
  }
  return { group, uuid, name, publicKey, questions: sound };
}

/** Ciphertexts in an answer to a homomorphic question. */
export function width(marks: Marks): number {
  return marks.answers.length + (marks.blank ? 1 : 0);
}

/** Whether a choice keeps the rules: marks are 0 or 1, a blank vote has none. */
export function allows(question: Question, choice: readonly number[]): boolean {
  if (question.kind === 'values') {
    const sound = choice.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);
    return sound && choice.length === question.answers.length;
  }
  if (choice.length !== width(question) || !choice.every((m) => m === 0 || m === 1)) {
    return false;
  }
  const sum = (question.blank ? choice.slice(1) : choice).reduce<number>((a, b) => a + b, 0);
  return question.blank && choice[0] === 1
    ? sum === 0
    : sum >= question.min && sum <= question.max;
}
