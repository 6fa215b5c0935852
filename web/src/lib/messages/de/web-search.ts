import type { webSearch as english } from '../en/web-search.ts';
import type { Translation } from '../translation.ts';

export const webSearch: Translation<typeof english> = {
  'web_search.add': 'Anbieter hinzufügen',
  'web_search.address': 'Adresse',
  'web_search.address_hint': 'Wo der Suchserver antwortet.',
  'web_search.allow_local': 'Lokale Adressen erlauben',
  'web_search.allow_local_hint': 'Nur für einen Server auf diesem Rechner oder in Ihrem eigenen Netz.',
  'web_search.enabled': 'Websuche',
  'web_search.enabled_hint':
    'Dann kann man bei jeder Frage wählen, ob im Web gesucht wird. Die Frage geht an die Anbieter unten.',
  'web_search.from_snippet':
    'Die Seite ließ sich nicht lesen. Das sind die Worte des Suchanbieters über sie.',
  'web_search.key': 'API-Schlüssel',
  'web_search.key_hint': 'Wird verschlüsselt gespeichert und nie wieder gezeigt.',
  'web_search.key_kept': 'Ein Schlüssel ist gespeichert. Lassen Sie das Feld leer, um ihn zu behalten.',
  'web_search.kind.brave': 'Brave Search',
  'web_search.kind.searxng': 'SearXNG',
  'web_search.kind.serpapi': 'SerpApi',
  'web_search.kind.tavily': 'Tavily',
  'web_search.none': 'Noch kein Anbieter',
  'web_search.none_text':
    'Fügen Sie einen eigenen (SearXNG) oder einen bezahlten Dienst hinzu. Sie werden in dieser Reihenfolge gefragt, bis einer antwortet.',
  'web_search.open_page': 'Seite öffnen',
  'web_search.per_hour': 'Suchen je Stunde, alle zusammen',
  'web_search.per_person': 'Suchen je Person und Stunde',
  'web_search.published': 'Veröffentlicht {when}',
  'web_search.read_on_page': 'Auf der Seite gelesen, {when}',
  'web_search.remove': '{name} entfernen',
  'web_search.safe': 'Nicht jugendfreie Inhalte weglassen',
  'web_search.saved': 'Websuche gespeichert.',
  'web_search.switch': 'Im Web suchen',
  'web_search.test': 'Prüfen',
  'web_search.text': 'Antworten können Seiten aus dem Web als Quellen nutzen. Aus, bis Sie es einschalten.',
  'web_search.title': 'Websuche',
  'web_search.up': '{name} früher fragen',
  'web_search.use': 'Diesen Anbieter nutzen',
};
