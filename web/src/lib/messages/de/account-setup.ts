import type { accountSetup as english } from '../en/account-setup.ts';
import type { Translation } from '../translation.ts';

export const accountSetup: Translation<typeof english> = {
  'account.setup.code': 'Einrichtungscode',
  'account.setup.code_hint':
    'Der Server hat ihn beim ersten Start ausgegeben, zusammen mit einem Link hierher.',
  'account.setup.code_wrong':
    'Das ist nicht der Code, den der Server ausgegeben hat. Sehen Sie in seiner letzten Ausgabe nach.',
  'account.setup.continue': 'Weiter',
  'account.setup.data_text':
    'Konten, Dokumente und Gespräche bleiben in diesem Ordner auf dem Server. Nichts verlässt ihn, solange Sie kein Modell anderswo verbinden.',
  'account.setup.data_title': 'Wo Ihre Daten liegen',
  'account.setup.finish': 'Abschließen und öffnen',
  'account.setup.progress': 'Schritt {step} von {total}',
  'account.setup.step_account': 'Ihr Konto',
  'account.setup.step_account_text':
    'Das erste Konto führt den Arbeitsbereich: Es verwaltet Personen, Modelle und Einstellungen.',
  'account.setup.step_code': 'Willkommen',
  'account.setup.step_code_text':
    'Drei kurze Schritte, dann gehört der Arbeitsbereich Ihnen. Zuerst: Zeigen Sie, dass es Ihr Server ist.',
  'account.setup.step_theme': 'Fast fertig',
  'account.setup.step_theme_text': 'Wählen Sie das Aussehen. Sie können es jederzeit ändern.',
};
