import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface CranfieldDocument {
  id: number;
  title: string;
  text: string;
}

export interface CranfieldQuestion {
  id: number;
  text: string;
  /** Gain by document: 5 − code. */
  gains: Map<number, number>;
}

export interface Cranfield {
  documents: CranfieldDocument[];
  questions: CranfieldQuestion[];
}

const folder = path.resolve(import.meta.dirname, '../data/cranfield');

/** Reads the collection; questions are numbered in file order, as the judgements expect. */
export async function loadCranfield(): Promise<Cranfield> {
  const [documents, questions, judgements] = await Promise.all(
    ['cran.all.1400', 'cran.qry', 'cranqrel'].map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  const gains = readGains(judgements ?? '');
  return {
    documents: records(documents ?? '').map(readDocument),
    questions: records(questions ?? '').map((record, index) => ({
      id: index + 1,
      text: field(record, 'W'),
      gains: gains.get(index + 1) ?? new Map<number, number>(),
    })),
  };
}

const records = (file: string): string[] => file.replaceAll('\r', '').split(/^\.I /m).slice(1);

function readDocument(record: string): CranfieldDocument {
  return { id: Number.parseInt(record, 10), title: field(record, 'T'), text: field(record, 'W') };
}

function field(record: string, name: string): string {
  const start = new RegExp(`^\\.${name} *$`, 'm').exec(record);
  if (!start) return '';
  const rest = record.slice(start.index + start[0].length);
  const end = /^\.[A-Z] *$/m.exec(rest);
  return rest.slice(0, end?.index).trim();
}

function readGains(file: string): Map<number, Map<number, number>> {
  const gains = new Map<number, Map<number, number>>();
  for (const line of file.trim().split('\n')) {
    const [question = 0, document = 0, code = -1] = line.trim().split(/\s+/).map(Number);
    if (code < 1) continue;
    const known = gains.get(question) ?? new Map<number, number>();
    gains.set(question, known.set(document, 5 - code));
  }
  return gains;
}

export interface Quality {
  ndcg10: number;
  recall100: number;
}

/** Mean nDCG@10 (graded) and recall@100 of rankings by question id, over the questions that pass the filter. */
export function evaluate(
  cranfield: Cranfield,
  rankings: ReadonlyMap<number, readonly number[]>,
  include: (question: CranfieldQuestion) => boolean = () => true,
): Quality {
  const judged = cranfield.questions.filter((question) => question.gains.size > 0 && include(question));
  let ndcg10 = 0;
  let recall100 = 0;
  for (const question of judged) {
    const ranking = rankings.get(question.id) ?? [];
    const ideal = [...question.gains.values()].sort((a, b) => b - a);
    const gains = ranking.map((document) => question.gains.get(document) ?? 0);
    ndcg10 += discounted(gains) / discounted(ideal);
    recall100 += gains.slice(0, 100).filter((gain) => gain > 0).length / question.gains.size;
  }
  return { ndcg10: ndcg10 / judged.length, recall100: recall100 / judged.length };
}

function discounted(gains: readonly number[]): number {
  return gains.slice(0, 10).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}
