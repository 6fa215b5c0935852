import type { chatModes as english } from '../en/chat-modes.ts';
import type { Translation } from '../translation.ts';

export const chatModes: Translation<typeof english> = {
  'chat_modes.again_with': 'In einer anderen Betriebsart',
  'chat_modes.choose': 'Wählen, wie Antworten entstehen (Alt+M)',
  'chat_modes.experts': 'Expertenrunde',
  'chat_modes.experts_about':
    'Eine Projektleitung befragt mehrere Fachleute und fasst zusammen, was sie sagen.',
  'chat_modes.fast': 'Schnelles Gespräch',
  'chat_modes.fast_about': 'Sofort eine kurze Antwort, darunter dann die ausführliche.',
  'chat_modes.named': 'Betriebsart: {name}',
  'chat_modes.new_chat': 'Neues Gespräch: {name}',
  'chat_modes.no_model': 'Kein Modell ist verbunden: Antworten sind Zitate aus Ihren Dokumenten.',
  'chat_modes.no_web': 'Die Websuche ist aus: Nur Ihre Dokumente werden durchsucht.',
  'chat_modes.palette': 'Dieses Gespräch',
  'chat_modes.router': 'Kluger Verteiler',
  'chat_modes.router_about': 'Plant, nutzt Werkzeuge, wo sie helfen, und prüft sich, bevor er antwortet.',
  'chat_modes.shortcut': 'Betriebsart eines Gesprächs wählen',
  'chat_modes.simple': 'Einfach',
  'chat_modes.simple_about': 'Eine Antwort aus Ihren Dokumenten.',
  'chat_modes.socratic': 'Sokratisch',
  'chat_modes.socratic_about': 'Stellt Fragen, die Sie zu Ihrer eigenen Antwort führen.',
  'chat_modes.workflow': 'Workflow',
  'chat_modes.workflow_no_model': 'Kein Modell ist verbunden: Schritte, die eines fragen, scheitern.',
  'chat_modes.workflows': 'Ihre Workflows',
};
