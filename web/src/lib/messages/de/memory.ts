import type { memory as english } from '../en/memory.ts';
import type { Translation } from '../translation.ts';

export const memory: Translation<typeof english> = {
  'memory.add': 'Merken',
  'memory.add_label': 'Eine Tatsache über Sie',
  'memory.add_placeholder': 'Ich mag kurze Antworten und metrische Einheiten.',
  'memory.count': { one: '{count} von {limit} Tatsachen', other: '{count} von {limit} Tatsachen' },
  'memory.delete': 'Vergessen: {fact}',
  'memory.deleted': 'Vergessen.',
  'memory.edit': 'Ändern: {fact}',
  'memory.edit_label': 'Tatsache',
  'memory.empty': 'Noch ist nichts gemerkt',
  'memory.empty_text':
    'Schreiben Sie auf, was der Assistent über Sie wissen soll, oder bitten Sie ihn in einem Chat, sich etwas zu merken.',
  'memory.facts': 'Was gemerkt ist',
  'memory.facts_text':
    'Tatsachen über Sie, die neuesten zuerst. Was Sie ändern oder vergessen lassen, gilt sofort.',
  'memory.gone': 'nicht mehr da',
  'memory.nothing_found': 'Keine Tatsache hat diese Wörter',
  'memory.off':
    'Das Gedächtnis ist aus: Die Tatsachen werden nicht verwendet, und aus Chats und Workflows kommen keine neuen.',
  'memory.page': 'Einstellungen des Gedächtnisses',
  'memory.search': 'Tatsachen durchsuchen',
  'memory.source_assistant': 'Chat: {title}',
  'memory.source_person': 'Sie',
  'memory.source_workflow': 'Workflow: {title}',
  'memory.switched_off': 'Das Gedächtnis ist aus.',
  'memory.switched_on': 'Das Gedächtnis ist an.',
  'memory.tab': 'Gedächtnis',
  'memory.text':
    'Was der Assistent von einem Gespräch zum nächsten über Sie wissen darf. Sie entscheiden das und können es jederzeit zurücknehmen.',
};
