import { DOMParser } from 'linkedom';
import { DocumentDamaged } from '../extraction-errors.ts';

/** The part of an XML element that is read here. */
export interface XmlElement {
  localName: string;
  tagName: string;
  textContent: string | null;
  children: Iterable<XmlElement>;
  parentElement: XmlElement | null;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): Iterable<XmlElement>;
}

/** Parses XML without loading anything it refers to; the parser knows no external entities. */
export function parseXml(source: string | undefined): XmlElement {
  if (source === undefined) throw DocumentDamaged.with();
  const document = new DOMParser().parseFromString(source, 'text/xml') as unknown as {
    documentElement: XmlElement | null;
  };
  if (!document.documentElement) throw DocumentDamaged.with();
  return document.documentElement;
}

/** All elements with this qualified name, in document order. */
export function findAll(root: XmlElement, name: string): XmlElement[] {
  return [...root.getElementsByTagName(name)];
}

/** Targets of an Open Packaging relationships part by id (ECMA-376 part 2, 9.3), resolved against `folder`. */
export function readRelationships(source: string | undefined, folder: string): Map<string, string> {
  const targets = new Map<string, string>();
  if (source === undefined) return targets;
  for (const relationship of findAll(parseXml(source), 'Relationship')) {
    const id = relationship.getAttribute('Id');
    const target = relationship.getAttribute('Target');
    if (id && target) targets.set(id, resolvePart(folder, target));
  }
  return targets;
}

/** Resolves a relative part name; it names an entry of the archive and is never used as a path of the disk. */
export function resolvePart(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
