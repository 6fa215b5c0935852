import { answersKind, type QuestionKind } from './question-kind.ts';
import { questionKeys, type SentenceCandidate } from './sentence-candidates.ts';
import { textRank } from './text-rank.ts';

/** A share of the question's weight that one sentence with its headings must carry; below, nothing is quoted. */
const relevanceFloor = 0.4;
/** Sentences this much weaker than the best are not quoted. */
const followingShare = 0.6;
const headingShare = 0.5;
/** A heading that carries this share of the question announces the answer: its section is quoted from the start. */
const announcedShare = 0.8;
const kindBonus = 0.35;
const kindCandidates = 40;
const maxQuotes = 3;
const maxSummaryQuotes = 5;

interface Ranked {
  sentence: SentenceCandidate;
  score: number;
}

/**
 * The sentences that answer a question best, in the order of their passages' ranks; none when nothing carries enough
 * of the question's subject.
 */
export function chooseSentences(
  question: string,
  kind: QuestionKind,
  sentences: readonly SentenceCandidate[],
): SentenceCandidate[] {
  if (kind === 'summary') return chooseCentral(sentences);
  const ranked = rankByQuestion(question, kind, sentences);
  const best = ranked[0]?.score ?? 0;
  return withoutRepetitions(ranked.filter(({ score }) => score >= best * followingShare)).slice(0, maxQuotes);
}

function chooseCentral(sentences: readonly SentenceCandidate[]): SentenceCandidate[] {
  const ranks = textRank(sentences.map((sentence) => sentence.keys));
  const ranked = sentences
    .map((sentence, index) => ({ sentence, score: ranks[index] ?? 0 }))
    .sort((a, b) => b.score - a.score);
  return withoutRepetitions(ranked)
    .slice(0, maxSummaryQuotes)
    .sort((a, b) => a.passage - b.passage || a.position - b.position);
}

function rankByQuestion(
  question: string,
  kind: QuestionKind,
  sentences: readonly SentenceCandidate[],
): Ranked[] {
  const covered = sentences.map((sentence) => coverage(question, sentence, sentences));
  const ranked = sentences
    .map((sentence, index) => ({ sentence, score: covered[index] ?? 0 }))
    .filter(({ score }) => score >= relevanceFloor)
    // The passage's own rank decides between equals.
    .map(({ sentence, score }) => ({ sentence, score: score + 0.1 / (1 + sentence.passage) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, kindCandidates);
  return ranked
    .map(({ sentence, score }) => ({
      sentence,
      score: score + (answersKind(kind, sentence.text) ? kindBonus : 0),
    }))
    .sort((a, b) => b.score - a.score);
}

/** The share of the question's weight that a sentence carries; words of its headings count in part. */
function coverage(question: string, sentence: SentenceCandidate, all: readonly SentenceCandidate[]): number {
  const wanted = weights(question, sentence.language, all);
  let total = 0;
  let carried = 0;
  let announced = 0;
  let own = 0;
  for (const [key, weight] of wanted) {
    total += weight;
    if (sentence.openingKeys.has(key)) announced += weight;
    if (sentence.keys.has(key)) {
      carried += weight;
      own++;
    } else if (sentence.headingKeys.has(key)) carried += weight * headingShare;
  }
  const said = own === 0 ? 0 : carried / total;
  return announced > 0 && announced >= total * announcedShare ? Math.max(said, announced / total) : said;
}

const cache = new WeakMap<readonly SentenceCandidate[], Map<string, Map<string, number>>>();

/** Rare words weigh more; words that no sentence has weigh most, because nothing then answers for them. */
function weights(
  question: string,
  language: SentenceCandidate['language'],
  all: readonly SentenceCandidate[],
): Map<string, number> {
  const known = cache.get(all) ?? new Map<string, Map<string, number>>();
  cache.set(all, known);
  const cached = known.get(language);
  if (cached) return cached;
  const made = new Map<string, number>();
  for (const key of questionKeys(question, language)) {
    const frequency = all.filter(
      (sentence) => sentence.keys.has(key) || sentence.headingKeys.has(key),
    ).length;
    made.set(key, Math.log(2 + (all.length - frequency + 0.5) / (frequency + 0.5)));
  }
  known.set(language, made);
  return made;
}

function withoutRepetitions(ranked: readonly Ranked[]): SentenceCandidate[] {
  const seen = new Set<string>();
  return ranked.flatMap(({ sentence }) => {
    const key = sentence.text.replace(/\s+/gu, ' ').toLowerCase();
    if (seen.has(key)) return [];
    seen.add(key);
    return [sentence];
  });
}
